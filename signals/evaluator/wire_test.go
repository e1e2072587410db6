package evaluator

import (
	"crypto/rand"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
)

// unsigned takes anything for signed, so that the fuzzer gets to what is behind the signature.
type unsigned struct{ note.Verifier }

func (unsigned) Verify(_, _ []byte) bool { return true }

func FuzzOpenReceipt(f *testing.F) {
	skey, vkey, err := note.GenerateKey(rand.Reader, "ev1")
	if err != nil {
		f.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		f.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		f.Fatal(err)
	}
	msg, err := signals.SignText(receiptHeader,
		Receipt{Consortium: "c", Evaluator: "ev1", Spent: Spent{Sequence: 1, Count: 1}}, signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(msg))
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := OpenReceipt(text, unsigned{verifier}); err == nil && r.Evaluator != "ev1" {
			t.Errorf("%+v", r)
		}
	})
}
