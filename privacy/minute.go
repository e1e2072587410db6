package privacy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// KeyIDSize is the length of the random id of a data key or a minute key in bytes.
const KeyIDSize = 16

// Minute is what is written of one wrapping key, which wraps the data keys of the records of about a minute: its two
// halves, A xor B, each sealed to one officer's public key. The key itself is in memory for that minute only.
type Minute struct {
	ID   [KeyIDSize]byte
	A, B string // vault:vN:base64 of RSA-OAEP(SHA-256) of a half, as Vault's transit/decrypt takes it
}

// wrappingKey is the key itself. Nothing but Minutes may hold one for longer than it takes to wrap.
type wrappingKey struct {
	*Minute
	aead   cipher.AEAD
	used   atomic.Int64
	since  time.Time
	expiry *time.Timer
}

// Format prints only the id, whatever the verb.
func (m *Minute) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "wrapping key %x", m.ID[:]) }

// MinuteConfig says how long a wrapping key is used.
type MinuteConfig struct {
	Every time.Duration    // longest use; 0 is one minute
	Limit int64            // most records; 0 is 2^20. Random 96-bit nonces are safe up to 2^32 wraps (NIST SP 800-38D)
	Now   func() time.Time // nil is time.Now
}

// Minutes hands out the wrapping key of the moment to all workers. Safe for concurrent use.
type Minutes struct {
	keys Keys
	cfg  MinuteConfig
	mu   sync.Mutex // held while a new key is made, so that one is made and not one a worker
	cur  atomic.Pointer[wrappingKey]
}

// NewMinutes returns a source of wrapping keys that are sealed to keys.Sealing.
func NewMinutes(keys Keys, cfg MinuteConfig) *Minutes {
	if cfg.Every <= 0 {
		cfg.Every = time.Minute
	}
	if cfg.Limit <= 0 {
		cfg.Limit = 1 << 20
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Minutes{keys: keys, cfg: cfg}
}

// current returns the wrapping key for one more record, making a new one when the old is used up. It may fail with
// [ErrUnavailable].
func (m *Minutes) current() (*wrappingKey, error) {
	if cur := m.cur.Load(); m.usable(cur) {
		return cur, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	cur := m.cur.Load()
	if m.usable(cur) {
		return cur, nil
	}
	next, err := m.make()
	if err != nil {
		return nil, fmt.Errorf("make a wrapping key: %w", err)
	}
	if cur != nil {
		cur.expiry.Stop()
	}
	next.used.Store(1)
	// Where no more records come, nobody would take the last key away.
	next.expiry = time.AfterFunc(m.cfg.Every, func() { m.cur.CompareAndSwap(next, nil) })
	m.cur.Store(next)
	return next, nil
}

func (m *Minutes) usable(cur *wrappingKey) bool {
	return cur != nil && m.cfg.Now().Sub(cur.since) < m.cfg.Every && cur.used.Add(1) <= m.cfg.Limit
}

func (m *Minutes) make() (*wrappingKey, error) {
	sealing, err := m.keys.Sealing()
	if err != nil {
		return nil, err
	}
	var key, a, b [SecretSize]byte
	defer func() { clear(key[:]); clear(a[:]); clear(b[:]) }()
	made := &wrappingKey{Minute: &Minute{}, since: m.cfg.Now()}
	_, _ = rand.Read(made.ID[:]) // crypto/rand.Read never fails: it ends the process instead
	_, _ = rand.Read(key[:])
	_, _ = rand.Read(a[:])
	subtle.XORBytes(b[:], key[:], a[:])
	if made.A, err = sealing.A.wrap(a[:]); err != nil {
		return nil, fmt.Errorf("seal half A: %w", err)
	}
	if made.B, err = sealing.B.wrap(b[:]); err != nil {
		return nil, fmt.Errorf("seal half B: %w", err)
	}
	if made.aead, err = newGCM(key[:]); err != nil {
		return nil, err
	}
	return made, nil
}

func (h PublicHalf) wrap(half []byte) (string, error) {
	sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, h.Key, half, nil)
	if err != nil {
		return "", err
	}
	return "vault:v" + strconv.Itoa(h.Version) + ":" + base64.StdEncoding.EncodeToString(sealed), nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
