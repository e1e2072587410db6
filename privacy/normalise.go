package privacy

import (
	"bytes"
	"net/netip"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

type normaliser uint8

const (
	normNone  normaliser = iota // composed values are normalised part by part
	normName                    // letters and digits, folded, words parted by one space; "Last, First" is turned
	normFold                    // folded, without spaces and control characters
	normAlnum                   // letters and digits, upper case
	normPhone                   // E.164 where that can be told, else the digits and a written plus
	normIMEI                    // the 14 digits before the check digit
	normIP                      // as RFC 5952 writes it; IPv4 in IPv6 as IPv4
)

// norms holds the memory of normalising. Not safe for concurrent use.
type norms struct {
	fold    cases.Caser
	folder  bool
	visible []byte
	wide    []byte
	words   []byte
}

// normalise appends the normal form of value to dst. An empty result means: no token.
func (n *norms) normalise(dst []byte, how normaliser, value, country []byte) []byte {
	switch how {
	case normName:
		return n.name(dst, value)
	case normFold:
		return appendUnspaced(dst, n.folded(value))
	case normAlnum:
		return n.alnum(dst, value)
	case normPhone:
		return n.phone(dst, value, country)
	case normIMEI:
		return imei(dst, n.folded(value))
	case normIP:
		return ip(dst, n.folded(value))
	default:
		return append(dst, value...)
	}
}

// folded returns value in NFKC and folded case, without what does not show, with the digits of ASCII and its apostrophe. The
// result is valid until the next call.
func (n *norms) folded(value []byte) []byte {
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
	return n.wide
}

// invisible are characters that do not show, such as a soft hyphen, a mark of direction or a variation selector: a program may
// have put them in, and nobody who reads the value knows.
var invisible = []*unicode.RangeTable{unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector}

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

// isApostrophe tells what is written for an apostrophe: quotation marks, the letters that Unicode has for it, an acute accent.
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

func (n *norms) name(dst, value []byte) []byte {
	folded := n.folded(value)
	if last, first, one := bytes.Cut(folded, []byte{','}); one && !bytes.ContainsRune(first, ',') {
		n.words = append(append(append(n.words[:0], first...), ' '), last...)
		folded = n.words
	}
	return appendWords(dst, folded)
}

// appendWords appends the letters and digits of text; whatever is between them becomes one space, an apostrophe nothing.
func appendWords(dst, text []byte) []byte {
	start, gap := len(dst), false
	for len(text) > 0 {
		if c := text[0]; 'a' <= c && c <= 'z' || '0' <= c && c <= '9' { // most of what comes, folded already
			if gap && len(dst) > start {
				dst = append(dst, ' ')
			}
			gap = false
			dst, text = append(dst, c), text[1:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if gap && len(dst) > start {
				dst = append(dst, ' ')
			}
			gap = false
			dst = utf8.AppendRune(dst, r)
		case r == '\'' || r == 'ʼ' || r == '.': // NFKC makes the second
		default:
			gap = true
		}
	}
	return dst
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

func (n *norms) alnum(dst, value []byte) []byte {
	if !ascii(value) {
		value = bytes.ToUpper(n.folded(value))
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

func imei(dst, value []byte) []byte {
	start := len(dst)
	dst = appendDigits(dst, value)
	if n := len(dst) - start; n == 15 || n == 16 { // with its check digit, or with the software version instead
		dst = dst[:start+14]
	}
	return dst
}

func ip(dst, value []byte) []byte {
	addr, err := netip.ParseAddr(string(bytes.TrimSpace(value)))
	if err != nil {
		return dst
	}
	return addr.Unmap().WithZone("").AppendTo(dst)
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
