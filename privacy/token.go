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

	"tallystick/privacy/token"
)

// tokenSize is the length of a token's value in bytes: 128 bits, printed as 26 characters.
const tokenSize = 16

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// macs are the keyed hashes of one insurer, made on first use and kept. Not safe for concurrent use.
type macs struct {
	keys   *InsurerKeys
	domain [][]hash.Hash // by token.Domain.Number; one a version
	cont   hash.Hash
	sum    [sha256.Size]byte
}

func newMACs(keys *InsurerKeys) *macs {
	return &macs{
		keys:   keys,
		domain: make([][]hash.Hash, len(token.Domains())),
		cont:   hmac.New(sha256.New, keys.content.Reveal()),
	}
}

func (m *macs) of(d *token.Domain) ([]hash.Hash, error) {
	if chain := m.domain[d.Number()]; chain != nil {
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
	m.domain[d.Number()] = chain
	return chain, nil
}

// appendToken appends the printed token of a normalised value: v1 = HMAC(k1, value), vN = HMAC(kN, vN-1), each cut to
// 128 bits.
func (m *macs) appendToken(dst []byte, d *token.Domain, normalised []byte) ([]byte, error) {
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

func appendPrinted(dst []byte, d *token.Domain, version int, value []byte) []byte {
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

// Token returns the token of a clear value, for looking up what is known of it. context is what the kind is read by,
// see
// [token.Domain.Contexts]: the country (ISO 3166-1 alpha-2) of a phone number as dialled nationally or of a plate; of an official
// number country and type; what the kind is not read by is passed over. A domain that is composed of several fields
// takes them in the order of the policy: per name and birth date; adr line1, line2, city, postcode and country; bnk
// IBAN, routing and number. What is not known is "". ok is false for what gets no token. It is for single look-ups, not
// for the stream.
func (k *InsurerKeys) Token(domain, value string, context ...string) (text string, ok bool, err error) {
	e, err := k.Explain(nil, domain, append([]string{value}, context...)...)
	return e.Token, e.Outcome == token.Named, err
}

// Explanation is how a value comes to its token.
type Explanation struct {
	Domain  *token.Domain
	Normal  string // the normal form, its parts behind each other with 0x1f between
	Token   string // "" for what gets none
	Outcome token.Outcome
}

// Explain returns how a value comes to its token, see [InsurerKeys.Token]; placeholders nil are those built in. What it
// returns is a clear value: it is for who has it already.
func (k *InsurerKeys) Explain(placeholders *token.Placeholders, domain string, parts ...string) (Explanation, error) {
	e := Explanation{Domain: token.ByName(domain)}
	if e.Domain == nil {
		return e, errors.New("no token domain of that name")
	}
	if how, most := e.Domain.Composed(); how != "" && len(parts) != most {
		return e, fmt.Errorf("a token of domain %s is made of %d values", domain, most)
	}
	values := make([][]byte, len(parts))
	for i, part := range parts {
		values[i] = []byte(part)
	}
	n := token.Normaliser{Placeholders: placeholders}
	var normal []byte
	normal, e.Outcome = n.Append(nil, e.Domain, values...)
	if e.Outcome != token.Named {
		return e, nil
	}
	b, err := newMACs(k).appendToken(nil, e.Domain, normal)
	if err != nil {
		return e, err
	}
	e.Normal, e.Token = string(normal), string(b)
	return e, nil
}

// Lift returns the token of the current version for an older token of this insurer. A token of the current version
// comes back as it is. It needs no clear value: each version is made of the one before.
func (k *InsurerKeys) Lift(text string) (string, error) {
	d, version, value, err := parseToken(text)
	if err != nil {
		return "", err
	}
	if version > k.Version() {
		return "", fmt.Errorf("lift a token: it has version %d, the newest key has %d", version, k.Version())
	}
	if version == k.Version() {
		return text, nil
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

func parseToken(printed string) (d *token.Domain, version int, value []byte, err error) {
	name, rest, _ := strings.Cut(printed, "_")
	number, text, _ := strings.Cut(rest, "_")
	d = token.ByName(name)
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
