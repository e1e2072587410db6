package desk_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tallystick/anchor"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/claim/signed"
	"tallystick/detectors"
	"tallystick/detectors/rule"
	"tallystick/pipeline"
	"tallystick/pipeline/desk"
	"tallystick/privacy"
	"tallystick/privacy/intake"
	"tallystick/privacy/keys/keyring"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type office struct {
	withheld []string
	*desk.Desk
	keys privacy.Keys
	next int64
}

// ours and theirs are the keys of two installs. Making some takes a moment, so the tests share them.
var (
	ours   = sync.OnceValues(newKeys)
	theirs = sync.OnceValues(newKeys)
)

func newKeys() (privacy.Keys, error) {
	dir, err := os.MkdirTemp("", "keyring")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "keys")
	pass := keyring.Passphrases{Keyring: []byte("for the pipeline"), OfficerA: []byte("for officer a"),
		OfficerB: []byte("for officer b")}
	if err := keyring.Create(dir, pass, "acme"); err != nil {
		return nil, err
	}
	return keyring.Open(dir, pass.Keyring)
}

func open(t *testing.T) *office {
	t.Helper()
	keys, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	return openWith(t, keys, 64<<10)
}

// openWith opens a desk with keys of the test's own, for events of at most so many bytes.
func openWith(t *testing.T, keys privacy.Keys, bytes int) *office {
	t.Helper()
	return openFor(t, keys, bytes, nil)
}

// openSigned opens a desk that takes claims of its insurers' producers alone.
func openSigned(t *testing.T, producers signed.Keys) *office {
	t.Helper()
	keys, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	return openFor(t, keys, 64<<10, producers)
}

