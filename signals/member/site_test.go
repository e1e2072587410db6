package member_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
	"tallystick/signals/consortium"
	"tallystick/signals/evaluator"
	"tallystick/signals/identifier"
	"tallystick/signals/member"
)

// site is a consortium on loopback: real nodes, TLS and files, and a clock that the test moves.
type site struct {
	t          *testing.T
	dir        string
	file       []byte // signed by all
	clock      *clock
	members    map[string]*house
	evaluators map[string]*panelist
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// house is a member.
type house struct {
	*member.Node
	site      *site
	name      string
	dir       string
	listener  net.Listener
	approvers []note.Signer
	vkeys     []string
	clock     *clock
	stop      func()
}

type panelist struct {
	name     string
	dir      string
	listener net.Listener
	stop     func()
	log      *logText
}

// logText is what a node logs.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var charter = consortium.Charter{
	Name: "test", Threshold: 2, DailyBudget: 200, EpochDays: 365, OverlapDays: 30,
	Operators: map[string]string{"ev1": "one", "ev2": "two", "ev3": "three"},
	Grounds: consortium.Grounds{
		LegalBasis: "a test", RetentionMonths: 12,
		ImpactAssessment: consortium.Record{What: "assessment", Date: "2026-01-01"},
		Supervisor:       consortium.Record{What: "notice", Date: "2026-01-02"},
	},
}

// found sets a consortium of those members and three evaluators up, runs its ceremony and starts all nodes.
func found(t *testing.T, members ...string) *site {
	t.Helper()
	s := &site{
		t: t, dir: t.TempDir(), clock: &clock{now: time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)},
		members: map[string]*house{}, evaluators: map[string]*panelist{},
	}
	var cards []consortium.Card
	keys := map[string]*consortium.Key{}
	node := func(name string, role consortium.Role) (string, net.Listener) {
		dir := filepath.Join(s.dir, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		keys[name] = must[*consortium.Key](t)(consortium.NewKey(filepath.Join(dir, member.KeyFile), name))
		listener := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
		cards = append(cards, must[consortium.Card](t)(keys[name].Card(role, listener.Addr().String())))
		return dir, listener
	}
	for _, name := range members {
		dir, listener := node(name, consortium.RoleMember)
		s.members[name] = &house{site: s, name: name, dir: dir, listener: listener, clock: s.clock}
	}
	for _, name := range []string{"ev1", "ev2", "ev3"} {
		dir, listener := node(name, consortium.RoleEvaluator)
		s.evaluators[name] = &panelist{name: name, dir: dir, listener: listener, log: new(logText)}
	}
	text, shares, err := consortium.Deal(charter, cards, nil, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range members {
		text = must[[]byte](t)(consortium.Sign(text, keys[name]))
	}
	s.file = text
	for name := range keys {
		must[*consortium.File](t)(consortium.Adopt(filepath.Join(s.dir, name, member.ConsortiumFile), text))
	}
	for i, name := range []string{"ev1", "ev2", "ev3"} {
		sealed := must[[]byte](t)(json.Marshal(shares[i]))
		must[*consortium.Opened](t)(evaluator.Import(s.evaluators[name].dir, sealed, s.clock.Now()))
		s.startEvaluator(name)
	}
	for _, name := range members {
		h := s.members[name]
		for _, person := range []string{"ann", "bob"} {
			skey, vkey, err := note.GenerateKey(rand.Reader, person+"@"+name)
			if err != nil {
				t.Fatal(err)
			}
			h.approvers, h.vkeys = append(h.approvers, must[note.Signer](t)(note.NewSigner(skey))),
				append(h.vkeys, vkey)
		}
		h.open(name+"/C-1", name+"/C-2", name+"/C-3")
		h.start()
	}
	s.pull()
	return s
}

// open says which claims are open.
func (h *house) open(claims ...string) {
	if err := os.WriteFile(filepath.Join(h.dir, "claims.txt"), []byte(strings.Join(claims, "\n")), 0o600); err != nil {
		h.site.t.Fatal(err)
	}
}

// start runs the node; it pulls when the test says so.
func (h *house) start() {
	t := h.site.t
	t.Helper()
	h.Node = must[*member.Node](t)(member.Open(member.Config{
		Dir: h.dir, Approvers: h.vkeys, Forms: must[*identifier.Forms](t)(identifier.New()),
		Claims: member.ClaimsFile(filepath.Join(h.dir, "claims.txt")), Pull: 10 * time.Hour, Now: h.clock.Now,
		Panel: evaluator.PanelConfig{Hedge: 2 * time.Second, Limit: 10 * time.Second},
	}))
	if h.listener == nil {
		f := must[*consortium.File](t)(consortium.Open(h.site.file))
		m, _ := f.Member(h.name)
		h.listener = must[net.Listener](t)(net.Listen("tcp", m.Address))
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	node, listener := h.Node, h.listener
	go func() { done <- node.Run(ctx, listener) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := node.Close(); err != nil {
			t.Error(err)
		}
		h.listener = nil
	})
	t.Cleanup(func() { h.stop() })
}

func (s *site) startEvaluator(name string) {
	s.t.Helper()
	e := s.evaluators[name]
	node := must[*evaluator.Node](s.t)(evaluator.Open(e.dir, s.clock.Now, slog.New(slog.NewTextHandler(e.log, nil))))
	if e.listener == nil {
		f := must[*consortium.File](s.t)(consortium.Open(s.file))
		c, _ := f.Evaluator(name)
		e.listener = must[net.Listener](s.t)(net.Listen("tcp", c.Address))
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	listener := e.listener
	go func() { done <- node.Serve(ctx, listener) }()
	e.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
		_ = node.Close()
		e.listener = nil
	})
	s.t.Cleanup(func() { e.stop() })
}

