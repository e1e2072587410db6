package token

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Outcome says what became of a value.
type Outcome uint8

// The outcomes. Only what is [Named] has a token.
const (
	Named       Outcome = iota
	Absent              // nothing that the kind has, or a part is missing
	Weak                // too short: it would be found by trying
	Placeholder         // written where nothing is known, by many for many
)

func (o Outcome) String() string {
	return [...]string{"named", "absent", "too short", "placeholder"}[o]
}

// Normaliser brings values into their normal forms. It uses its memory again and is not safe for concurrent use. The
// zero value is ready and knows the placeholders that are built in.
type Normaliser struct {
	Placeholders *Placeholders // nil for those built in

	fold    cases.Caser
	folder  bool
	visible []byte
	wide    []byte
	words   []byte
	turned  []byte
	bare    []byte
}

// Append appends the normal form of a value to dst. parts are the value and what [Domain.Contexts] says, or the fields
// of which the domain is composed; nil where absent, and what is not given is absent. What is not [Named] appends
// nothing.
func (n *Normaliser) Append(dst []byte, d *Domain, parts ...[]byte) ([]byte, Outcome) {
	start := len(dst)
	dst, outcome := n.append(dst, d, parts)
	if outcome != Named {
		return dst[:start], outcome
	}
	if own := dst[start:]; len(own) == 0 {
		return dst, Absent
	} else if len(own) < d.least || bitsOf(identifying(d, own)) < d.bits {
		return dst[:start], Weak
	}
	return dst, Named
}

func (n *Normaliser) append(dst []byte, d *Domain, parts [][]byte) ([]byte, Outcome) {
	part := func(i int) []byte {
		if i < len(parts) {
			return parts[i]
		}
		return nil
	}
	switch d.norm {
	case formPerson:
		return n.person(dst, part(0), part(1))
	case formAddress:
		return n.address(dst, [...][]byte{part(0), part(1), part(2), part(3), part(4)})
	case formAccount:
		return n.account(dst, part(0), part(1), part(2))
	}
	value := part(0)
	if n.stands(d, value, part(2)) {
		return dst, Placeholder
	}
	start := len(dst)
	switch d.norm {
	case formName:
		dst = n.name(dst, value)
	case formLetters:
		dst = n.Letters(dst, value)
	case formNumber:
		dst = n.numbered(dst, value)
	case formVIN:
		dst = n.vin(dst, value)
	case formPhone:
		if dst = n.phone(dst, value, part(1)); hollowPhone(dst[start:]) || n.listed(d, dst[start:]) {
			return dst, Placeholder
		}
	case formMail:
		dst = n.mail(dst, value)
	case formIMEI:
		if dst = imei(dst, n.folded(value)); n.listed(d, dst[start:]) {
			return dst, Placeholder
		}
	case formIP:
		var hollow bool
		if dst, hollow = ip(dst, n.folded(value)); hollow {
			return dst, Placeholder
		}
	case formPlate:
		dst = n.plate(dst, value, part(1))
	case formOfficial:
		dst = n.official(dst, value, part(1), part(2))
	default:
		dst = appendUnspaced(dst, n.folded(value))
	}
	return dst, Named
}

// identifying is what of a normal form tells one identity from another: not the country and type before an official
// number.
func identifying(d *Domain, own []byte) []byte {
	if d.norm == formOfficial || d.norm == formPlate {
		return own[bytes.LastIndexByte(own, unit)+1:]
	}
	return own
}

// bitsOf is about how much a form can tell, were its characters drawn at random: a digit 3.3 bits, a letter 4.7, of
// Chinese, Japanese or Korean script 10.
func bitsOf(form []byte) int {
	tenths := 0
	for len(form) > 0 {
		r, size := utf8.DecodeRune(form)
		form = form[size:]
		switch {
		case unicode.IsDigit(r):
			tenths += 33
		case r >= '⺀':
			tenths += 100
		case unicode.IsLetter(r):
			tenths += 47
		}
	}
	return tenths / 10
}

const unit = 0x1f // parts a composed value; no normal form contains it

