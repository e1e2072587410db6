package token

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mtibben/confusables"
)

// latin are the letters of Cyrillic and Greek that look like one of ASCII, by the data of UTS 39 (Unicode Security
// Mechanisms, confusables.txt).
var latin = sync.OnceValue(func() map[rune]byte {
	m := map[rune]byte{}
	for _, script := range []*unicode.RangeTable{unicode.Cyrillic, unicode.Greek} {
		for _, in := range script.R16 {
			for r := rune(in.Lo); r <= rune(in.Hi); r += rune(in.Stride) {
				look := confusables.Skeleton(string(r))
				switch {
				case len(look) != 1 || !letter(look[0]):
				case look == "l" && unicode.IsUpper(r):
					m[r] = 'I' // the data has no I: it looks like an l
				default:
					m[r] = look[0]
				}
			}
		}
	}
	return m
})

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// sameScript returns text whose words are of one script: where a word has letters of ASCII, others that look like one
// are replaced. A word that is Cyrillic or Greek as a whole is another word, whatever it looks like.
func sameScript(text []byte) []byte {
	if ascii(text) {
		return text
	}
	var out []byte
	for i := 0; i < len(text); {
		end, mixed, ours := i, false, false
		for end < len(text) {
			r, size := utf8.DecodeRune(text[end:])
			if !unicode.IsLetter(r) && !unicode.IsMark(r) {
				break
			}
			_, looks := latin()[r]
			mixed, ours = mixed || looks, ours || r < utf8.RuneSelf
			end += size
		}
		if mixed && ours {
			if out == nil {
				out = append(make([]byte, 0, len(text)), text[:i]...)
			}
			out = appendLatin(out, text[i:end])
		} else if out != nil {
			out = append(out, text[i:end]...)
		}
		if end == i {
			_, size := utf8.DecodeRune(text[i:])
			end += size
			if out != nil {
				out = append(out, text[i:end]...)
			}
		}
		i = end
	}
	if out == nil {
		return text
	}
	return out
}

// lookalikes returns a number with the capitals of ASCII for all that look like them: on a plate or paper nobody sees
// which they are, and Russia and Greece allow no others on plates.
func lookalikes(text []byte) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if _, looks := latin()[r]; looks {
			return appendLatin(make([]byte, 0, len(text)), text)
		}
		i += size
	}
	return text
}

func appendLatin(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if c, looks := latin()[r]; looks {
			dst = append(dst, c)
		} else {
			dst = append(dst, text[i:i+size]...)
		}
		i += size
	}
	return dst
}