func openFor(t *testing.T, keys privacy.Keys, bytes int, producers signed.Keys) *office {
	t.Helper()
	protection, err := privacy.New(privacy.Config{Keys: keys, Now: func() time.Time { return now },
		Limits: privacy.Limits{Bytes: bytes}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := detectors.LoadRules(rule.FS)
	if err != nil {
		t.Fatal(err)
	}
	state := detectors.NewState(set, detectors.StateConfig{})
	o := &office{keys: keys}
	d, err := desk.New(desk.Config{
		Protection: protection, Keys: keys, State: state, Engine: detectors.NewEngine(set, state, detectors.Config{}),
		Producers: producers, Now: func() time.Time { return now }, Withheld: func(path string) {
			o.withheld = append(o.withheld, path)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Desk = d
	return o
}

// take decides one record and returns its entry and, if it was refused, the sealed original.
func (o *office) take(t *testing.T, key, value string) (claim.Entry, []byte) {
	t.Helper()
	r := pipeline.Record{Source: claim.SourceRef{Offset: o.next, Time: now}, Key: []byte(key), Value: []byte(value)}
	o.next++
	v, err := o.Decide(t.Context(), []pipeline.Record{r})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Entries) == 0 {
		t.Fatal("no entry")
	}
	var sealed []byte
	if len(v.Dead) == 1 {
		sealed = v.Dead[0].Value
	}
	return v.Entries[0], sealed
}

const (
	good    = `{"insurer":"acme","claim":"C-1","revision":1,"line":"motor","claimant":{"name":"Ann Canary","phone":"+15550100123"},"loss":{"time":"2026-02-01T10:00:00Z"},"amounts":{"claimed":{"amount":"1200.50","currency":"USD"}}}`
	goodKey = "acme/C-1"
)

func with(old, new string) string {
	if !strings.Contains(good, old) {
		panic("the good claim has no " + old)
	}
	return strings.Replace(good, old, new, 1)
}

func TestBadRecordsBecomeDeadLettersWithTheirReason(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for name, tc := range map[string]struct {
		key, value string
		code       claim.Code
	}{
		"empty":         {goodKey, ``, claim.NotJSON},
		"truncated":     {goodKey, good[:len(good)-20], claim.NotJSON},
		"two values":    {goodKey, good + good, claim.NotJSON},
		"not an object": {goodKey, `[1]`, claim.WrongType},
		"oversized": {goodKey, with(`"Ann Canary"`, `"`+strings.Repeat("a", 64<<10)+`"`),
			claim.TooLarge},
		"not UTF-8":                {goodKey, with("Ann", "An\xff"), claim.NotUTF8},
		"deeply nested":            {goodKey, with(`"line"`, `"extra":`+deep+`,"line"`), claim.TooDeep},
		"wrong type of a name":     {goodKey, with(`"Ann Canary"`, `17`), claim.WrongType},
		"wrong type of an amount":  {goodKey, with(`"1200.50"`, `1200.50`), claim.WrongType},
		"duplicate name":           {goodKey, with(`"revision":1`, `"revision":1,"revision":2`), claim.DuplicateName},
		"negative money":           {goodKey, with(`"1200.50"`, `"-1200.50"`), claim.Negative},
		"loss in the future":       {goodKey, with(`2026-02-01T10`, `2027-02-01T10`), claim.Future},
		"a time without a zone":    {goodKey, with(`10:00:00Z`, `10:00:00`), claim.Invalid},
		"another claim's key":      {"acme/C-2", good, claim.KeyMismatch},
		"no key":                   {"", good, claim.KeyMismatch},
		"an insurer not of ours":   {"other/C-1", with(`"acme"`, `"other"`), claim.UnknownInsurer},
		"no claim id":              {goodKey, with(`"claim":"C-1",`, ``), claim.Missing},
		"no revision":              {goodKey, with(`"revision":1,`, ``), claim.Missing},
		"revision zero":            {goodKey, with(`"revision":1`, `"revision":0`), claim.Invalid},
		"unknown line":             {goodKey, with(`"motor"`, `"pets"`), claim.Invalid},
		"sealed for somebody else": {goodKey, sealedElsewhere(t), claim.CannotOpen},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			e, sealed := o.take(t, tc.key, tc.value)
			if e.Kind != claim.Dead || e.Dead == nil {
				t.Fatalf("kind %s", e.Kind)
			}
			if e.Dead.Code != tc.code {
				t.Errorf("code %s at %q, want %s", e.Dead.Code, e.Dead.Path, tc.code)
			}
			data, err := new(entry.Encoder).Append(nil, &e)
			if err != nil {
				t.Fatal(err)
			}
			for _, clear := range []string{"Canary", "5550100123"} {
				if bytes.Contains(data, []byte(clear)) || bytes.Contains(sealed, []byte(clear)) {
					t.Errorf("%q is in the clear", clear)
				}
			}
			if len(e.Commitment) != 32 {
				t.Error("a dead entry needs its commitment too")
			}
			if tc.code == claim.CannotOpen {
				return
			}
			key, err := o.keys.Intake()
			if err != nil {
				t.Fatal(err)
			}
			original, err := key.Open([]byte(intake.Context), sealed)
			if err != nil || string(original) != tc.value {
				t.Errorf("the dead letter does not hold the original: %v", err)
			}
		})
	}
}

func TestARefusedRecordKeepsOnlyAnIdentityThatIsOne(t *testing.T) {
	type identity struct {
		insurer, claim string
		revision       int
		line           claim.Line
	}
	whole := identity{"acme", "C-1", 1, claim.LineMotor}
	for name, tc := range map[string]struct {
		key, value string
		want       identity
	}{
		"negative money":    {goodKey, with(`"1200.50"`, `"-1200.50"`), whole},
		"a name for a line": {goodKey, with(`"motor"`, `"Ann Canary"`), identity{"acme", "C-1", 1, ""}},
		"no such revision": {goodKey, with(`"revision":1`, `"revision":5550100123`),
			identity{insurer: "acme", claim: "C-1"}},
		"a name for an id": {goodKey, with(`"C-1"`, `"Ann Canary"`), identity{insurer: "acme"}},
		"the id twice": {goodKey, with(`{"insurer"`, `{"claim":"Ann Canary","insurer"`),
			identity{insurer: "acme"}},
		"a control character":  {"acme/C-1\x07", with(`"C-1"`, `"C-1\u0007"`), identity{insurer: "acme"}},
		"another claim's key":  {"acme/Ann Canary", good, identity{insurer: "acme"}},
		"a name for a company": {"Ann Canary/C-1", with(`"acme"`, `"Ann Canary"`), identity{}},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := open(t).take(t, tc.key, tc.value)
			if got := (identity{e.Insurer, e.Claim, e.Revision, e.Line}); e.Kind != claim.Dead || got != tc.want {
				t.Errorf("%s entry of %+v, want %+v", e.Kind, got, tc.want)
			}
		})
	}
}

