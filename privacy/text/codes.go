package text

import (
	"context"
	"net/netip"
	"strings"
)

// codes finds what is made of letters and digits: IBAN, VIN, plates, and whatever stands after a word such as "policy".
func (sc *scan) codes(ctx context.Context) error {
	var buf []byte
	return sc.each(ctx, func(i int) int {
		if sc.toks[i].class == han {
			sc.chinesePlate(i)
			return 1
		}
		if i > 0 && sc.toks[i-1].to == sc.toks[i].from && sc.toks[i-1].class != han {
			return 1 // inside a code
		}
		end := i + 1
		for end < len(sc.toks) && end < i+24 && sc.toks[end].class != han && sc.toks[end-1].to == sc.toks[end].from {
			end++
		}
		t := sc.toks[i]
		if t.class == word && t.to-t.from <= 4 && (sc.is(i+1, number) || sc.is(i+2, number)) {
			if country := strings.ToUpper(sc.s[t.from:min(t.from+2, t.to)]); len(country) == 2 && (end > i+1 ||
				t.to-t.from == 2) {
				if n := ibanLength(country); n > 0 {
					var last int
					if buf, last = sc.gather(buf[:0], i, n); last > 0 && iban(buf) {
						sc.add(t.from, sc.toks[last].to, IBAN, 1)
						return last + 1 - i
					}
				}
			} else if len(country) == 1 && end == i+1 {
				buf = sc.spelledIBAN(buf, i)
			}
		}
		if sc.toks[end-1].to-t.from == 17 || t.class == number || t.caps || end > i+1 {
			var last int
			if buf, last = sc.gather(buf[:0], i, 17); last > 0 && (vin(buf) || vinForm(buf) && (sc.label(i) == VIN ||
				sc.near(i, VIN))) {
				sc.add(t.from, sc.toks[last].to, VIN, 0.98)
				return last + 1 - i
			}
		}
		return sc.code(i)
	})
}

// spelledIBAN finds an IBAN whose country is written letter by letter.
func (sc *scan) spelledIBAN(buf []byte, i int) []byte {
	if !sc.is(i+1, word) || sc.toks[i+1].to-sc.toks[i+1].from != 1 || sc.gap(i) != " " {
		return buf
	}
	n := ibanLength(strings.ToUpper(sc.word(i) + sc.word(i+1)))
	if n == 0 {
		return buf
	}
	buf, last := sc.gather(buf[:0], i, n)
	if last > 0 && iban(buf) {
		sc.add(sc.toks[i].from, sc.toks[last].to, IBAN, 1)
	}
	return buf
}

// near tells whether one of the two words before i is a label of a kind; it is cheap enough to be asked at each word.
func (sc *scan) near(i int, kind Kind) bool {
	for j := max(0, i-2); j < i; j++ {
		if t := sc.toks[j]; t.class == word && t.to-t.from == 3 && sc.lists.label[sc.word(j)] == kind {
			return true
		}
	}
	return false
}

// gather appends n letters and digits as capitals, from word i on over blanks and hyphens, and returns the last word:
// 0 if no word ends there.
func (sc *scan) gather(buf []byte, i, n int) ([]byte, int) {
	for ; i < len(sc.toks); i++ {
		t := sc.toks[i]
		if t.class == han || t.to-t.from > n-len(buf) {
			return buf, 0
		}
		for _, c := range []byte(sc.s[t.from:t.to]) {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			if !digit(c) && (c < 'A' || c > 'Z') {
				return buf, 0
			}
			buf = append(buf, c)
		}
		if len(buf) == n {
			if i+1 < len(sc.toks) && sc.gap(i) == "" && sc.toks[i+1].class != han {
				return buf, 0
			}
			return buf, i
		}
		if gap := sc.gap(i); len(gap) > 1 || gap != "" && gap != " " && gap != "-" && gap != "." {
			return buf, 0
		}
	}
	return buf, 0
}

