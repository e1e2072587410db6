package consortium

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Key is a node's one secret, from which its three keys follow: one signs, one is its end of a TLS connection, one
// opens what is sealed for it. Immutable.
type Key struct {
	name    string
	seed    []byte
	signer  note.Signer
	tls     ed25519.PrivateKey
	sealing hpke.PrivateKey
}

const keyPrefix = "tallystick-signals-node-key-v1"

// NewKey makes a node's key and writes it to a new file that only its owner can read.
func NewKey(path, name string) (*Key, error) {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // never fails
	key, err := keyOf(name, seed)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("writing the node's key: %w", err)
	}
	_, err = fmt.Fprintf(file, "%s %s %s\n", keyPrefix, name, base64.StdEncoding.EncodeToString(seed))
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("writing the node's key %s: %w", path, err)
	}
	return key, nil
}

// LoadKey reads a key file. It refuses one that others can read.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the node's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the node's key %s has mode %04o, so others could be this node; chmod 600 it: %w", path,
			info.Mode().Perm(), fs.ErrPermission)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the node's key: %w", err)
	}
	words := strings.Fields(string(text))
	if len(words) != 3 || words[0] != keyPrefix {
		return nil, fmt.Errorf("%s is not the key of a node of a consortium", path)
	}
	seed, err := base64.StdEncoding.DecodeString(words[2])
	if err != nil || len(seed) != 32 {
		return nil, fmt.Errorf("%s: the key is damaged", path)
	}
	return keyOf(words[1], seed)
}

func keyOf(name string, seed []byte) (*Key, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	derived := make([][]byte, 3)
	for i, use := range []string{"signing", "tls", "sealing"} {
		var err error
		if derived[i], err = hkdf.Key(sha256.New, seed, nil, "tallystick signals "+use+" key v1", 32); err != nil {
			return nil, fmt.Errorf("deriving the %s key: %w", use, err)
		}
	}
	k := &Key{name: name, seed: bytes.Clone(seed), tls: ed25519.NewKeyFromSeed(derived[1])}
	var err error
	if k.signer, err = signerOf(name, derived[0]); err != nil {
		return nil, err
	}
	if k.sealing, err = hpke.MLKEM768X25519().DeriveKeyPair(derived[2]); err != nil {
		return nil, fmt.Errorf("deriving the sealing key: %w", err)
	}
	return k, nil
}

// signerOf returns the note signer of an Ed25519 seed.
func signerOf(name string, seed []byte) (note.Signer, error) {
	// the library's own encoding of a key that is read, not drawn
	skey, _, err := note.GenerateKey(bytes.NewReader(seed), name)
	if err != nil {
		return nil, fmt.Errorf("deriving the signing key: %w", err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, fmt.Errorf("deriving the signing key: %w", err)
	}
	return signer, nil
}

// Format prints only that there is a secret, whatever the verb.
func (*Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[node key]") }

// Name returns the node's name in the consortium.
func (k *Key) Name() string { return k.name }

// Signer signs what the node says.
func (k *Key) Signer() note.Signer { return k.signer }

// TLS returns the key of the node's end of a connection.
func (k *Key) TLS() ed25519.PrivateKey { return k.tls }

// Card returns what others must know of the node.
func (k *Key) Card(role Role, address string) (Card, error) {
	derived, err := hkdf.Key(sha256.New, k.seed, nil, "tallystick signals signing key v1", 32)
	if err != nil {
		return Card{}, fmt.Errorf("deriving the signing key: %w", err)
	}
	public := ed25519.NewKeyFromSeed(derived).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(k.name, public)
	if err != nil {
		return Card{}, fmt.Errorf("encoding the signing key: %w", err)
	}
	card := Card{
		Name: k.name, Role: role, Address: address,
		Signing: vkey, TLS: k.tls.Public().(ed25519.PublicKey), Sealing: k.sealing.PublicKey().Bytes(),
	}
	return card, card.check()
}

// Seal encrypts for the holder of a sealing key. use says what for; what is sealed for one use does not open for
// another.
func Seal(to Card, use string, plain []byte) ([]byte, error) {
	public, err := hpke.MLKEM768X25519().NewPublicKey(to.Sealing)
	if err != nil {
		return nil, fmt.Errorf("sealing for %s: its sealing key: %w", to.Name, err)
	}
	sealed, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), info(use, to.Name), plain)
	if err != nil {
		return nil, fmt.Errorf("sealing for %s: %w", to.Name, err)
	}
	return sealed, nil
}

// ErrSealed means that something was sealed for another node, for another use, or is damaged.
var ErrSealed = errors.New("it does not open: sealed for another node or another use, or damaged")

// Open decrypts what was sealed for this node and this use.
func (k *Key) Open(use string, sealed []byte) ([]byte, error) {
	plain, err := hpke.Open(k.sealing, hpke.HKDFSHA256(), hpke.AES256GCM(), info(use, k.name), sealed)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func info(use, to string) []byte { return []byte("tallystick signals " + use + " v1\x00" + to) }
