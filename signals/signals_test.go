package signals

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

func signer(t testing.TB) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, "acme")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func raise() Entry {
	return Entry{
		Action: Raise, Pseudonym: Pseudonym{1}, Epoch: 1, Domain: Phone, Month: "2026-11", Kind: "ring", Severity: 1,
		Basis: "suspected",
		Line:  "motor", Expires: "2027-01-01", Record: strings.Repeat("a", 64),
	}
}

func TestABatchComesBackAsItWasSigned(t *testing.T) {
	s, v := signer(t)
	b := &Batch{Consortium: "test", Publisher: "acme", Number: 1, Previous: NoBatch,
		Made: time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC), Entries: []Entry{raise()}}
	msg, err := SignBatch(b, s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenBatch(msg, v)
	if err != nil || !slices.Equal(got.Entries, b.Entries) || got.Number != 1 || !got.Made.Equal(b.Made) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnEntryThatIsNotRight(t *testing.T) {
	for name, change := range map[string]func(*Entry){
		"no action": func(e *Entry) { e.Action = "" }, "no epoch": func(e *Entry) { e.Epoch = 0 },
		"no domain":            func(e *Entry) { e.Domain = "shoe" },
		"a month that is none": func(e *Entry) { e.Month = "2026-13" }, "a month with a day": func(e *Entry) {
			e.Month = "2026-11-01"
		},
		"no kind": func(e *Entry) { e.Kind = "" }, "no severity": func(e *Entry) { e.Severity = 0 },
		"no basis":        func(e *Entry) { e.Basis = "" },
		"a line in words": func(e *Entry) { e.Line = "Ann Example, Berlin" }, "no end": func(e *Entry) {
			e.Expires = ""
		},
		"an end before it begins": func(e *Entry) { e.Expires = "2026-10-31" }, "no record": func(e *Entry) {
			e.Record = ""
		},
		"a withdrawal with a kind": func(e *Entry) { e.Action = Withdraw },
	} {
		e := raise()
		change(&e)
		if e.Check() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestReasons(t *testing.T) {
	now := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	hit := Hit{Publishers: 2, Kinds: []Kind{"ring"}, Lines: []string{"health"}, Bases: []Basis{"established"},
		Newest: "2026-10"}
	for _, test := range []struct {
		hit     Hit
		members int
		want    string
	}{
		{Hit{}, 9, "not flagged elsewhere"},
		{hit.Veiled(3), 3, "flagged elsewhere (ring), health, this quarter"},
		{hit, 5, "flagged by 2 others (ring), health, this quarter"},
		{Hit{Publishers: 1, Kinds: []Kind{"ring", "document"}, Lines: []string{"health", "motor"},
			Bases: []Basis{"suspected"}, Newest: "2026-09"}, 3,
			"flagged elsewhere (ring, document), suspected, health and motor, within a year"},
		{Hit{Publishers: 1, Kinds: []Kind{"other"}, Lines: []string{"life"}, Bases: []Basis{"established"},
			Newest: "2025-10"}, 3,
			"flagged elsewhere (other), life, over a year ago"},
	} {
		if got := test.hit.Reason(test.members, now); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestAnIdentifierAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]Identifier{
		"phone=0170 1234567@de":       {Phone, []string{"0170 1234567"}, "DE"},
		"email=ann@x.de":              {Email, []string{"ann@x.de"}, ""},
		"account=DE02":                {Account, []string{"DE02", "", ""}, ""},
		"account=|021000021|12345678": {Account, []string{"", "021000021", "12345678"}, ""},
		"person=Ann|1980-02-11":       {Person, []string{"Ann", "1980-02-11"}, ""},
		"national-id=ssn|1@US":        {NationalID, []string{"ssn", "1"}, "US"},
	} {
		got, err := ParseIdentifier(text)
		if err != nil || got.Domain != want.Domain || !slices.Equal(got.Parts, want.Parts) ||
			got.Country != want.Country {
			t.Errorf("%s: %s %q %q, %v", text, got.Domain, got.Parts, got.Country, err)
		}
	}
	for _, text := range []string{"", "phone", "shoe=43", "national-id=1", "national-id=ssn|1", "phone=1|2",
		"email=" + strings.Repeat("a", 600)} {
		if _, err := ParseIdentifier(text); err == nil {
			t.Errorf("%q is taken", text)
		} else if text == "national-id=ssn|1" && strings.Contains(err.Error(), "|1") {
			t.Errorf("the error quotes the value: %v", err)
		}
	}
}

// What checks can be signed and read again, whatever it is.
func TestAnyEntryComesBack(t *testing.T) {
	s, v := signer(t)
	rapid.Check(t, func(rt *rapid.T) {
		e := raise()
		copy(e.Pseudonym[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "name"))
		e.Domain, e.Kind = rapid.SampledFrom(Domains).Draw(rt, "domain"), rapid.SampledFrom(Kinds).Draw(rt, "kind")
		e.Basis, e.Severity = rapid.SampledFrom(Bases).Draw(rt, "basis"),
			rapid.IntRange(1, MaxSeverity).Draw(rt, "severity")
		b := &Batch{Publisher: "acme", Number: 1, Previous: NoBatch, Entries: []Entry{e}}
		msg, err := SignBatch(b, s)
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := OpenBatch(msg, v); err != nil || got.Entries[0] != e {
			rt.Fatalf("%+v, %v", got, err)
		}
	})
}

// unsigned takes anything for signed, so that the fuzzer gets to what is behind the signature.
type unsigned struct{ note.Verifier }

func (unsigned) Verify(_, _ []byte) bool { return true }

func FuzzOpenBatch(f *testing.F) {
	s, v := signer(f)
	msg, err := SignBatch(&Batch{Publisher: "acme", Number: 1, Previous: NoBatch, Entries: []Entry{raise()}}, s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(msg)
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := OpenBatch(data, unsigned{v})
		if err != nil {
			return
		}
		if _, err := SignBatch(b, s); err != nil {
			t.Errorf("what opens cannot be signed: %v", err)
		}
	})
}

func FuzzOpenHead(f *testing.F) {
	s, v := signer(f)
	msg, err := SignHead(&Head{Publisher: "acme", Digest: NoBatch}, s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(msg)
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := OpenHead(data, unsigned{v}); err == nil && (h.Batches < 0 || len(h.Digest) != 64) {
			t.Errorf("%+v", h)
		}
	})
}

func FuzzParseIdentifier(f *testing.F) {
	f.Add("phone=0170 1234567@DE")
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := ParseIdentifier(text); err == nil && id.Check() != nil {
			t.Errorf("%q is taken and does not hold", text)
		}
	})
}
