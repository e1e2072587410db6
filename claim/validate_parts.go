package claim

import (
	"math"
	"time"
)

const hintCountry = "a country code of two capitals (ISO 3166-1)"

func (v *validator) items(items []Item, parties int) {
	v.list(len(items), "items")
	for i := range items {
		n := &items[i]
		v.text(n.System, "items[].system")
		v.text(n.Code, "items[].code")
		v.list(len(n.Modifiers), "items[].modifiers")
		for _, m := range n.Modifiers {
			v.text(m, "items[].modifiers[]")
		}
		v.text(n.Description, "items[].description")
		v.text(n.Diagnosis, "items[].diagnosis")
		v.measure(n.Quantity, "items[].quantity")
		v.measure(n.DaysSupply, "items[].daysSupply")
		v.measure(n.Minutes, "items[].minutes")
		v.money(&n.Amount, "items[].amount")
		v.text(n.Invoice, "items[].invoice")
		v.index(n.Party, parties, "items[].party")
	}
}

func (v *validator) admissions(admissions []Admission, parties int) {
	v.list(len(admissions), "admissions")
	for i := range admissions {
		v.text(admissions[i].Diagnosis, "admissions[].diagnosis")
		v.count(admissions[i].Orders, "admissions[].orders")
		v.index(admissions[i].Party, parties, "admissions[].party")
	}
}

func (v *validator) payments(payments []Payment) {
	v.list(len(payments), "payments")
	for i := range payments {
		v.money(&payments[i].Amount, "payments[].amount")
		v.text(payments[i].Method, "payments[].method")
		v.bankAccount(&payments[i].BankAccount, "payments[].bankAccount")
	}
}

func (v *validator) documents(documents []Document) {
	v.list(len(documents), "documents")
	for i := range documents {
		d := &documents[i]
		v.hex(d.SHA256, 64, "documents[].sha256")
		v.text(d.MediaType, "documents[].mediaType")
		v.text(d.Kind, "documents[].kind")
		v.hex(d.PerceptualHash, 16, "documents[].perceptualHash")
		v.degrees(d.Latitude, 90, "documents[].latitude")
		v.degrees(d.Longitude, 180, "documents[].longitude")
	}
}

func (v *validator) telematics(events []TelematicsEvent) {
	v.list(len(events), "telematics")
	for i := range events {
		t := &events[i]
		v.text(t.Kind, "telematics[].kind")
		v.measure(t.SpeedKph, "telematics[].speedKph")
		v.measure(t.DeltaVKph, "telematics[].deltaVKph")
		v.degrees(t.Latitude, 90, "telematics[].latitude")
		v.degrees(t.Longitude, 180, "telematics[].longitude")
	}
}

func (v *validator) attributes(attributes map[string]Attribute) {
	v.list(len(attributes), "attributes")
	for name, a := range attributes {
		if !ValidAttributeName(name) {
			v.fail(Invalid, "an attribute's name is up to 64 letters and digits and begins with a small letter", "attributes.*")
		}
		v.text(a.Text, "attributes.*.text")
		v.money(&a.Money, "attributes.*.money")
		if a.values() != 1 {
			v.fail(Invalid, "exactly one of text, number, flag, when and money", "attributes.*")
		}
	}
}

func (a *Attribute) values() int {
	n := 0
	for _, set := range [...]bool{a.Text != "", a.Number != nil, a.Flag != nil, !a.When.IsZero(), !a.Money.IsZero()} {
		if set {
			n++
		}
	}
	return n
}

// ValidAttributeName reports whether name matches [a-z][A-Za-z0-9]* and has at most 64 bytes.
func ValidAttributeName(name string) bool {
	if name == "" || len(name) > 64 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func (v *validator) text(s string, path ...string) {
	if len(s) > v.limits.Text {
		v.fail(Invalid, "too long", path...)
	}
}

func (v *validator) within(s, name string, at []string) {
	if len(s) > v.limits.Text {
		v.fail(Invalid, "too long", append(at, name)...)
	}
}

func (v *validator) list(n int, path ...string) {
	if n > v.limits.List {
		v.fail(Invalid, "too many", path...)
	}
}

func (v *validator) money(m *Money, path ...string) {
	if m.IsZero() {
		return
	}
	if m.Amount.IsNeg() {
		v.fail(Negative, "money is not below zero", path...)
	}
	if !KnownCurrency(m.Currency) {
		v.fail(Invalid, "a currency code of ISO 4217 in capitals", append(path, "currency")...)
	}
}

// past refuses a date ahead of the clock. What is known to the day, month or year is compared by its first instant in
// the time zone that is first to get there, 14 hours before UTC.
func (v *validator) past(w When, path ...string) {
	if w.IsZero() {
		return
	}
	latest := v.now.Add(v.limits.Skew)
	if w.Precision() != Instant {
		latest = latest.Add(14 * time.Hour)
	}
	if w.Time().After(latest) {
		v.fail(Future, "has not happened yet", path...)
	}
}

func (v *validator) country(code string, path ...string) {
	if !countryCode(code) {
		v.fail(Invalid, hintCountry, path...)
	}
}

func countryCode(s string) bool {
	return s == "" || len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

func (v *validator) hex(s string, n int, path ...string) {
	if s == "" {
		return
	}
	ok := len(s) == n
	for i := range len(s) {
		c := s[i]
		ok = ok && (c >= '0' && c <= '9' || c >= 'a' && c <= 'f')
	}
	if !ok {
		v.fail(Invalid, "a hash in small hex digits of the full length", path...)
	}
}

func (v *validator) degrees(d *float64, limit float64, path ...string) {
	if d != nil && !(math.Abs(*d) <= limit) {
		v.fail(Invalid, "degrees, WGS 84", path...)
	}
}

func (v *validator) count(n *int, path ...string) {
	if n != nil && *n < 0 {
		v.fail(Invalid, "not below zero", path...)
	}
}

func (v *validator) measure(f *float64, path ...string) {
	if f != nil && !(*f >= 0 && *f <= math.MaxFloat64) {
		v.fail(Invalid, "not below zero", path...)
	}
}

func (v *validator) index(i *int, n int, path ...string) {
	if i != nil && (*i < 0 || *i >= n) {
		v.fail(Invalid, "an index into parties", path...)
	}
}
