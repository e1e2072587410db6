package main

import (
	"tallystick/claim"
	"tallystick/signals"
)

// identifiersOf returns what of a claim may be looked up: what names its people, and where the money goes. Agents,
// garages, clinics and lawyers stand in many honest claims, so a signal about one is looked up by a person, by name.
func identifiersOf(e *claim.Event) []signals.Identifier {
	var ids []signals.Identifier
	seen := map[string]bool{}
	add := func(domain signals.Domain, country string, parts ...string) {
		id := signals.Identifier{Domain: domain, Country: country, Parts: parts}
		key := string(domain) + country
		empty := true
		for _, p := range parts {
			key += "\x00" + p
			empty = empty && p == ""
		}
		if !empty && !seen[key] && id.Check() == nil {
			seen[key] = true
			ids = append(ids, id)
		}
	}
	party := func(p *claim.Party) {
		add(signals.Phone, p.Address.Country, p.Phone)
		add(signals.Email, "", p.Email)
		account(add, p.BankAccount)
		if p.Name != "" && !p.BirthDate.IsZero() {
			add(signals.Person, "", p.Name, p.BirthDate.String())
		}
		if p.Address.Line1 != "" {
			add(signals.Address, p.Address.Country, p.Address.Line1, p.Address.Line2, p.Address.City,
				p.Address.Postcode)
		}
		for _, id := range p.NationalIDs {
			add(signals.NationalID, id.Country, id.Type, id.Number)
		}
	}
	party(&e.Claimant)
	for i := range e.Parties {
		switch e.Parties[i].Role {
		case claim.Driver, claim.Witness, claim.Insured, claim.ThirdParty:
			party(&e.Parties[i])
		}
	}
	for i := range e.Payments {
		account(add, e.Payments[i].BankAccount)
	}
	add(signals.Vehicle, "", e.Vehicle.VIN)
	for i := range e.Documents {
		add(signals.Document, "", e.Documents[i].SHA256)
	}
	return ids
}

func account(add func(signals.Domain, string, ...string), a claim.BankAccount) {
	add(signals.Account, "", a.IBAN, a.Routing, a.Number)
}
