package synthetic

import (
	"math"
	"time"

	"tallystick/claim"
)

// withRole replaces the parties of the given roles by p, so that p plays that part in the claim.
func withRole(e *claim.Event, p claim.Party) {
	for i := range e.Parties {
		if e.Parties[i].Role == p.Role {
			e.Parties[i] = p
			return
		}
	}
	e.Parties = append(e.Parties, p)
}

// as returns what a claim says of a person who is not its claimant.
func as(role claim.Role, p claim.Party) claim.Party {
	return claim.Party{Role: role, Name: p.Name, Phone: p.Phone, Address: p.Address, BankAccount: p.BankAccount}
}

// scale multiplies what is claimed.
func scale(e *claim.Event, ins *insurer, factor float64) {
	e.Amounts.Claimed = ins.money(e.Amounts.Claimed.Amount.InexactFloat64() * factor)
	if sum := e.Policy.SumInsured.Amount; sum.LessThan(e.Amounts.Claimed.Amount) {
		e.Policy.SumInsured = ins.money(math.Ceil(e.Amounts.Claimed.Amount.InexactFloat64()/1000) * 1000)
	}
}

// startRing makes three to five people who stage accidents with each other: who claims today is the witness, driver or
// other side tomorrow. They share two telephones and two accounts, some an address, and one garage bills for all.
func startRing(w *world) group {
	ins := w.insurer()
	size := 4 + w.r.IntN(5)
	var people []person
	var garage claim.Party
	make1 := func(at time.Time, turn int) claim.Event {
		if people == nil {
			for range 3 + w.r.IntN(3) {
				people = append(people, w.newPerson(ins, at))
			}
			for i := range people {
				people[i].party.Phone = people[i%2].party.Phone
				if people[i].party.Phone == "" {
					people[i].party.Phone = w.phone(ins)
					people[i%2].party.Phone = people[i].party.Phone
				}
				people[i].party.BankAccount = people[i%2].party.BankAccount
				if i > 0 && w.chance(0.4) {
					people[i].party.Address = people[0].party.Address
				}
			}
			garage = ins.repairers[w.r.IntN(len(ins.repairers))]
		}
		who := people[turn%len(people)]
		e := w.claimOf(ins, claim.LineMotor, who, at)
		e.Vehicle = w.vehicleOf(who, turn, at)
		e.Loss.Cause, e.Loss.Severity, e.Loss.Fault = "collision", "major", "third-party"
		e.Loss.Weather, e.Telematics = claim.Weather{}, nil
		e.Loss.Witnesses, e.Loss.Injuries, e.Loss.PoliceReport = new(1), new(1+w.r.IntN(2)), new(w.chance(0.2))
		withRole(&e, garage)
		withRole(&e, as(claim.ThirdParty, people[(turn+1)%len(people)].party))
		withRole(&e, as(claim.Witness, people[(turn+2)%len(people)].party))
		scale(&e, ins, 1.7)
		e.Payments = nil
		return e
	}
	return repeat(size, 9, make1)
}

// vehicleOf gives a person of a ring another car now and then.
func (w *world) vehicleOf(p person, turn int, at time.Time) claim.Vehicle {
	car := p.car
	if turn%3 == 2 {
		w.given.vehicles++
		car.VIN = vin(*car.Year, w.given.vehicles)
	}
	return car
}

func repeat(n int, days float64, make1 func(at time.Time, turn int) claim.Event) group {
	g := group{days: days}
	for turn := range n {
		g.makers = append(g.makers, func(at time.Time) claim.Event { return make1(at, turn) })
	}
	return g
}

// startDuplicate claims one loss under two or three policies, at different insurers where there are several.
func startDuplicate(w *world) group {
	ins := w.insurer()
	line := []claim.Line{claim.LineMotor, claim.LineDevice}[w.r.IntN(2)]
	var first claim.Event
	return repeat(2+w.r.IntN(2), 4, func(at time.Time, turn int) claim.Event {
		if turn == 0 {
			first = w.claimOf(ins, line, w.customer(ins, at), at)
			first.Telematics = nil
			if len(first.Documents) == 0 {
				first.Documents = []claim.Document{{SHA256: w.hex(4), MediaType: "image/jpeg", Kind: "photo",
					PerceptualHash: w.hex(1)}}
			}
			first.Narrative = w.story(&first)
			return first
		}
		other := w.insurer()
		p := w.newPerson(other, at)
		e := w.claimOf(other, line, p, at)
		e.Claimant.Name, e.Claimant.BirthDate, e.Claimant.NationalIDs = first.Claimant.Name, first.Claimant.BirthDate,
			first.Claimant.NationalIDs
		e.Vehicle, e.Device, e.Documents, e.Narrative, e.Telematics = first.Vehicle, first.Device, first.Documents,
			first.Narrative, nil
		// The other insurer's currency is not the vehicle's.
		e.Vehicle.MarketValue, e.Device.Price = claim.Money{}, claim.Money{}
		place, reported := first.Loss.Place, e.Loss.Reported
		e.Loss = first.Loss
		e.Loss.Place, e.Loss.Reported = place, reported
		return e
	})
}