// folded returns value in NFKC and folded case, without what does not show, with the digits of ASCII and its
// apostrophe. The result is valid until the next call.
func (n *Normaliser) folded(value []byte) []byte {
	n.wide = n.wide[:0]
	if ascii(value) {
		for _, c := range value {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			n.wide = append(n.wide, c)
		}
		return n.wide
	}
	if !n.folder {
		n.fold, n.folder = cases.Fold(), true
	}
	n.visible = appendVisible(n.visible[:0], value)
	n.wide = norm.NFKC.Append(n.wide, n.fold.Bytes(norm.NFKC.Bytes(n.visible))...)
	n.wide = unaccented(n.wide)
	return n.wide
}

// unaccented takes away what capitals lose: the dots of a Turkish i, of which a capital may or may not have kept one,
// and the accents of Greek vowels. A final sigma is folded already.
func unaccented(text []byte) []byte {
	out := text[:0]
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == 'ı':
			out = append(out, 'i')
		case r == 0x307 && len(out) > 0 && out[len(out)-1] == 'i': // the dot above
		case unicode.Is(unicode.Greek, r):
			out = utf8.AppendRune(out, plainGreek(r)) // never longer than what it is made of
		default:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out
}

func plainGreek(r rune) rune {
	if base, _ := utf8.DecodeRune(norm.NFD.AppendString(nil, string(r))); unicode.Is(unicode.Greek, base) {
		return base
	}
	return r
}

// invisible are characters that do not show, such as a soft hyphen, a mark of direction or a variation selector: a
// program may have put them in, and nobody who reads the value knows.
var invisible = []*unicode.RangeTable{unicode.Cf, unicode.Other_Default_Ignorable_Code_Point,
	unicode.Variation_Selector}

// appendVisible appends what shows of text, with digits of any script as ASCII and any apostrophe as that of ASCII.
func appendVisible(dst, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf:
			dst = append(dst, text[0])
		case isApostrophe(r):
			dst = append(dst, '\'')
		case unicode.IsDigit(r):
			dst = append(dst, '0'+digit(r))
		case !unicode.In(r, invisible...):
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return dst
}

// isApostrophe tells what is written for an apostrophe: quotation marks, the letters that Unicode has for it, an acute
// accent.
func isApostrophe(r rune) bool {
	switch r {
	case '\u2018', '\u2019', '\u201b', '\u02bb', '\u02bc', '\u00b4':
		return true
	default:
		return false
	}
}

// digit returns the value of a decimal digit. Unicode has the digits of each script in a row, from zero to nine.
func digit(r rune) byte {
	for _, in := range unicode.Nd.R16 {
		if rune(in.Lo) <= r && r <= rune(in.Hi) {
			return byte((r - rune(in.Lo)) % 10)
		}
	}
	for _, in := range unicode.Nd.R32 {
		if rune(in.Lo) <= r && r <= rune(in.Hi) {
			return byte((r - rune(in.Lo)) % 10)
		}
	}
	return 0
}

// capitals holds each letter of ASCII as a capital and each digit as it is, 0 for all else.
var capitals = func() (table [utf8.RuneSelf]byte) {
	for c := range table {
		switch {
		case 'a' <= c && c <= 'z':
			table[c] = byte(c - 'a' + 'A')
		case '0' <= c && c <= '9' || 'A' <= c && c <= 'Z':
			table[c] = byte(c)
		}
	}
	return table
}()

// Letters appends the letters and digits of a value, as capitals.
func (n *Normaliser) Letters(dst, value []byte) []byte {
	if !ascii(value) {
		value = lookalikes(bytes.ToUpper(n.folded(value)))
	}
	for i := 0; i < len(value); {
		if c := value[i]; c < utf8.RuneSelf {
			i++
			if capital := capitals[c]; capital != 0 {
				dst = append(dst, capital)
			}
			continue
		}
		r, size := utf8.DecodeRune(value[i:])
		i += size
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

func appendDigits(dst, value []byte) []byte {
	for _, c := range value {
		if '0' <= c && c <= '9' {
			dst = append(dst, c)
		}
	}
	return dst
}

func appendUnspaced(dst, text []byte) []byte {
	for len(text) > 0 {
		if c := text[0]; '!' <= c && c <= '~' {
			dst, text = append(dst, c), text[1:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		if !unicode.IsSpace(r) && !unicode.IsControl(r) {
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return dst
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
