package plain

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text shows what a terminal would obey, or what would let a text pass for another, as an escape: control characters
// but newline and tab, what changes the direction of writing or cannot be seen, and bytes that are no UTF-8.
func Text(s string) string {
	if !strings.ContainsFunc(s, escaped) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < 0x100 && escaped(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff && escaped(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		case escaped(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// escaped reports whether a character is not written as it stands. Of the format characters (Cf) those that join
// letters are part of how some languages and emoji are written.
func escaped(r rune) bool {
	switch r {
	case '\n', '\t', '\u200c', '\u200d':
		return false
	case '\u2028', '\u2029':
		return true
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)
}

// Cell is a value of a CSV export that no spreadsheet takes for a formula: one that begins as a formula does gets an
// apostrophe in front, as OWASP's advice on CSV injection has it. Numbers stay as they are.
func Cell(s string) string {
	trimmed := strings.TrimLeft(s, " \t\r\n")
	if trimmed == "" || !strings.ContainsRune("=+-@", firstRune(trimmed)) {
		if s != "" && strings.ContainsRune("\t\r\n", firstRune(s)) {
			return "'" + s
		}
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil && !strings.ContainsAny(s, "xXpPnN_") {
		return s
	}
	return "'" + s
}

// Row makes [Cell]s of all values of a row, in place, and returns it.
func Row(values []string) []string {
	for i, v := range values {
		values[i] = Cell(v)
	}
	return values
}

// firstRune is the first character, a full-width one (which spreadsheets take too) as the plain one that it stands for.
func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	if '\uff01' <= r && r <= '\uff5e' {
		r -= '\uff01' - '!'
	}
	return r
}
