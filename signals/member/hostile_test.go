package member_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"tallystick/signals"
	"tallystick/signals/consortium"
	"tallystick/signals/evaluator"
	"tallystick/signals/member"
	"tallystick/signals/oprf"
	"tallystick/signals/peer"
)

// A node talks to whom the file lists, and to nobody else: not to a stranger, not to a member that left, not to a stranger at
// a member's address.
func TestWhoIsNotLetIn(t *testing.T) {
	s := found(t, "acme", "beta", "gamma")
	f := must[*consortium.File](t)(consortium.Open(s.file))
	acme, _ := f.Member("acme")
	ev1, _ := f.Evaluator("ev1")
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(key ed25519.PrivateKey, c consortium.Card, as ed25519.PublicKey, path string) error {
		client := must[*peer.Client](t)(peer.NewClient(c.Address, as, key))
		defer client.Close()
		_, err := client.Get(context.Background(), path)
		return err
	}
	refused := func(what string, err error, word string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := ask(s.key("beta"), acme.Card, acme.TLS, "/v1/head"); err != nil {
		t.Fatal(err)
	}
	refused("a stranger at a member", ask(stranger, acme.Card, acme.TLS, "/v1/head"), "of no member")
	refused("a stranger at an evaluator", ask(stranger, ev1.Card, ev1.TLS, "/v1/status"), "of no member")
	refused("an evaluator at a member", ask(s.key("ev1"), acme.Card, acme.TLS, "/v1/head"), "of no member")
	refused("another node at the address", ask(s.key("beta"), acme.Card, ev1.TLS, "/v1/head"), "does not list")

	// gamma leaves: the next version, with a new epoch, is in force the moment that it is adopted.
	var cards []consortium.Card
	for _, m := range f.Members[:2] {
		cards = append(cards, m.Card)
	}
	for _, e := range f.Evaluators {
		cards = append(cards, e.Card)
	}
	next, _, err := consortium.Deal(charter, cards, s.file, s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"acme", "beta"} {
		next = must[[]byte](t)(consortium.Sign(next, must[*consortium.Key](t)(consortium.LoadKey(filepath.Join(s.dir, name, member.KeyFile)))))
	}
	must[*consortium.File](t)(consortium.Adopt(filepath.Join(s.dir, "acme", member.ConsortiumFile), next))
	refused("a member that left", ask(s.key("gamma"), acme.Card, acme.TLS, "/v1/head"), "of no member")
}

// liar is a member whose node says what a test wants, with the member's own keys.
type liar struct {
	*house
	key     *consortium.Key
	batches [][]byte
	head    func(*signals.Head)
}

// takeOver stops a member's node and answers in its place.
func (s *site) takeOver(name string) *liar {
	h := s.members[name]
	address := h.listener.Addr().String()
	h.stop()
	l := &liar{house: h, key: must[*consortium.Key](s.t)(consortium.LoadKey(filepath.Join(h.dir, member.KeyFile))), head: func(*signals.Head) {}}
	server := must[*peer.Server](s.t)(peer.NewServer(must[net.Listener](s.t)(net.Listen("tcp", address)), l.key.TLS(), map[string]peer.Handler{
		"GET /v1/head": func(context.Context, ed25519.PublicKey, []byte) (any, error) {
			head := &signals.Head{Consortium: "test", Publisher: name, Batches: int64(len(l.batches)), Digest: signals.NoBatch, Time: s.clock.Now()}
			if n := len(l.batches); n > 0 {
				head.Digest = signals.Digest(l.batches[n-1])
			}
			l.head(head)
			return signals.SignHead(head, l.key.Signer())
		},
		"GET /v1/batches/{number}": func(ctx context.Context, _ ed25519.PublicKey, _ []byte) (any, error) {
			var n int
			if _, err := fmt.Sscan(peer.Value(ctx, "number"), &n); err != nil {
				return nil, err
			}
			return l.batches[n-1], nil
		},
	}, func(string, error) {}))
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	go func() { _ = server.Serve(ctx) }()
	return l
}

// batch returns one that is right in every way, with n signals.
func (l *liar) batch(n int) *signals.Batch {
	b := &signals.Batch{Consortium: "test", Publisher: l.name, Number: 1, Previous: signals.NoBatch, Made: l.site.clock.Now()}
	for range n {
		e := signals.Entry{
			Action: signals.Raise, Epoch: 1, Domain: signals.Phone, Month: "2026-11", Kind: "ring", Severity: 1, Basis: "suspected",
			Line: "motor", Expires: "2027-01-01", Record: strings.Repeat("a", 64),
		}
		_, _ = rand.Read(e.Pseudonym[:])
		b.Entries = append(b.Entries, e)
	}
	return b
}

func TestABatchThatIsNotRightIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(l *liar, b *signals.Batch) []byte // the batch as it is sent; nil: b, signed
		want   string
	}{
		"of a month ago":                 {func(l *liar, b *signals.Batch) []byte { b.Made = b.Made.AddDate(0, -1, 0); return nil }, "epoch"},
		"of a month from now":            {func(l *liar, b *signals.Batch) []byte { b.Made = b.Made.AddDate(0, 1, 0); return nil }, "clocks"},
		"with a signal of another month": {func(l *liar, b *signals.Batch) []byte { b.Entries[0].Month = "2026-10"; return nil }, "month"},
		"of another consortium":          {func(l *liar, b *signals.Batch) []byte { b.Consortium = "other"; return nil }, "consortium"},
		"of another epoch":               {func(l *liar, b *signals.Batch) []byte { b.Entries[0].Epoch = 7; return nil }, "epoch 7"},
		"that stands for too long":       {func(l *liar, b *signals.Batch) []byte { b.Entries[0].Expires = "2030-01-01"; return nil }, "longer than"},
		"that comes third":               {func(l *liar, b *signals.Batch) []byte { b.Number, b.Previous = 3, strings.Repeat("b", 64); return nil }, "comes next"},
		"with a name twice":              {func(l *liar, b *signals.Batch) []byte { b.Entries[1] = b.Entries[0]; return nil }, "already"},
		"that withdraws what is not there": {func(l *liar, b *signals.Batch) []byte {
			e := b.Entries[0]
			b.Entries[0] = signals.Entry{Action: signals.Withdraw, Pseudonym: e.Pseudonym, Epoch: 1, Domain: e.Domain, Month: e.Month, Record: e.Record}
			return nil
		}, "no signal of this publisher"},
		"of more than could be looked at": {func(l *liar, b *signals.Batch) []byte { *b = *l.batch(201); return nil }, "did not look at"},
		"signed by another": {func(l *liar, b *signals.Batch) []byte {
			key := must[*consortium.Key](l.site.t)(consortium.LoadKey(filepath.Join(l.site.dir, "gamma", member.KeyFile)))
			return must[[]byte](l.site.t)(signals.SignBatch(b, key.Signer()))
		}, "no verifiable signatures"},
		"that was changed": {func(l *liar, b *signals.Batch) []byte {
			msg := must[[]byte](l.site.t)(signals.SignBatch(b, l.key.Signer()))
			return bytes.Replace(msg, []byte(`"severity":1`), []byte(`"severity":3`), 1)
		}, "invalid signature"},
		"that is a head": {func(l *liar, b *signals.Batch) []byte {
			return must[[]byte](l.site.t)(signals.SignHead(&signals.Head{}, l.key.Signer()))
		}, "not as"},
		"that is noise":   {func(l *liar, b *signals.Batch) []byte { return []byte("noise") }, "malformed"},
		"that is nothing": {func(l *liar, b *signals.Batch) []byte { return []byte{} }, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := found(t, "acme", "beta", "gamma")
			l := s.takeOver("acme")
			b := l.batch(2)
			msg := test.change(l, b)
			if msg == nil {
				msg = must[[]byte](t)(signals.SignBatch(b, l.key.Signer()))
			}
			l.batches = [][]byte{msg}
			err := s.members["beta"].Pull(context.Background())
			if err == nil || !strings.Contains(err.Error(), "acme") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want acme named and %q", err, test.want)
			}
			if got := must[*member.Status](t)(s.members["beta"].Status(context.Background())).Signals; got != 0 {
				t.Errorf("%d signals were taken", got)
			}
		})
	}
}

