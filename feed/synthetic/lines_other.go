package synthetic

import (
	"fmt"
	"time"

	"tallystick/claim"
)

// services are what clinics bill: code, minutes, usual price.
var services = []struct {
	code, diagnosis, description string
	minutes, price               float64
}{
	{"99213", "M54.5", "office visit", 20, 110},
	{"99214", "M54.5", "office visit, longer", 30, 165},
	{"97110", "M54.5", "therapeutic exercise", 15, 62},
	{"97140", "S13.4", "manual therapy", 15, 58},
	{"71046", "J18.9", "chest X-ray", 0, 90},
	{"73721", "S83.2", "MRI of a joint", 0, 640},
	{"80053", "E11.9", "metabolic panel", 0, 35},
	{"93000", "I10", "electrocardiogram", 0, 48},
}

func (w *world) invoice() string {
	w.given.invoices++
	return fmt.Sprintf("INV-%07d", w.given.invoices)
}

func (w *world) health(e *claim.Event, ins *insurer) {
	e.Policy.Product, e.Loss.Cause = "medical", "illness"
	e.Loss.Place = claim.Place{}
	e.Parties = append(e.Parties, ins.clinics[w.r.IntN(len(ins.clinics))])
	w.bill(e, ins, 1+w.r.IntN(4), 1)
	if w.chance(0.15) {
		in := e.Loss.Time.Time()
		nights := 1 + w.r.IntN(6)
		e.Admissions = []claim.Admission{{From: claim.On(in), To: claim.On(in.AddDate(0, 0, nights)),
			Diagnosis: e.Items[0].Diagnosis,
			Orders:    new(2*nights + w.r.IntN(8)), Party: new(len(e.Parties) - 1)}}
		// The stay ends after the report at times; a bill is written only afterwards.
		if e.Admissions[0].To.Time().After(e.Recorded.Time()) {
			e.Admissions[0].To = claim.When{}
		}
	}
}

// bill has the last party bill n services at factor times the usual price.
func (w *world) bill(e *claim.Event, ins *insurer, n int, factor float64) {
	total := 0.0
	invoice := w.invoice()
	e.Items = nil
	for range n {
		s := services[w.r.IntN(len(services))]
		price := s.price * w.between(0.85, 1.2) * factor
		total += price
		item := claim.Item{System: "cpt", Code: s.code, Diagnosis: s.diagnosis, Description: s.description,
			Quantity: new(1.0),
			Amount:   ins.money(price), From: claim.On(e.Loss.Time.Time()), Invoice: invoice,
			Party: new(len(e.Parties) - 1)}
		if s.minutes > 0 {
			item.Minutes = new(s.minutes)
		}
		e.Items = append(e.Items, item)
	}
	e.Amounts.Claimed = ins.money(total)
	e.Policy.SumInsured = ins.money(50000)
}

func (w *world) buildings(e *claim.Event, ins *insurer, local time.Time) {
	e.Policy.Product = "home"
	e.Loss.Cause = w.pick([]string{"water", "water", "fire", "burglary", "hail"})
	e.Property = claim.Property{Kind: w.pick([]string{"house", "flat"}), Tenure: w.pick([]string{"own", "rent"}),
		Address:     e.Claimant.Address,
		MarketValue: ins.money(w.between(120000, 600000))}
	e.Loss.Place.Line1, e.Loss.Place.Postcode = e.Claimant.Address.Line1, e.Claimant.Address.Postcode
	w.amounts(e, ins, 4200)
	if e.Loss.Cause == "hail" {
		e.Loss.Weather = claim.Weather{Source: "station", Hail: new(true), RainMillimetres: round4(w.between(5, 40))}
	}
	if e.Loss.Cause == "burglary" {
		e.Loss.PoliceReport = new(w.chance(0.9))
		for range 1 + w.r.IntN(4) {
			e.Items = append(e.Items,
				claim.Item{System: "object",
					Description: w.pick([]string{"laptop", "necklace", "bicycle", "camera", "television"}),
					Amount:      ins.money(w.between(120, 1500)),
					Purchased:   claim.On(local.AddDate(0, -2-w.r.IntN(70), 0)),
					Receipt:     new(w.chance(0.7))})
		}
	}
	e.Parties = append(e.Parties, ins.vendors[w.r.IntN(len(ins.vendors))])
}

func (w *world) life(e *claim.Event, ins *insurer, p person, local time.Time) {
	e.Policy.Product, e.Loss.Cause, e.Loss.Severity = "term life", "death", "total"
	inception := local.AddDate(-2-w.r.IntN(20), 0, -w.r.IntN(300))
	e.Policy.Inception, e.Policy.Expiry = claim.On(inception), claim.On(inception.AddDate(30, 0, 0))
	insured := w.newPerson(ins, local.AddDate(-20, 0, 0)).party
	insured.Role, insured.DeathDate = claim.Insured, claim.On(e.Loss.Time.Time())
	e.Loss.Time = insured.DeathDate
	e.Parties = append(e.Parties, insured)
	sum := 10000 * float64(2+w.r.IntN(20))
	e.Policy.SumInsured, e.Amounts.Claimed = ins.money(sum), ins.money(sum)
	e.Documents = append(e.Documents, claim.Document{SHA256: w.hex(4), MediaType: "application/pdf",
		Kind: "death-certificate"})
}

func (w *world) travel(e *claim.Event, ins *insurer) {
	e.Policy.Product, e.Loss.Cause = "single trip", w.pick([]string{"baggage", "illness", "theft"})
	e.Loss.Place = claim.Place{City: w.pick([]string{"Lisbon", "Osaka", "Nairobi", "Lima", "Oslo"}),
		Country: w.pick([]string{"PT", "JP", "KE", "PE", "NO"})}
	e.Policy.Expiry = claim.On(e.Recorded.Time().AddDate(0, 0, 1+w.r.IntN(20)))
	w.amounts(e, ins, 700)
	if e.Loss.Cause == "theft" {
		e.Amounts.Cash = ins.money(w.between(20, 150))
	}
}

func (w *world) phoneOrTablet(e *claim.Event, ins *insurer, local time.Time) {
	w.given.devices++
	e.Policy.Product, e.Loss.Cause = "device", w.pick([]string{"breakage", "breakage", "theft"})
	e.Device = claim.Device{IMEI: imei(w.given.devices), Serial: fmt.Sprintf("SN%s", w.hex(1)[:10]),
		Make:      w.pick([]string{"Aurora", "Basalt", "Cirrus"}),
		Model:     w.pick([]string{"One", "Lite", "Max"}),
		Purchased: claim.On(local.AddDate(0, -3-w.r.IntN(24), -w.r.IntN(28)))}
	w.amounts(e, ins, 320)
	e.Device.Price = ins.money(e.Amounts.Claimed.Amount.InexactFloat64() * w.between(1.1, 2))
	e.Policy.SumInsured = e.Device.Price
	e.Parties = append(e.Parties, ins.vendors[w.r.IntN(len(ins.vendors))])
}
