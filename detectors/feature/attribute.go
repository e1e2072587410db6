package feature

import (
	"strings"

	"tallystick/claim"
)

// attributePrefix begins the names of features that a line or feed adds.
const attributePrefix = "attributes."

// attribute returns the feature that an attribute of the event is: a text or flag is a category, a number or amount a
// number, a date the days from it to the loss, and the name of a month the weeks from the loss to it. The name is
// attributes.NAME, attributes.NAME.days of a date and attributes.NAME.weeks of a month.
func attribute(name string) Feature {
	inner, weeks := strings.CutSuffix(strings.TrimPrefix(name, attributePrefix), ".weeks")
	if weeks {
		return Feature{Name: name, Unit: "weeks", Missing: "no month, or the loss is not known to the month",
			Doc: "weeks from the loss to the month in the attribute " + inner +
				" of the feed, which has no year: within one year",
			get: func(r *reading) Value { return weeksTo(r.event, inner) }}
	}
	inner, days := strings.CutSuffix(inner, ".days")
	f := Feature{Name: name, Doc: "the attribute " + inner + " of the feed", Missing: notStated}
	if days {
		f.Doc, f.Unit = "days from the attribute "+inner+" of the feed to the loss", "days"
		f.get = func(r *reading) Value {
			a, ok := r.event.Attributes[inner]
			n, known := a.When.DaysUntil(r.event.Loss.Time)
			if !ok || !known {
				return Value{}
			}
			return number(float64(n))
		}
		return f
	}
	f.get = func(r *reading) Value {
		a, ok := r.event.Attributes[inner]
		if !ok {
			return Value{}
		}
		v, _ := ofAttribute(&a)
		return v
	}
	return f
}

// ofAttribute returns what an attribute says by itself and of which kind it is. A date says nothing by itself.
func ofAttribute(a *claim.Attribute) (Value, Kind) {
	switch {
	case a.Text != "":
		return category(a.Text), Category
	case a.Number != nil:
		return number(*a.Number), Number
	case a.Flag != nil:
		return flag(a.Flag), Category
	case !a.Money.IsZero():
		return number(a.Money.Amount.InexactFloat64()), Number
	}
	return Value{}, Number
}

// The ends of names by which an attribute is taken for a part of a date: lossWeekOfMonth, claimMonth, claimWeekOfMonth.
const (
	monthEnd = "Month"
	weekEnd  = "WeekOfMonth"
)

// weeksTo is how long after the loss a month without a year is, and of both the week where it is stated.
func weeksTo(e *claim.Event, name string) Value {
	m, ok := monthOf(e.Attributes[name].Text)
	if !ok || e.Loss.Time.Precision() < claim.Month {
		return Value{}
	}
	weeks := float64((m-int(e.Loss.Time.Time().Month())+12)%12) * (365.25 / 12 / 7)
	from, to := e.Attributes["loss"+weekEnd].Number, e.Attributes[strings.TrimSuffix(name, monthEnd)+weekEnd].Number
	if from != nil && to != nil {
		weeks += *to - *from
	}
	return number(weeks)
}

func monthOf(text string) (int, bool) {
	if len(text) < 3 {
		return 0, false
	}
	at := strings.Index("jan feb mar apr may jun jul aug sep oct nov dec", strings.ToLower(text[:3]))
	return at/4 + 1, at >= 0 && at%4 == 0
}
