package remote

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tallystick/audit"
	"tallystick/claim"
	"tallystick/internal/neighbour"
	"tallystick/privacy/reveal"
)

// Login opens one of the two halves, as an identity of its own.
type Login interface {
	OpenHalf(ctx context.Context, sealed string) ([]byte, error)
}

// Server answers for a desk. A and B are its two identities, each of which opens one half.
type Server struct {
	Trail     reveal.Trail
	Store     reveal.Store
	A, B      Login
	Approvers []string // who may approve and refuse; those of a terminal are written as the trail has them, vault/...
	Logger    *slog.Logger
}

// MaxOpen is how many requests of one person may wait or be approved at once.
const MaxOpen = 20

// Question is what a person wants. Which fields count follows from the path that it is sent to.
type Question struct {
	Person  string        `json:"person"`
	Insurer string        `json:"insurer,omitzero"`
	Claim   string        `json:"claim,omitzero"`
	Party   string        `json:"party,omitzero"`
	Fields  []string      `json:"fields,omitzero"`
	Purpose string        `json:"purpose,omitzero"`
	For     time.Duration `json:"for,omitzero"`
}

// Request is one as the web process sees it: without any value.
type Request struct {
	Number    int64        `json:"number"`
	Requester string       `json:"requester"`
	Approver  string       `json:"approver,omitzero"`
	Ender     string       `json:"ender,omitzero"`
	Insurer   string       `json:"insurer"`
	Claim     string       `json:"claim"`
	Party     string       `json:"party"`
	Fields    []string     `json:"fields"`
	Purpose   string       `json:"purpose"`
	At        time.Time    `json:"at"`
	Expires   time.Time    `json:"expires"`
	State     reveal.State `json:"state"`
}

// Value is a field that was opened. Sealed is false if the record does not have it sealed.
type Value struct {
	Path   string `json:"path"`
	Text   string `json:"text"`
	Sealed bool   `json:"sealed"`
}

// Allowed implements audit.Rights: the web process asks its own table before, this is the server's.
func (s *Server) Allowed(_ context.Context, person, right string, _ audit.Object) (bool, error) {
	return right == reveal.Right || right == reveal.ApproveRight && slices.Contains(s.Approvers, person), nil
}

// Handler answers questions. They must come from the web process alone: see package neighbour.
func (s *Server) Handler() http.Handler {
	desk := reveal.New(reveal.Config{Trail: s.Trail, Rights: s, Store: s.Store, Logger: s.Logger})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) {
		now, all := time.Now(), []Request{}
		for _, r := range desk.List() {
			all = append(all, requestOf(&r, now))
		}
		s.answer(w, all, nil)
	})
	mux.HandleFunc("POST /requests", func(w http.ResponseWriter, r *http.Request) {
		q, ok := question(w, r)
		if !ok {
			return
		}
		n, err := s.request(r.Context(), desk, q)
		s.answer(w, n, err)
	})
	mux.HandleFunc("POST /requests/{number}/{act}", func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
		if err != nil || number < 1 {
			neighbour.Refuse(w, &neighbour.Problem{Status: http.StatusNotFound, Code: "unknown",
				Text: reveal.ErrUnknown.Error()})
			return
		}
		q, ok := question(w, r)
		if !ok {
			return
		}
		switch r.PathValue("act") {
		case "approve":
			s.answer(w, struct{}{}, desk.Approve(r.Context(), q.Person, number))
		case "withdraw":
			s.answer(w, struct{}{}, desk.Withdraw(r.Context(), q.Person, number))
		case "open":
			s.open(w, r, desk, q.Person, number)
		default:
			http.NotFound(w, r)
		}
	})
	return mux
}

func requestOf(r *reveal.Request, now time.Time) Request {
	return Request{
		r.Number, r.Requester, r.Approver, r.Ender, r.Ref.Insurer, r.Ref.Claim, r.Party, r.Fields, r.Purpose, r.At,
		r.Expires, r.State(now),
	}
}

// question reads who asks for what. Names of terminals are refused: else a web process could speak for one.
func question(w http.ResponseWriter, r *http.Request) (q Question, ok bool) {
	if !neighbour.Read(w, r, &q) {
		return q, false
	}
	if q.Person == "" || len(q.Person) > 200 || strings.Contains(q.Person, "/") {
		neighbour.Refuse(w, &neighbour.Problem{Status: http.StatusBadRequest, Code: "person",
			Text: "this is no name of a person who signed in"})
		return q, false
	}
	return q, true
}

