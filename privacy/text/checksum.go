package text

// luhn tells whether decimal digits end in their Luhn digit (ISO/IEC 7812-1), started from a sum of what is prefixed.
func luhn(digits []byte, sum int) bool {
	double := false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return sum%10 == 0
}

// npi tells a National Provider Identifier: ten digits whose Luhn sum counts the prefix 80840, which adds 24.
func npi(d []byte) bool { return len(d) == 10 && (d[0] == '1' || d[0] == '2') && luhn(d, 24) }

// card tells a payment card by the beginnings and lengths that its networks give out.
func card(d []byte) bool {
	n := len(d)
	if n < 13 || n > 19 || !luhn(d, 0) {
		return false
	}
	two, three, four := num(d[:2]), num(d[:3]), num(d[:4])
	switch {
	case d[0] == '4':
		return n == 13 || n == 16 || n == 19
	case 51 <= two && two <= 55, 2221 <= four && four <= 2720:
		return n == 16
	case two == 34 || two == 37, four == 2131 || four == 1800:
		return n == 15
	case three <= 305 && three >= 300, two == 36, two == 38, two == 39:
		return n == 14 || n == 16
	case two == 35:
		return n >= 16
	case four == 6011, three >= 644 && three <= 659, two == 62, two == 81:
		return n >= 16
	case two == 50 || 56 <= two && two <= 69:
		return n >= 16
	}
	return false
}

// routing tells a routing number of the American Bankers Association.
func routing(d []byte) bool {
	if len(d) != 9 {
		return false
	}
	first := num(d[:2])
	if first > 12 && (first < 21 || first > 32) && (first < 61 || first > 72) && first != 80 {
		return false
	}
	sum, all := 0, 0
	for i, w := range [...]int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
		sum += w * int(d[i]-'0')
		all += int(d[i] - '0')
	}
	return sum%10 == 0 && all > 0
}

// ssn tells a number that the Social Security Administration may have given out.
func ssn(d []byte) bool {
	return len(d) == 9 && num(d[:3]) != 0 && num(d[:3]) != 666 && d[0] != '9' && num(d[3:5]) != 0 && num(d[5:]) != 0
}

// residentID tells a number of GB 11643-1999 by date of birth and check character (ISO 7064 MOD 11-2).
func residentID(d []byte) bool {
	if len(d) != 18 || d[0] == '0' || d[0] == '9' || !day(num(d[6:10]), num(d[10:12]), num(d[12:14])) ||
		num(d[6:10]) < 1880 {
		return false
	}
	sum := 0
	for i, w := range [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(d[i]-'0')
	}
	return "10X98765432"[sum%11] == d[17]
}

// vin tells a vehicle identification number of 17 capitals and digits by its check character (49 CFR 565.15).
func vin(d []byte) bool {
	if !vinForm(d) {
		return false
	}
	sum := 0
	for i, w := range [...]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2} {
		c := d[i]
		if c >= 'A' {
			c = "12345678012345070923456789"[c-'A']
		}
		sum += w * int(c-'0')
	}
	return "0123456789X"[sum%11] == d[8]
}

// vinForm tells 17 characters that a VIN may have, digits and letters among them. Vehicles sold outside North America
// have no check character.
func vinForm(d []byte) bool {
	digits := 0
	for _, c := range d {
		switch {
		case digit(c):
			digits++
		case c < 'A' || c > 'Z' || c == 'I' || c == 'O' || c == 'Q':
			return false
		}
	}
	return len(d) == 17 && digits >= 4
}

// ibanLength returns how long an IBAN of a country is, 0 if it has none (SWIFT's registry, release 99).
func ibanLength(country string) int {
	const lengths = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23" +
		"GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15" +
		"PK24PL28PS29PT25QA29RO24RS22SA24SC31SD18SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20"
	for i := 0; i < len(lengths); i += 4 {
		if lengths[i:i+2] == country {
			return num([]byte(lengths[i+2 : i+4]))
		}
	}
	return 0
}

// iban tells an IBAN by its length and remainder (ISO 13616, ISO 7064 MOD 97-10).
func iban(d []byte) bool {
	if len(d) < 15 || ibanLength(string(d[:2])) != len(d) {
		return false
	}
	rest := 0
	for i := range d {
		c := d[(i+4)%len(d)]
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}

func num(d []byte) int {
	n := 0
	for _, c := range d {
		n = n*10 + int(c-'0')
	}
	return n
}

func day(year, month, day int) bool {
	return year >= 1 && year <= 2200 && 1 <= month && month <= 12 && 1 <= day && day <= 31 &&
		(day < 31 || month != 2 && month != 4 && month != 6 && month != 9 && month != 11) && (month != 2 || day < 30)
}
