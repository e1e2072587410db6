package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type class uint8

const (
	word   class = iota // letters of an alphabet, apostrophes between them
	number              // decimal digits, or five and more digits written in Chinese
	han                 // Chinese characters
)

// token is a word or a number, in bytes of the folded text. Whatever is between two of them is a gap.
type token struct {
	from, to int
	class    class
	capital  bool // the first letter is one
	caps     bool // all letters are
	m        meaning
}

// fold replaces characters that are written for others, one for one: full-width forms, digits of any script, dashes,
// blanks and apostrophes.
func fold(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] < utf8.RuneSelf
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0xa0:
			return r
		case 0x4e00 <= r && r <= 0x9fff:
			return r
		case 0xff01 <= r && r <= 0xff5e:
			return r - 0xfee0
		case r == 0xa0, r == 0x3000, 0x2000 <= r && r <= 0x200b, r == 0x202f, r == 0x2060, r == 0xfeff, r == 0xad:
			return ' '
		case 0x2010 <= r && r <= 0x2015, r == 0x2212:
			return '-'
		case r == 0x2018, r == 0x2019, r == 0x02bc:
			return '\''
		case unicode.IsDigit(r):
			return digitOf(r)
		}
		return r
	}, s)
}

// digitOf returns the ASCII digit of a decimal digit; Unicode has those of a script in a row from zero to nine.
func digitOf(r rune) rune {
	n := rune(0)
	for ; n < 9 && unicode.IsDigit(r-n-1); n++ {
	}
	return '0' + n%10
}

func lowASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
func isHan(r rune) bool  { return 0x3400 <= r && r <= 0x9fff || r == '〇' }
func hanDigit(r rune) byte { // the digit as a byte of ASCII, 0 if it is none
	switch r {
	case '〇', '零':
		return '0'
	case '一', '幺', '壹':
		return '1'
	case '二', '贰':
		return '2'
	case '三', '叁':
		return '3'
	case '四', '肆':
		return '4'
	case '五', '伍':
		return '5'
	case '六', '陆':
		return '6'
	case '七', '柒':
		return '7'
	case '八', '捌':
		return '8'
	case '九', '玖':
		return '9'
	}
	return 0
}

// lex appends the words and numbers of s.
func lex(s string, toks []token) []token {
	for i := 0; i < len(s); {
		c := s[i]
		from := i
		switch {
		case digit(c):
			for i++; i < len(s) && digit(s[i]); i++ {
			}
			toks = append(toks, token{from: from, to: i, class: number})
		case letter(c):
			i = wordEnd(s, i)
			toks = append(toks, token{from: from, to: i, class: word, capital: c <= 'Z'})
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case isHan(r):
				i, toks = lexHan(s, i, toks)
			case unicode.IsLetter(r):
				i = wordEnd(s, i)
				toks = append(toks, token{from: from, to: i, class: word, capital: unicode.IsUpper(r)})
			default:
				i += size
			}
		}
	}
	return toks
}

func wordEnd(s string, i int) int {
	for i < len(s) {
		c := s[i]
		switch {
		case letter(c):
			i++
		case c == '\'' && i+1 < len(s) && letter(s[i+1]):
			i++
		case c < utf8.RuneSelf:
			return i
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if isHan(r) || !unicode.IsLetter(r) && !unicode.IsMark(r) {
				return i
			}
			i += size
		}
	}
	return i
}

// lexHan appends Chinese characters up to the next that is none; five digits and more in a row are a number.
func lexHan(s string, i int, toks []token) (int, []token) {
	from := i
	for i < len(s) {
		end, digits := i, 0
		for end < len(s) {
			r, size := utf8.DecodeRuneInString(s[end:])
			if hanDigit(r) == 0 {
				break
			}
			end, digits = end+size, digits+1
		}
		if digits >= 5 {
			if from < i {
				toks = append(toks, token{from: from, to: i, class: han})
			}
			toks = append(toks, token{from: i, to: end, class: number})
			i, from = end, end
			continue
		}
		if end > i {
			i = end
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isHan(r) {
			break
		}
		i += size
	}
	if from < i {
		toks = append(toks, token{from: from, to: i, class: han})
	}
	return i, toks
}

// understand looks each word up, once for all finders.
func (sc *scan) understand() {
	for i := range sc.toks {
		t := &sc.toks[i]
		if t.class != word {
			continue
		}
		w := strings.TrimSuffix(sc.low[t.from:t.to], "'s")
		t.m = sc.lists.words.of(w)
		if t.m == 0 && strings.IndexByte(w, '\'') >= 0 {
			t.m = sc.lists.words.of(strings.ReplaceAll(w, "'", ""))
		}
		t.caps = t.capital && t.to-t.from > 1 && !strings.ContainsFunc(sc.s[t.from:t.to], unicode.IsLower)
	}
}

// means tells whether word i may mean one of these.
func (sc *scan) means(i int, m meaning) bool {
	return i >= 0 && i < len(sc.toks) && sc.toks[i].m&m != 0
}

func (sc *scan) word(i int) string { return sc.low[sc.toks[i].from:sc.toks[i].to] }

// gap is what is between word i and the one after it.
func (sc *scan) gap(i int) string {
	if i+1 >= len(sc.toks) {
		return sc.s[sc.toks[i].to:]
	}
	return sc.s[sc.toks[i].to:sc.toks[i+1].from]
}

func (sc *scan) is(i int, c class) bool { return i >= 0 && i < len(sc.toks) && sc.toks[i].class == c }