// startEarly has a loss within days of the policy, or of a rise of its sum, for nearly all that is covered.
func startEarly(w *world) group {
	ins := w.insurer()
	line := []claim.Line{claim.LineMotor, claim.LineProperty, claim.LineDevice}[w.r.IntN(3)]
	return repeat(1+w.r.IntN(2), 20, func(at time.Time, _ int) claim.Event {
		e := w.claimOf(ins, line, w.newPerson(ins, at), at)
		loss := e.Loss.Time.Time()
		begin := loss.AddDate(0, 0, -1-w.r.IntN(13))
		e.Telematics = nil
		e.Policy.Inception, e.Policy.Expiry = claim.On(begin), claim.On(begin.AddDate(1, 0, 0))
		scale(&e, ins, 2)
		claimed := e.Amounts.Claimed.Amount.InexactFloat64()
		e.Policy.SumInsured = ins.money(claimed * w.between(1.0, 1.04))
		if line == claim.LineProperty && w.chance(0.5) {
			e.Policy.Inception, e.Policy.Expiry = claim.On(loss.AddDate(0, 0, -200)), claim.On(loss.AddDate(0, 0, 165))
			e.Policy.Endorsements = []claim.Endorsement{{At: claim.On(begin), Kind: "limit-increase",
				Before: ins.money(claimed * 0.4), After: e.Policy.SumInsured}}
		}
		return e
	})
}

// startNearLimit has a vendor or garage and a handler settle amounts that nobody else has to look at.
func startNearLimit(w *world) group {
	ins := w.insurer()
	handler := ins.handlers[w.r.IntN(len(ins.handlers)-1)]
	garage := ins.repairers[w.r.IntN(len(ins.repairers))]
	limit := handler.AuthorityLimit.Amount.InexactFloat64()
	return repeat(3+w.r.IntN(4), 6, func(at time.Time, _ int) claim.Event {
		e := w.claimOf(ins, claim.LineMotor, w.newPerson(ins, at), at)
		withRole(&e, handler)
		withRole(&e, garage)
		e.Amounts.Claimed = ins.money(limit * w.between(0.962, 0.999))
		e.Amounts.Estimate = e.Amounts.Claimed
		e.Policy.SumInsured = ins.money(math.Ceil(limit*2/1000) * 1000)
		return e
	})
}

// startTelematics claims heavy damage of a collision that the recorder did not see, or saw elsewhere or as a nudge.
func startTelematics(w *world) group {
	ins := w.insurer()
	return repeat(1+w.r.IntN(2), 15, func(at time.Time, _ int) claim.Event {
		p := w.newPerson(ins, at)
		e := w.claimOf(ins, claim.LineMotor, p, at)
		e.Loss.Cause, e.Loss.Severity, e.Loss.Weather = "collision", "total", claim.Weather{}
		e.Loss.Injuries = new(1)
		w.recorder(&e, p, e.Recorded.Time())
		scale(&e, ins, 1.8)
		crash := &e.Telematics[1]
		switch w.r.IntN(3) {
		case 0: // a nudge in a car park
			crash.SpeedKph, crash.DeltaVKph, crash.Airbag = round4(w.between(2, 9)), round4(w.between(1, 5)), new(false)
		case 1: // far away
			far := w.between(0.7, 2)
			for i := range e.Telematics {
				e.Telematics[i].Latitude = round4(*e.Telematics[i].Latitude + far)
			}
		default: // parked all day
			e.Telematics = e.Telematics[:0:0]
			for hour := range 3 {
				e.Telematics = append(e.Telematics,
					claim.TelematicsEvent{At: claim.At(e.Loss.Time.Time().Add(time.Duration(hour-1) * time.Hour)),
						Kind: "position", SpeedKph: new(0.0), Latitude: round4(p.home.latitude),
						Longitude: round4(p.home.longitude)})
			}
		}
		return e
	})
}

// startIntermediary has an agent, garage or clinic bring many claims in a short time, each for too much, with invoices
// that come twice.
func startIntermediary(w *world) group {
	ins := w.insurer()
	line := []claim.Line{claim.LineMotor, claim.LineHealth}[w.r.IntN(2)]
	agent := ins.agents[w.r.IntN(len(ins.agents))]
	garage := ins.repairers[w.r.IntN(len(ins.repairers))]
	clinic := ins.clinics[w.r.IntN(len(ins.clinics))]
	invoice := ""
	return repeat(8+w.r.IntN(8), 0.9, func(at time.Time, turn int) claim.Event {
		e := w.claimOf(ins, line, w.newPerson(ins, at), at)
		if line == claim.LineMotor {
			withRole(&e, garage)
			withRole(&e, agent)
			e.Policy.Channel = "agent"
			scale(&e, ins, w.between(1.9, 3))
			return e
		}
		withRole(&e, clinic)
		for i := range e.Parties {
			if e.Parties[i].Role == claim.Provider {
				e.Parties[i], e.Parties[len(e.Parties)-1] = e.Parties[len(e.Parties)-1], e.Parties[i]
			}
		}
		e.Admissions = nil
		w.bill(&e, ins, 5+w.r.IntN(6), w.between(1.5, 2.2))
		if turn%3 == 2 {
			for i := range e.Items {
				e.Items[i].Invoice = invoice
			}
		}
		invoice = e.Items[0].Invoice
		return e
	})
}
