package member

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
	"tallystick/signals/consortium"
)

func FuzzParseProposal(f *testing.F) {
	text, err := (&Proposal{Member: "acme", Action: signals.Raise,
		Entries: []signals.Entry{{Action: signals.Raise}}}).text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseProposal(text)
		if err != nil {
			return
		}
		if again, err := p.text(); err != nil || !strings.HasPrefix(again, proposalHeader) {
			t.Errorf("what is read cannot be written: %v", err)
		}
	})
}

// unsigned takes anything for signed, so that the fuzzer gets to what is behind the signature.
type unsigned struct{ note.Verifier }

func (unsigned) Verify(_, _ []byte) bool { return true }

// The fuzzer writes the letter; sealing is done for it.
func FuzzOpenLetter(f *testing.F) {
	key, err := consortium.NewKey(filepath.Join(f.TempDir(), "node.key"), "acme")
	if err != nil {
		f.Fatal(err)
	}
	card, err := key.Card(consortium.RoleMember, "127.0.0.1:1")
	if err != nil {
		f.Fatal(err)
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, "beta")
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
	msg, err := signals.SignText(letterHeader, Letter{ID: strings.Repeat("1", 32), Signal: strings.Repeat("2", 32),
		Text: "?"}, signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(msg)
	n := &Node{key: key}
	f.Fuzz(func(t *testing.T, letter []byte) {
		sealed, err := consortium.Seal(card, letterUse, letter)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(sealed)
		if err != nil {
			t.Fatal(err)
		}
		l, err := n.openLetter(body, unsigned{verifier})
		if err == nil && (filepath.Base(l.ID) != l.ID || len(l.ID) != 32) {
			t.Errorf("a letter whose id names another file: %q", l.ID)
		}
		if _, err := n.openLetter(letter, unsigned{verifier}); err == nil {
			t.Error("a letter that was not sealed was opened")
		}
	})
}