// pull has every member that runs visit the others.
func (s *site) pull() {
	for _, h := range s.members {
		_ = h.Pull(context.Background())
	}
}

func id(t testing.TB, text string) signals.Identifier {
	t.Helper()
	return must[signals.Identifier](t)(signals.ParseIdentifier(text))
}

// publication is one that is right in every way.
func (h *house) publication(ids ...string) member.Publication {
	p := member.Publication{
		By: "ann", Insurer: h.name, Claim: "C-1", Kind: "ring", Severity: 2, Basis: "suspected", Line: "motor",
		Reason: "three claims in a week", Expires: "2027-03-31", Expiry: "the inquiry ends by then",
		Notified: "2026-12-01",
	}
	for _, text := range ids {
		p.Identifiers = append(p.Identifiers, id(h.site.t, text))
	}
	return p
}

// publish proposes and has both people approve. It returns the signals' names.
func (h *house) publish(ids ...string) []string {
	h.site.t.Helper()
	text := must[string](h.site.t)(h.Propose(context.Background(), h.publication(ids...)))
	for _, person := range h.approvers {
		if _, _, _, err := h.Approve(h.signed(text, person)); err != nil {
			h.site.t.Fatal(err)
		}
	}
	p := must[*member.Proposal](h.site.t)(member.ParseProposal(text))
	var names []string
	for _, e := range p.Entries {
		names = append(names, e.Pseudonym.String())
	}
	return names
}

func (h *house) signed(text string, person note.Signer) []byte {
	return must[[]byte](h.site.t)(note.Sign(&note.Note{Text: text}, person))
}

// turn does what an action wants, approved by as many as it needs.
func (h *house) turn(action signals.Action, names ...string) {
	h.site.t.Helper()
	text := must[string](h.site.t)(h.Turn(action, names, "a reason"))
	for _, person := range h.approvers[:member.Needed(action)] {
		if _, _, _, err := h.Approve(h.signed(text, person)); err != nil {
			h.site.t.Fatal(err)
		}
	}
}

func (h *house) lookUp(claim string, ids ...string) *member.Finding {
	h.site.t.Helper()
	q := member.Query{By: "test", Insurer: h.name, Claim: claim}
	for _, text := range ids {
		q.Identifiers = append(q.Identifiers, id(h.site.t, text))
	}
	return must[*member.Finding](h.site.t)(h.LookUp(context.Background(), q))
}

// files returns the content of every file below a directory, with its name.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s *site) key(name string) ed25519.PrivateKey {
	return must[*consortium.Key](s.t)(consortium.LoadKey(filepath.Join(s.dir, name, member.KeyFile))).TLS()
}

func causes(h *house) (publishers []int) {
	for _, c := range h.Causes() {
		publishers = append(publishers, c.Hit.Publishers)
	}
	return publishers
}

func sameInts(t testing.TB, got, want []int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("causes with %v publishers, want %v", got, want)
	}
}
