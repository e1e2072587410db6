package privacy

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"tallystick/claim"
)

// sealedSample returns a sealed party of the sample with all that is needed to open it.
func sealedSample(t testing.TB) (sealed claim.Sealed, key BatchKey, halfA, halfB []byte) {
	t.Helper()
	out := protectText(t, string(sample(t)))
	batch, err := DecodeKeyBatch(AppendKeyBatches(nil, out.Keys, 0)[0])
	if err != nil {
		t.Fatal(err)
	}
	return out.Parties[0].Sealed, batch.Keys[0], openHalf(t, 0, batch.A), openHalf(t, 1, batch.B)
}

func TestOpenRefusesWhatWasChanged(t *testing.T) {
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)-1] ^= 1
		return b
	}
	type parts struct {
		sealed claim.Sealed
		key    BatchKey
		a, b   []byte
	}
	tests := map[string]func(*parts){
		"a ciphertext":             func(p *parts) { p.sealed.Fields[1].Data = flip(p.sealed.Fields[1].Data) },
		"a path":                   func(p *parts) { p.sealed.Fields[1].Path += "x" },
		"the order":                func(p *parts) { f := p.sealed.Fields; f[0], f[1] = f[1], f[0] },
		"a field left out":         func(p *parts) { p.sealed.Fields = p.sealed.Fields[1:] },
		"a field doubled":          func(p *parts) { p.sealed.Fields[1] = p.sealed.Fields[0] },
		"an empty ciphertext":      func(p *parts) { p.sealed.Fields[0].Data = nil },
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
		take := func() *Minute {
			t.Helper()
			minute, err := m.Current()
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

func TestOneHalfTellsNothingOfTheWrappingKey(t *testing.T) {
	m := NewMinutes(keySet(t, 1), MinuteConfig{Limit: 1})
	one, err := m.Current()
	if err != nil {
		t.Fatal(err)
	}
	two, err := m.Current()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(openHalf(t, 0, one.A), openHalf(t, 0, two.A)) || bytes.Equal(openHalf(t, 1, one.B), openHalf(t, 1, two.B)) {
		t.Error("two wrapping keys have a half in common")
	}
}
