package detectors

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"maps"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dchest/siphash"
)

// A token is domain_version_base32; its last part is 128 bits of an HMAC. The state keeps a token as these bits and the
// number of what stands before them: that compares fast, holds no pointer, and the text can be had back from it.

// tokenID names what shares a key: a token, or a combination of parts.
type tokenID struct {
	bits   [tokenBytes]byte
	prefix uint16
}

const (
	tokenBytes = 16
	tokenChars = 26 // that many bytes in base32, without padding
)

// What prefixes mean that are none.
const (
	composed    uint16 = iota // a combination of parts: bits are a hash of it
	misshapen                 // a token of another form: bits are a hash of its text, which is kept beside
	firstPrefix               // numbers of prefixes begin here
)

// hash spreads the token over 64 bits, of which none is more likely to be equal than others.
func (id *tokenID) hash() uint64 {
	a := binary.LittleEndian.Uint64(id.bits[:8])
	b := binary.LittleEndian.Uint64(id.bits[8:])
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15^uint64(id.prefix)<<40, b^0xc2b2ae3d27d4eb4f)
	return hi ^ lo
}

// tokenTable turns tokens into their numbers and back. Numbering takes no lock, but for a prefix that is new.
type tokenTable struct {
	known atomic.Pointer[prefixes]
	mu    sync.Mutex
	key   siphashKey // of the hash of what is no token; drawn, and kept with the state
}

type siphashKey [16]byte

// prefixes are numbered from firstPrefix. They are immutable: a new one makes a new table.
type prefixes struct {
	numbers map[uint64]uint16 // by the bytes of the prefix
	texts   []string
}

const (
	maxPrefixes = 1 << 12
	prefixBytes = 8
)

func (t *tokenTable) init() {
	rand.Read(t.key[:])
	t.known.Store(&prefixes{numbers: map[uint64]uint16{}})
}

// of returns the number of a token.
func (t *tokenTable) of(token string) (id tokenID) {
	if cut := len(token) - tokenChars - 1; cut >= 0 && token[cut] == '_' && decodeToken(&id.bits, token[cut+1:]) {
		if id.prefix = t.prefix(token[:cut]); id.prefix >= firstPrefix {
			return id
		}
	}
	return tokenID{t.digest([]byte(token)), misshapen}
}

// composite returns the number of a combination of parts.
func (t *tokenTable) composite(text []byte) tokenID {
	return tokenID{t.digest(text), composed}
}

// digest is SipHash-2-4-128: who writes claims cannot make two texts meet without the key.
func (t *tokenTable) digest(text []byte) (sum [tokenBytes]byte) {
	lo, hi := siphash.Hash128(binary.LittleEndian.Uint64(t.key[:8]), binary.LittleEndian.Uint64(t.key[8:]), text)
	binary.LittleEndian.PutUint64(sum[:8], lo)
	binary.LittleEndian.PutUint64(sum[8:], hi)
	return sum
}

// prefix returns the number of a prefix, or misshapen where it cannot be numbered.
func (t *tokenTable) prefix(text string) uint16 {
	if len(text) > prefixBytes {
		return misshapen
	}
	var packed uint64
	for i := range len(text) {
		if text[i] == 0 {
			return misshapen
		}
		packed = packed<<8 | uint64(text[i])
	}
	if no, ok := t.known.Load().numbers[packed]; ok {
		return no
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.known.Load()
	if no, ok := old.numbers[packed]; ok {
		return no
	}
	if len(old.texts) >= maxPrefixes {
		return misshapen
	}
	no := firstPrefix + uint16(len(old.texts))
	next := &prefixes{numbers: maps.Clone(old.numbers), texts: append(old.texts[:len(old.texts):len(old.texts)],
		strings.Clone(text))}
	next.numbers[packed] = no
	t.known.Store(next)
	return no
}

// text returns the token that a number stands for, "" for what is none or is misshapen.
func (t *tokenTable) text(id *tokenID) string {
	if id.prefix < firstPrefix {
		return ""
	}
	prefix := t.known.Load().texts[id.prefix-firstPrefix]
	out := make([]byte, 0, len(prefix)+1+tokenChars)
	out = append(append(out, prefix...), '_')
	return string(base32Lower.AppendEncode(out, id.bits[:]))
}

const base32Alphabet = "abcdefghijklmnopqrstuvwxyz234567"

var base32Lower = base32.NewEncoding(base32Alphabet).WithPadding(base32.NoPadding)

const notBase32 = 0xff

var base32Value = func() (of [256]byte) {
	for i := range of {
		of[i] = notBase32
	}
	for i := range len(base32Alphabet) {
		of[base32Alphabet[i]] = byte(i)
	}
	return of
}()

// decodeToken reads 26 characters of base32 and reports whether they are what these bytes are written as. The decoder
// of the standard library would skip line ends and take leftover bits of any value: two texts for one token.
func decodeToken(to *[tokenBytes]byte, text string) bool {
	if len(text) != tokenChars {
		return false
	}
	var hi, lo uint64
	var all byte
	for i := range 12 {
		v := base32Value[text[i]]
		all |= v
		hi = hi<<5 | uint64(v&31)
	}
	middle := base32Value[text[12]]
	for i := 13; i < 25; i++ {
		v := base32Value[text[i]]
		all |= v
		lo = lo<<5 | uint64(v&31)
	}
	last := base32Value[text[25]]
	all |= middle | last
	if all > 31 || last&3 != 0 {
		return false
	}
	hi = hi<<4 | uint64(middle>>1)
	lo = uint64(middle&1)<<63 | lo<<3 | uint64(last>>2)
	binary.BigEndian.PutUint64(to[:8], hi)
	binary.BigEndian.PutUint64(to[8:], lo)
	return true
}
