package intake_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"tallystick/privacy/intake"
)

var update = flag.Bool("update", false, "write the vectors anew")

// vector is a message as docs/sealed-intake.md says it.
type vector struct {
	Private []byte `json:"private"` // of nobody
	Key     string `json:"key"`
	Sealed  []byte `json:"sealed"`
	Claim   string `json:"claim"`
}

const path = "testdata/vectors.json"

// TestVectors opens what stands in the vectors by RFC 9180 alone, with the numbers of the document and none of ours.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) < 2 {
		t.Fatalf("%d vectors: %v", len(vectors), err)
	}
	for i, v := range vectors {
		key, err := intake.ParseKey(v.Key)
		if err != nil || key.String() != v.Key || !intake.Sealed(v.Sealed) {
			t.Fatalf("vector %d: %v", i, err)
		}
		private, err := hpke.DHKEM(ecdh.X25519()).NewPrivateKey(v.Private)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(private.PublicKey().Bytes(), key.Bytes()) ||
			!bytes.HasPrefix(v.Sealed, []byte{0, 'T', 'S', 'I', 1}) {
			t.Errorf("vector %d: another key or magic", i)
		}
		recipient, err := hpke.NewRecipient(v.Sealed[13:45], private, hpke.HKDFSHA256(), hpke.AES256GCM(),
			[]byte("tallystick intake v1"))
		if err != nil {
			t.Fatal(err)
		}
		claim, err := recipient.Open([]byte("tallystick claim v1"), v.Sealed[45:])
		if err != nil || string(claim) != v.Claim {
			t.Errorf("vector %d opened to %q: %v", i, claim, err)
		}
	}
}

func writeVectors(t *testing.T) {
	t.Helper()
	var vectors []vector
	for i, claim := range []string{`{"insurer":"acme","claim":"C-1","revision":1,"line":"motor"}`,
		`{"insurer":"acme","claim":"粤B-2","revision":1,"line":"travel"}`} {
		private, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		key, err := intake.NewKey(i+1, private.PublicKey().Bytes())
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := key.Seal([]byte(claim))
		if err != nil {
			t.Fatal(err)
		}
		secret, err := private.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, vector{secret, key.String(), sealed, claim})
	}
	text, err := json.MarshalIndent(vectors, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	private, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := intake.NewKey(3, private.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	good := key.String()
	if got, err := intake.ParseKey(" " + good + "\n"); err != nil || got.Version() != 3 {
		t.Errorf("%v", err)
	}
	id, encoded, _ := strings.Cut(good, " ")
	for name, line := range map[string]string{
		"nothing": "", "id alone": id, "key alone": encoded, "another id": "v3-0000000000000000 " + encoded,
		"another version": "v0" + good[2:],
		"too short":       id + " " + base64.StdEncoding.EncodeToString(key.Bytes()[1:]), "no base64": id + " ?",
	} {
		if _, err := intake.ParseKey(line); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add("v1-0f66f3a1e55d9c1b 6Rhq")
	f.Fuzz(func(t *testing.T, line string) {
		if key, err := intake.ParseKey(line); err == nil {
			if again, err := intake.ParseKey(key.String()); err != nil || again.String() != key.String() {
				t.Error("a key does not read what it wrote")
			}
		}
	})
}
