package witness

import (
	"crypto/rand"
	"fmt"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/tilelog"
)

// Key is the Ed25519 key of a witness.
type Key struct {
	signer *cosign.Signer
	vkey   string
}

// Name returns the name that stands in the witness's signature lines.
func (k *Key) Name() string { return k.signer.Name() }

// VKey returns the public half as a C2SP vkey of type 0x04, for policies and logs.
func (k *Key) VKey() string { return k.vkey }

// GenerateKey makes a key for a witness of that name, such as witness.example/w1, in a new file that only its owner can
// read. It never replaces a file.
func GenerateKey(path, name string) (*Key, error) {
	skey, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("making a key for %q: %w", name, err)
	}
	key, err := parseKey(skey)
	if err != nil {
		return nil, fmt.Errorf("making a key for %q: %w", name, err)
	}
	if err := tilelog.WriteKeyFile(path, skey); err != nil {
		return nil, err
	}
	return key, nil
}

// LoadKey reads a key file. It refuses one that others can read.
func LoadKey(path string) (*Key, error) {
	skey, err := tilelog.ReadKeyFile(path)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(skey)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

func parseKey(skey string) (*Key, error) {
	vkey, err := tilelog.VKeyOf(skey)
	if err != nil {
		return nil, err
	}
	if vkey, err = cosign.VKeyToCosignatureV1(vkey); err != nil {
		return nil, err
	}
	signer, err := cosign.NewSignerForCosignatureV1(skey)
	if err != nil {
		return nil, err
	}
	return &Key{signer: signer, vkey: vkey}, nil
}
