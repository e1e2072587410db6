package console

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"tallystick/audit"
	"tallystick/cases"
)

// testServer is a console over records, cases and an audit that tests hold in memory.
type testServer struct {
	server  *Server
	http    *httptest.Server
	records *memoryRecords
	cases   *memoryCases
	audit   *memoryAudit
	reveals *memoryReveals
}

const testPassword = "correct horse battery staple"

// testPeople are a person of each role of the insurer acme, one of birch, and one in the group of the restricted case.
var testPeople = func() (all []Person) {
	for _, role := range Roles {
		all = append(all, Person{ID: string(role), Name: string(role), Roles: []Role{role}, Insurers: []string{"acme"}})
		all = append(all, Person{ID: string(role) + "-birch", Name: string(role), Roles: []Role{role},
			Insurers: []string{"birch"}})
		all = append(all, Person{ID: string(role) + "-special", Name: string(role), Roles: []Role{role},
			Insurers: []string{"acme"}, Groups: []string{"special"}})
	}
	return all
}()

// Hashing is slow on purpose, so all tests share one file of people.
var peopleFile = sync.OnceValues(func() (*LocalPeople, error) {
	var l LocalPeople
	hash, err := HashPassword(testPassword)
	for _, p := range testPeople {
		l.people = append(l.people, localPerson{p.ID, p.Name, p.Roles, p.Insurers, p.Groups, hash})
	}
	return &l, err
})

