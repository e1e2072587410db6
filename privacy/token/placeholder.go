package token

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

//go:embed placeholders.yaml
var builtIn []byte

// BirthDate is what rules and people call a birth date that stands for nothing, which only [Domain] per has.
const BirthDate = "birth-date"

// Placeholders are what is written where nothing is known. It is immutable; nil are those built in.
type Placeholders struct {
	any    map[string]bool
	of     []map[string]bool // by Domain.number
	hosts  map[string]bool   // domains of e-mail
	births map[string]bool
}

var defaults = sync.OnceValues(func() (*Placeholders, error) { return LoadPlaceholders(nil) })

// LoadPlaceholders returns those built in, with those of more added: YAML with version: 1 and lists by the word of a
// domain, any, email-domains and birth-date.
func LoadPlaceholders(more []byte) (*Placeholders, error) {
	p := &Placeholders{any: map[string]bool{}, of: make([]map[string]bool, len(domains)), hosts: map[string]bool{},
		births: map[string]bool{}}
	for i := range p.of {
		p.of[i] = map[string]bool{}
	}
	for name, text := range map[string][]byte{"built in": builtIn, "": more} {
		if len(text) == 0 {
			continue
		}
		if err := p.read(text); err != nil {
			return nil, errors.New(strings.TrimPrefix(fmt.Sprintf("%s: %v", name, err), ": "))
		}
	}
	return p, nil
}

const mostPlaceholders = 100_000

func (p *Placeholders) read(text []byte) error {
	if len(text) > 4<<20 {
		return errors.New("a list of placeholders has at most 4 MiB")
	}
	var lists map[string]any
	if err := yaml.UnmarshalWithOptions(text, &lists, yaml.Strict()); err != nil {
		return errors.New("it must be YAML with version: 1 and lists of words: " + strings.SplitN(err.Error(), "\n",
			2)[0])
	}
	if fmt.Sprint(lists["version"]) != "1" {
		return errors.New("version: 1 is missing")
	}
	delete(lists, "version")
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		into, plain := p.list(name)
		if into == nil {
			return fmt.Errorf("%s: there is no such list; there are any, email-domains, birth-date and the kinds %s",
				name, strings.Join(words(), ", "))
		}
		all, err := flat(lists[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for i, word := range all {
			key := word
			if !plain {
				key = string(bareOf(nil, []byte(word)))
			}
			if key == "" {
				return fmt.Errorf("%s: entry %d has no letter or digit", name, i+1)
			}
			if into[key] = true; len(into) > mostPlaceholders {
				return fmt.Errorf("%s: more than %d entries", name, mostPlaceholders)
			}
		}
	}
	return nil
}

// list returns the list of a name, and whether its entries are compared as they stand.
func (p *Placeholders) list(name string) (into map[string]bool, plain bool) {
	switch name {
	case "any":
		return p.any, false
	case "email-domains":
		return p.hosts, true
	case BirthDate:
		return p.births, true
	}
	for _, d := range domains {
		if d.Word == name && d.norm != formPerson {
			return p.of[d.number], false
		}
	}
	return nil, false
}

func words() (all []string) {
	for _, d := range domains {
		if d.norm != formPerson {
			all = append(all, d.Word)
		}
	}
	return all
}

// flat returns the words of a list, or of a list of lists.
func flat(v any) (all []string, err error) {
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New("a list of words is wanted")
	}
	for _, e := range list {
		switch e := e.(type) {
		case []any:
			inner, err := flat(e)
			if err != nil {
				return nil, err
			}
			all = append(all, inner...)
		case map[string]any, nil:
			return nil, errors.New("a list of words is wanted; null, no and numbers are written in quotes")
		default:
			all = append(all, fmt.Sprint(e))
		}
	}
	return all, nil
}

func (p *Placeholders) birth(day []byte) bool { return p.births[string(day)] }

func (n *Normaliser) placeholders() *Placeholders {
	if n.Placeholders == nil {
		p, err := defaults()
		if err != nil {
			panic("the built-in placeholders: " + err.Error()) // a test reads them
		}
		n.Placeholders = p
	}
	return n.Placeholders
}

// listed reports whether a normal form is listed.
func (n *Normaliser) listed(d *Domain, form []byte) bool {
	return n.placeholders().of[d.number][string(bytes.TrimPrefix(form, []byte{'+'}))]
}

