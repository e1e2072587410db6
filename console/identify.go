package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// Clear is an identifier as a person typed it. It goes to the process that makes tokens and nowhere else.
type Clear struct {
	Person   string
	Insurers []string
	Kind     string
	Value    string
	Country  string
}

// Tokens makes tokens of clear values: another process, which holds the keys and counts each person's look-ups. What it
// refuses is a *RefusedError.
type Tokens interface {
	// Tokens returns the token of each insurer that has one, and how many look-ups the person has left today.
	Tokens(ctx context.Context, q Clear) (tokens map[string]string, left int, err error)
}

type identifyInput struct {
	Body struct {
		Kind    string `json:"kind" enum:"phone,email,account,policy,plate,vehicle,name"`
		Value   string `json:"value" minLength:"3" maxLength:"200"`
		Country string `json:"country,omitempty" maxLength:"2" pattern:"^([A-Z]{2})?$" doc:"of a phone number or a plate, ISO 3166-1 alpha-2"`
	}
}

// reason implements reasoned: the entry of the audit says which kind was looked for, and never what.
func (in *identifyInput) reason() (int, string) { return 0, in.Body.Kind }

// mostFound bounds what a look-up by identifier shows.
const mostFound = 50

func (s *Server) identifyRoutes() {
	type identified struct {
		Body struct {
			Claims []SimilarClaim `json:"claims"`
			Token  bool           `json:"token" doc:"false: the value is no such identifier, or too short to tell people apart"`
			Left   int            `json:"left" doc:"look-ups that the person has today"`
			More   bool           `json:"more" doc:"there are more claims than are shown"`
		}
	}
	handle(s, endpoint{Method: "POST", Path: "/api/v1/identify", ID: "identify",
		Summary: "Claims by an identifier in clear; it is made a token elsewhere and kept nowhere", Right: SearchClear,
		Audit: true},
		func(ctx context.Context, p *Person, in *identifyInput) (*identified, error) {
			if s.cfg.Tokens == nil {
				return nil, huma.NewError(http.StatusConflict,
					"this install has no process that makes tokens of clear values (lookup.link.url)")
			}
			out := &identified{}
			out.Body.Claims = []SimilarClaim{}
			if len(p.Insurers) == 0 {
				return out, nil
			}
			made, left, err := s.cfg.Tokens.Tokens(ctx, Clear{p.ID, p.Insurers, in.Body.Kind, in.Body.Value,
				in.Body.Country})
			if err != nil {
				return nil, err
			}
			out.Body.Left = left
			var all []string
			for _, token := range made {
				all = append(all, token)
			}
			if len(all) == 0 {
				return out, nil
			}
			out.Body.Token = true
			slices.Sort(all)
			found, err := s.cfg.Records.WithTokens(ctx, all, mostFound+1)
			if err != nil {
				return nil, err
			}
			for _, x := range found {
				ok, err := s.sees(ctx, p, x.Ref)
				switch {
				case err != nil:
					return nil, err
				case !ok:
				case len(out.Body.Claims) == mostFound:
					out.Body.More = true
				default:
					out.Body.Claims = append(out.Body.Claims, s.similar(ctx, x))
				}
			}
			return out, nil
		})
}
