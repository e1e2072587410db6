package feature

import (
	"strings"

	"tallystick/claim"
)

// attributePrefix begins the names of features that a line or feed adds.
const attributePrefix = "attributes."

// Attribute returns the feature that an attribute of the event is: a text or flag is a category, a number or amount a
// number, a date the days from it to the loss. The name is attributes.NAME, and attributes.NAME.days of a date.
func attribute(name string) Feature {
	inner, days := strings.CutSuffix(strings.TrimPrefix(name, attributePrefix), ".days")
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