func sealedElsewhere(t *testing.T) string {
	t.Helper()
	keys, err := theirs()
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.Intake()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := key.Seal([]byte(intake.Context), []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	return string(sealed)
}

func TestAClaimIsDecidedAndCommittedTo(t *testing.T) {
	o := open(t)
	e, _ := o.take(t, goodKey, good)
	if e.Kind != claim.Decided || e.Decision == nil || e.Decision.RuleSet == "" {
		t.Fatalf("entry %+v", e)
	}
	data, err := new(entry.Encoder).Append(nil, &e)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("Canary")) || bytes.Contains(data, []byte("5550100123")) {
		t.Error("an identifier is in the clear")
	}
	// Whoever reads the entry back arrives at the same commitment.
	var back claim.Entry
	if err := entry.Decode(data, &back); err != nil {
		t.Fatal(err)
	}
	leaves, err := new(entry.Builder).Leaves(&back)
	if err != nil {
		t.Fatal(err)
	}
	root, err := new(anchor.Committer).Commit(leaves)
	if err != nil || !bytes.Equal(root[:], e.Commitment) {
		t.Errorf("recomputed commitment %x, want %x (%v)", root, e.Commitment, err)
	}
}

func TestUnknownFieldsAreSealedAndTheirNamesToo(t *testing.T) {
	o := open(t)
	e, _ := o.take(t, goodKey, with(`"line"`, `"Ann Canary":{"5550100123":"5550100123"},"line"`))
	if e.Kind != claim.Decided {
		t.Fatalf("kind %s, %+v", e.Kind, e.Dead)
	}
	data, err := new(entry.Encoder).Append(nil, &e)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("Canary")) || bytes.Contains(data, []byte("5550100123")) {
		t.Error("an unknown field is in the clear")
	}
}

// A clear number in a field that the policy keeps is sealed, told once by its path, and the claim is decided all the
// same.
func TestAKeptValueThatHoldsAnIdentifierIsSealed(t *testing.T) {
	o := open(t)
	value := with(`"loss":{`, `"vehicle":{"make":"Ann Canary"},"loss":{"cause":"123-45-6789",`)
	e, _ := o.take(t, goodKey, value)
	if e.Kind != claim.Decided || e.Decision == nil {
		t.Fatalf("%+v", e)
	}
	for _, v := range e.Values {
		if v.Path.Text == "loss.cause" || v.Path.Text == "vehicle.make" {
			t.Errorf("%s is in clear", v.Path)
		}
	}
	o.take(t, goodKey, value) // a duplicate
	if want := []string{"loss.cause", "vehicle.make"}; !slices.Equal(o.withheld, want) {
		t.Errorf("told of %q, want %q", o.withheld, want)
	}
}

