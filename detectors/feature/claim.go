package feature

import (
	"math"

	"tallystick/claim"
)

const notStated = "not stated"

// ofClaim are the features of the claim itself. What is only known after the decision is none: stage, outcome, what was
// paid, reserved or recovered. No calendar month or weekday is one: fraud of one year says nothing of the same month in
// the next. Differences of dates are.
var ofClaim = []Feature{
	word("line", "line of business", func(e *claim.Event) string { return string(e.Line) }),
	word("policy.product", "product of the policy", func(e *claim.Event) string { return e.Policy.Product }),
	word("policy.channel", "how the policy was sold", func(e *claim.Event) string { return e.Policy.Channel }),
	personal(word("claimant.sex", "sex of the claimant", func(e *claim.Event) string { return e.Claimant.Sex })),
	personal(word("claimant.occupation", "occupation of the claimant", func(e *claim.Event) string {
		return e.Claimant.Occupation
	})),
	word("claimant.region", "region of the claimant's address", func(e *claim.Event) string {
		return e.Claimant.Address.Region
	}),
	word("claimant.address.kind", "kind of the claimant's address", func(e *claim.Event) string {
		return e.Claimant.Address.Kind
	}),
	word("vehicle.make", "make of the vehicle", func(e *claim.Event) string { return e.Vehicle.Make }),
	word("vehicle.model", "model of the vehicle", func(e *claim.Event) string { return e.Vehicle.Model }),
	word("vehicle.category", "category of the vehicle", func(e *claim.Event) string { return e.Vehicle.Category }),
	yesNo("vehicle.commercial", "the vehicle is used commercially", func(e *claim.Event) *bool {
		return e.Vehicle.Commercial
	}),
	word("property.kind", "kind of the property", func(e *claim.Event) string { return e.Property.Kind }),
	word("property.tenure", "owned or rented", func(e *claim.Event) string { return e.Property.Tenure }),
	yesNo("property.commercial", "the property is used commercially", func(e *claim.Event) *bool {
		return e.Property.Commercial
	}),
	word("device.make", "make of the device", func(e *claim.Event) string { return e.Device.Make }),
	word("device.model", "model of the device", func(e *claim.Event) string { return e.Device.Model }),
	word("loss.cause", "cause of the loss", func(e *claim.Event) string { return e.Loss.Cause }),
	word("loss.severity", "severity of the loss", func(e *claim.Event) string { return e.Loss.Severity }),
	word("loss.damageClass", "class of the damage", func(e *claim.Event) string { return e.Loss.DamageClass }),
	word("loss.fault", "who was at fault", func(e *claim.Event) string { return e.Loss.Fault }),
	word("loss.authorities", "who was called", func(e *claim.Event) string { return e.Loss.Authorities }),
	word("loss.city", "city of the loss", func(e *claim.Event) string { return e.Loss.Place.City }),
	word("loss.region", "region of the loss", func(e *claim.Event) string { return e.Loss.Place.Region }),
	word("loss.country", "country of the loss", func(e *claim.Event) string { return e.Loss.Place.Country }),
	word("loss.area", "urban or rural", func(e *claim.Event) string { return e.Loss.Place.Area }),
	yesNo("loss.policeReport", "the police took a report", func(e *claim.Event) *bool { return e.Loss.PoliceReport }),
	yesNo("loss.hail", "a weather service saw hail", func(e *claim.Event) *bool { return e.Loss.Weather.Hail }),
	yesNo("loss.flood", "a weather service saw flood", func(e *claim.Event) *bool { return e.Loss.Weather.Flood }),
	counted("loss.witnesses", "third-party witnesses", func(e *claim.Event) *int { return e.Loss.Witnesses }),
	counted("loss.injuries", "people injured", func(e *claim.Event) *int { return e.Loss.Injuries }),
	{Name: "loss.hour", Doc: "hour of the day of the loss, in its own zone", Unit: "hours",
		Missing: "the loss is not known to the hour", get: hour},

	between("days.inception.loss", "from the start of cover to the loss", func(e *claim.Event) (a, b claim.When) {
		return e.Policy.Inception, e.Loss.Time
	}),
	between("days.loss.expiry", "from the loss to the end of cover", func(e *claim.Event) (a, b claim.When) {
		return e.Loss.Time, e.Policy.Expiry
	}),
	between("days.loss.reported", "from the loss to its report", func(e *claim.Event) (a, b claim.When) {
		return e.Loss.Time, e.Loss.Reported
	}),
	between("days.reported.recorded", "from the report to the record", func(e *claim.Event) (a, b claim.When) {
		return e.Loss.Reported, e.Recorded
	}),
	between("days.increase.loss", "from the last rise of the sum insured to the loss",
		func(e *claim.Event) (a, b claim.When) { return lastIncrease(e), e.Loss.Time }),
	between("days.notice.loss", "from the notice of cancellation to the loss", func(e *claim.Event) (a, b claim.When) {
		return e.Policy.CancellationNotice, e.Loss.Time
	}),
	between("days.reinstated.loss", "from reinstatement to the loss", func(e *claim.Event) (a, b claim.When) {
		return e.Policy.Reinstated, e.Loss.Time
	}),
	between("days.purchase.loss", "from the purchase of the device to the loss",
		func(e *claim.Event) (a, b claim.When) { return e.Device.Purchased, e.Loss.Time }),
	between("days.address.loss", "from the claimant's last change of address to the loss",
		func(e *claim.Event) (a, b claim.When) { return e.Claimant.Address.Since, e.Loss.Time }),
	between("days.account.loss", "from the claimant's last change of account to the loss",
		func(e *claim.Event) (a, b claim.When) { return e.Claimant.BankAccount.Since, e.Loss.Time }),
	between("days.customer.loss", "from the claimant's first contract to the loss",
		func(e *claim.Event) (a, b claim.When) { return e.Claimant.Since, e.Loss.Time }),

	money("amounts.claimed", "amount claimed", func(e *claim.Event) claim.Money { return e.Amounts.Claimed }),
	money("amounts.estimate", "the assessor's estimate", func(e *claim.Event) claim.Money {
		return e.Amounts.Estimate
	}),
	money("amounts.deductible", "deductible", func(e *claim.Event) claim.Money { return e.Amounts.Deductible }),
	money("amounts.cash", "part of the loss that was cash", func(e *claim.Event) claim.Money { return e.Amounts.Cash }),
	money("policy.premium", "premium of a year", func(e *claim.Event) claim.Money { return e.Policy.Premium }),
	money("policy.sumInsured", "sum insured", func(e *claim.Event) claim.Money { return e.Policy.SumInsured }),
	money("vehicle.marketValue", "market value of the vehicle", func(e *claim.Event) claim.Money {
		return e.Vehicle.MarketValue
	}),
	money("property.marketValue", "market value of the property", func(e *claim.Event) claim.Money {
		return e.Property.MarketValue
	}),
	money("device.price", "price of the device", func(e *claim.Event) claim.Money { return e.Device.Price }),
	personal(money("claimant.income", "income of the claimant", func(e *claim.Event) claim.Money {
		return e.Claimant.Income
	})),
	ratio("claimed.of.sum", "amount claimed as a share of the sum insured", func(e *claim.Event) (a, b claim.Money) {
		return e.Amounts.Claimed, e.Policy.SumInsured
	}),
	ratio("claimed.of.estimate", "amount claimed as a share of the estimate", func(e *claim.Event) (a, b claim.Money) {
		return e.Amounts.Claimed, e.Amounts.Estimate
	}),
	ratio("claimed.of.premium", "amount claimed in yearly premiums", func(e *claim.Event) (a, b claim.Money) {
		return e.Amounts.Claimed, e.Policy.Premium
	}),
	ratio("claimed.of.vehicle", "amount claimed as a share of the vehicle's value",
		func(e *claim.Event) (a, b claim.Money) { return e.Amounts.Claimed, e.Vehicle.MarketValue }),
	ratio("sum.of.vehicle", "sum insured as a share of the vehicle's value", func(e *claim.Event) (a, b claim.Money) {
		return e.Policy.SumInsured, e.Vehicle.MarketValue
	}),
	ratio("sum.of.property", "sum insured as a share of the property's value", func(e *claim.Event) (a, b claim.Money) {
		return e.Policy.SumInsured, e.Property.MarketValue
	}),
	ratio("claimed.of.price", "amount claimed as a share of the device's price",
		func(e *claim.Event) (a, b claim.Money) { return e.Amounts.Claimed, e.Device.Price }),
	ratio("claimed.of.limit", "amount claimed as a share of what the handler may settle alone",
		func(e *claim.Event) (a, b claim.Money) { return e.Amounts.Claimed, handlerLimit(e) }),
	{Name: "claimed.zeros", Doc: "zeros at the end of the amount claimed, in whole units", Missing: "no amount claimed",
		get: zeros},
	{Name: "vehicle.age", Doc: "age of the vehicle at the loss", Unit: "years", Missing: notStated, get: vehicleAge},
	{Name: "items", Doc: "lines of invoices", Missing: "never missing", get: func(r *reading) Value {
		return number(float64(len(r.event.Items)))
	}},
	{Name: "documents", Doc: "pieces of evidence", Missing: "never missing", get: func(r *reading) Value {
		return number(float64(len(r.event.Documents)))
	}},
}

