package corpus

import (
	"fmt"
	"math/big"
	"strings"
)

type form struct {
	kind string
	draw func(w *writer) string
}

var forms = map[string]form{
	"person":     {"person", (*writer).name},
	"first":      {"person", func(w *writer) string { return w.of(w.first...) }},
	"last":       {"person", func(w *writer) string { return w.of(w.last...) }},
	"last_first": {"person", func(w *writer) string { return w.of(w.last...) + ", " + w.of(w.first...) }},
	"org":        {"organisation", (*writer).firm},
	"address":    {"address", (*writer).address},
	"pobox":      {"address", func(w *writer) string { return "PO Box " + w.digits(4) }},
	"date":       {"date", (*writer).date},
	"phone":      {"phone", (*writer).phone},
	"email":      {"email", (*writer).email},
	"ip": {"ip", func(w *writer) string {
		return fmt.Sprintf("%d.%d.%d.%d", 11+w.IntN(200), w.IntN(256), w.IntN(256), 1+w.IntN(254))
	}},
	"plate":    {"plate", func(w *writer) string { return w.of("7KLM", "XRT", "B2X", "GHZ ") + w.digits(3) }},
	"policy":   {"policy_number", func(w *writer) string { return w.of("HO-", "AU", "PA-2025-", "") + w.digits(8) }},
	"claim":    {"claim_number", func(w *writer) string { return w.of("CLM-", "C-2025-", "CL") + w.digits(7) }},
	"account":  {"account", func(w *writer) string { return w.digits(8 + w.IntN(4)) }},
	"document": {"document", func(w *writer) string { return w.of("D", "X", "M", "P0") + w.digits(7) }},
	"card":     {"card", func(w *writer) string { return luhnDigit(w.of("4", "51", "55", "2223", "6011"), 16, w, 0) }},
	"iban":     {"iban", (*writer).iban},
	"ssn":      {"us_ssn", (*writer).ssn},
	"npi":      {"npi", func(w *writer) string { return luhnDigit(w.of("1", "2"), 10, w, 24) }},
	"vin":      {"vin", (*writer).vin},
	"routing":  {"aba_routing", (*writer).routing},
}

func luhnDigit(prefix string, n int, w *writer, sum int) string {
	body := prefix + w.digits(n-1-len(prefix))
	double := true
	for i := len(body) - 1; i >= 0; i-- {
		d := int(body[i] - '0')
		if double {
			d = d*2/10 + d*2%10
		}
		sum, double = sum+d, !double
	}
	return body + fmt.Sprint((10-sum%10)%10)
}

func (w *writer) iban() string {
	country, body := "DE", w.digits(18)
	switch w.IntN(3) {
	case 0:
		country, body = "GB", "NWBK"+w.digits(14)
	case 1:
		country, body = "FR", w.digits(23)
	}
	var all strings.Builder
	for _, c := range body + country + "00" {
		if c >= 'A' {
			fmt.Fprint(&all, c-'A'+10)
		} else {
			all.WriteRune(c)
		}
	}
	n, _ := new(big.Int).SetString(all.String(), 10)
	return fmt.Sprintf("%s%02d%s", country, 98-n.Mod(n, big.NewInt(97)).Int64(), body)
}

func (w *writer) ssn() string {
	s := fmt.Sprintf("%03d%02d%04d", 1+w.IntN(665), 1+w.IntN(99), 1+w.IntN(9999))
	return w.of(s[:3]+"-"+s[3:5]+"-"+s[5:], s[:3]+"-"+s[3:5]+"-"+s[5:], s[:3]+" "+s[3:5]+" "+s[5:], s)
}

func (w *writer) vin() string {
	const letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
	b := make([]byte, 17)
	for i := range b {
		b[i] = letters[w.IntN(len(letters))]
	}
	copy(b, w.of("1HG", "WBA", "JTD", "5YJ"))
	b[16], b[15], b[14] = byte('0'+w.IntN(10)), byte('0'+w.IntN(10)), byte('0'+w.IntN(10))
	sum := 0
	for i, weight := range []int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2} {
		v := strings.IndexByte("0123456789", b[i])
		if v < 0 {
			v = int(map[byte]int{'A': 1, 'B': 2, 'C': 3, 'D': 4, 'E': 5, 'F': 6, 'G': 7, 'H': 8, 'J': 1, 'K': 2, 'L': 3,
				'M': 4, 'N': 5,
				'P': 7, 'R': 9, 'S': 2, 'T': 3, 'U': 4, 'V': 5, 'W': 6, 'X': 7, 'Y': 8, 'Z': 9}[b[i]])
		}
		sum += v * weight
	}
	b[8] = "0123456789X"[sum%11]
	return string(b)
}

func (w *writer) routing() string {
	s := fmt.Sprintf("%02d", 1+w.IntN(12)) + w.digits(6)
	sum := 0
	for i, weight := range []int{3, 7, 1, 3, 7, 1, 3, 7} {
		sum += int(s[i]-'0') * weight
	}
	return s + fmt.Sprint((10-sum%10)%10)
}

func (w *writer) phone() string {
	a, b, c := fmt.Sprint(201+w.IntN(700)), fmt.Sprint(200+w.IntN(700)), w.digits(4)
	return w.of("("+a+") "+b+"-"+c, a+"-"+b+"-"+c, a+"."+b+"."+c, "+1 "+a+" "+b+" "+c, a+" "+b+" "+c,
		"020 79"+w.digits(2)+" "+w.digits(4),
		"+44 20 79"+w.digits(2)+" "+w.digits(4), "+49 30 90"+w.digits(6), "07"+w.digits(3)+" "+w.digits(6))
}

// pieces splits a value as people do who read it out or type it in groups.
func (w *writer) pieces(value, by string) string {
	value = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(value)
	var out []string
	for n := 2 + w.IntN(3); len(value) > n; value = value[n:] {
		out = append(out, value[:n])
	}
	return strings.Join(append(out, value), by)
}

func spell(value string) string {
	var out []string
	for _, c := range value {
		if c >= '0' && c <= '9' {
			out = append(out, strings.Fields("zero one two three four five six seven eight nine")[c-'0'])
		}
	}
	return strings.Join(out, " ")
}

func (w *writer) date() string {
	y, m, d := 1950+w.IntN(76), 1+w.IntN(12), 1+w.IntN(28)
	month := w.of("January", "March", "May", "August", "December", "Oct", "Feb", "June")
	return w.of(fmt.Sprintf("%d-%02d-%02d", y, m, d), fmt.Sprintf("%02d/%02d/%d", m, d, y), fmt.Sprintf("%s %d, %d",
		month, d, y),
		fmt.Sprintf("%d %s %d", d, month, y), fmt.Sprintf("%d/%d/%02d", m, d, y%100), fmt.Sprintf("%d.%d.%d", d, m, y),
		fmt.Sprintf("%s %dth", month, 4+d%16))
}
