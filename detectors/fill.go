package detectors

import (
	"time"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

func (e *environment) text(l leaf, to *string, v string) {
	if v == "" {
		return
	}
	*to = v
	e.known.add(l)
}

func (e *environment) time(l leaf, to **claim.When, v *claim.When) {
	if v.IsZero() {
		return
	}
	*to = v
	e.known.add(l)
}

func (e *environment) money(l leaf, to **claim.Money, v *claim.Money) {
	if v.IsZero() {
		return
	}
	*to = v
	e.known.add(l)
}

func point[T any](e *environment, l leaf, to **T, v *T) {
	if v == nil {
		return
	}
	*to = v
	e.known.add(l)
}

func scalar[T any](e *environment, l leaf, to *T, v *T) {
	if v == nil {
		return
	}
	*to = *v
	e.known.add(l)
}

func list(e *environment, l leaf, to *[]string, v []string) {
	if len(v) == 0 {
		return
	}
	*to = v
	e.known.add(l)
}

func value[T any](e *environment, l leaf, to *T, v T) {
	*to = v
	e.known.add(l)
}

// fill sets e to what ev has. ev must outlive e.
func (e *environment) fill(rs *RuleSet, ev *claim.Event) {
	*e = environment{direct: e.direct, event: ev, rs: rs}
	if e.AnswerInt == nil {
		e.bind()
	}
	e.text(leafLine, &e.Line, string(ev.Line))
	e.text(leafStage, &e.Stage, string(ev.Stage))
	value(e, leafRevision, &e.Revision, ev.Revision)
	e.time(leafRecorded, &e.Recorded, &ev.Recorded)
	e.fillPolicy(&ev.Policy)
	e.fillParties(ev)
	e.fillObjects(ev)
	e.fillLoss(&ev.Loss)
	e.money(leafClaimed, &e.Amounts.Claimed, &ev.Amounts.Claimed)
	e.money(leafEstimate, &e.Amounts.Estimate, &ev.Amounts.Estimate)
	e.money(leafPaid, &e.Amounts.Paid, &ev.Amounts.Paid)
	e.money(leafDeductible, &e.Amounts.Deductible, &ev.Amounts.Deductible)
	e.money(leafCash, &e.Amounts.Cash, &ev.Amounts.Cash)
	if a, b := e.Amounts.Claimed, e.Handler.AuthorityLimit; a != nil && b != nil && a.Currency == b.Currency {
		near := !a.Amount.GreaterThan(b.Amount) && !a.Amount.LessThan(b.Amount.Mul(justUnder))
		value(e, leafUnderLimit, &e.Amounts.UnderLimit, near)
	}
	e.fillItems(ev.Items)
	e.fillAdmissions(ev.Admissions)
	e.fillDocuments(ev.Documents)
	e.fillTelematics(ev.Telematics)
}

// justUnder is the share of a handler's limit from which an amount counts as just under it (indicator 7).
var justUnder = udecimal.MustParse("0.95")

func (e *environment) fillPolicy(p *claim.Policy) {
	e.text(leafPolicyProduct, &e.Policy.Product, p.Product)
	e.text(leafPolicyChannel, &e.Policy.Channel, p.Channel)
	e.time(leafPolicyInception, &e.Policy.Inception, &p.Inception)
	e.time(leafPolicyExpiry, &e.Policy.Expiry, &p.Expiry)
	e.time(leafPolicyNotice, &e.Policy.CancellationNotice, &p.CancellationNotice)
	e.time(leafPolicyCancelled, &e.Policy.Cancelled, &p.Cancelled)
	e.time(leafPolicyReinstated, &e.Policy.Reinstated, &p.Reinstated)
	e.money(leafPolicyPremium, &e.Policy.Premium, &p.Premium)
	e.money(leafPolicySumInsured, &e.Policy.SumInsured, &p.SumInsured)
	var last *claim.When
	for i := range p.Endorsements {
		n := &p.Endorsements[i]
		if n.At.IsZero() || !raises(n) {
			continue
		}
		if days, ok := n.At.DaysUntil(e.event.Loss.Time); ok && days < 0 {
			continue
		}
		if last == nil || n.At.Time().After(last.Time()) {
			last = &n.At
		}
	}
	point(e, leafPolicyLastIncrease, &e.Policy.LastIncrease, last)
}

func raises(n *claim.Endorsement) bool {
	if n.Kind == "limit-increase" || n.Kind == "cover-added" {
		return true
	}
	return !n.Before.IsZero() && n.Before.Currency == n.After.Currency && n.After.Amount.GreaterThan(n.Before.Amount)
}

func (e *environment) fillParties(ev *claim.Event) {
	c := &ev.Claimant
	e.text(leafClaimantSex, &e.Claimant.Sex, c.Sex)
	e.time(leafClaimantDeath, &e.Claimant.DeathDate, &c.DeathDate)
	e.money(leafClaimantIncome, &e.Claimant.Income, &c.Income)
	e.text(leafClaimantOccupation, &e.Claimant.Occupation, c.Occupation)
	e.text(leafClaimantAddressKind, &e.Claimant.Address.Kind, c.Address.Kind)
	e.text(leafClaimantRegion, &e.Claimant.Address.Region, c.Address.Region)
	e.time(leafClaimantAddressSince, &e.Claimant.Address.Since, &c.Address.Since)
	e.time(leafClaimantBankSince, &e.Claimant.BankAccount.Since, &c.BankAccount.Since)
	for i := range ev.Parties {
		p := &ev.Parties[i]
		switch p.Role {
		case claim.Handler:
			if e.Handler.AuthorityLimit == nil {
				e.money(leafHandlerLimit, &e.Handler.AuthorityLimit, &p.AuthorityLimit)
			}
		case claim.Attorney:
			if e.Attorney.NamedAt == nil {
				e.time(leafAttorneyNamed, &e.Attorney.NamedAt, &p.NamedAt)
			}
		case claim.Provider:
			if e.Provider.Address.Region == "" {
				e.text(leafProviderRegion, &e.Provider.Address.Region, p.Address.Region)
			}
		case claim.Vendor:
			if e.Vendor.Address.Region == "" {
				e.text(leafVendorRegion, &e.Vendor.Address.Region, p.Address.Region)
			}
		}
	}
}

func (e *environment) fillObjects(ev *claim.Event) {
	v := &ev.Vehicle
	scalar(e, leafVehicleYear, &e.Vehicle.Year, v.Year)
	e.money(leafVehicleValue, &e.Vehicle.MarketValue, &v.MarketValue)
	e.time(leafVehicleTotalLoss, &e.Vehicle.TotalLoss, &v.TotalLoss)
	scalar(e, leafVehicleCommercial, &e.Vehicle.Commercial, v.Commercial)
	p := &ev.Property
	e.text(leafPropertyKind, &e.Property.Kind, p.Kind)
	e.text(leafPropertyTenure, &e.Property.Tenure, p.Tenure)
	e.money(leafPropertyValue, &e.Property.MarketValue, &p.MarketValue)
	e.time(leafPropertySeasonEnd, &e.Property.SeasonEnd, &p.SeasonEnd)
	scalar(e, leafPropertyCommercial, &e.Property.Commercial, p.Commercial)
	e.time(leafDevicePurchased, &e.Device.Purchased, &ev.Device.Purchased)
	e.money(leafDevicePrice, &e.Device.Price, &ev.Device.Price)
}

func (e *environment) fillLoss(l *claim.Loss) {
	e.time(leafLossTime, &e.Loss.Time, &l.Time)
	e.time(leafLossReported, &e.Loss.Reported, &l.Reported)
	e.text(leafLossRegion, &e.Loss.Place.Region, l.Place.Region)
	e.text(leafLossArea, &e.Loss.Place.Area, l.Place.Area)
	e.text(leafLossCause, &e.Loss.Cause, l.Cause)
	e.text(leafLossSeverity, &e.Loss.Severity, l.Severity)
	e.text(leafLossDamageClass, &e.Loss.DamageClass, l.DamageClass)
	e.text(leafLossFault, &e.Loss.Fault, l.Fault)
	scalar(e, leafLossPolice, &e.Loss.PoliceReport, l.PoliceReport)
	scalar(e, leafLossWitnesses, &e.Loss.Witnesses, l.Witnesses)
	scalar(e, leafLossInjuries, &e.Loss.Injuries, l.Injuries)
	e.text(leafLossAuthorities, &e.Loss.Authorities, l.Authorities)
	scalar(e, leafWeatherHail, &e.Loss.Weather.Hail, l.Weather.Hail)
	scalar(e, leafWeatherFlood, &e.Loss.Weather.Flood, l.Weather.Flood)
	scalar(e, leafWeatherWind, &e.Loss.Weather.WindKph, l.Weather.WindKph)
	scalar(e, leafWeatherRain, &e.Loss.Weather.RainMm, l.Weather.RainMillimetres)
}

func (e *environment) fillItems(items []claim.Item) {
	if len(items) == 0 {
		return
	}
	var services []string
	var newest, last *claim.When
	priced, round, supply := 0, 0, -1.0
	minutes := map[string]float64{}
	for i := range items {
		it := &items[i]
		for _, w := range [...]*claim.When{&it.From, &it.To} {
			if w.Precision() >= claim.Day && (last == nil || w.Time().After(last.Time())) {
				last = w
			}
		}
		if it.Code != "" && it.From.Precision() >= claim.Day {
			services = append(services, it.Code+"@"+it.From.Time().Format(time.DateOnly))
		}
		if !it.Amount.IsZero() {
			priced++
			if multiple(it.Amount.Amount, 100) {
				round++
			}
		}
		if !it.Purchased.IsZero() && it.Receipt != nil && !*it.Receipt && (newest == nil || it.Purchased.Time().After(newest.Time())) {
			newest = &it.Purchased
		}
		if it.Minutes != nil && it.From.Precision() >= claim.Day {
			minutes[it.From.Time().Format(time.DateOnly)] += *it.Minutes
		}
		if it.DaysSupply != nil {
			supply = max(supply, *it.DaysSupply)
		}
	}
	point(e, leafItemsLastDay, &e.Items.LastDay, last)
	list(e, leafItemsServices, &e.Items.Services, services)
	point(e, leafItemsNewUnproved, &e.Items.NewestUnproved, newest)
	if priced >= 3 {
		value(e, leafItemsRoundShare, &e.Items.RoundShare, float64(round)/float64(priced))
	}
	if supply >= 0 {
		value(e, leafItemsTopSupply, &e.Items.TopDaysOfSupply, supply)
	}
	if len(minutes) > 0 {
		top := 0.0
		for _, m := range minutes {
			top = max(top, m)
		}
		value(e, leafItemsTopMinutes, &e.Items.TopMinutesADay, top)
	}
}

func (e *environment) fillAdmissions(stays []claim.Admission) {
	var diagnoses []string
	idle := -1
	for i := range stays {
		s := &stays[i]
		if s.Diagnosis != "" {
			diagnoses = append(diagnoses, s.Diagnosis)
		}
		if days, ok := s.From.DaysUntil(s.To); ok && s.Orders != nil {
			idle = max(idle, 0)
			if *s.Orders == 0 {
				idle = max(idle, days)
			}
		}
	}
	list(e, leafAdmissionsDiagnoses, &e.Admissions.Diagnoses, diagnoses)
	if idle >= 0 {
		value(e, leafAdmissionsIdleDays, &e.Admissions.IdleDays, idle)
	}
}

func (e *environment) fillDocuments(docs []claim.Document) {
	var first *claim.When
	for i := range docs {
		d := &docs[i]
		if d.Kind == "photo" && !d.Taken.IsZero() && (first == nil || d.Taken.Time().Before(first.Time())) {
			first = &d.Taken
		}
	}
	point(e, leafDocumentsFirstPhoto, &e.Documents.FirstPhoto, first)
}

func (e *environment) fillTelematics(events []claim.TelematicsEvent) {
	for i := range events {
		t := &events[i]
		if t.Kind == "crash" && (e.Telematics.Crash == nil || t.At.Time().Before(e.Telematics.Crash.Time())) {
			e.time(leafTelematicsCrash, &e.Telematics.Crash, &t.At)
		}
		if t.DeltaVKph != nil {
			value(e, leafTelematicsDeltaV, &e.Telematics.TopDeltaVKph, max(e.Telematics.TopDeltaVKph, *t.DeltaVKph))
		}
		if t.SpeedKph != nil {
			value(e, leafTelematicsSpeed, &e.Telematics.TopSpeedKph, max(e.Telematics.TopSpeedKph, *t.SpeedKph))
		}
		if t.Airbag != nil {
			value(e, leafTelematicsAirbag, &e.Telematics.Airbag, e.Telematics.Airbag || *t.Airbag)
		}
	}
}