func word(name, doc string, of func(*claim.Event) string) Feature {
	return Feature{Name: name, Doc: doc, Kind: Category, Missing: notStated, get: func(r *reading) Value {
		return category(of(r.event))
	}}
}

func yesNo(name, doc string, of func(*claim.Event) *bool) Feature {
	return Feature{Name: name, Doc: doc, Kind: Category, Missing: notStated, get: func(r *reading) Value {
		return flag(of(r.event))
	}}
}

func counted(name, doc string, of func(*claim.Event) *int) Feature {
	return Feature{Name: name, Doc: doc, Missing: notStated, get: func(r *reading) Value { return count(of(r.event)) }}
}

func between(name, doc string, of func(*claim.Event) (from, to claim.When)) Feature {
	return Feature{Name: name, Doc: "days " + doc, Unit: "days", Missing: "one of the two is not known to the day",
		get: func(r *reading) Value {
			from, to := of(r.event)
			days, ok := from.DaysUntil(to)
			if !ok {
				return Value{}
			}
			return number(float64(days))
		}}
}

// money is the amount in its own currency: an install has one, or as many models as it has currencies.
func money(name, doc string, of func(*claim.Event) claim.Money) Feature {
	return Feature{Name: name, Doc: doc, Unit: "money", Missing: notStated, get: func(r *reading) Value {
		m := of(r.event)
		if m.IsZero() {
			return Value{}
		}
		return number(m.Amount.InexactFloat64())
	}}
}

