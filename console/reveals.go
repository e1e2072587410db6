package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Reveals is where people ask for sealed fields, and where a second person lets them: another process, which holds the
// keys. It writes its own entries of the audit trail before each step. All methods may be called concurrently; what
// cannot be done is a *RefusedError.
type Reveals interface {
	Request(ctx context.Context, person string, ask RevealAsk) (number int64, err error)
	Requests(ctx context.Context) ([]RevealRequest, error) // oldest first
	Approve(ctx context.Context, person string, number int64) error
	Withdraw(ctx context.Context, person string, number int64) error // one's own, or another's as an approver
	Open(ctx context.Context, person string, number int64) ([]Revealed, error)
}

// RevealTerms are what a request may name.
type RevealTerms struct {
	Purposes []string // codes
	Fields   []string // patterns of sealed fields, such as parties[].phone
}

// RevealAsk is what somebody wants to see.
type RevealAsk struct {
	Ref     Ref
	Party   string
	Fields  []string
	Purpose string
	For     time.Duration
}

// RevealRequest is a request as pages show it: without any value.
type RevealRequest struct {
	Number    int64     `json:"number"`
	Requester string    `json:"requester"`
	Approver  string    `json:"approver,omitempty"`
	Ender     string    `json:"ender,omitempty" doc:"who withdrew it, or refused it if that is another than who asked"`
	Insurer   string    `json:"insurer"`
	Claim     string    `json:"claim"`
	Party     string    `json:"party"`
	Fields    []string  `json:"fields"`
	Purpose   string    `json:"purpose"`
	At        time.Time `json:"at"`
	Expires   time.Time `json:"expires"`
	State     string    `json:"state" enum:"waiting,approved,withdrawn,used,expired"`
}

// Revealed is a field that was opened.
type Revealed struct {
	Path   string `json:"path"`
	Text   string `json:"text"`
	Sealed bool   `json:"sealed" doc:"false: the record does not have it"`
}

// RefusedError says why another process did not do something, in words for people.
type RefusedError struct {
	Status int
	Code   string
	Text   string
}

func (e *RefusedError) Error() string { return e.Text }

// RevealPath is the part of a path that names a request. Only who may know of its claim may know of it.
type RevealPath struct {
	Number int64 `path:"number" minimum:"1"`
}

func (r *RevealPath) scope(ctx context.Context, s *Server) (insurer, claim, group string, err error) {
	found, err := s.revealRequest(ctx, r.Number)
	if err != nil {
		return "", "", "", err
	}
	group, err = s.groupOf(ctx, Ref{found.Insurer, found.Claim})
	return found.Insurer, found.Claim, group, err
}

var errNoReveals = huma.NewError(http.StatusConflict,
	"this console has no reveal server: officers open requests at a terminal")

func (s *Server) revealRequest(ctx context.Context, number int64) (RevealRequest, error) {
	if s.cfg.Reveals == nil {
		return RevealRequest{}, errNoReveals
	}
	all, err := s.cfg.Reveals.Requests(ctx)
	if err != nil {
		return RevealRequest{}, err
	}
	for _, r := range all {
		if r.Number == number {
			return r, nil
		}
	}
	return RevealRequest{}, ErrNotFound
}

// RevealParty is a party with the fields that are sealed for it.
type RevealParty struct {
	Party  string   `json:"party"`
	Fields []string `json:"fields"`
}

// RevealPage is what the dialog of a claim needs: what may be asked for, and what was.
type RevealPage struct {
	Possible bool            `json:"possible"`
	Parties  []RevealParty   `json:"parties"`
	Purposes []string        `json:"purposes"`
	Requests []RevealRequest `json:"requests" doc:"of this claim, the newest first: one's own, and for officers all"`
}

