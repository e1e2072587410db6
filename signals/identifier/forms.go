package identifier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"tallystick/privacy"
	"tallystick/signals"
)

// Forms are the normal forms. It implements [signals.Forms].
type Forms struct {
	keys   *privacy.InsurerKeys
	digest string
}

// New returns the forms of this build.
func New() (*Forms, error) {
	root := sha256.Sum256([]byte("tallystick signals normal forms v2: a public key, which hides nothing"))
	secret, err := privacy.NewSecret(root[:])
	if err != nil {
		return nil, fmt.Errorf("making normal forms: %w", err)
	}
	keys, err := privacy.NewInsurerKeys("signals", secret)
	if err != nil {
		return nil, fmt.Errorf("making normal forms: %w", err)
	}
	f := &Forms{keys: keys}
	return f, f.selfTest()
}

// Form implements [signals.Forms].
func (f *Forms) Form(id signals.Identifier) ([]byte, bool, error) {
	if err := id.Check(); err != nil {
		return nil, false, err
	}
	var token string
	var ok bool
	var err error
	switch p := id.Parts; id.Domain {
	case signals.Account:
		token, ok, err = f.keys.Token("bnk", p[0], p[1:]...)
	case signals.Person:
		token, ok, err = f.keys.Token("per", p[0], p[1:]...)
	case signals.Address:
		token, ok, err = f.keys.Token("adr", p[0], p[1], p[2], p[3], id.Country)
	case signals.NationalID:
		token, ok, err = f.keys.Token("nid", p[1], id.Country, p[0])
	case signals.Plate:
		token, ok, err = f.keys.Token("plt", p[0], id.Country)
	case signals.Phone:
		token, ok, err = f.keys.Token("phn", p[0], id.Country)
	default:
		token, ok, err = f.keys.Token(string(id.Domain), p[0])
	}
	if err != nil {
		return nil, false, fmt.Errorf("the normal form of a %s: %w", id.Domain.Word(), err)
	}
	return []byte(token), ok, nil
}

// Digest implements [signals.Forms]: members compare it, since a member with other forms finds nothing and is not
// found.
func (f *Forms) Digest() string { return f.digest }

// probes are identifiers whose forms tell builds apart. They are nobody's.
var probes = []signals.Identifier{
	{Domain: signals.Phone, Parts: []string{"(415) 555-0123"}, Country: "US"},
	{Domain: signals.Phone, Parts: []string{"0170 1234567"}, Country: "DE"},
	{Domain: signals.Phone, Parts: []string{"+52 1 55 1234 5678"}},
	{Domain: signals.Email, Parts: []string{"Ann.Example@EXAMPLE.org"}},
	{Domain: signals.Account, Parts: []string{"de02 1203 0000 0000 2020 51", "", ""}},
	{Domain: signals.Account, Parts: []string{"", "021000021", "12345679"}},
	{Domain: signals.NationalID, Parts: []string{"SSN", "533-20-1877"}, Country: "us"},
	{Domain: signals.Person, Parts: []string{"Müller-Lüdenscheidt, Ann", "1980-02-11"}},
	{Domain: signals.Address, Parts: []string{"12 North Main Street", "Apartment 4", "Springfield", "01101"},
		Country: "US"},
	{Domain: signals.Vehicle, Parts: []string{"wdb 123456 1a 234567"}},
	{Domain: signals.Plate, Parts: []string{"M-AB 1234"}, Country: "DE"},
	{Domain: signals.Document, Parts: []string{strings.Repeat("ab", 32)}},
}

func (f *Forms) selfTest() error {
	sum := sha256.New()
	for i, id := range probes {
		form, ok, err := f.Form(id)
		if err != nil || !ok {
			return fmt.Errorf("normal forms: probe %d has none: %w", i+1, err)
		}
		fmt.Fprintf(sum, "%s %s\n", id.Domain, form)
	}
	f.digest = hex.EncodeToString(sum.Sum(nil)[:8])
	return nil
}
