package evm

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Address is an account or a contract of a chain.
type Address = common.Address

// ParseAddress reads 0x and 40 hexadecimal digits; if letters of both cases occur, their checksum (EIP-55) must hold.
func ParseAddress(text string) (Address, error) {
	if len(text) != 42 || !common.IsHexAddress(text) || !strings.HasPrefix(text, "0x") {
		return Address{}, errors.New("not an address: want 0x and 40 hexadecimal digits")
	}
	address := common.HexToAddress(text)
	digits := text[2:]
	if digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && address.Hex() != text {
		return Address{}, errors.New("not an address: its checksum does not hold, so a digit is wrong")
	}
	return address, nil
}

// Signer signs for an account. A key in a file is one; a key service or an HSM can be another. It may be called
// concurrently.
type Signer interface {
	// Address returns the account.
	Address() Address
	// Sign returns the 65-byte signature R ‖ S ‖ V over a digest, V being 0 or 1 and S in the lower half.
	Sign(ctx context.Context, digest [32]byte) ([]byte, error)
}

// FileSigner is a key from a file.
type FileSigner struct {
	key     *ecdsa.PrivateKey
	address Address
}

// GenerateKeyFile makes a key in a new file, which its owner alone may read.
func GenerateKeyFile(path string) (*FileSigner, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	_, err = file.WriteString(hex.EncodeToString(crypto.FromECDSA(key)) + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("writing the key %s: %w", path, err)
	}
	return &FileSigner{key, crypto.PubkeyToAddress(key.PublicKey)}, nil
}

// LoadKeyFile reads a key: 64 hexadecimal digits. A file that others may read is refused.
func LoadKeyFile(path string) (*FileSigner, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the account's key: %w", err)
	}
	if info.Mode()&fs.ModePerm&0o077 != 0 {
		return nil, fmt.Errorf("the account's key %s can be read by others: chmod 600 it, and think of it as known",
			path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the account's key: %w", err)
	}
	key, err := crypto.HexToECDSA(strings.TrimPrefix(strings.TrimSpace(string(data)), "0x"))
	if err != nil { // the library's error may quote what the file holds
		return nil, fmt.Errorf("the account's key %s is not 64 hexadecimal digits of a key", path)
	}
	return &FileSigner{key, crypto.PubkeyToAddress(key.PublicKey)}, nil
}

// Address implements [Signer].
func (s *FileSigner) Address() Address { return s.address }

// Sign implements [Signer].
func (s *FileSigner) Sign(_ context.Context, digest [32]byte) ([]byte, error) {
	return crypto.Sign(digest[:], s.key)
}
