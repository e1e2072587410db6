package claim

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits bounds what [Validate] accepts. A zero field means its default.
type Limits struct {
	Skew      time.Duration // how far a past event may be ahead of the clock; default 10 minutes
	Text      int           // bytes of a short text; default 1,024
	Narrative int           // bytes of the narrative; default 65,536
	List      int           // elements of a list, or attributes; default 1,000
}

func (l Limits) withDefaults() Limits {
	if l.Skew == 0 {
		l.Skew = 10 * time.Minute
	}
	if l.Text == 0 {
		l.Text = 1024
	}
	if l.Narrative == 0 {
		l.Narrative = 1 << 16
	}
	if l.List == 0 {
		l.List = 1000
	}
	return l
}

// Validate returns the first thing in e that the schema does not allow, or nil. It checks a whole event, not an open
// part. What is odd but possible, such as a loss reported before it happened, is for the indicators, not an error.
func Validate(e *Event, now time.Time, limits Limits) *Problem {
	v := validator{limits: limits.withDefaults(), now: now}
	v.event(e)
	return v.problem
}

// validator keeps the first problem. Paths are joined only once there is one.
type validator struct {
	limits  Limits
	now     time.Time
	problem *Problem
}

func (v *validator) fail(code Code, hint string, path ...string) {
	if v.problem == nil {
		v.problem = &Problem{Code: code, Path: strings.Join(path, "."), Offset: -1, Hint: hint}
	}
}

func (v *validator) event(e *Event) {
	switch {
	case e.Insurer == "":
		v.fail(Missing, "required", "insurer")
	case e.ID == "":
		v.fail(Missing, "required", "claim")
	case e.Revision == 0:
		v.fail(Missing, "required", "revision")
	case e.Line == "":
		v.fail(Missing, "required", "line")
	}
	if !ValidInsurer(e.Insurer) {
		v.fail(Invalid, HintInsurer, "insurer")
	}
	if !ValidID(e.ID) {
		v.fail(Invalid, HintID, "claim")
	}
	if e.Revision < 1 || e.Revision > 1_000_000 {
		v.fail(Invalid, "1 to 1,000,000", "revision")
	}
	switch e.Line {
	case LineMotor, LineHealth, LineProperty, LineLife, LineTravel, LineDevice:
	default:
		v.fail(Invalid, "motor, health, property, life, travel or device", "line")
	}
	switch e.Stage {
	case "", Notified, Assessed, Approved, Paid, Closed:
	default:
		v.fail(Invalid, "notified, assessed, approved, paid or closed", "stage")
	}
	v.text(e.Outcome, "outcome")
	v.past(e.Recorded, "recorded")
	v.policy(&e.Policy)
	v.party(&e.Claimant, "claimant")
	v.parties(e.Parties)
	v.vehicle(&e.Vehicle)
	v.property(&e.Property)
	v.device(&e.Device)
	v.loss(&e.Loss)
	v.amounts(&e.Amounts)
	v.items(e.Items, len(e.Parties))
	v.admissions(e.Admissions, len(e.Parties))
	v.payments(e.Payments)
	v.documents(e.Documents)
	if len(e.Narrative) > v.limits.Narrative {
		v.fail(Invalid, "too long", "narrative")
	}
	v.telematics(e.Telematics)
	v.attributes(e.Attributes)
}

func (v *validator) policy(p *Policy) {
	v.text(p.Number, "policy.number")
	v.text(p.Product, "policy.product")
	v.text(p.Channel, "policy.channel")
	v.hex(p.TermsDigest, 64, "policy.termsDigest")
	v.money(&p.Premium, "policy.premium")
	v.money(&p.SumInsured, "policy.sumInsured")
	v.list(len(p.Endorsements), "policy.endorsements")
	for i := range p.Endorsements {
		n := &p.Endorsements[i]
		v.text(n.Kind, "policy.endorsements[].kind")
		v.money(&n.Before, "policy.endorsements[].before")
		v.money(&n.After, "policy.endorsements[].after")
	}
}

func (v *validator) parties(parties []Party) {
	v.list(len(parties), "parties")
	for i := range parties {
		if parties[i].Role == "" {
			v.fail(Missing, "every party but the claimant has a role", "parties[].role")
		}
		v.party(&parties[i], "parties[]")
	}
}

func (v *validator) party(p *Party, at string) {
	v.text(string(p.Role), at, "role")
	v.text(p.ID, at, "id")
	v.text(p.Name, at, "name")
	v.text(p.Sex, at, "sex")
	v.past(p.BirthDate, at, "birthDate")
	v.list(len(p.NationalIDs), at, "nationalIds")
	for i := range p.NationalIDs {
		n := &p.NationalIDs[i]
		v.text(n.Type, at, "nationalIds[].type")
		v.country(n.Country, at, "nationalIds[].country")
		v.text(n.Number, at, "nationalIds[].number")
	}
	v.text(p.Phone, at, "phone")
	v.text(p.Email, at, "email")
	v.address(&p.Address, at, "address")
	v.bankAccount(&p.BankAccount, at, "bankAccount")
	v.text(p.IP, at, "ip")
	v.text(p.DeviceID, at, "deviceId")
	v.money(&p.Income, at, "income")
	v.text(p.Occupation, at, "occupation")
	v.text(p.Employer, at, "employer")
	v.money(&p.AuthorityLimit, at, "authorityLimit")
	v.text(p.Specialty, at, "specialty")
}

