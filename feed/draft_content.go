package feed

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// content is what the cells of a column look like.
type content struct {
	name       string // text, long, number, whole, flag, time, email, phone, ssn, iban, vin, country
	identifies bool
	layout     string // of a time
	swapped    bool   // whether day and month may be the other way round
	decimal    string
	group      string
}

var patterns = []struct {
	name string
	form *regexp.Regexp
}{
	{"email", regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$`)},
	{"ssn", regexp.MustCompile(`^\d{3}-\d{2}-\d{4}$`)},
	{"iban", regexp.MustCompile(`^[A-Z]{2}\d{2}[A-Z0-9 ]{11,34}$`)},
	{"vin", regexp.MustCompile(`^[A-HJ-NPR-Z0-9]{11}\d{6}$`)},
	{"phone", regexp.MustCompile(`^(\+\d[\d ()/.-]{7,20}|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})$`)},
	{"country", regexp.MustCompile(`^[A-Z]{2}$`)},
}

var layouts = []string{
	"2006-01-02", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "02.01.2006", "02.01.2006 15:04",
	"02.01.2006 15:04:05", "02/01/2006", "01/02/2006", "02-01-2006", "01-02-2006", "2/1/2006", "1/2/2006", "20060102", "2006/01/02", "2 Jan 2006", "02-Jan-2006", "02-Jan-06", "2006-01",
}

// look tells what the cells of a column are. All of them must agree, else it is text.
func look(c *column) content {
	if len(c.cells) == 0 {
		return content{name: "text"}
	}
	for _, p := range patterns {
		if c.all(p.form.MatchString) {
			return content{name: p.name, identifies: p.name != "country"}
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
	if c.all(regexp.MustCompile(`^-?(0|[1-9]\d{0,8})$`).MatchString) {
		return content{name: "whole"}
	}
	for _, n := range []content{{name: "number"}, {name: "number", decimal: ",", group: "."}, {name: "number", group: ","}} {
		probe := compiled{Field: &Field{Decimal: n.decimal, Group: n.group}}
		point := "."
		if n.decimal != "" {
			point = n.decimal
		}
		grouped := regexp.MustCompile(`^-?\d{1,3}(` + regexp.QuoteMeta(n.group) + `\d{3})*(` + regexp.QuoteMeta(point) + `\d+)?$`)
		if c.all(func(s string) bool {
			if n.group != "" && !grouped.MatchString(s) {
				return false
			}
			plainForm, _ := probe.marks().plain(s)
			f, err := strconv.ParseFloat(plainForm, 64)
			// Leading zeros and many digits are a number in name only.
			return err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) && len(s) < 16 && !regexp.MustCompile(`^-?0\d|[^\d.-]`).MatchString(plainForm)
		}) {
			return n
		}
	}
	length := 0
	for _, s := range c.cells {
		length += len(s)
	}
	if length > 40*len(c.cells) {
		return content{name: "long"}
	}
	return content{name: "text"}
}

func (c *column) all(fits func(string) bool) bool {
	for s := range c.values {
		if !fits(s) {
			return false
		}
	}
	return true
}

func times(c *column) (found content) {
	for _, l := range layouts {
		if !c.all(func(s string) bool {
			t, err := time.Parse(l, s)
			return err == nil && t.Year() >= 1850 && t.Year() <= 2200
		}) {
			continue
		}
		if found.name == "" {
			found = content{name: "time", layout: l}
		} else if swapsDay(found.layout, l) {
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
func (c content) keys(path string) string {
	switch {
	case c.name == "time" && holdsTime(path):
		s := ", time: " + strconv.Quote(c.layout)
		if writes(c.layout) > 3 && !writesZone(c.layout) {
			s += ", known: day" // with a zone, the time of day could be kept
		}
		if c.swapped {
			s = ", time: " + strconv.Quote(c.layout) + ", known: year" // day and month cannot be told apart
		}
		return s
	case c.name == "number" && strings.HasPrefix(path, "attributes."):
		s := ""
		if c.decimal != "" {
			s += ", decimal: " + strconv.Quote(c.decimal)
		}
		if c.group != "" {
			s += ", group: " + strconv.Quote(c.group)
		}
		return s
	default:
		return ""
	}
}

func holdsTime(path string) bool {
	for _, end := range []string{".when", "recorded", "loss.time", "loss.reported", "policy.inception", "policy.expiry", "birthDate", "deathDate", ".since", "device.purchased"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

// guess is a path that a column may be for, by its name and by what its cells are.
type guess struct {
	path, class, role string
	name              *regexp.Regexp
	kinds             string // of content, by spaces; empty: any but long text
}

func (g *guess) fits(c *column) bool {
	if g.kinds == "" && c.kind.name == "long" || g.kinds != "" && !strings.Contains(" "+g.kinds+" ", " "+c.kind.name+" ") {
		return false
	}
	return g.name.MatchString(c.words)
}

func named(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

// guesses are tried in turn; a path is given once.
var guesses = []guess{
	{"policy.inception", "open", "", named(` (policy|cover|vertrag).* (eff|effective|inception|start|begin|beginn|from|bind) `), "time"},
	{"policy.expiry", "open", "", named(` (policy|cover|vertrag).* (expiry|expiration|end|ende|until|to) `), "time"},
	{"loss.time", "open", "", named(` (loss|incident|accident|occurrence|event|schadentag|schaden) `), "time"},
	{"loss.reported", "open", "", named(` (report|reported|reporting|notified|notification|fnol|gemeldet) `), "time"},
	{"recorded", "open", "", named(` (txn|transaction|record|recorded|created|entry|posted|booking) `), "time"},
	{"claimant.birthDate", "quasi", "", named(` (birth|dob|birthdate|birthday|geburtsdatum) `), "time"},
	{"policy.number", "identifier", "", named(` (policy|vertrag|police) .*(number|no|nr|id|num) `), ""},
	{"parties[agent].id", "identifier", "agent", named(` (agent|broker|producer) (id|no|nr|number|code) `), ""},
	{"parties[agent].name", "identifier", "agent", named(` (agent|broker) name `), ""},
	{"parties[vendor].id", "identifier", "vendor", named(` (vendor|supplier) (id|no|nr|number|code) `), ""},
	{"parties[vendor].name", "identifier", "vendor", named(` (vendor|supplier) name `), ""},
	{"parties[provider].id", "identifier", "provider", named(` (provider|clinic|hospital|doctor|physician) (id|no|nr|number|code|npi) `), ""},
	{"parties[repairer].id", "identifier", "repairer", named(` (garage|repairer|workshop) (id|no|nr|number|code) `), ""},
	{"parties[handler].id", "identifier", "handler", named(` (rep|handler|adjuster|examiner) (id|no|nr|number|code) `), ""},
	{"claimant.nationalIds[1].number", "identifier", "", named(` (ssn|social security|national id|nino|passport|tax id) `), ""},
	{"claimant.nationalIds[1].number", "identifier", "", named(`.`), "ssn"},
	{"claimant.email", "identifier", "", named(`.`), "email"},
	{"claimant.phone", "identifier", "", named(` (phone|mobile|telephone|tel|telefon|cell) `), "phone text whole"},
	{"claimant.bankAccount.iban", "identifier", "", named(` (iban|account|acct|konto) `), "iban"},
	{"claimant.bankAccount.routing", "identifier", "", named(` (routing|sort code|bank code|blz) `), ""},
	{"claimant.bankAccount.number", "identifier", "", named(` (account|acct|konto) `), ""},
	{"vehicle.vin", "identifier", "", named(` (vin|chassis|fin) `), ""},
	{"vehicle.plate", "identifier", "", named(` (plate|registration|kennzeichen) `), "text"},
	{"device.imei", "identifier", "", named(` imei `), ""},
	{"claimant.ip", "identifier", "", named(` ip `), "text"},
	{"claimant.id", "identifier", "", named(` (customer|client|claimant|insured|member|policyholder|kunde) (id|no|nr|number) `), ""},
	{"claimant.name", "identifier", "", named(` ((customer|client|claimant|insured|member|policyholder) )?(full )?name $`), "text"},
	{"loss.place.city", "quasi", "", named(` (incident|loss|accident) .*(city|town) `), "text"},
	{"loss.place.region", "quasi", "", named(` (incident|loss|accident) .*(state|region|province) `), "text country"},
	{"claimant.address.line1", "identifier", "", named(` (address|addr|street|strasse)( line)?( 1)? $`), "text"},
	{"claimant.address.line2", "identifier", "", named(` (address|addr)( line)? 2 $`), ""},
	{"claimant.address.city", "quasi", "", named(`^ ((insured|customer|home) )?(city|town|ort) $`), "text"},
	{"claimant.address.region", "quasi", "", named(`^ ((insured|customer|home|policy) )?(state|region|province) $`), "text country"},
	{"claimant.address.postcode", "quasi", "", named(` (zip|postal|postcode|plz) `), ""},
	{"claimant.address.country", "quasi", "", named(` (country|land) `), "country"},
	{"claimant.sex", "quasi", "", named(` (sex|gender) `), "text"},
	{"vehicle.make", "open", "", named(` (make|brand|manufacturer) `), "text"},
	{"vehicle.model", "open", "", named(` model $`), "text"},
	{"loss.severity", "open", "", named(` severity `), "text"},
	{"loss.cause", "open", "", named(` (cause|peril|incident type|accident type|loss type) `), "text"},
	{"loss.policeReport", "open", "", named(` police `), "flag"},
	{"loss.witnesses", "open", "", named(` witnesses `), "whole"},
	{"narrative", "sensitive", "", named(` (description|narrative|comment|comments|notes|statement|details) `), "long text"},
	{"claimant.occupation", "sensitive", "", named(` (occupation|profession|job) `), "text"},
}
