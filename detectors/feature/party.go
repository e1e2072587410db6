package feature

import (
	"math"

	"tallystick/detectors/party"
)

// ofParties are the features that say what was known of the claim's parties before it came.
var ofParties = func() []Feature {
	all := []Feature{
		{Name: "hop.fraud", Unit: "log-odds", Rising: true, Missing: "never missing: 0 where nothing is known",
			Doc: "confirmed fraud among the earlier claims that share any party, shrunk to the base rate, as an offset",
			get: func(r *reading) Value { return number(r.known.Hop.Offset) }},
		{Name: "hop.claims", Unit: "claims a year", Missing: "never missing",
			Doc: "earlier claims that share any party, by year of memory, logarithm",
			get: func(r *reading) Value { return number(math.Log1p(r.known.Yearly(&r.known.Hop))) }},
		{Name: "people.fraud", Unit: "log-odds", Rising: true, Missing: "never missing",
			Doc: "as hop.fraud, but only over what belongs to people: persons, vehicles, accounts, telephones, addresses",
			get: func(r *reading) Value { return number(r.known.People.Offset) }},
		{Name: "people.claims", Unit: "claims a year", Missing: "never missing",
			Doc: "earlier claims that share a person or what belongs to one, by year of memory, logarithm",
			get: func(r *reading) Value { return number(math.Log1p(r.known.Yearly(&r.known.People))) }},
		{Name: "parties.persons", Missing: "never missing", Doc: "persons named on the claim",
			get: func(r *reading) Value { return number(float64(r.known.Of[party.Person].Parties)) }},
	}
	for g := range party.Groups {
		all = append(all, ofGroup(g)...)
	}
	return all
}()

func ofGroup(g party.Group) []Feature {
	name := g.String()
	of := func(r *reading) *party.Past { return &r.known.Of[g] }
	missing := "the claim names no " + name
	if1 := func(get func(*party.Past, *party.Known) Value) func(*reading) Value {
		return func(r *reading) Value {
			p := of(r)
			if p.Parties == 0 {
				return Value{}
			}
			return get(p, r.known)
		}
	}
	return []Feature{
		{Name: name + ".fraud", Unit: "log-odds", Rising: true, Missing: missing,
			Doc: "confirmed fraud among the earlier claims of its " + name + ", shrunk to the base rate, as an offset",
			get: if1(func(p *party.Past, _ *party.Known) Value { return number(p.Offset) })},
		{Name: name + ".claims", Unit: "claims a year", Missing: missing, Doc: "earlier claims of its " + name +
			", by year of memory, logarithm",
			get: if1(func(p *party.Past, k *party.Known) Value { return number(math.Log1p(k.Yearly(p))) })},
		{Name: "named." + name, Kind: Category, Missing: "never missing", Doc: "whether the claim names one: " + name,
			get: func(r *reading) Value {
				yes := of(r).Parties > 0
				return flag(&yes)
			}},
	}
}
