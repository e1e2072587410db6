package records

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"tallystick/claim"
	"tallystick/console"
)

// entry is a row of a claim that decided something.
type entry struct {
	decision console.Decision
	epoch    uint32 // of the record that caused it
	source   int32
	offset   int64
	rings    []string
	ringSize int

	line, stage, region, country  string
	claimed                       *console.Money
	reported                      time.Time
	event                         string
	paths, roles, domains, tokens []string
}

func scanEntry(rows driver.Rows) (e entry, err error) {
	d := &e.decision
	var revision, partition int32
	var rules, texts []string
	var weights []float64
	var f facts
	var size uint64
	var claimed *string
	var currency string
	var reported *time.Time
	err = rows.Scan(&d.Kind, &revision, &d.At, &d.Score, &d.Base, &d.Outcome, &d.Hold, &d.RuleSet, &rules, &weights,
		&texts,
		&f.rules, &f.names, &f.values, &f.thresholds, &e.rings, &size, &partition, &d.Offset, &d.Commitment,
		&e.epoch, &e.source, &e.offset, &e.line, &e.stage, &claimed, &currency, &reported, &e.region, &e.country,
		&e.event, &e.paths, &e.roles, &e.domains, &e.tokens)
	if err != nil {
		return e, err
	}
	d.Revision, d.Partition, d.At, d.Reasons, e.ringSize = int(revision), int(partition), d.At.UTC(),
		[]console.Reason{}, int(size)
	for i, rule := range rules {
		d.Reasons = append(d.Reasons, console.Reason{Rule: rule, Weight: weights[i], Text: texts[i], Facts: f.of(rule)})
	}
	if claimed != nil {
		e.claimed = &console.Money{Amount: *claimed, Currency: currency}
	}
	if reported != nil {
		e.reported = reported.UTC()
	}
	return e, nil
}

// compare ranks two entries of one revision: the one further on in the journal is in force.
func (e *entry) compare(o *entry) int {
	return cmp.Or(cmp.Compare(e.decision.Partition, o.decision.Partition),
		cmp.Compare(e.decision.Offset, o.decision.Offset))
}

// inForce returns the entry that decided a claim's highest revision, which says what is known of the claim, and the one
// whose decision is in force: as the view claims_current has them.
func inForce(all []entry) (first, force *entry) {
	for i := range all {
		e := &all[i]
		if e.decision.Kind != "decided" {
			continue
		}
		if first == nil || cmp.Or(cmp.Compare(e.decision.Revision, first.decision.Revision), e.compare(first)) > 0 {
			first = e
		}
	}
	if first == nil {
		return nil, nil
	}
	force = first
	for i := range all {
		e := &all[i]
		if e.decision.Kind == "rescored" && e.decision.Revision == first.decision.Revision &&
			e.decision.Partition == first.decision.Partition && e.compare(force) > 0 {
			force = e
		}
	}
	return first, force
}

// decidedBefore is a rescored entry's reason for the decision that it takes the place of: that decision's own reasons
// stand in its place.
const decidedBefore = "decided-before@"

// record puts together what the entry that decided the claim knows of it, and the decision in force.
func (e *entry) record(ref console.Ref, force *entry) *console.Record {
	d := &force.decision
	rec := &console.Record{Open: map[string]string{}, Commitment: d.Commitment, Sealed: e.sealed()}
	rec.Summary = console.Summary{
		Ref: ref, Revision: d.Revision, Line: e.line, Stage: e.stage, Score: d.Score, Base: e.decision.Base,
		Outcome: d.Outcome, Hold: d.Hold,
		Claimed: e.claimed, Reported: e.reported, Decided: d.At, Partition: d.Partition, Offset: d.Offset,
		Region: e.region, Country: e.country,
		RingSize: force.ringSize,
	}
	if len(force.rings) > 0 {
		rec.Ring = force.rings[0]
	}
	reasons := slices.DeleteFunc(slices.Clone(d.Reasons), func(r console.Reason) bool {
		return strings.HasPrefix(r.Rule, decidedBefore)
	})
	if force != e {
		reasons = append(reasons, e.decision.Reasons...)
	}
	for _, r := range reasons {
		rec.Rules, rec.Weights = append(rec.Rules, r.Rule), append(rec.Weights, r.Weight)
	}
	for i := range e.paths {
		rec.Tokens = append(rec.Tokens, console.Token{
			Path: e.paths[i], Role: e.roles[i], Domain: e.domains[i], Value: e.tokens[i], Claims: 1,
			Where: []console.Ref{},
		})
	}
	return rec
}

// sealed returns the parties that have sealed values: those that have tokens, since what a token stands for is sealed
// beside it.
func (e *entry) sealed() []string {
	parties := []string{}
	for _, path := range e.paths {
		if party := claim.PartyOf(path); !slices.Contains(parties, party) {
			parties = append(parties, party)
		}
	}
	return parties
}
