package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/crypto/argon2"
)

// The errors of opening a file, besides those of the file system.
var (
	ErrPassphrase  = errors.New("wrong passphrase, or the file is damaged")
	ErrDamaged     = errors.New("the file is damaged or is no keyring file")
	ErrPermissions = errors.New("the file may be read by others: set its mode to 0600")
)

const (
	fileVersion   = 1
	kindKeyring   = "tallystick-keyring"
	kindOfficer   = "tallystick-officer"
	saltSize      = 16
	minPassphrase = 8
	maxFile       = 1 << 20
)

// The cost of argon2id: the second recommendation of RFC 9106, section 4.
const (
	argonTime      = 3
	argonMemoryKiB = 64 << 10
	argonThreads   = 4
)

// file is what is on disk: everything but Data is clear, and authenticated with it.
type file struct {
	header
	Data []byte `json:"data"` // AES-256-GCM under the key that argon2id makes of passphrase and salt
}

type header struct {
	Kind    string `json:"kind"`
	Version int    `json:"v"`
	KDF     kdf    `json:"argon2id"`
	Nonce   []byte `json:"nonce"`
}

type kdf struct {
	Time      uint32 `json:"time"`
	MemoryKiB uint32 `json:"memoryKiB"`
	Threads   uint8  `json:"threads"`
	Salt      []byte `json:"salt"`
}

// sane refuses costs that would exhaust memory or protect nothing.
func (k kdf) sane() bool {
	return k.Time >= 1 && k.Time <= 64 && k.MemoryKiB >= 8<<10 && k.MemoryKiB <= 1<<20 && k.Threads >= 1 &&
		len(k.Salt) == saltSize
}

func (h header) aead(passphrase []byte) (cipher.AEAD, []byte, error) {
	key := argon2.IDKey(passphrase, h.KDF.Salt, h.KDF.Time, h.KDF.MemoryKiB, h.KDF.Threads, 32)
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, err
	}
	aad, err := json.Marshal(h)
	return aead, aad, err
}

// encrypt returns the bytes of a file that holds content.
func encrypt(kind string, passphrase []byte, content any) ([]byte, error) {
	if len(passphrase) < minPassphrase {
		return nil, fmt.Errorf("the passphrase must have at least %d bytes", minPassphrase)
	}
	plain, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	random := make([]byte, saltSize+12)
	_, _ = rand.Read(random) // never fails: it ends the process instead
	f := file{header: header{
		Kind: kind, Version: fileVersion,
		KDF:   kdf{Time: argonTime, MemoryKiB: argonMemoryKiB, Threads: argonThreads, Salt: random[:saltSize]},
		Nonce: random[saltSize:],
	}}
	aead, aad, err := f.aead(passphrase)
	if err != nil {
		return nil, err
	}
	f.Data = aead.Seal(nil, f.Nonce, plain, aad)
	return json.MarshalIndent(f, "", "  ")
}

// decrypt reads a file that encrypt made into content.
func decrypt(kind string, text, passphrase []byte, content any) error {
	var f file
	if err := json.Unmarshal(text, &f); err != nil || !f.KDF.sane() || len(f.Nonce) != 12 {
		return ErrDamaged
	}
	if f.Kind != kind {
		return fmt.Errorf("%w: a file of kind %s is expected", ErrDamaged, kind)
	}
	if f.Version != fileVersion {
		return fmt.Errorf("the file has version %d, this program reads %d", f.Version, fileVersion)
	}
	aead, aad, err := f.aead(passphrase)
	if err != nil {
		return err
	}
	plain, err := aead.Open(nil, f.Nonce, f.Data, aad)
	if err != nil {
		return ErrPassphrase
	}
	defer clear(plain)
	if err := json.Unmarshal(plain, content); err != nil {
		return ErrDamaged // its own error would quote the content
	}
	return nil
}

// readFile reads a file that only its owner may read.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w (it is %04o)", path, ErrPermissions, info.Mode().Perm())
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %w", path, ErrDamaged)
	}
	return os.ReadFile(path)
}

// writeFile puts data at path at once: a crash leaves the old file or the new one, perhaps with a stray temporary file
// beside it, never a part. With fresh it refuses to replace what is there.
func writeFile(path string, data []byte, fresh bool) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // created with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already if it was renamed
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if fresh {
		err = os.Link(tmp.Name(), path) // unlike a rename it fails if path exists
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s exists already: it is not replaced", path)
		}
	} else {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}
