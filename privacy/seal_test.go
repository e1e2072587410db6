package privacy

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"tallystick/claim"
)

// sealedSample returns a sealed party of the sample with all that is needed to open it.
func sealedSample(t testing.TB) (sealed claim.Section, key BatchKey, halfA, halfB []byte) {
	t.Helper()
	out := protectText(t, string(sample(t)))
	key, halves := keyOfParty(t, out, 0)
	return out.Parties[0].Section, key, openHalf(t, 0, halves.A), openHalf(t, 1, halves.B)
}

func TestOpenRefusesWhatWasChanged(t *testing.T) {
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)-1] ^= 1
		return b
	}
	type parts struct {
		sealed claim.Section
		key    BatchKey
		a, b   []byte
	}
	tests := map[string]func(*parts){
		"the ciphertext":       func(p *parts) { p.sealed.Data = flip(p.sealed.Data) },
		"a shorter ciphertext": func(p *parts) { p.sealed.Data = p.sealed.Data[:len(p.sealed.Data)-padTo] },
		"a longer ciphertext": func(p *parts) {
			p.sealed.Data = append(bytes.Clone(p.sealed.Data), make([]byte, padTo)...)
		},
		"no ciphertext":            func(p *parts) { p.sealed.Data = nil },
		"the key's id":             func(p *parts) { p.key.Key = flip(p.key.Key) },
		"the id in both places":    func(p *parts) { p.key.Key = flip(p.key.Key); p.sealed.Key = p.key.Key },
		"the party":                func(p *parts) { p.sealed.Party = "record" },
		"the party in both places": func(p *parts) { p.sealed.Party = "record"; p.key.Party = "record" },
		"the claim":                func(p *parts) { p.key.Claim += "0" },
		"the insurer":              func(p *parts) { p.key.Insurer = "beta" },
		"the border of the names":  func(p *parts) { p.key.Insurer, p.key.Claim = "alphaC", p.key.Claim[1:] },
		"the wrapped key":          func(p *parts) { p.key.Wrapped = flip(p.key.Wrapped) },
		"a short wrapped key":      func(p *parts) { p.key.Wrapped = p.key.Wrapped[1:] },
		"half A":                   func(p *parts) { p.a = flip(p.a) },
		"half B for half A":        func(p *parts) { p.a = p.b },
		"a short half":             func(p *parts) { p.a = p.a[1:] },
		"no half":                  func(p *parts) { p.b = nil },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			var p parts
			p.sealed, p.key, p.a, p.b = sealedSample(t)
			if _, err := Open(p.sealed, p.key, p.a, p.b); err != nil {
				t.Fatalf("before the change: %v", err)
			}
			change(&p)
			if _, err := Open(p.sealed, p.key, p.a, p.b); err == nil {
				t.Error("it opened")
			}
		})
	}
}

func TestFieldsAreReadInOneForm(t *testing.T) {
	field := func(path string, kind claim.LeafKind, value string) []byte {
		return claim.AppendCanonical(nil, path, kind, []byte(value))
	}
	two := append(field("claimant.name", claim.LeafString, "Ann"), field("claimant.phone", claim.LeafString, "1")...)
	tests := []struct {
		name  string
		plain []byte
		ok    bool
	}{
		{"two fields", pad(bytes.Clone(two)), true},
		{"no padding needed", field("p", claim.LeafString, string(make([]byte, padTo-4))), true},
		{"a flag", pad(field("p", claim.LeafTrue, "")), true},
		{"a long value", pad(field("p", claim.LeafString, string(make([]byte, 300)))), true},
		{"nothing", nil, false},
		{"padding alone", make([]byte, padTo), false},
		{"not padded", two, false},
		{"more padding than is needed", append(pad(bytes.Clone(two)), make([]byte, padTo)...), false},
		{"something behind the padding", append(pad(field("p", claim.LeafTrue, ""))[:padTo-1], 1), false},
		{"another order", pad(append(field("b", claim.LeafTrue, ""), field("a", claim.LeafTrue, "")...)), false},
		{"a field twice", pad(append(field("a", claim.LeafTrue, ""), field("a", claim.LeafTrue, "")...)), false},
		{"a flag with a value", pad(field("p", claim.LeafFalse, "x")), false},
		{"a group", pad(field("p", claim.LeafGroup, string(make([]byte, 32)))), false},
		{"an unknown kind", pad(field("p", 'x', "")), false},
		{"a length in another form", pad([]byte{0x81, 0, 'p', 't', 0}), false},
		{"a path beyond the end", pad([]byte{200, 1, 'p'}), false},
		{"a value beyond the end", pad([]byte{1, 'p', 's', 99}), false},
		{"no kind", append(bytes.Repeat([]byte{30}, 31), 1)[:padTo], false},
	}
	for _, tt := range tests {
		leaves, err := readFields(tt.plain)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %d fields, %v", tt.name, len(leaves), err)
		}
	}
}

