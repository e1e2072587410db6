package synthetic

import (
	"fmt"
	"math"
	"time"

	"tallystick/claim"
)

// honest makes a claim with nothing to it.
func (w *world) honest(at time.Time) claim.Event {
	ins := w.insurer()
	line := []claim.Line{claim.LineMotor, claim.LineMotor, claim.LineMotor, claim.LineMotor, claim.LineHealth,
		claim.LineHealth,
		claim.LineHealth, claim.LineProperty, claim.LineProperty, claim.LineDevice, claim.LineTravel,
		claim.LineLife}[w.r.IntN(12)]
	return w.claimOf(ins, line, w.customer(ins, at), at)
}

// claimOf makes an honest claim of p, recorded at the given time. The makers of fraud change it afterwards.
func (w *world) claimOf(ins *insurer, line claim.Line, p person, at time.Time) claim.Event {
	ins.claims++
	local := at.In(ins.market.zone).Truncate(time.Second)
	e := claim.Event{Insurer: ins.name, Revision: 1, Line: line, Stage: claim.Notified, Recorded: claim.At(local),
		Claimant: p.party}
	e.ID = fmt.Sprintf("%s-%d-%07d", map[claim.Line]string{claim.LineMotor: "M", claim.LineHealth: "H",
		claim.LineProperty: "B",
		claim.LineLife:     "L", claim.LineTravel: "T", claim.LineDevice: "D"}[line], at.Year(), ins.claims)
	w.policyOf(&e, ins, p, local)
	w.lossOf(&e, p, local)
	e.Parties = append(e.Parties, ins.handlers[w.r.IntN(len(ins.handlers))])
	if w.chance(0.7) {
		e.Policy.Channel = "agent"
		e.Parties = append(e.Parties, ins.agents[w.r.IntN(len(ins.agents))])
	}
	switch line {
	case claim.LineMotor:
		w.motor(&e, ins, p, local)
	case claim.LineHealth:
		w.health(&e, ins)
	case claim.LineProperty:
		w.buildings(&e, ins, local)
	case claim.LineLife:
		w.life(&e, ins, p, local)
	case claim.LineTravel:
		w.travel(&e, ins)
	case claim.LineDevice:
		w.phoneOrTablet(&e, ins, local)
	}
	w.evidence(&e)
	if w.chance(0.3) {
		e.Payments = []claim.Payment{{Amount: e.Amounts.Claimed, Method: "transfer", BankAccount: p.party.BankAccount}}
	}
	return e
}

func (w *world) policyOf(e *claim.Event, ins *insurer, p person, local time.Time) {
	inception := local.AddDate(0, 0, -60-w.r.IntN(290))
	e.Policy = claim.Policy{Number: p.policy, Inception: claim.On(inception),
		Expiry: claim.On(inception.AddDate(1, 0, 0)), Channel: "direct",
		Premium: ins.money(w.between(180, 1800))}
}

// lossOf puts the loss some days before the report, mostly by day.
func (w *world) lossOf(e *claim.Event, p person, local time.Time) {
	reported := local.Add(-time.Duration(w.r.IntN(18)) * time.Hour)
	lag := min(time.Duration(w.r.ExpFloat64()*52)*time.Hour, 40*24*time.Hour) + 90*time.Minute
	hour := 13 + int(w.r.NormFloat64()*4.2)
	if hour < 0 || hour > 23 {
		hour = w.r.IntN(24)
	}
	day := reported.Add(-lag)
	loss := time.Date(day.Year(), day.Month(), day.Day(), hour, w.r.IntN(60), 0, 0, local.Location())
	if !loss.Before(reported) {
		loss = loss.AddDate(0, 0, -1)
	}
	e.Loss.Time, e.Loss.Reported = claim.At(loss), claim.On(reported)
	if w.chance(0.2) {
		e.Loss.Time = claim.On(loss)
	}
	e.Loss.Place = claim.Place{City: p.home.name, Region: p.home.region, Country: e.Claimant.Address.Country}
	if w.chance(0.6) {
		e.Loss.Place.Latitude, e.Loss.Place.Longitude = w.near(p.home, 0.06)
	}
	e.Loss.Severity = []string{"trivial", "minor", "minor", "minor", "major", "major", "total"}[w.r.IntN(7)]
}

// near returns a point some degrees around a town.
func (w *world) near(c city, degrees float64) (latitude, longitude *float64) {
	return round4(c.latitude + degrees*(2*w.r.Float64()-1)), round4(c.longitude + degrees*(2*w.r.Float64()-1))
}

func round4(f float64) *float64 {
	return new(math.Round(f*1e4) / 1e4)
}

// amounts draws a claimed amount around a median, skewed to the right, for the severity, and sets limits around it.
func (w *world) amounts(e *claim.Event, ins *insurer, median float64) {
	factor := map[string]float64{"trivial": 0.25, "minor": 0.7, "major": 1.6, "total": 3}[e.Loss.Severity]
	amount := median * factor * math.Exp(0.45*w.r.NormFloat64())
	if w.chance(0.12) {
		amount = math.Ceil(amount/50) * 50 // some estimates are round
	}
	sum := math.Ceil(amount*w.between(1.6, 6)/1000) * 1000
	e.Policy.SumInsured = ins.money(sum)
	e.Amounts.Claimed = ins.money(amount)
	if w.chance(0.5) {
		e.Amounts.Estimate = ins.money(amount * w.between(0.85, 1.1))
	}
	if w.chance(0.6) {
		e.Amounts.Deductible = ins.money([]float64{100, 250, 300, 500}[w.r.IntN(4)])
	}
}

