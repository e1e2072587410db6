package consortium

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
)

var start = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)

var grounds = Grounds{
	LegalBasis: "a test", RetentionMonths: 12,
	ImpactAssessment: Record{"assessment", "2026-01-01"}, Supervisor: Record{"notice", "2026-01-02"},
}

func charter() Charter {
	return Charter{Name: "test", Threshold: 2, DailyBudget: 100, EpochDays: 300, OverlapDays: 30, Grounds: grounds}
}

// party is the nodes of a test.
type party struct {
	keys  map[string]*Key
	cards []Card
}

func invite(t testing.TB, members []string, evaluators []string) *party {
	t.Helper()
	p := &party{keys: map[string]*Key{}}
	for i, name := range append(members, evaluators...) {
		role := RoleMember
		if i >= len(members) {
			role = RoleEvaluator
		}
		key, err := NewKey(filepath.Join(t.TempDir(), "node.key"), name)
		if err != nil {
			t.Fatal(err)
		}
		card, err := key.Card(role, fmt.Sprintf("127.0.0.1:%d", 7000+i))
		if err != nil {
			t.Fatal(err)
		}
		p.keys[name], p.cards = key, append(p.cards, card)
	}
	return p
}

// sign has those named sign.
func (p *party) sign(t testing.TB, text []byte, names ...string) []byte {
	t.Helper()
	for _, name := range names {
		var err error
		if text, err = Sign(text, p.keys[name]); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

func (p *party) deal(t testing.TB) ([]byte, []SealedShare) {
	t.Helper()
	text, shares, err := Deal(charter(), p.cards, nil, start)
	if err != nil {
		t.Fatal(err)
	}
	return text, shares
}

func TestAFileCountsWhenAllMembersSigned(t *testing.T) {
	p := invite(t, []string{"acme", "beta"}, []string{"ev1", "ev2", "ev3"})
	text, _ := p.deal(t)
	if _, err := Open(p.sign(t, text, "acme")); err == nil || !strings.Contains(err.Error(), "not signed yet by beta") {
		t.Errorf("one signature of two: %v", err)
	}
	msg := p.sign(t, text, "acme", "beta", "acme")
	f, err := Open(msg)
	if err != nil || len(f.Members) != 2 || f.Version != 1 {
		t.Fatalf("%+v, %v", f, err)
	}
	if Digest(text) != Digest(msg) {
		t.Error("a signature changes the digest that members compare")
	}
	for name, changed := range map[string][]byte{
		"a budget":    bytes.Replace(msg, []byte(`"dailyBudget": 100`), []byte(`"dailyBudget": 900`), 1),
		"a key":       bytes.Replace(msg, []byte(`"version": 1`), []byte(`"version": 1, "more": 1`), 1),
		"a signature": bytes.Replace(msg, []byte("— beta "), []byte("— beta A"), 1),
		"the end":     msg[:len(msg)-2],
		"all":         nil,
	} {
		if bytes.Equal(changed, msg) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := Open(changed); err == nil {
			t.Errorf("%s was changed, and it opens", name)
		}
	}
	if _, err := Sign(text, p.keys["ev1"]); err == nil {
		t.Error("an evaluator signed")
	}
	impostor := invite(t, []string{"acme"}, nil)
	if _, err := Sign(text, impostor.keys["acme"]); err == nil {
		t.Error("another key of that name signed")
	}
}

func TestWhatACeremonyRefuses(t *testing.T) {
	for name, change := range map[string]func(*Charter, *party){
		"a threshold of one":        func(c *Charter, _ *party) { c.Threshold = 1 },
		"more than there are":       func(c *Charter, _ *party) { c.Threshold = 4 },
		"one member":                func(_ *Charter, p *party) { p.cards = p.cards[1:] },
		"a node twice":              func(_ *Charter, p *party) { p.cards = append(p.cards, p.cards[0]) },
		"no budget":                 func(c *Charter, _ *party) { c.DailyBudget = 0 },
		"no legal basis":            func(c *Charter, _ *party) { c.Grounds.LegalBasis = " " },
		"no impact assessment":      func(c *Charter, _ *party) { c.Grounds.ImpactAssessment = Record{} },
		"no notice to a supervisor": func(c *Charter, _ *party) { c.Grounds.Supervisor.Date = "soon" },
		"signals for ever":          func(c *Charter, _ *party) { c.Grounds.RetentionMonths = 97 },
		"an epoch of no time":       func(c *Charter, _ *party) { c.EpochDays = 0 },
		"a name with a space":       func(c *Charter, _ *party) { c.Name = "a b" },
	} {
		p := invite(t, []string{"acme", "beta"}, []string{"ev1", "ev2", "ev3"})
		c := charter()
		change(&c, p)
		if _, _, err := Deal(c, p.cards, nil, start); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A share opens for its evaluator alone, in the consortium and epoch that it was dealt for.
func TestAShareIsForOneEvaluator(t *testing.T) {
	p := invite(t, []string{"acme", "beta"}, []string{"ev1", "ev2", "ev3"})
	text, shares := p.deal(t)
	f, err := Open(p.sign(t, text, "acme", "beta"))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := OpenShare(shares[1], f, p.keys["ev2"])
	if err != nil || opened.Index() != 2 || !opened.Dealt.Equal(start) {
		t.Fatalf("%+v, %v", opened, err)
	}
	other := invite(t, []string{"acme", "beta"}, []string{"ev1", "ev2", "ev3"})
	otherText, otherShares := other.deal(t)
	if _, err := OpenShare(shares[1], f, p.keys["ev1"]); err == nil {
		t.Error("another evaluator opened it")
	}
	renamed := shares[1]
	renamed.Evaluator = "ev1"
	if _, err := OpenShare(renamed, f, p.keys["ev1"]); err == nil {
		t.Error("another evaluator opened it under its own name")
	}
	foreign := otherShares[1]
	if _, err := OpenShare(foreign, f, other.keys["ev2"]); err == nil {
		t.Error("a share of another consortium of that name was taken")
	}
	for name, secret := range map[string][]byte{"the file": text, "another file": otherText} {
		scalar, _ := opened.Share.Bytes()
		if bytes.Contains(secret, scalar) {
			t.Errorf("%s holds a share", name)
		}
	}
	if got := fmt.Sprintf("%v %+v %x", p.keys["ev2"], opened.Share, p.keys["ev2"]); strings.Contains(got,
		fmt.Sprintf("%x", p.keys["ev2"].seed)) {
		t.Error("a key prints")
	}
}

// A leaver means a new epoch, whose key the leaver does not get; the old one stays in use for the overlap.
func TestALeaverAndAJoiner(t *testing.T) {
	p := invite(t, []string{"acme", "beta", "gamma", "delta"}, []string{"ev1", "ev2"})
	delta := p.cards[3]
	without := append(append([]Card{}, p.cards[:3]...), p.cards[4:]...)
	text, _, err := Deal(charter(), without, nil, start)
	if err != nil {
		t.Fatal(err)
	}
	first := p.sign(t, text, "acme", "beta", "gamma")

	joined, err := Join(first, delta, 50, p.keys["beta"], start.AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	second := p.sign(t, joined, "acme", "beta", "gamma", "delta")
	if err := Follow(first, second); err != nil {
		t.Fatal(err)
	}
	f, err := Open(second)
	if err != nil {
		t.Fatal(err)
	}
	own, err := f.MemberKey(f.Epochs[0], p.keys["delta"])
	if err != nil {
		t.Fatal(err)
	}
	if others, err := f.MemberKey(f.Epochs[0], p.keys["acme"]); err != nil || !bytes.Equal(own, others) {
		t.Errorf("the one who joined has another key: %v", err)
	}

	left := append(append([]Card{}, p.cards[:2]...), p.cards[3:]...) // gamma goes
	later := start.AddDate(0, 0, 10)
	text, _, err = Deal(charter(), left, second, later)
	if err != nil {
		t.Fatal(err)
	}
	third := p.sign(t, text, "acme", "beta", "delta")
	if err := Follow(second, third); err != nil {
		t.Fatal(err)
	}
	if err := Follow(first, third); err == nil {
		t.Error("a version was left out")
	}
	if err := Follow(third, second); err == nil {
		t.Error("an older version came back")
	}
	f, err = Open(third)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.MemberKey(f.Epochs[1], p.keys["gamma"]); err == nil {
		t.Error("the leaver opens the new key")
	}
	if len(f.Left) != 1 || f.Left[0].Name != "gamma" {
		t.Errorf("left: %v", f.Left)
	}
	for days, want := range map[int]int{0: 2, 29: 2, 30: 1, 299: 1, 300: 0} {
		if active := f.Active(later.AddDate(0, 0, days)); len(active) != want || want > 0 && active[0].Number != 2 {
			t.Errorf("%d days later %d epochs are in use", days, len(active))
		}
	}
	// Without a new epoch a leaver would keep what all others have.
	var same File
	body, _ := bytes.CutPrefix(func() []byte { t, _ := split(second); return t }(), []byte(fileHeader))
	if err := json.Unmarshal(body, &same); err != nil {
		t.Fatal(err)
	}
	same.Version, same.Previous, same.Members = 3, Digest(second), append(same.Members[:2:2], same.Members[3])
	text, err = same.Text()
	if err != nil {
		t.Fatal(err)
	}
	if err := Follow(second, p.sign(t, text, "acme", "beta", "delta")); err == nil ||
		!strings.Contains(err.Error(), "new epoch") {
		t.Errorf("a leaver without a new epoch: %v", err)
	}
}

func TestAKeyFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.key")
	key, err := NewKey(path, "acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewKey(path, "acme"); err == nil {
		t.Error("a key was replaced")
	}
	again, err := LoadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := key.Card(RoleMember, "a:1")
	two, _ := again.Card(RoleMember, "a:1")
	if one.Signing != two.Signing || !bytes.Equal(one.TLS, two.TLS) || !bytes.Equal(one.Sealing, two.Sealing) {
		t.Error("another key comes back")
	}
	verifier, err := one.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: "x\n"}, again.Signer())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
		t.Errorf("the card has another signing key: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); err == nil {
		t.Error("a key that others can read was taken")
	}
}

func FuzzOpen(f *testing.F) {
	p := invite(f, []string{"acme", "beta"}, []string{"ev1", "ev2"})
	text, _ := p.deal(f)
	msg := p.sign(f, text, "acme", "beta")
	f.Add(msg)
	f.Add(text)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data)
		if err != nil {
			return
		}
		if again, err := file.Text(); err != nil || file.Version < 1 || len(again) == 0 {
			t.Errorf("what opens cannot be written: %v", err)
		}
	})
}

func FuzzParseCard(f *testing.F) {
	card, err := json.Marshal(invite(f, []string{"acme"}, nil).cards[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(card)
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := ParseCard(data); err == nil && (len(c.TLS) != 32 || c.Name == "") {
			t.Errorf("%+v", c)
		}
	})
}

func FuzzParseShare(f *testing.F) {
	p := invite(f, []string{"acme", "beta"}, []string{"ev1", "ev2"})
	text, shares := p.deal(f)
	file, err := Open(p.sign(f, text, "acme", "beta"))
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := json.Marshal(shares[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseShare(data)
		if err != nil {
			return
		}
		if opened, err := OpenShare(s, file, p.keys["ev1"]); err == nil && opened.Index() != 1 {
			t.Errorf("share %d", opened.Index())
		}
	})
}