func newTestServer(t *testing.T) *testServer {
	t.Helper()
	people, err := peopleFile()
	if err != nil {
		t.Fatal(err)
	}
	ts := &testServer{records: newMemoryRecords(), cases: newMemoryCases(), audit: &memoryAudit{},
		reveals: &memoryReveals{}}
	ts.server, err = New(Config{
		Records: ts.records, Cases: ts.cases, Audit: ts.audit, Anchors: fixedAnchors{}, Prover: fixedProver{},
		Local: people, Reveals: ts.reveals, Tokens: fixedTokens{},
		RevealTerms: RevealTerms{[]string{"investigation"}, []string{"claimant.phone"}},
		Insurers:    []string{"acme", "birch"}, Version: "test", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ts.http = httptest.NewServer(ts.server.Handler())
	t.Cleanup(ts.http.Close)
	return ts
}

// The claims of the tests: one with a case that all may see, one whose case is kept to the group special, one without.
var (
	plainClaim      = Ref{"acme", "C-1"}
	restrictedClaim = Ref{"acme", "C-2"}
	quietClaim      = Ref{"acme", "C-3"}
)

const (
	plainCase      cases.ID = 1
	restrictedCase cases.ID = 2
)

type memoryRecords struct{ all map[Ref]*Record }

func newMemoryRecords() *memoryRecords {
	m := &memoryRecords{all: map[Ref]*Record{}}
	for _, ref := range []Ref{plainClaim, restrictedClaim, quietClaim} {
		s := Summary{
			Ref: ref, Revision: 1, Line: "motor", Score: 0.9, Base: -3, Outcome: "investigate",
			Rules: []string{"shared-phone@1"}, Weights: []float64{5.2},
			Ring: "ring_1", RingSize: 3, Claimed: &Money{"100.00", "USD"}, Decided: time.Unix(1e9, 0).UTC(),
		}
		m.all[ref] = &Record{Summary: s, Open: map[string]string{"loss.cause": "collision"}, Tokens: []Token{{
			Path: "claimant.phone", Domain: "phn", Value: "phn_1_abc", Claims: 3,
			Where: []Ref{plainClaim, restrictedClaim, quietClaim},
		}}}
	}
	return m
}

func (m *memoryRecords) Record(_ context.Context, ref Ref) (*Record, error) {
	if r, ok := m.all[ref]; ok {
		copied := *r
		return &copied, nil
	}
	return nil, ErrNotFound
}

func (m *memoryRecords) Summaries(_ context.Context, refs []Ref) (all []Summary, _ error) {
	for _, ref := range refs {
		if r, ok := m.all[ref]; ok {
			all = append(all, r.Summary)
		}
	}
	return all, nil
}

func (m *memoryRecords) Similar(ctx context.Context, ref Ref) ([]Summary, error) {
	if _, ok := m.all[ref]; !ok {
		return nil, ErrNotFound
	}
	return m.Summaries(ctx, []Ref{plainClaim, restrictedClaim, quietClaim})
}

func (m *memoryRecords) Rings(context.Context) ([]RingSummary, error) {
	return []RingSummary{{ID: "ring_1", Claims: 3, TopScore: 0.9,
		Refs: []Ref{plainClaim, restrictedClaim, quietClaim}}}, nil
}

func (m *memoryRecords) Ring(ctx context.Context, id string) (*Ring, error) {
	if id != "ring_1" {
		return nil, ErrNotFound
	}
	refs := []Ref{plainClaim, restrictedClaim, quietClaim}
	all, err := m.Summaries(ctx, refs)
	return &Ring{ID: id, Claims: all, Tokens: []RingToken{{Value: "phn_1_abc", Domain: "phn", Claims: refs, Total: 3}}},
		err
}

func (m *memoryRecords) Find(ctx context.Context, text string, n int) ([]Summary, error) {
	return m.Summaries(ctx, []Ref{plainClaim, restrictedClaim, quietClaim})
}

func (m *memoryRecords) WithTokens(ctx context.Context, _ []string, _ int) ([]Summary, error) {
	return m.Summaries(ctx, []Ref{plainClaim, restrictedClaim, quietClaim})
}

// fixedTokens makes a token for every insurer that is asked for.
type fixedTokens struct{}

func (fixedTokens) Tokens(_ context.Context, q Clear) (map[string]string, int, error) {
	all := map[string]string{}
	for _, insurer := range q.Insurers {
		all[insurer] = "phn_1_abc"
	}
	return all, 7, nil
}

func (m *memoryRecords) Delays(context.Context, []string) ([]LineDelay, error) {
	return []LineDelay{{Line: "motor", Claims: 3, Settled: 1}}, nil
}

func (m *memoryRecords) Statistics(context.Context, []string) (*Statistics, error) {
	return &Statistics{Histogram: make([]int, 20)}, nil
}

// memoryCases has the two cases of the tests. It refuses like package cases, and notes what it was told to do.
type memoryCases struct {
	mu    sync.Mutex
	done  []cases.Command
	err   error // of Do
	cases map[cases.ID]cases.Detail
}

func newMemoryCases() *memoryCases {
	m := &memoryCases{cases: map[cases.ID]cases.Detail{}}
	for id, ref := range map[cases.ID]Ref{plainCase: plainClaim, restrictedCase: restrictedClaim} {
		d := cases.Detail{Case: cases.Case{
			ID: id, Version: 7, Status: cases.New, Insurer: ref.Insurer, Line: "motor", Score: 0.9,
			Outcome: "investigate", OpenedAt: time.Unix(1e9, 0),
			Claims: []cases.ClaimItem{{ClaimRef: cases.ClaimRef{Insurer: ref.Insurer, Claim: ref.Claim}, Score: 0.9}},
		}}
		if id == restrictedCase {
			d.Group = "special"
		}
		m.cases[id] = d
	}
	return m
}

func mayKnow(a cases.Actor, d cases.Detail) bool {
	p := Person{Insurers: a.Insurers, Groups: a.Groups}
	return a.May(cases.RightAll) || p.Sees(d.Insurer, d.Group)
}

func (m *memoryCases) Get(_ context.Context, a cases.Actor, id cases.ID) (cases.Detail, error) {
	d, ok := m.cases[id]
	if !ok || !mayKnow(a, d) {
		return cases.Detail{}, cases.ErrNotFound
	}
	return d, nil
}

func (m *memoryCases) Queue(_ context.Context, a cases.Actor, q cases.Query) (p cases.Page, _ error) {
	for _, d := range m.cases {
		if mayKnow(a, d) {
			p.Rows = append(p.Rows, cases.Row{ID: d.ID, Version: d.Version, Insurer: d.Insurer,
				Claim: d.Claims[0].Claim, Score: d.Score})
			p.Total++
		}
	}
	return p, nil
}

func (m *memoryCases) Beside(context.Context, cases.Actor, cases.Query, cases.ID) (before, after cases.ID, err error) {
	return 0, 0, nil
}

func (m *memoryCases) Notes(context.Context, cases.Actor, cases.ID) ([]cases.NoteText, error) {
	return nil, nil
}

func (m *memoryCases) ByClaim(_ context.Context, a cases.Actor, ref cases.ClaimRef) (cases.ID, error) {
	for id, d := range m.cases {
		if d.Claims[0].ClaimRef == ref && mayKnow(a, d) {
			return id, nil
		}
	}
	return 0, cases.ErrNotFound
}

func (m *memoryCases) Workload(context.Context, cases.Actor) ([]cases.Load, error) { return nil, nil }

func (m *memoryCases) Watch(ctx context.Context, _ cases.Actor, _ int64) iter.Seq2[cases.Change, error] {
	return func(func(cases.Change, error) bool) { <-ctx.Done() }
}

func (m *memoryCases) Do(_ context.Context, a cases.Actor, c cases.Command) (cases.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return cases.Answer{}, m.err
	}
	m.done = append(m.done, c)
	return cases.Answer{Case: c.Case, Seq: 8, Version: 8}, nil
}

func (m *memoryCases) Bulk(_ context.Context, a cases.Actor, c cases.BulkCommand) (all []cases.Answer, _ error) {
	for _, t := range c.Cases {
		answer := cases.Answer{Case: t.Case}
		if d, ok := m.cases[t.Case]; !ok || !mayKnow(a, d) {
			answer.Err = cases.ErrNotFound
		}
		all = append(all, answer)
	}
	return all, nil
}

func (m *memoryCases) OpenByHand(_ context.Context, _ cases.Actor, id string, _ cases.Cause,
	f cases.Finding) (cases.Answer, error) {
	return cases.Answer{Case: 3, Opened: 3}, nil
}

func (m *memoryCases) ReadExhibit(_ context.Context, a cases.Actor, id cases.ID, number int,
	_ string) (cases.ExhibitFile, error) {
	d, ok := m.cases[id]
	if !ok || !mayKnow(a, d) || number != 1 {
		return cases.ExhibitFile{}, cases.ErrNotFound
	}
	return cases.ExhibitFile{Exhibit: cases.Exhibit{Number: 1, Type: "text/plain"}, Name: "Aussage Müller.txt",
		Data: []byte("seen")}, m.err
}

func (m *memoryCases) Codes() cases.Codes { return cases.Codes{} }

type memoryAudit struct {
	mu      sync.Mutex
	entries []audit.Entry
	away    bool
}

func (m *memoryAudit) Write(_ context.Context, e audit.Entry) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return 0, errors.New("away")
	}
	m.entries = append(m.entries, e)
	return int64(len(m.entries)), nil
}