func TestTheSameContentAgainIsADuplicate(t *testing.T) {
	o := open(t)
	o.take(t, goodKey, good)
	reordered := `{"amounts":{"claimed":{"currency":"USD","amount":"1200.50"}}, "loss":{"time":"2026-02-01T10:00:00Z"},"claimant":{"phone":"+15550100123","name":"Ann Canary"},"line":"motor","revision":1,"claim":"C-1","insurer":"acme"}`
	for _, again := range []string{good, reordered} {
		if e, _ := o.take(t, goodKey, again); e.Kind != claim.Duplicate || e.Decision != nil {
			t.Errorf("kind %s, want duplicate", e.Kind)
		}
	}
}

func TestOtherContentUnderOneRevisionIsRefused(t *testing.T) {
	o := open(t)
	o.take(t, goodKey, good)
	e, sealed := o.take(t, goodKey, with("1200.50", "9200.50"))
	if e.Kind != claim.Dead || e.Dead.Code != claim.RevisionConflict || len(sealed) == 0 {
		t.Errorf("entry %s %+v", e.Kind, e.Dead)
	}
}

func TestRevisionsOutOfOrderAreEachDecided(t *testing.T) {
	o := open(t)
	for _, revision := range []string{"3", "1", "2"} {
		e, _ := o.take(t, goodKey, with(`"revision":1`, `"revision":`+revision))
		if e.Kind != claim.Decided || fmt.Sprint(e.Revision) != revision {
			t.Errorf("revision %s: %s %d", revision, e.Kind, e.Revision)
		}
	}
}

func TestARecordDecidedAnewIsNotItsOwnDuplicate(t *testing.T) {
	o := open(t)
	record := []pipeline.Record{{Source: claim.SourceRef{Partition: 1, Offset: 9, Time: now}, Key: []byte(goodKey),
		Value: []byte(good)}}
	first, err := o.Decide(t.Context(), record)
	if err != nil {
		t.Fatal(err)
	}
	second, err := o.Decide(t.Context(), record)
	if err != nil {
		t.Fatal(err)
	}
	a, b := first.Entries[0], second.Entries[0]
	if a.Kind != claim.Decided || b.Kind != claim.Decided || a.Decision.Score != b.Decision.Score {
		t.Errorf("first %s %v, again %s %v", a.Kind, a.Decision, b.Kind, b.Decision)
	}
}

func TestAnotherInstanceLearnsFromTheJournal(t *testing.T) {
	a, b := open(t), open(t)
	e, _ := a.take(t, goodKey, good)
	b.Observe(&e)
	b.next = 100 // the same claim comes again, later
	if again, _ := b.take(t, goodKey, good); again.Kind != claim.Duplicate {
		t.Errorf("kind %s, want duplicate", again.Kind)
	}
}

func TestADeadLetterIsReplayedAsItIs(t *testing.T) {
	o := open(t)
	_, sealed := o.take(t, "acme/other", good) // the wrong key
	e, _ := o.take(t, "", string(sealed))
	if e.Kind != claim.Decided {
		t.Errorf("replayed: %s %+v", e.Kind, e.Dead)
	}
}

// TestWhatOnlyLooksSealedIsSealed: a broken producer may set the mark of what is sealed before clear text.
func TestWhatOnlyLooksSealedIsSealed(t *testing.T) {
	o := open(t)
	marked := "\x00TSI\x01" + good
	if !intake.Sealed([]byte(marked)) {
		t.Fatal("not the mark of what is sealed")
	}
	e, sealed := o.take(t, goodKey, marked)
	if e.Dead == nil || e.Dead.Code != claim.CannotOpen || !intake.Sealed(sealed) ||
		strings.Contains(string(sealed), good[:20]) {
		t.Errorf("%s %+v: the dead letter begins %q", e.Kind, e.Dead, sealed[:20])
	}
	again, twice := o.take(t, "", string(sealed)) // replayed, it is the same refusal, and can be replayed for ever
	if again.Dead == nil || again.Dead.Code != claim.CannotOpen || strings.Contains(string(twice), good[:20]) {
		t.Errorf("replayed: %s %+v", again.Kind, again.Dead)
	}
}