// FuzzReadFields: whatever is read is written again as it was.
func FuzzReadFields(f *testing.F) {
	f.Add(pad(claim.AppendCanonical(nil, "claimant.name", claim.LeafString, []byte("Ann"))))
	f.Add(make([]byte, padTo))
	f.Fuzz(func(t *testing.T, plain []byte) {
		leaves, err := readFields(plain)
		if err != nil {
			return
		}
		var again []byte
		for _, l := range leaves {
			again = claim.AppendCanonical(again, l.Path, l.Kind, l.Value)
		}
		if !bytes.Equal(pad(again), plain) {
			t.Error("read in two forms")
		}
	})
}

// TestSaltsAreAKeyStream: salt n is the AES encryption of twelve bytes ff and the number n+2, as GCM counts.
func TestSaltsAreAKeyStream(t *testing.T) {
	key := secretOf(t, "data key").Reveal()
	aead, err := newGCM(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	salts := drawSalts(bytes.Repeat([]byte{7}, 9), aead, 300)
	for n := range 300 {
		var want [claim.SaltSize]byte
		copy(want[:], saltNonce)
		binary.BigEndian.PutUint32(want[nonceSize:], uint32(n+2))
		block.Encrypt(want[:], want[:])
		if saltAt(salts, n) != want {
			t.Fatalf("salt %d differs", n)
		}
	}
}

func TestEveryRecordAndPartyHasItsOwnKey(t *testing.T) {
	p := protection(t).Protector()
	seen := map[string]bool{}
	var out Protected
	for range 20 {
		if err := p.Protect(sample(t), &out); err != nil {
			t.Fatal(err)
		}
		for _, k := range out.Keys {
			if seen[string(k.Key[:])] || seen[string(k.Wrapped[:nonceSize])] {
				t.Fatal("a key id or a wrapping nonce came twice")
			}
			seen[string(k.Key[:])], seen[string(k.Wrapped[:nonceSize])] = true, true
		}
	}
}

func TestWrappingKeyChangesWithTimeAndUse(t *testing.T) {
	keys := keySet(t, 1)
	synctest.Test(t, func(t *testing.T) {
		m := NewMinutes(keys, MinuteConfig{Limit: 3})
		take := func() *wrappingKey {
			t.Helper()
			minute, err := m.current()
			if err != nil {
				t.Fatal(err)
			}
			return minute
		}
		first := take()
		for range 2 {
			if take() != first {
				t.Error("the key changed before its limit")
			}
		}
		second := take()
		if second == first || second.ID == first.ID {
			t.Error("the key did not change after its limit")
		}
		time.Sleep(59 * time.Second) // of the test's own clock
		if take() != second {
			t.Error("the key changed before its minute was over")
		}
		time.Sleep(time.Second)
		if take() == second {
			t.Error("the key did not change after its minute")
		}
	})
}

func TestTheKeyOfAMinuteIsGoneWhenItIsOver(t *testing.T) {
	s := protection(t)
	synctest.Test(t, func(t *testing.T) {
		p := s.Protector()
		var out Protected
		if err := p.Protect([]byte(head+`"narrative":"x"}`), &out); err != nil {
			t.Fatal(err)
		}
		key := weak.Make(s.minutes.cur.Load())
		time.Sleep(59 * time.Second) // of the test's own clock
		runtime.GC()
		if key.Value() == nil {
			t.Error("the key went before its minute was over")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		runtime.GC()
		if key.Value() != nil {
			t.Error("no record comes, but the key is still in memory")
		}
		if len(AppendKeyRecords(nil, out.Keys)) != 1+len(out.Keys) {
			t.Error("what it has wrapped cannot be written any more")
		}
		runtime.KeepAlive(p)
	})
}

func TestAnEarlierKeysEndDoesNotTakeTheNext(t *testing.T) {
	keys := keySet(t, 1)
	synctest.Test(t, func(t *testing.T) {
		m := NewMinutes(keys, MinuteConfig{Limit: 1})
		var last *wrappingKey
		for range 2 {
			key, err := m.current()
			if err != nil {
				t.Fatal(err)
			}
			last = key
			time.Sleep(30 * time.Second)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if m.cur.Load() != last {
			t.Error("the second key went with the first one's minute")
		}
	})
}

func TestOneHalfTellsNothingOfTheWrappingKey(t *testing.T) {
	m := NewMinutes(keySet(t, 1), MinuteConfig{Limit: 1})
	one, err := m.current()
	if err != nil {
		t.Fatal(err)
	}
	two, err := m.current()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(openHalf(t, 0, one.A), openHalf(t, 0, two.A)) ||
		bytes.Equal(openHalf(t, 1, one.B), openHalf(t, 1, two.B)) {
		t.Error("two wrapping keys have a half in common")
	}
}