func (m *memoryAudit) Recent(n int) []audit.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Clone(m.entries)
	slices.Reverse(all)
	return all[:min(n, len(all))]
}

type fixedAnchors struct{}

func (fixedAnchors) State(int, int64) string { return "final" }
func (fixedAnchors) Head() LogHead           { return LogHead{Origin: "demo.example/claims", Size: 3} }

type fixedProver struct{}

func (fixedProver) Prove(context.Context, Ref, []string) ([]byte, error) { return []byte("proof"), nil }

// memoryReveals has a request on each case's claim, asked for by nobody who signs in; what is done it notes.
type memoryReveals struct {
	done []string
	err  error
}

func (m *memoryReveals) note(what string) error {
	if m.err == nil {
		m.done = append(m.done, what)
	}
	return m.err
}

func (m *memoryReveals) Request(_ context.Context, person string, a RevealAsk) (int64, error) {
	return 3, m.note(fmt.Sprintf("ask %s %s %v", person, a.Ref, a.Fields))
}

func (m *memoryReveals) Requests(context.Context) (all []RevealRequest, _ error) {
	for n, ref := range []Ref{plainClaim, restrictedClaim} {
		all = append(all, RevealRequest{Number: int64(n + 1), Requester: "olga", Insurer: ref.Insurer, Claim: ref.Claim,
			Party: "claimant", State: "waiting"})
	}
	return all, m.err
}

func (m *memoryReveals) Approve(_ context.Context, person string, n int64) error {
	return m.note(fmt.Sprint("approve ", person, n))
}

func (m *memoryReveals) Withdraw(_ context.Context, person string, n int64) error {
	return m.note(fmt.Sprint("withdraw ", person, n))
}

func (m *memoryReveals) Open(_ context.Context, person string, n int64) ([]Revealed, error) {
	return []Revealed{{"claimant.phone", "+1 415", true}}, m.note(fmt.Sprint("open ", person, n))
}

func TestPeopleFileRoundTrips(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.yaml")
	if err := WriteLocalPeople(path, testPeople[:1], "a b c"); err != nil {
		t.Fatal(err)
	}
	l, err := LoadLocalPeople(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := l.SignIn(testPeople[0].ID, "a b d"); ok {
		t.Error("a wrong password was taken")
	}
	if p, ok := l.SignIn(testPeople[0].ID, "a b c"); !ok || p.Roles[0] != testPeople[0].Roles[0] {
		t.Errorf("got %v, %v", p, ok)
	}
	if _, ok := l.SignIn("nobody", ""); ok {
		t.Error("somebody who is not there signed in")
	}
}
