package keyring

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"tallystick/privacy"
)

// The names of the files in a keyring's directory.
const (
	File         = "keyring.json"
	OfficerAFile = "officer-a.json"
	OfficerBFile = "officer-b.json"
)

// rsaBits is the size of an officer's key.
const rsaBits = 3072

// Passphrases protect the three files. The officers' should not be known to whoever runs the pipeline.
type Passphrases struct {
	Keyring, OfficerA, OfficerB []byte
}

// Create makes a keyring for insurers in dir: the pipeline's file and one file for each officer. It replaces nothing. A
// crash before the last file leaves a directory without keyring.json, which Open reports as missing: delete it and
// create again.
func Create(dir string, pass Passphrases, insurers ...string) error {
	if len(insurers) == 0 {
		return errors.New("create a keyring: name at least one insurer")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create a keyring: %w", err)
	}
	c := content{Install: newRoot(), Insurers: map[string][][]byte{}}
	for _, name := range insurers {
		if err := privacy.CheckInsurerName(name); err != nil {
			return fmt.Errorf("create a keyring: %w", err)
		}
		c.Insurers[name] = [][]byte{newRoot()}
	}
	var err error
	if c.SealingA, err = createOfficer(filepath.Join(dir, OfficerAFile), pass.OfficerA); err != nil {
		return fmt.Errorf("create a keyring: officer A: %w", err)
	}
	if c.SealingB, err = createOfficer(filepath.Join(dir, OfficerBFile), pass.OfficerB); err != nil {
		return fmt.Errorf("create a keyring: officer B: %w", err)
	}
	text, err := encrypt(kindKeyring, pass.Keyring, c)
	if err != nil {
		return fmt.Errorf("create a keyring: %w", err)
	}
	if err := writeFile(filepath.Join(dir, File), text, true); err != nil {
		return fmt.Errorf("create a keyring: %w", err)
	}
	return nil
}

func newRoot() []byte {
	b := make([]byte, privacy.SecretSize)
	_, _ = rand.Read(b) // never fails: it ends the process instead
	return b
}

// content is what a keyring file protects.
type content struct {
	Install  []byte              `json:"install"`         // root of the intake key, version 1
	Later    [][]byte            `json:"later,omitempty"` // its further versions
	Insurers map[string][][]byte `json:"insurers"`        // token roots, oldest first
	SealingA []byte              `json:"sealingA"`        // public half, PKIX DER
	SealingB []byte              `json:"sealingB"`
}

// Keyring is an open keyring. It implements [privacy.Keys].
type Keyring struct {
	path    string
	mu      sync.RWMutex
	content content
	set     *privacy.KeySet
}

var _ privacy.Keys = (*Keyring)(nil)

// Open reads the keyring in dir. Its errors are [ErrPassphrase], [ErrDamaged], [ErrPermissions] and those of the file
// system, wrapped.
func Open(dir string, passphrase []byte) (*Keyring, error) {
	path := filepath.Join(dir, File)
	text, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("open the keyring: %w", err)
	}
	k := &Keyring{path: path}
	if err := decrypt(kindKeyring, text, passphrase, &k.content); err != nil {
		return nil, fmt.Errorf("open the keyring %s: %w", path, err)
	}
	if k.set, err = k.content.keySet(); err != nil {
		return nil, fmt.Errorf("open the keyring %s: %w: %w", path, ErrDamaged, err)
	}
	return k, nil
}

func (c content) keySet() (*privacy.KeySet, error) {
	var install []privacy.Secret
	for _, b := range append([][]byte{c.Install}, c.Later...) {
		root, err := privacy.NewSecret(b)
		if err != nil {
			return nil, err
		}
		install = append(install, root)
	}
	intake, err := privacy.NewIntake(install...)
	if err != nil {
		return nil, err
	}
	var insurers []*privacy.InsurerKeys
	for _, name := range slices.Sorted(maps.Keys(c.Insurers)) {
		var roots []privacy.Secret
		for _, b := range c.Insurers[name] {
			root, err := privacy.NewSecret(b)
			if err != nil {
				return nil, err
			}
			roots = append(roots, root)
		}
		keys, err := privacy.NewInsurerKeys(name, roots...)
		if err != nil {
			return nil, err
		}
		insurers = append(insurers, keys)
	}
	var sealing privacy.SealingKeys
	if sealing.A, err = publicHalf(c.SealingA); err != nil {
		return nil, err
	}
	if sealing.B, err = publicHalf(c.SealingB); err != nil {
		return nil, err
	}
	return privacy.NewKeySet(insurers, &sealing, intake)
}

