package text

import (
	"context"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// run is one piece of a number that is written in pieces: "4111 1111", "four one one one".
type run struct {
	tok        int
	from, to   int
	start, end int // digits
}

// chain is the pieces that may belong together.
type chain struct {
	runs   []run
	digits []byte
}

func (c *chain) width(i int) int { return c.runs[i].end - c.runs[i].start }

// shape tells whether the pieces from i on have these widths.
func (c *chain) shape(i int, widths ...int) bool {
	if i+len(widths) > len(c.runs) {
		return false
	}
	for k, w := range widths {
		if c.width(i+k) != w {
			return false
		}
	}
	return true
}

func (c *chain) of(i, j int) []byte { return c.digits[c.runs[i].start:c.runs[j-1].end] }

// maxRuns ends a chain: nothing looks further than the digits of a card, and pieces have a digit at least.
const maxRuns = 64

// numbers finds what is made of digits.
func (sc *scan) numbers(ctx context.Context) error {
	c := &chain{}
	return sc.each(ctx, func(i int) int {
		if sc.digitWord(i) == 0 && sc.toks[i].class != number {
			return 1
		}
		j := sc.chain(c, i)
		if len(c.digits) < 4 {
			return j - i
		}
		for k := 0; k < len(c.runs); {
			k += max(1, sc.number(c, k))
		}
		return j - i
	})
}

// digitWord returns the digit that word i is the English name of.
func (sc *scan) digitWord(i int) byte {
	t := sc.toks[i]
	if t.m&spelt == 0 {
		return 0
	}
	switch sc.word(i) {
	case "zero", "oh", "o":
		return '0'
	case "one":
		return '1'
	case "two":
		return '2'
	case "three":
		return '3'
	case "four":
		return '4'
	case "five":
		return '5'
	case "six":
		return '6'
	case "seven":
		return '7'
	case "eight":
		return '8'
	case "nine":
		return '9'
	}
	return 0
}

// chain reads the pieces from word i on and returns the first word that is none.
func (sc *scan) chain(c *chain, i int) int {
	c.runs, c.digits = c.runs[:0], c.digits[:0]
	for ; i < len(sc.toks) && len(c.runs) < maxRuns; i++ {
		t := sc.toks[i]
		start := len(c.digits)
		spelt := sc.digitWord(i)
		switch {
		case spelt != 0:
			c.digits = append(c.digits, spelt)
		case t.class != number:
			return i
		case digit(sc.s[t.from]):
			c.digits = append(c.digits, sc.s[t.from:t.to]...)
		default:
			for _, r := range sc.s[t.from:t.to] {
				c.digits = append(c.digits, hanDigit(r))
			}
		}
		c.runs = append(c.runs, run{i, t.from, t.to, start, len(c.digits)})
		if !joins(sc.gap(i), spelt != 0) {
			return i + 1
		}
	}
	return i
}

// joins tells whether a gap may be inside a number.
func joins(gap string, spelt bool) bool {
	if len(gap) > 3 || gap == ". " {
		return false
	}
	for _, r := range gap {
		switch r {
		case ' ', '-', '.', '/', '(', ')', '_', '·':
		case ',', '，', '、':
			if !spelt {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// number finds what begins with piece i, and returns how many pieces it took.
func (sc *scan) number(c *chain, i int) int {
	first := c.runs[i]
	if n := sc.numericDate(c, i); n > 0 {
		return n
	}
	if n := sc.ipv4(c, i); n > 0 {
		return n
	}
	if c.width(i) > 19 {
		return 1
	}
	label := Kind("?") // asked only when it is needed
	asked := func() Kind {
		if label == "?" {
			label = sc.label(first.tok)
		}
		return label
	}
	end := i
	for end < len(c.runs) && c.runs[end].end-first.start <= 19 {
		end++
	}
	for j := end; j > i; j-- {
		d := c.of(i, j)
		whole := j == i+1 || i == 0 && j == len(c.runs) || c.even(i, j)
		if kind, score, more := sc.checked(c, i, j, d, whole, asked); kind != "" {
			sc.add(first.from, c.runs[j-1].to+more, kind, score)
			return j - i
		}
		if j > i+1 && len(d) < 9 {
			break
		}
	}
	return sc.phone(c, i, end, asked)
}

// even tells whether the pieces from i up to j are as cards and account numbers are written: all alike but the last.
func (c *chain) even(i, j int) bool {
	if c.shape(i, 4, 6, 5) && j == i+3 || c.shape(i, 4, 6, 4) && j == i+3 {
		return true
	}
	for k := i + 1; k < j-1; k++ {
		if c.width(k) != c.width(i) {
			return false
		}
	}
	return c.width(j-1) <= c.width(i)
}

// checked tells what digits are by their check digit or rules, and how many bytes after them belong to it.
func (sc *scan) checked(c *chain, i, j int, d []byte, whole bool, label func() Kind) (Kind, float64, int) {
	switch n := len(d); {
	case n == 17 || n == 18:
		if n == 17 {
			last := c.runs[j-1].tok
			if sc.is(last+1, word) && sc.word(last+1) == "x" && len(sc.gap(last)) <= 1 &&
				residentID(append(d[:17:17], 'X')) {
				return ResidentID, 1, sc.toks[last+1].to - sc.toks[last].to
			}
		} else if residentID(d) && (whole || label() == ResidentID) {
			return ResidentID, 1, 0
		}
		fallthrough
	case n >= 13:
		if n == 15 && luhn(d, 0) && whole && label() == IMEI {
			return IMEI, 1, 0
		}
		// its check may fail for one digit mistyped
		if card(d) && (whole || label() == Card) || label() == Card && whole {
			return Card, 0.98, 0
		}
	case n == 12:
		if luhn(d, 0) && label() == Card {
			return Card, 0.9, 0
		}
	case n == 10:
		if npi(d) && (label() == NPI || whole && d[0] == '1' && label() != Phone) {
			return NPI, 0.9, 0
		}
	case n == 9:
		switch {
		case ssn(d) && (label() == SSN || c.shape(i, 3, 2, 4) && j == i+3):
			return SSN, 0.95, 0
		case routing(d) && label() == Routing:
			return Routing, 0.98, 0
		case routing(d) && whole && j == i+1 && label() == "":
			return Routing, 0.5, 0
		}
	}
	return "", 0, 0
}

func (sc *scan) ipv4(c *chain, i int) int {
	if i+4 > len(c.runs) || c.width(i) > 3 {
		return 0
	}
	from, to := c.runs[i].from, c.runs[i+3].to
	if to-from > 15 {
		return 0
	}
	if a, err := netip.ParseAddr(sc.s[from:to]); err != nil || !a.Is4() {
		return 0
	}
	sc.add(from, to, IP, 0.95)
	return 4
}

// numericDate finds year-month-day, day-month-year and month-day-year with one sign between them.
func (sc *scan) numericDate(c *chain, i int) int {
	if i+3 > len(c.runs) || c.width(i) > 4 || c.width(i+1) > 2 {
		return 0
	}
	a, b := sc.s[c.runs[i].to:c.runs[i+1].from], sc.s[c.runs[i+1].to:c.runs[i+2].from]
	if a != b || a != "-" && a != "/" && a != "." {
		return 0
	}
	x, y, z := num(c.of(i, i+1)), num(c.of(i+1, i+2)), num(c.of(i+2, min(i+3, len(c.runs))))
	ok := false
	switch {
	case c.width(i) == 4 && c.width(i+2) <= 2:
		ok = day(x, y, z)
	case c.width(i) <= 2 && (c.width(i+2) == 4 || c.width(i+2) == 2 && a != "."):
		ok = day(2000, x, y) || day(2000, y, x)
	}
	if !ok {
		return 0
	}
	sc.add(c.runs[i].from, c.runs[i+2].to, Date, 0.85)
	return 3
}

// phone finds the longest phone number that begins with piece i and ends before piece end.
func (sc *scan) phone(c *chain, i, end int, label func() Kind) int {
	first := c.runs[i]
	if len(c.digits)-first.start < 7 {
		return 0
	}
	from, plus := first.from, false
	if before := strings.TrimRight(sc.s[max(0, from-3):from], " ("); strings.HasSuffix(before, "+") {
		plus = true
	}
	if j := strings.LastIndexAny(sc.s[max(0, from-3):from], "+("); j >= 0 {
		if sc.s[max(0, from-3)+j] == '+' || !plus {
			from = max(0, from-3) + j
		}
	}
	tries := 0
	for j := end; j > i; j-- {
		d := c.of(i, j)
		if len(d) > 15 || len(d) < 7 {
			continue
		}
		score := c.phoneScore(i, j, d)
		switch {
		case plus && tries < 4:
			tries++
			if number, err := phonenumbers.Parse("+"+string(d), "ZZ"); err == nil &&
				phonenumbers.IsPossibleNumber(number) {
				score = 0.95
			}
		case score > 0 && label() == Phone:
			score = 0.95
		case score > 0 && label() != "" && j == i+1:
			score = 0 // another label has the word
		case score == 0 && label() == Phone:
			score = 0.8
		}
		if score == 0 && (label() == "" || label() == Plate) {
			score = sc.phoneLike(c, i, j, d)
		}
		if score > 0 {
			sc.add(from, sc.extension(c.runs[j-1].tok), Phone, score)
			return j - i
		}
	}
	return 0
}

// phoneScore knows the North American, Chinese and French ways to write a number.
func (c *chain) phoneScore(i, j int, d []byte) float64 {
	n, pieces := len(d), j-i
	american := func(d []byte) bool { return d[0] >= '2' && d[3] >= '2' }
	switch {
	case n == 10 && american(d) && pieces == 3 && c.shape(i, 3, 3, 4):
		return 0.9
	case n == 10 && american(d) && (pieces == 1 || pieces == 10 || pieces == 2):
		return 0.5
	case n == 11 && d[0] == '1' && american(d[1:]) && pieces == 4 && c.shape(i, 1, 3, 3, 4):
		return 0.9
	case n == 11 && d[0] == '1' && d[1] >= '3' && (pieces == 1 || pieces == 11 || pieces == 3 && c.shape(i, 3, 4, 4)):
		return 0.9
	case n >= 10 && n <= 12 && d[0] == '0' && pieces == 2 && c.width(i) >= 3 && c.width(i) <= 4 && c.width(i+1) >= 7:
		return 0.8
	case n == 10 && d[0] == '0' && pieces == 5 && c.even(i, j):
		return 0.8
	}
	return 0
}

// phoneLike judges numbers that nothing names: read out digit by digit, or in groups as people write them down.
func (sc *scan) phoneLike(c *chain, i, j int, d []byte) float64 {
	n, pieces := len(d), j-i
	if sc.toks[c.runs[i].tok].class == word {
		return 0.6 // nobody reads out an amount
	}
	if pieces < 2 || j < len(c.runs) && i == 0 && len(c.runs) < 9 {
		return 0
	}
	for k := i; k < j; k++ {
		if c.width(k) < 2 && pieces < n || c.width(k) > 6 || k > i && k < j-1 &&
			sc.gap(c.runs[k].tok) != sc.gap(c.runs[i].tok) {
			return 0
		}
	}
	american := func(d []byte) bool { return d[0] >= '2' && d[3] >= '2' }
	switch {
	case n >= 9 && n <= 12 && d[0] == '0', n >= 11 && n <= 15 && d[0] == '0' && d[1] == '0':
		return 0.6
	case n == 10 && american(d), n == 11 && d[0] == '1' && (american(d[1:]) || d[1] >= '3'), n == 12 && d[0] == '4' &&
		(d[1] == '4' || d[1] == '9'):
		return 0.55
	}
	return 0
}

// extension returns where the extension ends that follows the phone number whose last piece is a word: "x12", "ext.
// 12".
func (sc *scan) extension(last int) int {
	if sc.is(last+1, word) && sc.is(last+2, number) && len(sc.gap(last)) <= 2 && len(sc.gap(last+1)) <= 2 {
		switch sc.word(last + 1) {
		case "x", "ext", "extn", "extension":
			return sc.toks[last+2].to
		}
	}
	return sc.toks[last].to
}

// runeBefore returns the character before a byte.
func (sc *scan) runeBefore(at int) rune {
	r, _ := utf8.DecodeLastRuneInString(sc.s[:at])
	return r
}
