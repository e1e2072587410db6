package detectors

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

func point[T any](e *environment, l leaf, to **T, v *T) {
	if v == nil {
		return
	}
	*to = v
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

// derived are the variables that are worked out, with their meanings.
var derived = map[string]string{
	"policy.lastIncrease":     "last endorsement at or before the loss that raised the sum insured or added cover",
	"amounts.underLimit":      "whether the amount claimed is at most 5% under the handler's authority limit",
	"items.services":          "code and day of each item, such as 99213@2024-03-01",
	"items.lastDay":           "latest day of service among the items",
	"items.roundShare":        "share of items whose amount is a multiple of 100 (as multipleOf counts), of three items or more",
	"items.newestUnproved":    "latest purchase among the items without a receipt",
	"items.topMinutesADay":    "most minutes of timed services of one day",
	"items.topDaysOfSupply":   "largest days of supply of an item",
	"admissions.diagnoses":    "diagnoses of the stays in hospital",
	"admissions.idleDays":     "days of the longest stay without an order or test",
	"documents.firstPhoto":    "when the first photo was taken",
	"telematics.topDeltaVKph": "largest change of speed the recorder saw",
	"telematics.topSpeedKph":  "highest speed the recorder saw",
	"telematics.airbag":       "whether the recorder saw an airbag open",
	"telematics.crash":        "first crash that the recorder saw",
	"placeholders.count":      "identifiers, a kind of each party counted once, in whose place stands what nobody has, such as 000-00-0000, unknown, none@none.com; known where there is one",
	"placeholders.kinds":      "their kinds, such as phone, national-id, email, account, address, birth-date, sorted",
	"ring.claims": "number of claims of the ring that this claim belongs to, 0 for none; known where the claim has a " +
		"token that can join",
	"ring.kinds":    "number of kinds of token that join the ring",
	"ring.strength": "sum over shared tokens of weight of the kind x (households joined - 1)",
	"links.fraudHops": "claims to step over shared tokens to a confirmed fraud: 1, 2, or 3 for farther and none; known " +
		"where the claim has a token that can join",
	"links.unsearched": "whether more claims are joined with this one than are searched, so that a ring is neither found nor ruled " +
		"out; known where the claim has a token that can join",
	"links.omitted": "number of the claim's tokens beyond those that links and windows keep; known where the claim has a " +
		"token that can join",
	"links.confirmed":     "claims one step away over shared tokens that were confirmed as fraud; known like links.fraudHops",
	"links.cleared":       "claims one step away over shared tokens that were looked into and cleared; known like links.fraudHops",
	"signals.members":     "other insurers that warn of an identifier of the claim; known once it was looked up and something was found",
	"signals.established": "of signals.members, those that found fraud and do not only suspect it",
	"signals.line":        "line of business of the newest warning",
	"signals.quarter":     "quarter of the newest warning, such as 2026-Q2",
}

// The numbers of the variables that are worked out.
var (
	leafPolicyLastIncrease  = leafByPath["policy.lastIncrease"]
	leafUnderLimit          = leafByPath["amounts.underLimit"]
	leafItemsServices       = leafByPath["items.services"]
	leafItemsLastDay        = leafByPath["items.lastDay"]
	leafItemsRoundShare     = leafByPath["items.roundShare"]
	leafItemsNewUnproved    = leafByPath["items.newestUnproved"]
	leafItemsTopMinutes     = leafByPath["items.topMinutesADay"]
	leafItemsTopSupply      = leafByPath["items.topDaysOfSupply"]
	leafAdmissionsDiagnoses = leafByPath["admissions.diagnoses"]
	leafAdmissionsIdleDays  = leafByPath["admissions.idleDays"]
	leafDocumentsFirstPhoto = leafByPath["documents.firstPhoto"]
	leafTelematicsDeltaV    = leafByPath["telematics.topDeltaVKph"]
	leafTelematicsSpeed     = leafByPath["telematics.topSpeedKph"]
	leafTelematicsAirbag    = leafByPath["telematics.airbag"]
	leafTelematicsCrash     = leafByPath["telematics.crash"]
	leafHollowCount         = leafByPath["placeholders.count"]
	leafHollowKinds         = leafByPath["placeholders.kinds"]
	leafRingClaims          = leafByPath["ring.claims"]
	leafRingKinds           = leafByPath["ring.kinds"]
	leafRingStrength        = leafByPath["ring.strength"]
	leafFraudHops           = leafByPath["links.fraudHops"]
	leafUnsearched          = leafByPath["links.unsearched"]
	leafOmitted             = leafByPath["links.omitted"]
	leafConfirmed           = leafByPath["links.confirmed"]
	leafCleared             = leafByPath["links.cleared"]
	leafSignalMembers       = leafByPath["signals.members"]
	leafSignalEstablished   = leafByPath["signals.established"]
	leafSignalLine          = leafByPath["signals.line"]
	leafSignalQuarter       = leafByPath["signals.quarter"]
)

// ringLeaves are what a rule may use that raises earlier claims.
var ringLeaves = func() (k known) {
	k.add(leafRingClaims)
	k.add(leafRingKinds)
	k.add(leafRingStrength)
	return k
}()

// newsLeaves are what news of claims changes after a claim was decided.
var newsLeaves = func() (k known) {
	for _, l := range []leaf{leafFraudHops, leafConfirmed, leafCleared, leafSignalMembers, leafSignalEstablished,
		leafSignalLine, leafSignalQuarter} {
		k.add(l)
	}
	return k
}()

// stateLeaves are what rules may use that are evaluated again without the claim at hand.
var stateLeaves = ringLeaves.union(&newsLeaves)

// fill sets e to what ev has. ev must outlive e.
func (e *environment) fill(rs *RuleSet, ev *claim.Event) {
	*e = environment{direct: e.direct, bound: e.bound, event: ev, rs: rs}
	if e.AnswerInt == nil {
		e.bind()
	}
	e.bound.bind(e, ev)
	for i, l := range copied {
		e.take(l, e.bound.from[i])
	}
	for i := range ev.Parties {
		p := &ev.Parties[i]
		for _, l := range copiedOf[p.Role] {
			if !e.known.has(l) {
				e.take(l, variables[l].in(reflect.ValueOf(p).Elem()))
			}
		}
	}
	e.fillPolicy(&ev.Policy)
	if a, b := e.Amounts.Claimed, e.Handler.AuthorityLimit; a != nil && b != nil && a.Currency == b.Currency {
		near := !a.Amount.GreaterThan(b.Amount) && !a.Amount.LessThan(b.Amount.Mul(justUnder))
		value(e, leafUnderLimit, &e.Amounts.UnderLimit, near)
	}
	e.fillItems(ev.Items)
	e.fillAdmissions(ev.Admissions)
	e.fillDocuments(ev.Documents)
	e.fillTelematics(ev.Telematics)
	e.fillPlaceholders(ev)
}

// fillPlaceholders counts what stands in the place of identifiers.
func (e *environment) fillPlaceholders(ev *claim.Event) {
	kinds := strings.Fields(ev.Placeholders)
	kinds = append(kinds, strings.Fields(ev.Claimant.Placeholders)...)
	for i := range ev.Parties {
		kinds = append(kinds, strings.Fields(ev.Parties[i].Placeholders)...)
	}
	if len(kinds) == 0 {
		return
	}
	value(e, leafHollowCount, &e.Hollow.Count, len(kinds))
	slices.Sort(kinds)
	list(e, leafHollowKinds, &e.Hollow.Kinds, slices.Compact(kinds))
}

// justUnder is the share of a handler's limit from which an amount counts as just under it (indicator 7).
var justUnder = udecimal.MustParse("0.95")

func (e *environment) fillPolicy(p *claim.Policy) {
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
			if multiple(it.Amount, 100) {
				round++
			}
		}
		if !it.Purchased.IsZero() && it.Receipt != nil && !*it.Receipt &&
			(newest == nil || it.Purchased.Time().After(newest.Time())) {
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
		if t.Kind == "crash" && !t.At.IsZero() &&
			(e.Telematics.Crash == nil || t.At.Time().Before(e.Telematics.Crash.Time())) {
			point(e, leafTelematicsCrash, &e.Telematics.Crash, &t.At)
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