func publicHalf(der []byte) (privacy.PublicHalf, error) {
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return privacy.PublicHalf{}, err
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return privacy.PublicHalf{}, errors.New("a public half is no RSA key")
	}
	return privacy.PublicHalf{Key: public, Version: 1}, nil
}

// Format prints only that there is a secret, whatever the verb.
func (*Keyring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[secret]") }

// Local reports that the keys are in a file of this machine, which production mode refuses.
func (*Keyring) Local() bool { return true }

// Insurers returns the names of the insurers, sorted.
func (k *Keyring) Insurers() []string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return slices.Sorted(maps.Keys(k.content.Insurers))
}

// Insurer returns the keys of one insurer or [privacy.ErrUnknownInsurer].
func (k *Keyring) Insurer(name string) (*privacy.InsurerKeys, error) { return k.keys().Insurer(name) }

// Sealing returns the officers' public halves.
func (k *Keyring) Sealing() (*privacy.SealingKeys, error) { return k.keys().Sealing() }

// Intake returns the install's intake key.
func (k *Keyring) Intake() (*privacy.Intake, error) { return k.keys().Intake() }

func (k *Keyring) keys() *privacy.KeySet {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.set
}

// Add makes keys for a further insurer and saves the file.
func (k *Keyring) Add(name string, passphrase []byte) error {
	return k.change(passphrase, func(c *content) error {
		if err := privacy.CheckInsurerName(name); err != nil {
			return err
		}
		if c.Insurers[name] != nil {
			return fmt.Errorf("insurer %s has keys already", name)
		}
		c.Insurers[name] = [][]byte{newRoot()}
		return nil
	})
}

// Rotate adds a version to an insurer's token root and saves the file. Older versions stay: new tokens are made of old
// ones.
func (k *Keyring) Rotate(name string, passphrase []byte) error {
	return k.change(passphrase, func(c *content) error {
		if c.Insurers[name] == nil {
			return privacy.ErrUnknownInsurer
		}
		c.Insurers[name] = append(slices.Clone(c.Insurers[name]), newRoot())
		return nil
	})
}

// RotateIntake adds a version to the intake key and saves the file. What was sealed for older ones still opens.
func (k *Keyring) RotateIntake(passphrase []byte) error {
	return k.change(passphrase, func(c *content) error {
		c.Later = append(slices.Clone(c.Later), newRoot())
		return nil
	})
}

// change saves an altered copy and then takes it into use: the keys in memory are never ahead of those on disk.
func (k *Keyring) change(passphrase []byte, alter func(*content) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	// The passphrase must be the one the file has, or the next start would fail.
	text, err := readFile(k.path)
	if err != nil {
		return fmt.Errorf("change the keyring: %w", err)
	}
	var next content
	if err := decrypt(kindKeyring, text, passphrase, &next); err != nil {
		return fmt.Errorf("change the keyring: %w", err)
	}
	if err := alter(&next); err != nil {
		return fmt.Errorf("change the keyring: %w", err)
	}
	set, err := next.keySet()
	if err != nil {
		return fmt.Errorf("change the keyring: %w", err)
	}
	if text, err = encrypt(kindKeyring, passphrase, next); err != nil {
		return fmt.Errorf("change the keyring: %w", err)
	}
	if err := writeFile(k.path, text, false); err != nil {
		return fmt.Errorf("change the keyring: %w", err)
	}
	k.content, k.set = next, set.Reuse(k.set)
	return nil
}
