package tilelog

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Key is an Ed25519 key of a log. Its name is the log's origin.
type Key struct {
	signer note.Signer
	vkey   string
}

// Name returns the name of the key: the origin of its log.
func (k *Key) Name() string { return k.signer.Name() }

// VKey returns the public half as a C2SP vkey, to be given to whoever verifies.
func (k *Key) VKey() string { return k.vkey }

// GenerateKey makes a key for the log of that origin, such as insurer.example/claims, and writes it to a new file that
// only its owner can read. It never replaces a file: a log that lost its key cannot be continued.
func GenerateKey(path, origin string) (*Key, error) {
	skey, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, fmt.Errorf("making a key for %q: %w", origin, err)
	}
	key, err := parseKey(skey) // also checks the name, before a file with a useless key is there
	if err != nil {
		return nil, fmt.Errorf("making a key for %q: %w", origin, err)
	}
	if err := WriteKeyFile(path, skey); err != nil {
		return nil, err
	}
	return key, nil
}

// WriteKeyFile writes an encoded private key to a new file of mode 0600.
func WriteKeyFile(path, skey string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the key file: %w", err)
	}
	_, err = file.WriteString(skey + "\n")
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing the key file %s: %w", path, err)
	}
	return nil
}

// LoadKey reads a key file. It refuses one that others can read.
func LoadKey(path string) (*Key, error) {
	skey, err := ReadKeyFile(path)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(skey)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// ReadKeyFile returns the encoded private key in a file that only its owner can read.
func ReadKeyFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("reading the key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("key file %s has mode %04o: others could sign with it; chmod 600 it: %w", path,
			info.Mode().Perm(), fs.ErrPermission)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the key file: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// VKeyOf returns the vkey that belongs to an encoded private key.
func VKeyOf(skey string) (string, error) {
	key, err := parseKey(skey)
	if err != nil {
		return "", err
	}
	return key.vkey, nil
}

// parseKey reads the form of note.GenerateKey and derives the public half, which that form does not hold.
func parseKey(skey string) (*Key, error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, err
	}
	// PRIVATE+KEY+name+id+base64: the last part may hold plus signs itself.
	parts := strings.SplitN(skey, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("not an Ed25519 key")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return nil, err
	}
	return &Key{signer: signer, vkey: vkey}, nil
}