// code finds a plate, a policy number and the like: letters and digits in one piece, or joined by hyphens, after a
// label.
func (sc *scan) code(i int) int {
	end, digits, letters := i, 0, 0
	for end < len(sc.toks) && end < i+16 {
		t := sc.toks[end]
		if t.class == number {
			digits += t.to - t.from
		} else if t.class == word {
			letters += t.to - t.from
		} else {
			break
		}
		gap := sc.gap(end)
		end++
		if gap != "" && gap != "-" && gap != "/" && gap != "_" {
			break
		}
	}
	if n := sc.splitPlate(i, end); n > 0 {
		return n
	}
	if digits == 0 || !digit(sc.s[sc.toks[i].from]) && sc.toks[i].to-sc.toks[i].from > 8 {
		return 1
	}
	from, to := sc.toks[i].from, sc.toks[end-1].to
	if sc.plateUK(i, from, to) {
		return end - i
	}
	if digits+letters < 5 || digits < 2 || sc.amount(from, to) {
		return 1
	}
	label := sc.label(i)
	if letters >= 2 && sc.toks[i].class == word {
		if own, ok := sc.lists.label[sc.word(i)]; ok || sc.word(i) == "clm" {
			label = own
			if !ok {
				label = Claim
			}
		}
	}
	switch label {
	case Policy, Claim, Account, Document:
		sc.add(from, to, label, 0.8)
		return end - i
	case Plate:
		if digits+letters <= 9 && letters > 0 {
			sc.add(from, to, Plate, 0.85)
			return end - i
		}
	case Card, SSN, NPI, Routing, IMEI, IBAN, VIN, ResidentID:
		if digits >= 7 { // one digit mistyped, and its check says that it is none
			sc.add(from, to, label, 0.5)
			return end - i
		}
	case "":
		shown := sc.s[from:to]
		switch {
		case letters == 0 && end == i+1 && digits >= 7, letters > 0 && digits >= 4 && digits+letters >= 6 &&
			shown == strings.ToUpper(shown):
			sc.add(from, to, Document, 0.4)
			return end - i
		case end == i+2 && letters == 3 && (digits == 3 || digits == 4) && shown == strings.ToUpper(shown) ||
			end == i+3 && letters == 3 && digits == 4 && sc.toks[i].to-from == 1 && shown == strings.ToUpper(shown):
			sc.add(from, to, Plate, 0.4)
			return end - i
		}
		if letters >= 2 && digits >= 5 && end > i+1 && sc.toks[i].capital && to-from <= 24 {
			sc.add(from, to, Document, 0.5) // a number of some register, whatever it is
			return end - i
		}
	}
	return 1
}

// amount tells money and measures.
func (sc *scan) amount(from, to int) bool {
	if from > 0 {
		switch sc.runeBefore(from) {
		case '$', '€', '£', '¥', '￥':
			return true
		case ' ':
			if from > 1 && strings.ContainsRune("$€£¥", sc.runeBefore(from-1)) {
				return true
			}
		}
	}
	after := strings.TrimLeft(sc.low[to:min(len(sc.low), to+12)], " ")
	for _, unit := range [...]string{"usd", "eur", "dollar", "euro", "mile", "km", "元", "万", "公里", "%", "pound", "mph",
		"percent"} {
		if strings.HasPrefix(after, unit) {
			return true
		}
	}
	return false
}

// splitPlate finds "GHZ 681" and "KA 01 AB 1234" after a word that says that a plate comes.
func (sc *scan) splitPlate(i, end int) int {
	if label := i > 0 && (sc.means(i-1, labelled) || sc.means(i-2, labelled)); !label || sc.label(i) != Plate {
		return 0
	}
	size := sc.toks[end-1].to - sc.toks[i].from
	for end < len(sc.toks) && sc.gap(end-1) == " " && size < 9 {
		t := sc.toks[end]
		if t.class == han || t.to-t.from > 4 || t.class == word && !(t.caps || t.capital && t.to-t.from == 1) {
			break
		}
		size += t.to - t.from
		end++
	}
	if plate := sc.s[sc.toks[i].from:sc.toks[end-1].to]; len(plate) < 4 || !strings.ContainsAny(plate, "0123456789") ||
		strings.ToUpper(plate) != plate {
		return 0
	}
	sc.add(sc.toks[i].from, sc.toks[end-1].to, Plate, 0.8)
	return end - i
}