func (s *Server) revealRoutes() {
	type revealList struct {
		Body struct {
			Possible bool            `json:"possible"`
			Requests []RevealRequest `json:"requests"`
		}
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/reveals", ID: "reveals",
		Summary: "Requests to open sealed fields, the newest first", Right: ReadReveals},
		func(ctx context.Context, p *Person, _ *struct{}) (*revealList, error) {
			var out revealList
			var err error
			out.Body.Possible = s.cfg.Reveals != nil
			out.Body.Requests, err = s.reveals(ctx, p, nil)
			return &out, err
		})

	type page struct{ Body RevealPage }
	handle(s, endpoint{Method: "GET", Path: "/api/v1/claims/{insurer}/{claim}/reveals", ID: "claim-reveals",
		Summary: "What of a claim is sealed, and who asked for it", Right: AskReveal},
		func(ctx context.Context, p *Person, in *ClaimPath) (*page, error) {
			r, err := s.cfg.Records.Record(ctx, in.ref())
			if err != nil {
				return nil, err
			}
			out := &page{RevealPage{Possible: s.cfg.Reveals != nil, Parties: s.sealedFields(r),
				Purposes: s.cfg.RevealTerms.Purposes}}
			ref := in.ref()
			out.Body.Requests, err = s.reveals(ctx, p, &ref)
			if out.Body.Purposes == nil {
				out.Body.Purposes = []string{}
			}
			return out, err
		})

	type revealAsked struct {
		Body struct {
			Number int64 `json:"number"`
		}
	}
	type revealAskInput struct {
		ClaimPath
		Body struct {
			Party   string   `json:"party" minLength:"1" maxLength:"40"`
			Fields  []string `json:"fields" minItems:"1" maxItems:"40"`
			Purpose string   `json:"purpose" minLength:"1" maxLength:"40"`
			Hours   int      `json:"hours" minimum:"1" maximum:"72"`
		}
	}
	handle(s, endpoint{Method: "POST", Path: "/api/v1/claims/{insurer}/{claim}/reveals", ID: "reveal-ask",
		Summary: "Ask for sealed fields of a party", Right: AskReveal, Audit: true, Status: http.StatusCreated},
		func(ctx context.Context, p *Person, in *revealAskInput) (*revealAsked, error) {
			if s.cfg.Reveals == nil {
				return nil, errNoReveals
			}
			if _, err := s.cfg.Records.Record(ctx, in.ref()); err != nil {
				return nil, err
			}
			n, err := s.cfg.Reveals.Request(ctx, p.ID, RevealAsk{
				Ref: in.ref(), Party: in.Body.Party, Fields: in.Body.Fields, Purpose: in.Body.Purpose,
				For: time.Duration(in.Body.Hours) * time.Hour,
			})
			var out revealAsked
			out.Body.Number = n
			s.live.send(message{Kind: "reveals"})
			return &out, err
		})

	type done struct{}
	for _, a := range []struct {
		name, summary string
		right         Right
		act           func(context.Context, *Person, int64) error
	}{
		{"approve", "Let another person see what they asked for", AnswerReveal,
			func(ctx context.Context, p *Person, n int64) error { return s.cfg.Reveals.Approve(ctx, p.ID, n) }},
		{"refuse", "Refuse what another person asked for", AnswerReveal,
			func(ctx context.Context, p *Person, n int64) error { return s.cfg.Reveals.Withdraw(ctx, p.ID, n) }},
		{"withdraw", "End one's own request", AskReveal, s.withdrawReveal},
	} {
		handle(s, endpoint{Method: "POST", Path: "/api/v1/reveals/{number}/" + a.name, ID: "reveal-" + a.name,
			Summary: a.summary, Right: a.right, Audit: true, Status: http.StatusNoContent},
			func(ctx context.Context, p *Person, in *RevealPath) (*done, error) {
				err := a.act(ctx, p, in.Number)
				s.live.send(message{Kind: "reveals"})
				return &done{}, err
			})
	}

	type revealOpened struct {
		Cache string `header:"Cache-Control"`
		Body  struct {
			Values []Revealed `json:"values"`
		}
	}
	handle(s, endpoint{Method: "POST", Path: "/api/v1/reveals/{number}/open", ID: "reveal-open",
		Summary: "See what was asked for and approved, once", Right: AskReveal, Audit: true},
		func(ctx context.Context, p *Person, in *RevealPath) (*revealOpened, error) {
			out := &revealOpened{Cache: "no-store"}
			var err error
			out.Body.Values, err = s.cfg.Reveals.Open(ctx, p.ID, in.Number)
			s.live.send(message{Kind: "reveals"})
			return out, err
		})
}

func (s *Server) withdrawReveal(ctx context.Context, p *Person, number int64) error {
	r, err := s.revealRequest(ctx, number)
	switch {
	case err != nil:
		return err
	case r.Requester != p.ID:
		return errForbidden
	}
	return s.cfg.Reveals.Withdraw(ctx, p.ID, number)
}

// reveals lists the requests that a person may know of, of one claim or of all.
func (s *Server) reveals(ctx context.Context, p *Person, of *Ref) ([]RevealRequest, error) {
	out := []RevealRequest{}
	if s.cfg.Reveals == nil {
		return out, nil
	}
	all, err := s.cfg.Reveals.Requests(ctx)
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	for _, r := range all {
		ref := Ref{r.Insurer, r.Claim}
		if of != nil && ref != *of || r.Requester != p.ID && !p.May(AnswerReveal) && !p.May(ReadAudit) {
			continue
		}
		if ok, err := s.sees(ctx, p, ref); err != nil {
			return nil, err
		} else if ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// sealedFields are the fields of each sealed party of a record, by the policy in force; a field of a list is offered
// for the places that the record's tokens have, and for the first.
func (s *Server) sealedFields(r *Record) []RevealParty {
	out := []RevealParty{}
	for _, party := range r.Sealed {
		one := RevealParty{party, []string{}}
		for _, pattern := range s.cfg.RevealTerms.Fields {
			path, ok := ofParty(pattern, party)
			if !ok {
				continue
			}
			if !strings.Contains(path, "[]") {
				one.Fields = append(one.Fields, path)
				continue
			}
			at := []string{strings.ReplaceAll(path, "[]", "[0]")}
			for _, t := range r.Tokens {
				if sameField(path, t.Path) {
					at = append(at, t.Path)
				}
			}
			slices.Sort(at)
			one.Fields = append(one.Fields, slices.Compact(at)...)
		}
		out = append(out, one)
	}
	return out
}

// ofParty puts a party into a pattern of fields: parties[].phone of parties[1] is parties[1].phone.
func ofParty(pattern, party string) (path string, ok bool) {
	if rest, isParty := strings.CutPrefix(pattern, "parties[]"); isParty {
		return party + rest, strings.HasPrefix(party, "parties[")
	}
	if strings.HasPrefix(pattern, "claimant.") {
		return pattern, party == "claimant"
	}
	return pattern, party == "record"
}

// sameField reports whether a path is one of a pattern: documents[2].sha256 of documents[].sha256.
func sameField(pattern, path string) bool {
	for {
		before, after, list := strings.Cut(pattern, "[]")
		if !list {
			return path == pattern
		}
		rest, ok := strings.CutPrefix(path, before+"[")
		if !ok {
			return false
		}
		_, rest, ok = strings.Cut(rest, "]")
		if !ok {
			return false
		}
		pattern, path = after, rest
	}
}