func (s *Server) request(ctx context.Context, desk *reveal.Desk, q Question) (int64, error) {
	now, open := time.Now(), 0
	for _, r := range desk.List() {
		if state := r.State(now); r.Requester == q.Person && (state == reveal.Waiting || state == reveal.Approved) {
			open++
		}
	}
	if open >= MaxOpen {
		return 0, errMany
	}
	return desk.Request(ctx, q.Person, reveal.Ask{
		Ref: claim.ClaimRef{Insurer: q.Insurer, Claim: q.Claim}, Party: q.Party, Fields: q.Fields, Purpose: q.Purpose,
		For: q.For,
	})
}

// open sends the values as the last thing of the request's life: whatever becomes of the answer, it was used.
func (s *Server) open(w http.ResponseWriter, r *http.Request, desk *reveal.Desk, person string, number int64) {
	approver := ""
	for _, known := range desk.List() {
		if known.Number == number {
			approver = known.Approver
		}
	}
	// Who could write the trail and nothing else could write an approval; it counts if this server knows the approver.
	if approver != "" && !slices.Contains(s.Approvers, approver) {
		s.answer(w, nil, errApprover)
		return
	}
	sent := false
	err := desk.Open(r.Context(), number, reveal.Officer{Person: person, Half: reveal.HalfA, Login: s.A},
		reveal.Officer{Person: approver, Half: reveal.HalfB, Login: s.B}, func(values []reveal.Value) error {
			out := []Value{}
			for _, v := range values {
				out = append(out, Value{v.Path, text(v), v.Kind != 0})
			}
			sent = true
			return neighbour.Answer(w, out)
		})
	if err != nil && !sent {
		s.answer(w, nil, err)
	}
}

func text(v reveal.Value) string {
	switch v.Kind {
	case claim.LeafTrue:
		return "true"
	case claim.LeafFalse:
		return "false"
	}
	return string(v.Bytes)
}

var (
	errMany     = errors.New("20 requests of this person are open: use them, withdraw them or let them expire")
	errApprover = errors.New("who approved is no approver of this server (reveal.approvers)")
)

// problems are what the web process is told; everything else is the server's own trouble and its log's.
var problems = []struct {
	err    error
	status int
	code   string
}{
	{reveal.ErrUnknown, http.StatusNotFound, "unknown"},
	{reveal.ErrNoParty, http.StatusNotFound, "no-party"},
	{reveal.ErrRequest, http.StatusUnprocessableEntity, "request"},
	{reveal.ErrSamePerson, http.StatusConflict, "same-person"},
	{reveal.ErrNotApproved, http.StatusConflict, "not-approved"},
	{reveal.ErrApproved, http.StatusConflict, "approved-before"},
	{reveal.ErrExpired, http.StatusConflict, "expired"},
	{reveal.ErrWithdrawn, http.StatusConflict, "withdrawn"},
	{reveal.ErrUsed, http.StatusConflict, "used"},
	{reveal.ErrNotYours, http.StatusForbidden, "not-yours"},
	{reveal.ErrErased, http.StatusConflict, "erased"},
	{reveal.ErrHalf, http.StatusServiceUnavailable, "half"},
	{errMany, http.StatusConflict, "many"},
	{errApprover, http.StatusForbidden, "approver"},
}

func (s *Server) answer(w http.ResponseWriter, body any, err error) {
	if err == nil {
		err = neighbour.Answer(w, body)
		if err != nil && s.Logger != nil {
			s.Logger.Warn("an answer did not reach the console", "error", err)
		}
		return
	}
	var denied *audit.DeniedError
	if errors.As(err, &denied) {
		neighbour.Refuse(w, &neighbour.Problem{Status: http.StatusForbidden, Code: "denied",
			Text: "this person is no approver of this server"})
		return
	}
	for _, p := range problems {
		if errors.Is(err, p.err) {
			if p.status == http.StatusServiceUnavailable && s.Logger != nil {
				s.Logger.Error("a half cannot be opened", "error", err)
			}
			words := p.err.Error()
			if p.code == "request" {
				words = err.Error() // says which field; it quotes paths alone
			}
			neighbour.Refuse(w, &neighbour.Problem{Status: p.status, Code: p.code, Text: words})
			return
		}
	}
	if s.Logger != nil {
		s.Logger.Error("a reveal failed", "error", err)
	}
	neighbour.Refuse(w, &neighbour.Problem{
		Status: http.StatusServiceUnavailable, Code: "failed",
		Text: "the reveal server could not do this; its log says why",
	})
}