// stands reports whether a value of a domain is a placeholder. kind is that of an official number.
func (n *Normaliser) stands(d *Domain, value, kind []byte) bool {
	if len(value) == 0 {
		return false
	}
	p := n.placeholders()
	n.bare = bareOf(n.bare[:0], value)
	bare := n.bare
	if len(bare) == 0 {
		return len(bytes.TrimSpace(value)) > 0 && d.norm != formMail // signs alone: "-", "???"
	}
	if p.any[string(bare)] || p.of[d.number][string(bare)] {
		return true
	}
	switch d.norm {
	case formMail:
		return n.hollowMail(p, value)
	case formName:
		return utf8.RuneCount(bare) >= 3 && repeats(bare, 1) || digitsOnly(bare)
	case formAddress, formIP, formLetters:
		return d.norm == formAddress && len(bare) >= 4 && repeats(bare, 1) && !digitsOnly(bare)
	case formPhone:
		if !hasDigit(bare) {
			return hollow(bare)
		}
		return hollowDigits(appendDigits(nil, bare))
	case formOfficial:
		return hollow(bare) || hollowSocial(bare, n.socialKind(kind))
	case formFold:
		if d.Name == "pid" && len(bare) < 8 { // an insurer may well have come to 1111 and 12345
			return repeats(bare, 1) && bytes.IndexByte([]byte("09x"), bare[0]) >= 0
		}
	}
	return hollow(bare)
}

// bareOf appends the letters and digits of a text, folded.
func bareOf(dst, text []byte) []byte {
	if ascii(text) {
		for _, c := range text {
			switch {
			case 'A' <= c && c <= 'Z':
				dst = append(dst, c+'a'-'A')
			case letter(c) || isDigit(rune(c)):
				dst = append(dst, c)
			}
		}
		return dst
	}
	folded := norm.NFKC.Bytes(cases.Fold().Bytes(norm.NFKC.Bytes(appendVisible(nil, text))))
	for len(folded) > 0 {
		r, size := utf8.DecodeRune(folded)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			dst = append(dst, folded[:size]...)
		}
		folded = folded[size:]
	}
	return dst
}

// hollow tells by its shape a number that nobody was given: one character again and again, two or three in turn, or
// digits in sequence.
func hollow(bare []byte) bool {
	n := len(bare)
	return n >= 4 && repeats(bare, 1) || n >= 8 && repeats(bare, 2) || n >= 9 && repeats(bare, 3) || n >= 5 &&
		sequence(bare)
}

// hollowDigits is [hollow] for what was dialled.
func hollowDigits(digits []byte) bool { return len(digits) >= 5 && hollow(digits) }

// hollowPhone tells by its shape a number in E.164 that nobody has: hollow behind its country or area, or seven equal
// digits at its end.
func hollowPhone(number []byte) bool {
	digits := bytes.TrimPrefix(number, []byte{'+'})
	if n := len(digits); n >= 8 && repeats(digits[n-7:], 1) {
		return true
	}
	if len(digits) == len(number) {
		return false
	}
	for code := 1; code <= 3 && len(digits)-code >= 7; code++ {
		if rest := digits[code:]; len(rest) >= 9 && (repeats(rest, 1) || repeats(rest, 2) || repeats(rest, 3) ||
			sequence(rest)) {
			return true
		}
	}
	return false
}

// repeats reports whether text is its first period characters again and again. A script of more bytes a character has
// no such shapes but of one.
func repeats(text []byte, period int) bool {
	if len(text) <= period {
		return false
	}
	if text[0] >= utf8.RuneSelf {
		_, size := utf8.DecodeRune(text)
		period *= size
	}
	return len(text) > period && bytes.Equal(text[period:], text[:len(text)-period])
}

// sequence reports whether text is digits that rise or fall by one, 0 behind 9.
func sequence(text []byte) bool {
	if !digitsOnly(text) || len(text) < 2 {
		return false
	}
	step := (10 + text[1] - text[0]) % 10
	if step != 1 && step != 9 {
		return false
	}
	for i := 1; i < len(text); i++ {
		if (10+text[i]-text[i-1])%10 != step {
			return false
		}
	}
	return true
}

// hollowSocial tells an American social security number that was never given: an area of 000 or 666, a group of 00, a
// serial of 0000 (Social Security Administration, POMS RM 10201.035).
func hollowSocial(bare []byte, social bool) bool {
	if !social || len(bare) != 9 || !digitsOnly(bare) {
		return false
	}
	s := string(bare)
	return s[:3] == "000" || s[:3] == "666" || s[3:5] == "00" || s[5:] == "0000"
}

func (n *Normaliser) socialKind(kind []byte) bool {
	return officialKinds[string(bareOf(nil, kind))].kind == "social"
}

// hollowMail tells an address of nobody by what stands before the @, or by its domain.
func (n *Normaliser) hollowMail(p *Placeholders, value []byte) bool {
	mail := n.mail(nil, value)
	local, host, ok := bytes.Cut(mail, []byte{'@'})
	if !ok {
		return hollow(n.bare)
	}
	if p.hosts[string(host)] {
		return true
	}
	name := bareOf(nil, local)
	mails := p.of[domainByName["eml"].number]
	return mails[string(name)] || len(name) >= 3 && repeats(name, 1) || len(name) == 0
}