func ratio(name, doc string, of func(*claim.Event) (part, whole claim.Money)) Feature {
	return Feature{Name: name, Doc: doc, Missing: "one of the two is not stated, or they are of two currencies",
		get: func(r *reading) Value {
			part, whole := of(r.event)
			if part.IsZero() || whole.IsZero() || part.Currency != whole.Currency || whole.Amount.IsZero() {
				return Value{}
			}
			return number(part.Amount.InexactFloat64() / whole.Amount.InexactFloat64())
		}}
}

func personal(f Feature) Feature {
	f.Personal = true
	return f
}

func hour(r *reading) Value {
	w := r.event.Loss.Time
	if w.Precision() != claim.Instant {
		return Value{}
	}
	return number(float64(w.Time().Hour()))
}

func lastIncrease(e *claim.Event) (last claim.When) {
	for i := range e.Policy.Endorsements {
		n := &e.Policy.Endorsements[i]
		if n.Kind == "limit-increase" && (last.IsZero() || last.Time().Before(n.At.Time())) {
			last = n.At
		}
	}
	return last
}

func handlerLimit(e *claim.Event) claim.Money {
	for i := range e.Parties {
		if e.Parties[i].Role == claim.Handler {
			return e.Parties[i].AuthorityLimit
		}
	}
	return claim.Money{}
}

func vehicleAge(r *reading) Value {
	if r.event.Vehicle.Year == nil || r.event.Loss.Time.IsZero() {
		return Value{}
	}
	return number(float64(r.event.Loss.Time.Time().Year() - *r.event.Vehicle.Year))
}

func zeros(r *reading) Value {
	m := r.event.Amounts.Claimed
	if m.IsZero() {
		return Value{}
	}
	whole := math.Round(m.Amount.InexactFloat64())
	n := 0
	for whole != 0 && n < 6 && math.Mod(whole, 10) == 0 {
		whole /= 10
		n++
	}
	return number(float64(n))
}
