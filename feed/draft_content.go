package feed

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tallystick/claim"
)

// content is what the cells of a column look like.
type content struct {
	// text, long, name, number, whole, digits, flag, time, email, phone, ssn, idcard, iban, vin, plate, imei, ip,
	// country
	name       string
	identifies bool
	layout     string // of a time
	swapped    bool   // whether day and month may be the other way round
	midnight   bool   // all times are midnight
	marks      marks
	unproven   string // why the marks are a guess
	against    []int  // lines that speak against it
}

// tolerated is the share of rows that may speak against a kind of content, one in so many, where there are enough to
// judge.
const tolerated = 20

var patterns = []struct {
	name string
	form *regexp.Regexp
}{
	{"email", regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$`)},
	{"ssn", regexp.MustCompile(`^\d{3}-\d{2}-\d{4}$`)},
	// GB 11643
	{"idcard", regexp.MustCompile(`^[1-9]\d{5}(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]$`)},
	{"iban", regexp.MustCompile(`^(?:IBAN:? ?)?[A-Z]{2}\d{2}[A-Z0-9 ]{11,34}$`)},
	{"vin", regexp.MustCompile(`^[A-HJ-NPR-Z0-9]{11}\d{6}$`)},
	{"phone", regexp.MustCompile(`^(\+\d[\d ()/.-]{7,20}|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|0\d{2,4}[ /-]\d{4,9}|1[3-9]\d{9})$`)},
	{"ip", regexp.MustCompile(`^\d{1,3}(\.\d{1,3}){3}$`)},
	{"plate", regexp.MustCompile(`^([A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?|\p{Han}[A-Z][·. ]?[A-Z0-9]{5,6})$`)},
	{"country", regexp.MustCompile(`^[A-Z]{2}$`)},
}

var layouts = []string{
	"2006-01-02", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05",
	"02.01.2006", "02.01.2006 15:04",
	"02.01.2006 15:04:05", "02/01/2006", "01/02/2006", "02/01/2006 15:04", "01/02/2006 15:04", "02-01-2006",
	"01-02-2006", "2/1/2006", "1/2/2006", "20060102", "2006/01/02",
	"2006/1/2", "2006-1-2", "2006年1月2日", "2006年01月02日", "2 Jan 2006", "02-Jan-2006", "02-Jan-06", "2006-01",
}

// agree tells whether the cells are of a form: all of them, or, where there are many, nearly all. It returns the lines
// of the others.
func (c *column) agree(fits func(string) bool) (against []int, ok bool) {
	if len(c.cells) == 0 {
		return nil, false
	}
	misfits := make(map[string]bool)
	n := 0
	for cell, times := range c.values {
		if fits(cell) {
			continue
		}
		misfits[cell] = true
		if n += times; n*tolerated > len(c.cells) {
			return nil, false
		}
	}
	if n == 0 {
		return nil, true
	}
	for i, cell := range c.cells {
		if misfits[cell] {
			against = append(against, c.lines[i])
		}
	}
	return against, true
}

func (c *column) all(fits func(string) bool) bool {
	for s := range c.values {
		if !fits(s) {
			return false
		}
	}
	return true
}

// look tells what the cells of a column are.
func look(c *column) content {
	if len(c.cells) == 0 {
		return content{name: "text"}
	}
	for _, p := range patterns {
		if against, ok := c.agree(p.form.MatchString); ok && (p.name != "country" || against == nil) {
			return content{name: p.name, identifies: p.name != "country", against: against}
		}
	}
	if len(c.values) <= 2 && c.all(func(s string) bool {
		switch strings.ToLower(s) {
		case "true", "false", "yes", "no", "y", "n", "0", "1":
			return true
		}
		return false
	}) {
		return content{name: "flag"}
	}
	if found := times(c); found.name != "" {
		return found
	}
	if c.all(imei) {
		return content{name: "imei", identifies: true}
	}
	if c.all(regexp.MustCompile(`^-?(0|[1-9]\d{0,8})$`).MatchString) {
		return content{name: "whole"}
	}
	if c.all(func(s string) bool {
		return digitsOnly(s) && len(s) >= 9 || digitsOnly(s) && len(s) > 1 &&
			s[0] == '0'
	}) {
		return content{name: "digits", identifies: len(c.values) > 1 && len(c.values) == len(c.cells)}
	}
	if found := numbers(c); found.name != "" {
		return found
	}
	length := 0
	for _, s := range c.cells {
		length += utf8.RuneCountInString(s)
	}
	switch {
	case length > 40*len(c.cells):
		return content{name: "long"}
	case people(c):
		return content{name: "name", identifies: true}
	}
	return content{name: "text"}
}

// imei checks the digit at the end (3GPP TS 23.003).
func imei(s string) bool {
	if len(s) != 15 || !digitsOnly(s) {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

var western = regexp.MustCompile(`^\p{Lu}[\p{L}'.-]*(,? \p{Lu}[\p{L}'.-]*){1,4}$`)

// people tells whether the cells look like names of persons: two to five words with capitals, or two to four Chinese
// characters, hardly one of which comes twice.
func people(c *column) bool {
	alike := func(s string) bool {
		han := 0
		for _, r := range s {
			if unicode.Is(unicode.Han, r) {
				han++
			}
		}
		if n := utf8.RuneCountInString(s); han == n {
			return n >= 2 && n <= 4
		}
		return western.MatchString(s)
	}
	_, ok := c.agree(alike)
	return ok && len(c.values)*2 > len(c.cells) && len(c.values) > 1
}

// writings are the marks that numbers are tried with.
var writings = []marks{{".", ""}, {",", ""}, {".", ","}, {",", "."}, {".", "'"}, {",", " "}}

// numbers tells the marks under which all cells are numbers. What several readings fit with different values is not
// proven.
func numbers(c *column) content {
	plainOf := func(m marks, s string) (string, bool) {
		s = strings.TrimSpace(s)
		for _, sign := range []string{"$", "€", "£", "¥"} {
			s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, sign), sign))
		}
		n, reason := m.plain(s)
		digits := strings.Trim(strings.ReplaceAll(n, ".", ""), "-")
		// Leading zeros and many digits are a number in name only.
		return n, reason == "" && len(digits) < 15 && !regexp.MustCompile(`^[+-]?0\d`).MatchString(s)
	}
	var fitting []marks
	var against []int
	for _, m := range writings {
		misfit := false
		lines, ok := c.agree(func(s string) bool {
			_, fits := plainOf(m, s)
			misfit = misfit || !fits && strings.ContainsAny(s, "0123456789") // only words may speak against marks
			return fits
		})
		if ok && !misfit {
			fitting, against = append(fitting, m), lines
		}
	}
	if len(fitting) == 0 {
		return content{}
	}
	found := content{name: "number", marks: fitting[0], against: against}
	for _, other := range fitting[1:] {
		for s := range c.values {
			a, _ := plainOf(found.marks, s)
			b, _ := plainOf(other, s)
			if a == b || !strings.ContainsAny(s, "0123456789") {
				continue
			}
			found.unproven = "each mark stands before three digits, so it may be the decimal point or a separator of thousands"
			if value(b) > value(a) { // amounts have no three decimals, so the greater one is likelier
				found.marks = other
			}
			break
		}
	}
	return found
}

func value(number string) float64 {
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0
	}
	return math.Abs(f)
}

func times(c *column) (found content) {
	for _, l := range layouts {
		midnight := true
		against, ok := c.agree(func(s string) bool {
			t, err := time.Parse(l, s)
			if err != nil || t.Year() < 1850 || t.Year() > 2200 {
				return false
			}
			midnight = midnight && t.Hour() == 0 && t.Minute() == 0
			return true
		})
		switch {
		case !ok:
		case found.name == "":
			found = content{name: "time", layout: l, against: against, midnight: midnight}
		case len(against) < len(found.against):
			found = content{name: "time", layout: l, against: against, midnight: midnight}
		case swapsDay(found.layout, l) && len(against) == len(found.against):
			found.swapped = true
		}
	}
	return found
}

// swapsDay tells whether two layouts differ in the order of day and month only.
func swapsDay(a, b string) bool {
	day := strings.NewReplacer("02", "D", "2", "D", "01", "M", "1", "M", "2006", "Y")
	x, y := []byte(day.Replace(a)), []byte(day.Replace(b))
	return len(x) == len(y) && len(x) > 2 && x[0] == y[2] && x[2] == y[0] && x[1] == y[1]
}

// attribute is the kind of attribute that holds such cells.
func (c content) attribute() string {
	switch c.name {
	case "number", "whole":
		return "number"
	case "flag":
		return "flag"
	case "time":
		return "when"
	default:
		return "text"
	}
}

// keys writes the keys of a field that the form of its cells asks for.
func (c content) keys(path, zone string) string {
	switch {
	case c.name == "time" && holdsTime(path):
		s := ", time: " + strconv.Quote(c.layout)
		switch {
		case c.swapped:
			s += ", known: year" // day and month cannot be told apart
		case writes(c.layout) < claim.Instant || writesZone(c.layout):
		case c.midnight || zone == "":
			s += ", known: day" // with a zone, the time of day could be kept
		default:
			s += ", ambiguous: day"
		}
		return s
	case c.name == "number" && numberPath(path):
		s := ""
		if c.marks.point() != "." {
			s += ", decimal: " + strconv.Quote(c.marks.decimal)
		}
		if c.marks.group != "" {
			s += ", group: " + strconv.Quote(c.marks.group)
		}
		return s
	default:
		return ""
	}
}

func numberPath(path string) bool {
	attribute := strings.HasPrefix(path, "attributes.") &&
		(strings.HasSuffix(path, ".number") || strings.HasSuffix(path, ".money"))
	return attribute || strings.HasPrefix(path, "amounts.") || path == "policy.sumInsured" || path == "policy.premium"
}

func holdsTime(path string) bool {
	for _, end := range []string{".when", "recorded", "loss.time", "loss.reported", "policy.inception", "policy.expiry",
		"birthDate", "deathDate", ".since", "device.purchased"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

// note says what of the content speaks against it.
func (c content) note(cells int) (notes []string) {
	if n := len(c.against); n > 0 {
		shown := make([]string, 0, 5)
		for _, line := range c.against[:min(n, 5)] {
			shown = append(shown, strconv.Itoa(line))
		}
		notes = append(notes, fmt.Sprintf("CHECK: against it are %d of %d rows, as in line %s", n, cells,
			strings.Join(shown, ", ")))
	}
	if c.unproven != "" {
		notes = append(notes, "CHECK: marks not proven: "+c.unproven)
	}
	if c.swapped {
		notes = append(notes, "CHECK: day and month may stand the other way round, so only the year is kept")
	}
	return notes
}

// kept tells which words of a vocabulary the cells are, and whether all of them are.
func kept(c *column, path string) (found map[string]string, all bool) {
	found, all = make(map[string]string), len(c.values) > 0
	for cell := range c.values {
		w, ok := translated(path, cell)
		if !ok {
			all = false
			continue
		}
		found[cell] = w
	}
	return found, all
}

// ours tells whether the cells need no table: an import folds case, blanks and hyphens by itself.
func ours(found map[string]string) bool {
	for cell, to := range found {
		if own, ok := word([]string{to}, cell); !ok || own != to {
			return false
		}
	}
	return true
}

var states = strings.Fields("AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP AA AE AP")

// american tells whether the cells are codes of states of the United States.
func american(c *column) bool {
	return len(c.values) > 1 && c.all(func(s string) bool { return slices.Contains(states, s) })
}
