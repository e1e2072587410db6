package settlement

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
)

func payment() Payment {
	return Payment{
		Target: Target{ChainID: 31337, Contract: [20]byte{0xc0, 19: 0xde}},
		Entry: Entry{
			Version: 1, Payee: [20]byte{0xbe, 19: 0xef}, Amount: 123_456, Currency: "USD", Claim: [32]byte{1},
			Record:     [32]byte{2},
			DisputeEnd: time.Unix(1_790_000_000, 0).UTC(), Nullifier: [32]byte{3},
		},
	}
}

// The form of a record and its commitment are fixed: contracts that hold money rebuild them.
func TestTheFormIsFixed(t *testing.T) {
	got, err := payment().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	zeros := func(n int) string { return strings.Repeat("00", n) }
	want := zeros(30) + "7a69" + // chain
		zeros(12) + "c0" + zeros(18) + "de" + // contract
		zeros(31) + "01" + // version
		zeros(12) + "be" + zeros(18) + "ef" + // payee
		zeros(29) + "01e240" + // amount
		"555344" + zeros(29) + // currency
		"01" + zeros(31) + "02" + zeros(31) + // claim, record
		zeros(28) + "6ab13b80" + // end of the dispute time
		"03" + zeros(31) // nullifier
	if hex.EncodeToString(got) != want {
		t.Errorf("form\n%x, want\n%s", got, want)
	}
	commitment := payment().Commitment()
	if got, want := hex.EncodeToString(commitment[:]), "6cc351f1738dd840a620d930169880c34cc37dac4eb3301b200c1761d3b0e47d"; got != want {
		t.Errorf("commitment %s, want %s", got, want)
	}
	back, err := Parse(got)
	if err != nil || back != payment() {
		t.Errorf("read back %+v, %v", back, err)
	}
}

// Every field and the target are bound.
func TestTheCommitmentChangesWithEachField(t *testing.T) {
	seen := map[[32]byte]string{payment().Commitment(): "nothing"}
	for name, change := range map[string]func(*Payment){
		"chain":     func(p *Payment) { p.Target.ChainID++ },
		"contract":  func(p *Payment) { p.Target.Contract[7]++ },
		"version":   func(p *Payment) { p.Entry.Version++ },
		"payee":     func(p *Payment) { p.Entry.Payee[7]++ },
		"amount":    func(p *Payment) { p.Entry.Amount++ },
		"currency":  func(p *Payment) { p.Entry.Currency = "EUR" },
		"claim":     func(p *Payment) { p.Entry.Claim[7]++ },
		"record":    func(p *Payment) { p.Entry.Record[7]++ },
		"dispute":   func(p *Payment) { p.Entry.DisputeEnd = p.Entry.DisputeEnd.Add(time.Second) },
		"nullifier": func(p *Payment) { p.Entry.Nullifier[7]++ },
	} {
		p := payment()
		change(&p)
		if other, ok := seen[p.Commitment()]; ok {
			t.Errorf("a change of %s gives the commitment of a change of %s", name, other)
		}
		seen[p.Commitment()] = name
	}
}

func TestWhatIsNoEntryIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Payment){
		"another version":   func(p *Payment) { p.Entry.Version = 2 },
		"no chain":          func(p *Payment) { p.Target.ChainID = 0 },
		"no contract":       func(p *Payment) { p.Target.Contract = [20]byte{} },
		"no payee":          func(p *Payment) { p.Entry.Payee = [20]byte{} },
		"no amount":         func(p *Payment) { p.Entry.Amount = 0 },
		"no such currency":  func(p *Payment) { p.Entry.Currency = "ZZZ" },
		"no minor unit":     func(p *Payment) { p.Entry.Currency = "XAU" },
		"a long currency":   func(p *Payment) { p.Entry.Currency = "USDUSD" },
		"no claim":          func(p *Payment) { p.Entry.Claim = [32]byte{} },
		"no record":         func(p *Payment) { p.Entry.Record = [32]byte{} },
		"no nullifier":      func(p *Payment) { p.Entry.Nullifier = [32]byte{} },
		"no dispute time":   func(p *Payment) { p.Entry.DisputeEnd = time.Time{} },
		"part of a second":  func(p *Payment) { p.Entry.DisputeEnd = p.Entry.DisputeEnd.Add(1) },
		"after all our age": func(p *Payment) { p.Entry.DisputeEnd = time.Unix(lastSecond+1, 0) },
	} {
		p := payment()
		change(&p)
		if _, err := p.Marshal(); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Parse takes what Marshal writes and nothing else.
func FuzzParse(f *testing.F) {
	good, err := payment().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[1:])
	for i := 0; i < len(good); i += 31 {
		bad := bytes.Clone(good)
		bad[i] ^= 0x80
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			return
		}
		again, err := p.Marshal()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%x was read, and written as %x, %v", data, again, err)
		}
	})
}

func TestDigestsOfTheKey(t *testing.T) {
	if _, err := NewKey(make([]byte, 31)); err == nil {
		t.Error("31 bytes are no key")
	}
	one, err := NewKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewKey(bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	all := map[[32]byte]bool{
		one.Claim("acme", "C-1"): true, one.Claim("acmeC", "-1"): true, one.Claim("acme", "C-2"): true,
		two.Claim("acme", "C-1"):        true,
		one.Nullifier("acme", "C-1", 0): true, one.Nullifier("acme", "C-1", 1): true,
		one.Nullifier("acme", "C-1", 2): true,
	}
	if len(all) != 7 {
		t.Errorf("of 7 different things %d digests were made", len(all))
	}
	if text := one.String(); strings.Contains(text, "\x01") {
		t.Error("the key shows itself")
	}
}
