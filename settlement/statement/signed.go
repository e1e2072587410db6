package statement

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// ErrUnsigned says that a party has not signed.
var ErrUnsigned = errors.New("has not signed the statement")

// Sign adds a party's signature to a statement, or to one that the other has signed (C2SP signed note). The key's name
// is the party's. What is signed is read first: nobody signs what does not add up.
func Sign(statement []byte, skey string) ([]byte, error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, errors.New("not a signing key as `tallystick log-key` makes it")
	}
	n := &note.Note{Text: string(statement)}
	var unverified *note.UnverifiedNoteError
	if _, err := note.Open(statement, note.VerifierList()); errors.As(err, &unverified) {
		n = unverified.Note // the other's signature stays as it is
	}
	s, err := Parse(n.Text)
	if err != nil {
		return nil, err
	}
	if signer.Name() != s.Insurer && signer.Name() != s.Platform {
		return nil, fmt.Errorf("the key is of %q, the statement between %q and %q", signer.Name(), s.Insurer,
			s.Platform)
	}
	return note.Sign(n, signer)
}

// Open checks that both parties have signed, with keys that the reader has of them, and reads the statement.
func Open(signed []byte, insurerKey, platformKey string) (*Statement, error) {
	if insurerKey == platformKey {
		return nil, errors.New("want a key of each party")
	}
	var text string
	var names [2]string
	for i, vkey := range []string{insurerKey, platformKey} {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		opened, err := note.Open(signed, note.VerifierList(verifier))
		if err != nil {
			return nil, fmt.Errorf("%s %w: %w", verifier.Name(), ErrUnsigned, err)
		}
		text, names[i] = opened.Text, verifier.Name()
	}
	s, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if names != [2]string{s.Insurer, s.Platform} {
		return nil, fmt.Errorf("the statement is between %q and %q, the keys are of %q and %q", s.Insurer, s.Platform,
			names[0], names[1])
	}
	return s, nil
}