// A million signals of one member do not get in: not in one batch, and not in many.
func TestAMillionSignalsOfOneMember(t *testing.T) {
	s := found(t, "acme", "beta")
	l := s.takeOver("acme")
	if _, err := signals.SignBatch(l.batch(signals.MaxBatchEntries+1), l.key.Signer()); err == nil {
		t.Error("a batch over the limit was signed")
	}
	previous := signals.NoBatch
	for number := int64(1); number <= 5; number++ {
		b := l.batch(100)
		b.Number, b.Previous = number, previous
		msg := must[[]byte](t)(signals.SignBatch(b, l.key.Signer()))
		l.batches, previous = append(l.batches, msg), signals.Digest(msg)
	}
	if err := s.members["beta"].Pull(context.Background()); err == nil || !strings.Contains(err.Error(), "did not look at") {
		t.Errorf("got %v", err)
	}
	if got := must[*member.Status](t)(s.members["beta"].Status(context.Background())).Signals; got != 200 {
		t.Errorf("%d signals were taken, the budget is 200", got)
	}
}

func TestTwoHistoriesAreNoticed(t *testing.T) {
	s := found(t, "acme", "beta")
	beta := s.members["beta"]
	l := s.takeOver("acme")
	one, other := must[[]byte](t)(signals.SignBatch(l.batch(1), l.key.Signer())), must[[]byte](t)(signals.SignBatch(l.batch(1), l.key.Signer()))
	l.batches = [][]byte{one}
	if err := beta.Pull(context.Background()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		batches [][]byte
		head    func(*signals.Head)
		want    string
	}{
		"another batch of that number": {[][]byte{other}, nil, "two histories"},
		"fewer batches":                {nil, nil, "set back"},
		"a clock a month off":          {[][]byte{one}, func(h *signals.Head) { h.Time = h.Time.AddDate(0, -1, 0) }, "clock"},
		"an old head again":            {[][]byte{one}, func(h *signals.Head) { h.Time = h.Time.Add(-6 * time.Minute) }, "clock"},
		"another consortium":           {[][]byte{one}, func(h *signals.Head) { h.Consortium = "other" }, "consortium"},
	} {
		l.batches, l.head = test.batches, test.head
		if l.head == nil {
			l.head = func(*signals.Head) {}
		}
		if err := beta.Pull(context.Background()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// An evaluator that is wrong, of another key, late or silent is named, and the others do.
func TestAnEvaluatorThatFails(t *testing.T) {
	_, others, err := oprf.Deal(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		answer func(r *evaluator.Request, a *evaluator.Answer) error
		want   string
	}{
		"of another key": {func(r *evaluator.Request, a *evaluator.Answer) (err error) {
			a.Evaluated, err = others[0].Evaluate(must[*oprf.Request](t)(oprf.ParseRequest(r.Blinded)))
			return err
		}, "the proof does not hold"},
		"gives the identity": {func(r *evaluator.Request, a *evaluator.Answer) error { clear(a.Evaluated[:32]); return nil }, "identity"},
		"gives noise":        {func(r *evaluator.Request, a *evaluator.Answer) error { a.Evaluated = []byte("noise"); return nil }, "has not one point"},
		"gives no receipt":   {func(r *evaluator.Request, a *evaluator.Answer) error { a.Receipt = ""; return nil }, "receipt"},
		"gives another's receipt": {func(r *evaluator.Request, a *evaluator.Answer) error {
			a.Receipt = strings.Replace(a.Receipt, `"count":1`, `"count":9`, 1)
			return nil
		}, "invalid signature"},
		"is silent": {func(*evaluator.Request, *evaluator.Answer) error { time.Sleep(3 * time.Second); return nil }, ""},
		"is shut": {func(*evaluator.Request, *evaluator.Answer) error {
			return &peer.Problem{Status: 503, Code: "meter", Text: "the meter is lost"}
		}, "the meter is lost"},
	} {
		t.Run(name, func(t *testing.T) {
			s := found(t, "acme", "beta")
			s.proxy("ev1", test.answer)
			named := false
			for range 12 { // which two are asked first is drawn
				began := time.Now()
				f := s.members["beta"].lookUp("C-1", phone)
				if time.Since(began) > 2900*time.Millisecond {
					t.Error("the look-up waited for the silent one")
				}
				if len(f.Faults) > 0 {
					named = true
					if !strings.Contains(f.Faults[0], "evaluator ev1") || !strings.Contains(f.Faults[0], test.want) {
						t.Errorf("the fault says %q, want ev1 and %q", f.Faults[0], test.want)
					}
				}
				if named {
					break
				}
			}
			if !named && test.want != "" {
				t.Error("ev1 was not named in twelve look-ups")
			}
			// Without a second right one there is no answer, and the error names who failed.
			s.evaluators["ev2"].stop()
			if test.want == "" {
				return
			}
			_, err := s.members["beta"].LookUp(context.Background(), member.Query{By: "test", Insurer: "beta", Claim: "C-1", Identifiers: []signals.Identifier{id(t, phone)}})
			if err == nil || !strings.Contains(err.Error(), "ev1") || !strings.Contains(err.Error(), "ev2") {
				t.Errorf("two of three fail: %v", err)
			}
		})
	}
}

// proxy puts a node in the place of an evaluator that has its keys and share and changes its answers.
func (s *site) proxy(name string, change func(*evaluator.Request, *evaluator.Answer) error) {
	e := s.evaluators[name]
	address := e.listener.Addr().String()
	e.stop()
	key := must[*consortium.Key](s.t)(consortium.LoadKey(filepath.Join(e.dir, evaluator.KeyFile)))
	// The true evaluator answers behind, with the members' keys that the test has.
	behind := must[net.Listener](s.t)(net.Listen("tcp", "127.0.0.1:0"))
	e.listener = behind
	s.startEvaluator(name)
	card := must[consortium.Card](s.t)(key.Card(consortium.RoleEvaluator, behind.Addr().String()))
	client := must[*peer.Client](s.t)(peer.NewClient(card.Address, card.TLS, s.key("beta")))
	server := must[*peer.Server](s.t)(peer.NewServer(must[net.Listener](s.t)(net.Listen("tcp", address)), key.TLS(), map[string]peer.Handler{
		"POST /v1/evaluate": func(ctx context.Context, _ ed25519.PublicKey, body []byte) (any, error) {
			r, a := new(evaluator.Request), new(evaluator.Answer)
			if err := json.Unmarshal(body, r); err != nil {
				return nil, err
			}
			if err := client.Post(ctx, "/v1/evaluate", r, a); err != nil {
				return nil, err
			}
			return a, change(r, a)
		},
	}, func(string, error) {}))
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	go func() { _ = server.Serve(ctx) }()
}

// What an evaluator refuses of a member that is let in.
func TestWhatAnEvaluatorRefuses(t *testing.T) {
	s := found(t, "acme", "beta")
	f := must[*consortium.File](t)(consortium.Open(s.file))
	ev1, _ := f.Evaluator("ev1")
	client := must[*peer.Client](t)(peer.NewClient(ev1.Address, ev1.TLS, s.key("beta")))
	public := must[*oprf.Public](t)(oprf.ParsePublic(f.Epochs[0].Commitments))
	blinding := must[*oprf.Blinding](t)(must[*oprf.Client](t)(oprf.NewClient(public, 3)).Blind([][]byte{[]byte("x")}))
	right := func() *evaluator.Request {
		return &evaluator.Request{
			Consortium: "test", Epoch: 1, Time: s.clock.Now(), Purpose: evaluator.ToLookUp, Claim: strings.Repeat("0", 64),
			Blinded: bytes.Clone(blinding.Request()),
		}
	}
	for name, test := range map[string]struct {
		change func(*evaluator.Request)
		want   string
	}{
		"the identity":        {func(r *evaluator.Request) { clear(r.Blinded) }, "identity"},
		"off the group":       {func(r *evaluator.Request) { copy(r.Blinded, bytes.Repeat([]byte{0xff}, 32)) }, "ristretto255"},
		"over a batch":        {func(r *evaluator.Request) { r.Blinded = bytes.Repeat(r.Blinded, 65) }, "1 to 64"},
		"without points":      {func(r *evaluator.Request) { r.Blinded = nil }, "1 to 64"},
		"without a claim":     {func(r *evaluator.Request) { r.Claim = "" }, "open claim"},
		"without a purpose":   {func(r *evaluator.Request) { r.Purpose = "curiosity" }, "purpose"},
		"a clock a month off": {func(r *evaluator.Request) { r.Time = r.Time.AddDate(0, -1, 0) }, "clocks"},
		"another epoch":       {func(r *evaluator.Request) { r.Epoch = 2 }, "epoch 2"},
		"another consortium":  {func(r *evaluator.Request) { r.Consortium = "other" }, "not in use here"},
	} {
		r := right()
		test.change(r)
		err := client.Post(context.Background(), "/v1/evaluate", r, new(evaluator.Answer))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	if used := must[*member.Status](t)(s.members["beta"].Status(context.Background())).Evaluators[0].Used; used != 0 {
		t.Errorf("what was refused cost %d", used)
	}
	r := right()
	r.Blinded = bytes.Repeat(r.Blinded, 64)
	for i := range 4 {
		err := client.Post(context.Background(), "/v1/evaluate", r, new(evaluator.Answer))
		if (err == nil) != (i < 3) || i == 3 && !strings.Contains(err.Error(), "budget is spent: 192 of 200") {
			t.Errorf("batch %d: %v", i+1, err)
		}
	}
	status := must[*member.Status](t)(s.members["acme"].Status(context.Background()))
	if status.Evaluators[0].Alarms["beta"] == "" {
		t.Error("192 of 200 in a moment, and the other members hear no alarm")
	}
	if !strings.Contains(s.evaluators["ev1"].log.String(), "going through a list") {
		t.Error("the evaluator's log has no alarm")
	}
	// A member's receipt tells an evaluator that its disk was set back.
	a := new(evaluator.Answer)
	small := right()
	if err := client.Post(context.Background(), "/v1/evaluate", small, a); err != nil {
		t.Fatal(err)
	}
	s.evaluators["ev1"].stop()
	day := filepath.Join(s.evaluators["ev1"].dir, "meter", "2026-11-16.jsonl")
	text := must[[]byte](t)(os.ReadFile(day))
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if err := os.WriteFile(day, append(first, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	s.startEvaluator("ev1")
	small.Seen = a.Receipt
	if err := client.Post(context.Background(), "/v1/evaluate", small, a); err == nil || !strings.Contains(err.Error(), "set back") {
		t.Errorf("a disk that was set back: %v", err)
	}
}

// The same letter again, one that is for another, and one about nothing are refused.
func TestALetterIsNotReplayed(t *testing.T) {
	s := found(t, "acme", "beta", "gamma")
	acme, beta := s.members["acme"], s.members["beta"]
	names := acme.publish(phone)
	s.pull()
	f := must[*consortium.File](t)(consortium.Open(s.file))
	card, _ := f.Member("acme")
	key := must[*consortium.Key](t)(consortium.LoadKey(filepath.Join(beta.dir, member.KeyFile)))
	client := must[*peer.Client](t)(peer.NewClient(card.Address, card.TLS, s.key("beta")))
	send := func(change func(*member.Letter)) error {
		l := &member.Letter{ID: strings.Repeat("1", 32), Consortium: "test", From: "beta", To: "acme", By: "carl", Time: s.clock.Now(), Signal: names[0], Text: "?"}
		change(l)
		signed := must[[]byte](t)(signals.SignText("tallystick signals letter v1", l, key.Signer()))
		return client.Post(context.Background(), "/v1/inquiries", must[[]byte](t)(consortium.Seal(card.Card, "letter", signed)), nil)
	}
	if err := send(func(*member.Letter) {}); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*member.Letter){
		"again":                        func(*member.Letter) {},
		"for another":                  func(l *member.Letter) { l.ID, l.To = strings.Repeat("2", 32), "gamma" },
		"in another's name":            func(l *member.Letter) { l.ID, l.From = strings.Repeat("3", 32), "gamma" },
		"about no signal":              func(l *member.Letter) { l.ID, l.Signal = strings.Repeat("4", 32), strings.Repeat("0", 32) },
		"an answer to nothing":         func(l *member.Letter) { l.ID, l.Answers = strings.Repeat("5", 32), strings.Repeat("9", 32) },
		"of last week":                 func(l *member.Letter) { l.ID, l.Time = strings.Repeat("6", 32), l.Time.AddDate(0, 0, -7) },
		"with a file's path for an id": func(l *member.Letter) { l.ID = "../../../../tmp/aaaaaaaaaaaaaaaaaaa" },
	} {
		if send(change) == nil {
			t.Errorf("a letter %s was taken", name)
		}
	}
}
