package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// Policy is whom the verifier trusts. It comes from the verifier, never from a bundle.
type Policy struct {
	LogKey    string   // the log's key as a C2SP vkey (Ed25519); required
	Origin    string   // the log's origin line; empty: the name in LogKey
	Witnesses []string // vkeys of witnesses; empty: the report says "unwitnessed"
	Quorum    int      // how many of Witnesses must have cosigned; 1 or more if there are any

	Authorities TimeAuthorities // who is believed the time; nil: time stamps are not looked at, and the report says so
	Stamps      int             // how many of Authorities must have stamped; 0: none must
}

// ErrNoKey is returned when a policy names no log key: without one, anybody could have made the bundle.
var ErrNoKey = errors.New("no log key: get the log's key from the insurer by another way than the bundle")

// keys is a checked policy.
type keys struct {
	origin    string
	log       note.Verifier
	witnesses []note.Verifier
	quorum    int

	authorities TimeAuthorities
	stamps      int
}

// Check reports whether the policy is complete and free of contradictions.
func (p Policy) Check() error {
	_, err := p.keys()
	return err
}

func (p Policy) keys() (*keys, error) {
	if p.LogKey == "" {
		return nil, ErrNoKey
	}
	logVerifier, err := note.NewVerifier(p.LogKey)
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	k := &keys{origin: p.Origin, log: logVerifier, quorum: p.Quorum, authorities: p.Authorities, stamps: p.Stamps}
	if k.origin == "" {
		k.origin = logVerifier.Name()
	}
	switch {
	case p.Stamps < 0 || p.Stamps > MaxStamps || p.Stamps > 0 && p.Authorities == nil:
		return nil, fmt.Errorf("%d time stamps are needed: want 0 to %d, and the authorities that are trusted",
			p.Stamps, MaxStamps)
	case len(p.Witnesses) == 0 && p.Quorum != 0:
		return nil, fmt.Errorf("quorum %d without a witness key", p.Quorum)
	case len(p.Witnesses) > 0 && (p.Quorum < 1 || p.Quorum > len(p.Witnesses)):
		return nil, fmt.Errorf("quorum %d of %d witnesses: say how many must have signed", p.Quorum, len(p.Witnesses))
	}
	// An Ed25519 cosignature does not cover the witness's name, so one key under two names would count twice.
	seen := map[string]bool{keyMaterial(p.LogKey): true}
	for i, vkey := range p.Witnesses {
		verifier, err := NewWitnessVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("witness key %d: %w", i+1, err)
		}
		if material := keyMaterial(vkey); seen[material] {
			return nil, fmt.Errorf("witness key %d is the key of the log or of another witness", i+1)
		} else {
			seen[material] = true
		}
		k.witnesses = append(k.witnesses, verifier)
	}
	return k, nil
}

// NewWitnessVerifier returns a verifier of C2SP tlog-cosignature/v1 lines. It takes an Ed25519 vkey, plain (type 0x01)
// or for cosignatures (0x04), and an ML-DSA-44 one (0x06), and unlike the library it checks the key id of the vkey.
func NewWitnessVerifier(vkey string) (note.Verifier, error) {
	verifier, err := cosign.NewVerifierForCosignatureV1(vkey)
	if err != nil {
		return nil, err
	}
	if _, err := note.NewVerifier(vkey); err == nil {
		return verifier, nil // type 0x01, its id checked by x/mod
	}
	if !strings.HasPrefix(vkey, fmt.Sprintf("%s+%08x+", verifier.Name(), verifier.KeyHash())) {
		return nil, errors.New("the key id does not belong to the key")
	}
	return verifier, nil
}

// keyMaterial returns the bytes of the key without name, id and type.
func keyMaterial(vkey string) string {
	parts := strings.SplitN(vkey, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) < 2 {
		return vkey
	}
	return string(raw[1:])
}
