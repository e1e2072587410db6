package privacy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// tokenSize is the length of a token's value in bytes: 128 bits, printed as 26 characters.
const tokenSize = 16

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// macs are the keyed hashes of one insurer, made on first use and kept. Not safe for concurrent use.
type macs struct {
	keys   *InsurerKeys
	domain [][]hash.Hash // by Domain.number; one a version
	cont   hash.Hash
	sum    [sha256.Size]byte
}

func newMACs(keys *InsurerKeys) *macs {
	return &macs{
		keys:   keys,
		domain: make([][]hash.Hash, len(domains)),
		cont:   hmac.New(sha256.New, keys.content.Reveal()),
	}
}

func (m *macs) of(d *Domain) ([]hash.Hash, error) {
	if chain := m.domain[d.number]; chain != nil {
		return chain, nil
	}
	chain := make([]hash.Hash, 0, m.keys.Version())
	for version := 1; version <= m.keys.Version(); version++ {
		key, err := m.keys.domainKey(d, version)
		if err != nil {
			return nil, fmt.Errorf("derive the key of token domain %s: %w", d.Name, err)
		}
		chain = append(chain, hmac.New(sha256.New, key.Reveal()))
		key.Wipe()
	}
	m.domain[d.number] = chain
	return chain, nil
}

// appendToken appends the printed token of a normalised value: v1 = HMAC(k1, value), vN = HMAC(kN, vN-1), each cut to 128 bits.
func (m *macs) appendToken(dst []byte, d *Domain, normalised []byte) ([]byte, error) {
	chain, err := m.of(d)
	if err != nil {
		return dst, err
	}
	in := normalised
	for _, mac := range chain {
		mac.Reset()
		mac.Write(in)
		in = mac.Sum(m.sum[:0])[:tokenSize]
	}
	return appendPrinted(dst, d, len(chain), in), nil
}

func appendPrinted(dst []byte, d *Domain, version int, value []byte) []byte {
	dst = append(dst, d.Name...)
	dst = append(dst, '_')
	dst = strconv.AppendInt(dst, int64(version), 10)
	dst = append(dst, '_')
	return base32Lower.AppendEncode(dst, value)
}

// content returns the HMAC of a record's canonical leaves.
func (m *macs) content(canonical []byte) [sha256.Size]byte {
	m.cont.Reset()
	m.cont.Write(canonical)
	return [sha256.Size]byte(m.cont.Sum(m.sum[:0]))
}

// Token returns the token of a clear value, for looking up what is known of it. Country (ISO 3166-1 alpha-2, may be empty)
// is that of a phone number as dialled nationally. Domains that are composed of several fields have no clear value of
// one piece and are refused. ok is false for a value that gets no token. It is for single look-ups, not for the stream.
func (k *InsurerKeys) Token(domain, value, country string) (token string, ok bool, err error) {
	d := domainByName[domain]
	if d == nil || d.norm == normNone {
		return "", false, errors.New("no token domain of that name takes a single value")
	}
	var n norms
	return k.token(d, n.normalise(nil, d.norm, []byte(value), []byte(country)))
}

// ComposedToken is [InsurerKeys.Token] for the domains of several fields, in the order of the policy: per takes name and
// birth date; adr line1, line2, city, postcode and country; bnk IBAN, routing and number. What is not known is "".
func (k *InsurerKeys) ComposedToken(domain string, parts ...string) (token string, ok bool, err error) {
	how, found := forms[map[string]string{"per": "person", "adr": "address", "bnk": "bank"}[domain]]
	if !found || len(parts) != how.parts {
		return "", false, errors.New("no token domain of that name takes that many values")
	}
	var n norms
	values := make([][]byte, len(parts))
	for i, part := range parts {
		values[i] = []byte(part)
	}
	return k.token(domainByName[domain], n.compose(nil, how.form, values))
}

func (k *InsurerKeys) token(d *Domain, normalised []byte) (token string, ok bool, err error) {
	if len(normalised) < d.least {
		return "", false, nil
	}
	b, err := newMACs(k).appendToken(nil, d, normalised)
	return string(b), err == nil, err
}

// Lift returns the token of the current version for an older token of this insurer. A token of the current version comes
// back as it is. It needs no clear value: each version is made of the one before.
func (k *InsurerKeys) Lift(token string) (string, error) {
	d, version, value, err := parseToken(token)
	if err != nil {
		return "", err
	}
	if version > k.Version() {
		return "", fmt.Errorf("lift a token: it has version %d, the newest key has %d", version, k.Version())
	}
	if version == k.Version() {
		return token, nil
	}
	for v := version + 1; v <= k.Version(); v++ {
		key, err := k.domainKey(d, v)
		if err != nil {
			return "", fmt.Errorf("lift a token: %w", err)
		}
		mac := hmac.New(sha256.New, key.Reveal())
		mac.Write(value)
		value = mac.Sum(nil)[:tokenSize]
	}
	return string(appendPrinted(nil, d, k.Version(), value)), nil
}

var errToken = errors.New("not a token: it has the form domain_version_base32, such as phn_1_ and 26 characters")

func parseToken(token string) (d *Domain, version int, value []byte, err error) {
	name, rest, _ := strings.Cut(token, "_")
	number, text, _ := strings.Cut(rest, "_")
	d = domainByName[name]
	version, err = strconv.Atoi(number)
	if d == nil || err != nil || version < 1 || strconv.Itoa(version) != number {
		return nil, 0, nil, errToken
	}
	value, err = base32Lower.DecodeString(text)
	if err != nil || len(value) != tokenSize || base32Lower.EncodeToString(value) != text {
		return nil, 0, nil, errToken
	}
	return d, version, value, nil
}