// plateUK finds AB12 CDE, which nothing else looks like.
func (sc *scan) plateUK(i, from, to int) bool {
	if to-from == 4 && sc.is(i+2, word) && sc.gap(i+1) == " " {
		to = sc.toks[i+2].to
	}
	p := strings.Replace(sc.s[from:to], " ", "", 1)
	if len(p) != 7 {
		return false
	}
	for k := range len(p) {
		if k == 2 || k == 3 {
			if !digit(p[k]) {
				return false
			}
		} else if p[k] < 'A' || p[k] > 'Z' {
			return false
		}
	}
	sc.add(from, to, Plate, 0.8)
	return true
}

const provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

// chinesePlate finds 京A12345 and 粤B·D12345, whose first character ends word i.
func (sc *scan) chinesePlate(i int) {
	if !sc.is(i+1, word) || sc.gap(i) != "" {
		return
	}
	from := sc.toks[i].to - 3
	if from < sc.toks[i].from || !strings.Contains(provinces, sc.s[from:from+3]) {
		return
	}
	n, to := 0, 0
	for j := i + 1; j < len(sc.toks) && j < i+8 && n < 8; j++ {
		t := sc.toks[j]
		if t.class == han {
			break
		}
		n, to = n+t.to-t.from, t.to
		if gap := sc.gap(j); gap != "" && (j != i+1 || gap != "·" && gap != " " && gap != "-") {
			break
		}
	}
	if n == 6 || n == 7 {
		sc.add(from, to, Plate, 0.95)
	}
}

// marks finds what a sign gives away: e-mail addresses by @, addresses of IPv6 by colons.
func (sc *scan) marks(context.Context) error {
	for at, end := 0, 0; ; {
		k := strings.IndexByte(sc.s[at:], '@')
		if k < 0 {
			break
		}
		at += k
		from, to := at, at+1
		for from > end && at-from < 64 && (alnum(sc.s[from-1]) || strings.IndexByte("._%+-'", sc.s[from-1]) >= 0) {
			from--
		}
		for to < len(sc.s) && to-at < 254 && (alnum(sc.s[to]) || sc.s[to] == '.' || sc.s[to] == '-') {
			to++
		}
		for to > at+1 && !alnum(sc.s[to-1]) {
			to--
		}
		domain := sc.s[at+1 : to]
		if dot := strings.LastIndexByte(domain, '.'); from < at && dot > 0 && len(domain)-dot > 2 &&
			letter(domain[dot+1]) {
			sc.add(from, to, Email, 0.99)
		}
		end, at = to, max(at+1, to)
	}
	for at := 0; ; {
		k := strings.IndexByte(sc.s[at:], ':')
		if k < 0 {
			return nil
		}
		from, to := at+k, at+k+1
		for from > at && at+k-from < 5 && hex(sc.s[from-1]) {
			from--
		}
		for to < len(sc.s) && to-from < 46 && (hex(sc.s[to]) || sc.s[to] == ':' || sc.s[to] == '.') {
			to++
		}
		for to > from && sc.s[to-1] == '.' {
			to--
		}
		if to-from >= 6 && strings.Count(sc.s[from:to], ":") >= 2 {
			if _, err := netip.ParseAddr(sc.s[from:to]); err == nil {
				sc.add(from, to, IP, 0.95)
			}
		}
		at = max(to, at+k+1)
	}
}

func alnum(c byte) bool { return letter(c) || digit(c) }
func hex(c byte) bool   { return digit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
