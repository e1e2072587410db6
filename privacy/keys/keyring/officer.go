package keyring

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Officer is one of the two people who together can open what was sealed.
type Officer struct {
	key *rsa.PrivateKey
}

type officerContent struct {
	Private []byte `json:"private"` // PKCS #8 DER
}

// createOfficer makes an officer's file and returns the public half, PKIX DER.
func createOfficer(path string, passphrase []byte) (public []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	defer clear(private)
	text, err := encrypt(kindOfficer, passphrase, officerContent{private})
	if err != nil {
		return nil, err
	}
	if err := writeFile(path, text, true); err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(&key.PublicKey)
}

// OpenOfficer reads an officer's file. Its errors are those of [Open].
func OpenOfficer(path string, passphrase []byte) (*Officer, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("open the officer's key: %w", err)
	}
	var c officerContent
	if err := decrypt(kindOfficer, text, passphrase, &c); err != nil {
		return nil, fmt.Errorf("open the officer's key %s: %w", path, err)
	}
	defer clear(c.Private)
	key, err := x509.ParsePKCS8PrivateKey(c.Private)
	if err != nil {
		return nil, fmt.Errorf("open the officer's key %s: %w", path, ErrDamaged)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("open the officer's key %s: %w", path, ErrDamaged)
	}
	return &Officer{private}, nil
}

var errHalf = errors.New("the half of the wrapping key does not open: it is the other officer's, or damaged")

// OpenHalf decrypts this officer's half of a wrapping key, as Vault's transit/decrypt would.
func (o *Officer) OpenHalf(_ context.Context, sealed string) ([]byte, error) {
	text, ok := strings.CutPrefix(sealed, "vault:v1:")
	if !ok {
		return nil, errHalf
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errHalf
	}
	half, err := rsa.DecryptOAEP(sha256.New(), nil, o.key, b, nil)
	if err != nil {
		return nil, errHalf
	}
	return half, nil
}

// Format prints only that there is a secret, whatever the verb.
func (Officer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[secret]") }
