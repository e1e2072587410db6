package privacy

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
)

// officers are the private halves that the pipeline does not have; made once, RSA keys are slow to make.
var officers = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 3072)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

func secretOf(t testing.TB, text string) Secret {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	s, err := NewSecret(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// insurerKeys returns keys with the given number of root versions, always the same.
func insurerKeys(t testing.TB, name string, versions int) *InsurerKeys {
	t.Helper()
	var roots []Secret
	for v := range versions {
		roots = append(roots, secretOf(t, name+"/"+string(rune('1'+v))))
	}
	k, err := NewInsurerKeys(name, roots...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keySet(t testing.TB, versions int) *KeySet {
	t.Helper()
	intake, err := NewIntake(secretOf(t, "install"))
	if err != nil {
		t.Fatal(err)
	}
	pair := officers()
	set, err := NewKeySet(
		[]*InsurerKeys{insurerKeys(t, "alpha", versions), insurerKeys(t, "beta", versions)},
		&SealingKeys{A: PublicHalf{&pair[0].PublicKey, 1}, B: PublicHalf{&pair[1].PublicKey, 1}},
		intake,
	)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func protection(t testing.TB) *Protection {
	t.Helper()
	s, err := New(Config{Keys: keySet(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openPart renders what stays in clear as an event, as those who read it see it.
func openPart(out *Protected) string {
	return string(new(claim.Renderer).AppendLists(nil, out.OpenLists, out.Values))
}

// sameJSON reports whether two texts are one object, whatever the order of its members.
func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	canonical := func(text string) string {
		v := jsontext.Value(text)
		if err := v.Canonicalize(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return string(v)
	}
	return canonical(a) == canonical(b)
}

func sample(t testing.TB) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/motor.json")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(raw)
}

// openHalf does what an officer's Vault token does.
func openHalf(t testing.TB, officer int, sealed string) []byte {
	t.Helper()
	_, text, ok := strings.Cut(strings.TrimPrefix(sealed, "vault:"), ":")
	if !ok {
		t.Fatalf("a sealed half has the form vault:vN:base64")
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	half, err := rsa.DecryptOAEP(sha256.New(), nil, officers()[officer], b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return half
}

// openAll opens everything that was sealed of an event, by path.
func openAll(t testing.TB, out *Protected) map[string]claim.Leaf {
	t.Helper()
	leaves := map[string]claim.Leaf{}
	halves := map[string][2][]byte{}
	for i, party := range out.Parties {
		key, h := keyOfParty(t, out, i)
		if _, ok := halves[string(h.Minute)]; !ok {
			halves[string(h.Minute)] = [2][]byte{openHalf(t, 0, h.A), openHalf(t, 1, h.B)}
		}
		opened, err := Open(party.Section, key, halves[string(h.Minute)][0], halves[string(h.Minute)][1])
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range opened.Leaves {
			leaves[l.Path] = l
		}
	}
	return leaves
}

// keyOfParty reads the wrapped key of a party as the topic has it.
func keyOfParty(t testing.TB, out *Protected, i int) (BatchKey, Halves) {
	t.Helper()
	var index KeyIndex
	for _, r := range AppendKeyRecords(nil, out.Keys) {
		if err := index.Take(r.Key, r.Value); err != nil {
			t.Fatal(err)
		}
	}
	key, halves, ok := index.Find(out.Parties[i].Key)
	if !ok {
		t.Fatalf("no key of party %d", i)
	}
	return key, halves
}