func (v *validator) address(a *Address, at ...string) {
	v.within(a.Line1, "line1", at)
	v.within(a.Line2, "line2", at)
	v.within(a.City, "city", at)
	v.within(a.Region, "region", at)
	v.within(a.Postcode, "postcode", at)
	v.within(a.Kind, "kind", at)
	if !countryCode(a.Country) {
		v.fail(Invalid, hintCountry, append(at, "country")...)
	}
}

func (v *validator) bankAccount(b *BankAccount, at ...string) {
	v.within(b.IBAN, "iban", at)
	v.within(b.Routing, "routing", at)
	v.within(b.Number, "number", at)
	if !countryCode(b.Country) {
		v.fail(Invalid, hintCountry, append(at, "country")...)
	}
}

func (v *validator) vehicle(c *Vehicle) {
	v.text(c.VIN, "vehicle.vin")
	v.text(c.Plate, "vehicle.plate")
	v.text(c.Make, "vehicle.make")
	v.text(c.Model, "vehicle.model")
	v.text(c.Category, "vehicle.category")
	if c.Year != 0 && (c.Year < 1885 || c.Year > v.now.Year()+2) {
		v.fail(Invalid, "a model year from 1885 to two years ahead", "vehicle.year")
	}
	v.money(&c.MarketValue, "vehicle.marketValue")
}

func (v *validator) property(p *Property) {
	v.text(p.Kind, "property.kind")
	v.text(p.Tenure, "property.tenure")
	v.address(&p.Address, "property.address")
	v.money(&p.MarketValue, "property.marketValue")
}

func (v *validator) device(d *Device) {
	v.text(d.IMEI, "device.imei")
	v.text(d.Serial, "device.serial")
	v.text(d.Make, "device.make")
	v.text(d.Model, "device.model")
	v.money(&d.Price, "device.price")
}

func (v *validator) loss(l *Loss) {
	v.past(l.Time, "loss.time")
	v.past(l.Reported, "loss.reported")
	v.text(l.Place.Line1, "loss.place.line1")
	v.text(l.Place.City, "loss.place.city")
	v.text(l.Place.Region, "loss.place.region")
	v.text(l.Place.Postcode, "loss.place.postcode")
	v.country(l.Place.Country, "loss.place.country")
	v.text(l.Place.Area, "loss.place.area")
	v.degrees(l.Place.Latitude, 90, "loss.place.latitude")
	v.degrees(l.Place.Longitude, 180, "loss.place.longitude")
	v.text(l.Cause, "loss.cause")
	v.text(l.Severity, "loss.severity")
	v.text(l.DamageClass, "loss.damageClass")
	v.text(l.Fault, "loss.fault")
	v.text(l.PoliceReportNumber, "loss.policeReportNumber")
	v.count(l.Witnesses, "loss.witnesses")
	v.count(l.Injuries, "loss.injuries")
	v.text(l.Authorities, "loss.authorities")
	v.text(l.Weather.Source, "loss.weather.source")
	v.measure(l.Weather.WindKph, "loss.weather.windKph")
	v.measure(l.Weather.RainMillimetres, "loss.weather.rainMm")
}

func (v *validator) amounts(a *Amounts) {
	v.money(&a.Claimed, "amounts.claimed")
	v.money(&a.Estimate, "amounts.estimate")
	v.money(&a.Reserve, "amounts.reserve")
	v.money(&a.Paid, "amounts.paid")
	v.money(&a.Deductible, "amounts.deductible")
	v.money(&a.Cash, "amounts.cash")
	v.money(&a.Recovered, "amounts.recovered")
}

// What the rules for names say, for errors.
const (
	HintInsurer = "1 to 64 characters of a-z, 0-9, - and _"
	HintID      = "1 to 128 characters of any script, blanks and signs too, but no control characters"
)

// ValidInsurer reports whether name may name an insurer. It is the one rule: keys, topics and files are named after insurers.
func ValidInsurer(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// ValidID reports whether id may number a claim. It is the one rule for schema, import and pipeline: houses write their
// numbers with blanks, signs and letters of any script.
func ValidID(id string) bool {
	if id == "" || len(id) > 128 && utf8.RuneCountInString(id) > 128 || !utf8.ValidString(id) {
		return false
	}
	return strings.IndexFunc(id, unicode.IsControl) < 0
}
