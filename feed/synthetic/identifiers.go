package synthetic

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// spread maps 0, 1, 2, ... to numbers below n that look random and do not repeat before n of them.
func spread(i, n uint64) uint64 {
	step := n*618/1000 | 1
	for gcd(step, n) != 1 {
		step += 2
	}
	return (i%n*step + 12345) % n
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// areas are the US area codes that may exist: N11 are services, N9X is kept for expansion.
var areas = func() (codes []uint64) {
	for code := uint64(200); code < 1000; code++ {
		if code%100 != 11 && code/10%10 != 9 {
			codes = append(codes, code)
		}
	}
	return codes
}()

// phone returns telephone number n of a country: for the US 555-01xx in each area code and then numbers in the codes
// kept for expansion, for Britain Ofcom's numbers for drama and then, as for Germany, numbers in codes not given out.
func phone(country string, n uint64) string {
	fiction := uint64(len(areas)) * 100
	switch {
	case country == "US" && n < fiction:
		k := spread(n, fiction)
		return fmt.Sprintf("+1%d55501%02d", areas[k/100], k%100)
	case country == "US":
		k := spread(n, 80*7_990_000)
		return fmt.Sprintf("+1%d9%d%07d", 2+k/7_990_000/10, k/7_990_000%10, 2_000_000+k%7_990_000)
	case country == "GB" && n < 1000:
		return fmt.Sprintf("+447700900%03d", spread(n, 1000))
	case country == "GB":
		return fmt.Sprintf("+4455%08d", spread(n, 99_999_989))
	default:
		return fmt.Sprintf("+49199%08d", spread(n, 99_999_989))
	}
}

// nationalNumber returns an official number: for the US one of the area 9xx with a group that neither the Social
// Security Administration nor the tax office gives out, elsewhere a number of the right form with a prefix not in use.
func nationalNumber(country string, n uint64) (kind, number string) {
	switch country {
	case "US":
		k := spread(n, 100*49*9999)
		return "ssn", fmt.Sprintf("9%02d-%02d-%04d", k/(49*9999), 1+k/9999%49, 1+k%9999)
	case "GB":
		k := spread(n, 99_999_989)
		return "national-insurance", fmt.Sprintf("QQ%06d%c", k%1_000_000, "ABCD"[k/1_000_000%4])
	default:
		return "tax", fmt.Sprintf("00%09d", spread(n, 999_999_937))
	}
}

// iban returns an account of a bank that does not exist, with valid check digits (ISO 13616).
func iban(country string, n uint64) string {
	body := fmt.Sprintf("90000000%010d", spread(n, 9_999_999_967))
	if country == "GB" {
		body = fmt.Sprintf("TLLY990000%08d", spread(n, 99_999_989))
	}
	return fmt.Sprintf("%s%02d%s", country, 98-mod97(body+country+"00"), body)
}

// mod97 returns the remainder by 97 of s with letters read as 10 to 35 (ISO 7064).
func mod97(s string) int64 {
	var digits strings.Builder
	for _, c := range s {
		if c >= 'A' {
			digits.WriteString(strconv.Itoa(int(c-'A') + 10))
		} else {
			digits.WriteRune(c)
		}
	}
	number, _ := new(big.Int).SetString(digits.String(), 10)
	return new(big.Int).Mod(number, big.NewInt(97)).Int64()
}

// routing is the number of a US bank that does not exist: 99 is no Federal Reserve district; the last digit is valid.
func routing(branch int) string {
	s := fmt.Sprintf("9900%04d", branch)
	sum := 0
	for i, c := range s {
		sum += int(c-'0') * []int{3, 7, 1}[i%3]
	}
	return s + strconv.Itoa((10-sum%10)%10)
}

// vin returns a vehicle number with its check digit (49 CFR 565). The maker 1ZZ does not exist.
func vin(year int, n uint64) string {
	const serials = 999_983
	b := []byte(fmt.Sprintf("1ZZ%02dT%02d0%cK%06d", n/serials%100, n/serials/100%100,
		"LMNPRSTVWXY123456789ABCDEFGHJK"[(year-1990)%30], spread(n%serials, serials)))
	weights := [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	sum := 0
	for i, c := range b {
		value := int(c - '0')
		if c >= 'A' {
			value = int("12345678012345070923456789"[c-'A'] - '0')
		}
		sum += value * weights[i]
	}
	b[8] = "0123456789X"[sum%11]
	return string(b)
}

// imei returns the number of a test device: type codes that begin with 00 belong to no market. The last digit is
// Luhn's.
func imei(n uint64) string {
	s := fmt.Sprintf("00101%09d", spread(n, 999_999_937))
	sum := 0
	for i, c := range s {
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return s + strconv.Itoa((10-sum%10)%10)
}
