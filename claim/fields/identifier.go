package fields

import (
	"bytes"
	"net/netip"
	"strings"
)

// identifies reports whether a text looks like an identifier of a person, account, vehicle or address in the network:
// by its check digits, or by the way in which it is written. Numbers of [idDigits] and more are the forms' to refuse.
func identifies(value []byte) bool {
	digits := 0
	for _, c := range value {
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	if digits < 4 || len(value) > ClearBytes { // nothing of the kind has fewer
		return false
	}
	var room [ClearBytes]byte
	all := room[:0]
	for rest := bytes.ToUpper(value); len(rest) > 0; {
		n := 0
		for n < len(rest) && alnum(rest[n]) {
			n++
		}
		if identifiesWord(string(rest[:n])) {
			return true
		}
		all = append(all, rest[:n]...)
		for n < len(rest) && !alnum(rest[n]) {
			n++
		}
		rest = rest[n:]
	}
	return identifiesWord(string(all)) || phoneOrSocial(value) || address(value)
}

func alnum(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' }

func identifiesWord(s string) bool {
	switch len(s) {
	case 9:
		return spanish(s) || british(s)
	case 14:
		return diners(s)
	case 16:
		return shape(s) == "AAAAAA00A00A000A" || iban(s) // the Italian tax code
	case 17:
		return vin(s) || iban(s)
	case 18:
		return chinese(s) || iban(s)
	}
	return iban(s)
}

// shape writes 0 for a digit and A for a letter.
func shape(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '0'
		}
		return 'A'
	}, s)
}

// iban is ISO 13616 with the check of ISO 7064, MOD 97-10.
func iban(s string) bool {
	if len(s) < 15 || len(s) > 34 || shape(s[:4]) != "AA00" {
		return false
	}
	rest := 0
	for _, r := range s[4:] + s[:4] {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return rest == 1
}

// diners is a card of 14 digits, with the check of ISO/IEC 7812. Those of other houses are longer than what any form
// allows.
func diners(s string) bool {
	if !strings.HasPrefix(s, "36") && !strings.HasPrefix(s, "38") && !strings.HasPrefix(s, "30") ||
		strings.Trim(s, "0123456789") != "" {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// vin is ISO 3779 with the check digit of 49 CFR 565.
func vin(s string) bool {
	const letters, values = "ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789"
	weights := [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	sum := 0
	for i := range len(s) {
		c := s[i]
		if at := strings.IndexByte(letters, c); at >= 0 {
			c = values[at]
		}
		if c < '0' || c > '9' {
			return false
		}
		sum += int(c-'0') * weights[i]
	}
	return s[8] == "0123456789X"[sum%11]
}

// chinese is the number of GB 11643.
func chinese(s string) bool {
	if strings.Trim(s[:17], "0123456789") != "" {
		return false
	}
	sum := 0
	for i := range 17 {
		sum = (sum + int(s[i]-'0')) * 2 % 11
	}
	return s[17] == "10X98765432"[sum%11]
}

// spanish is a DNI or NIE: a number with its letter.
func spanish(s string) bool {
	n, first := 0, strings.IndexByte("XYZ", s[0])
	for i := range 8 {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			n = n*10 + int(c-'0')
		case i == 0 && first >= 0:
			n = first
		default:
			return false
		}
	}
	return s[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[n%23]
}

// british is a National Insurance number.
func british(s string) bool {
	return shape(s) == "AA000000A" && s[8] <= 'D' && !strings.ContainsAny(s[:2], "DFIQUV") && s[1] != 'O'
}

// phoneOrSocial knows numbers by their groups of digits: those of the North American plan, of the Social Security
// Administration, and any behind a plus.
func phoneOrSocial(value []byte) bool {
	var groups []byte // lengths, a plus before its own
	for i := 0; i < len(value); {
		n := 0
		for i+n < len(value) && '0' <= value[i+n] && value[i+n] <= '9' {
			n++
		}
		if n > 0 {
			groups = append(groups, '0'+byte(n))
			i += n
			continue
		}
		switch c := value[i]; c {
		case ' ', '-', '.', '/', '(', ')':
		case '+':
			groups = append(groups, '+')
		default:
			groups = append(groups, ' ')
		}
		i++
	}
	for part := range bytes.SplitSeq(groups, []byte{' '}) {
		if bytes.HasSuffix(part, []byte("334")) || bytes.Equal(part, []byte("324")) {
			return true
		}
		total, behind := 0, false
		for _, c := range part {
			switch {
			case c == '+':
				total, behind = 0, true
			case behind:
				total += int(c - '0')
			}
		}
		if total >= 7 {
			return true
		}
	}
	return false
}

// address knows addresses of IP, as they are written and with a port.
func address(value []byte) bool {
	for word := range bytes.FieldsFuncSeq(value, func(r rune) bool {
		return r == ' ' || r == ',' || r == ';' ||
			r == '(' || r == ')'
	}) {
		text := string(word)
		if _, err := netip.ParseAddr(text); err == nil {
			return true
		}
		if _, err := netip.ParseAddrPort(text); err == nil {
			return true
		}
	}
	return false
}