func (w *world) motor(e *claim.Event, ins *insurer, p person, local time.Time) {
	e.Policy.Product = "private car"
	e.Vehicle = p.car
	e.Loss.Cause = []string{"collision", "collision", "collision", "collision", "glass", "theft", "hail"}[w.r.IntN(7)]
	e.Loss.Place.Area = w.pick([]string{"urban", "urban", "rural"})
	w.amounts(e, ins, 3100)
	e.Parties = append(e.Parties, ins.repairers[w.r.IntN(len(ins.repairers))])
	switch e.Loss.Cause {
	case "collision":
		e.Loss.Fault = w.pick([]string{"claimant", "third-party", "third-party", "shared"})
		e.Loss.PoliceReport = new(w.chance(0.55))
		e.Loss.Injuries = new(max(0, w.r.IntN(9)-6))
		e.Loss.Witnesses = new(w.r.IntN(3))
		if e.Loss.Fault != "claimant" {
			other := w.newPerson(ins, local).party
			e.Parties = append(e.Parties, claim.Party{Role: claim.ThirdParty, Name: other.Name, Phone: other.Phone,
				Address: other.Address})
		}
		if w.chance(0.35) {
			w.recorder(e, p, local)
		}
	case "theft":
		e.Loss.Severity = "total"
		e.Loss.PoliceReport = new(true)
		e.Loss.PoliceReportNumber = fmt.Sprintf("PR-%06d", w.r.IntN(1_000_000))
	case "hail":
		e.Loss.Weather = claim.Weather{Source: "station", Hail: new(true), WindKph: round4(w.between(30, 90))}
	}
}

// recorder adds what the vehicle's recorder saw of a collision: a drive, a jolt in keeping with the damage, a stop.
func (w *world) recorder(e *claim.Event, p person, local time.Time) {
	if e.Loss.Time.Precision() != claim.Instant {
		e.Loss.Time = claim.At(e.Loss.Time.Time().Add(10 * time.Hour).In(local.Location()))
	}
	if e.Loss.Place.Latitude == nil {
		e.Loss.Place.Latitude, e.Loss.Place.Longitude = w.near(p.home, 0.06)
	}
	crash := e.Loss.Time.Time()
	jolt := map[string]float64{"trivial": 6, "minor": 13, "major": 28, "total": 46}[e.Loss.Severity] * w.between(0.8,
		1.25)
	lat, lon := e.Loss.Place.Latitude, e.Loss.Place.Longitude
	e.Telematics = []claim.TelematicsEvent{
		{At: claim.At(crash.Add(-time.Duration(5+w.r.IntN(40)) * time.Minute)), Kind: "trip-start", SpeedKph: new(0.0),
			Latitude: round4(*lat + w.between(-0.05, 0.05)), Longitude: round4(*lon + w.between(-0.05, 0.05))},
		{At: claim.At(crash), Kind: "crash", SpeedKph: round4(jolt * w.between(1, 1.8)), DeltaVKph: round4(jolt),
			Airbag: new(jolt > 25), Latitude: lat, Longitude: lon},
		{At: claim.At(crash.Add(time.Duration(1+w.r.IntN(30)) * time.Minute)), Kind: "trip-end", SpeedKph: new(0.0),
			Latitude: lat, Longitude: lon},
	}
}

// evidence adds documents and a narrative to most claims.
func (w *world) evidence(e *claim.Event) {
	for range w.r.IntN(4) {
		d := claim.Document{SHA256: w.hex(4), MediaType: "image/jpeg", Kind: "photo", PerceptualHash: w.hex(1)}
		if e.Loss.Place.Latitude != nil && e.Loss.Time.Precision() == claim.Instant && w.chance(0.5) {
			d.Taken = claim.At(e.Loss.Time.Time().Add(time.Duration(w.r.IntN(90)) * time.Minute))
			d.Latitude, d.Longitude = e.Loss.Place.Latitude, e.Loss.Place.Longitude
		}
		e.Documents = append(e.Documents, d)
	}
	if w.chance(0.7) {
		e.Narrative = w.story(e)
	}
}

// hex returns 64-bit words in small hex digits.
func (w *world) hex(words int) (s string) {
	for range words {
		s += fmt.Sprintf("%016x", w.r.Uint64())
	}
	return s
}

// story writes what happened, at times with the name and number that people put into such texts.
func (w *world) story(e *claim.Event) string {
	opening := w.pick([]string{"On the way home", "Around noon", "When I came back", "While I was out",
		"Shortly after I left", "During the evening", "Coming from work", "At the weekend"})
	cause := map[string][]string{
		"collision": {"another car pulled out in front of me", "we touched while changing lanes",
			"the driver behind me did not brake in time", "I slid into the car ahead at the junction"},
		"glass":    {"a stone hit the windscreen", "the side window cracked"},
		"theft":    {"I found that it was gone", "somebody had forced the lock"},
		"hail":     {"hail dented the roof and the bonnet", "the storm came with large hail"},
		"fire":     {"smoke came out of the kitchen", "a socket had started to burn"},
		"water":    {"a pipe had burst under the sink", "water came through the ceiling"},
		"burglary": {"the back door was open and things were missing", "drawers had been emptied"},
		"illness":  {"I felt unwell and saw the doctor", "the pain did not go away"},
		"death":    {"my relative passed away", "our father died after a long illness"},
		"baggage":  {"my suitcase did not arrive", "the airline could not find our bag"},
		"breakage": {"it slipped out of my hand", "it fell down the stairs"},
	}[e.Loss.Cause]
	s := opening + " " + w.pick(cause) + ". " +
		w.pick([]string{"I took pictures at once.", "The amount is what I was quoted.",
			"Please tell me what else you need.", "Nothing like this happened before.", "My neighbour can confirm it."})
	if e.Claimant.Phone != "" && w.chance(0.15) {
		s += " You can reach me at " + e.Claimant.Phone + ". " + e.Claimant.Name
	}
	return s
}
