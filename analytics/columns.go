package analytics

import (
	"fmt"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
)

// column is one column of the table entries: its name, its type as the table has it, and the values of a block.
type column struct {
	name, sqlType string
	values        columnData
}

// columnData holds values in the form that ClickHouse reads them: nothing is boxed, and encoding copies whole columns.
type columnData interface {
	EncodeColumn(*proto.Buffer)
	Rows() int
	Reset()
}

// columns holds rows of the table entries, a column at a time. Its memory is used again after reset.
type columns struct {
	all    []column
	bytes  int // rough size of the rows
	unread int // entries whose open fields were not readable as JSON
	reader eventReader

	journalPartition, revision, sourcePartition, deadPartition proto.ColInt32
	journalOffset, sourceOffset, deadOffset                    proto.ColInt64
	appendedAt, decidedAt                                      proto.ColInt64 // milliseconds
	entryVersion                                               proto.ColUInt16
	sourceEpoch                                                proto.ColUInt32
	kind, outcome                                              proto.ColInt8
	hold                                                       proto.ColBool
	score, scoreBase                                           proto.ColFloat64

	insurer, claim, line, content, ruleset             words
	stage, claimOutcome, cause, severity               words
	city, region, country                              words
	event, seed, commitment, deadCode, deadPath        words
	sourceTime, inception, expiry, recorded, lossAt    nullable // milliseconds
	reportedAt                                         nullable
	claimed, estimate, reserve, paid                   nullable // ten-thousandths
	claimedCur, estimateCur, reserveCur, paidCur       words
	ruleIDs, ruleTexts, indicatorRules                 texts
	ruleWeights                                        *proto.ColArr[float64]
	indicators                                         *proto.ColArr[int32]
	factRules, factNames, factValues, factThresholds   texts
	failedRules, failedErrors                          texts
	ringIDs, memberRings, memberInsurers, memberClaims texts
	ringTokenRings, ringTokens                         texts
	tokenPaths, tokenDomains, tokenRoles, tokenValues  texts
	sealedParties, sealedKeys, sealedRoots, sealedData texts
}

const (
	dateTime    = "DateTime64(3, 'UTC')"
	nullTime    = "Nullable(DateTime64(3, 'UTC'))"
	nullMoney   = "Nullable(Decimal(18, 4))"
	textArray   = "Array(String)"
	kindEnum    = "Enum8('decided' = 1, 'duplicate' = 2, 'dead' = 3, 'raised' = 4)"
	outcomeEnum = "Enum8('' = 0, 'settle' = 1, 'review' = 2, 'investigate' = 3)"
)

func newColumns() *columns {
	c := &columns{
		ruleWeights: proto.NewArray[float64](new(proto.ColFloat64)),
		indicators:  proto.NewArray[int32](new(proto.ColInt32)),
	}
	c.all = []column{
		{"journal_partition", "Int32", &c.journalPartition},
		{"journal_offset", "Int64", &c.journalOffset},
		{"appended_at", dateTime, &c.appendedAt},
		{"entry_version", "UInt16", &c.entryVersion},
		{"kind", kindEnum, &c.kind},
		{"insurer", "String", &c.insurer},
		{"claim", "String", &c.claim},
		{"revision", "Int32", &c.revision},
		{"line", "String", &c.line},
		{"source_epoch", "UInt32", &c.sourceEpoch},
		{"source_partition", "Int32", &c.sourcePartition},
		{"source_offset", "Int64", &c.sourceOffset},
		{"source_time", nullTime, &c.sourceTime},
		{"decided_at", dateTime, &c.decidedAt},
		{"content", "String", &c.content},

		{"score", "Float64", &c.score},
		{"score_base", "Float64", &c.scoreBase},
		{"outcome", outcomeEnum, &c.outcome},
		{"hold", "Bool", &c.hold},
		{"ruleset", "String", &c.ruleset},
		{"rule_ids", textArray, &c.ruleIDs},
		{"rule_weights", "Array(Float64)", c.ruleWeights},
		{"rule_texts", textArray, &c.ruleTexts},
		{"indicator_rules", textArray, &c.indicatorRules},
		{"indicators", "Array(Int32)", c.indicators},
		{"fact_rules", textArray, &c.factRules},
		{"fact_names", textArray, &c.factNames},
		{"fact_values", textArray, &c.factValues},
		{"fact_thresholds", textArray, &c.factThresholds},
		{"failed_rules", textArray, &c.failedRules},
		{"failed_errors", textArray, &c.failedErrors},
		{"ring_ids", textArray, &c.ringIDs},
		{"ring_member_rings", textArray, &c.memberRings},
		{"ring_member_insurers", textArray, &c.memberInsurers},
		{"ring_member_claims", textArray, &c.memberClaims},
		{"ring_token_rings", textArray, &c.ringTokenRings},
		{"ring_tokens", textArray, &c.ringTokens},

		{"token_paths", textArray, &c.tokenPaths},
		{"token_domains", textArray, &c.tokenDomains},
		{"token_roles", textArray, &c.tokenRoles},
		{"token_values", textArray, &c.tokenValues},

		{"stage", "String", &c.stage},
		{"claim_outcome", "String", &c.claimOutcome},
		{"policy_inception", nullTime, &c.inception},
		{"policy_expiry", nullTime, &c.expiry},
		{"recorded_at", nullTime, &c.recorded},
		{"loss_at", nullTime, &c.lossAt},
		{"reported_at", nullTime, &c.reportedAt},
		{"cause", "String", &c.cause},
		{"severity", "String", &c.severity},
		{"city", "String", &c.city},
		{"region", "String", &c.region},
		{"country", "String", &c.country},
		{"claimed", nullMoney, &c.claimed},
		{"claimed_currency", "String", &c.claimedCur},
		{"estimate", nullMoney, &c.estimate},
		{"estimate_currency", "String", &c.estimateCur},
		{"reserve", nullMoney, &c.reserve},
		{"reserve_currency", "String", &c.reserveCur},
		{"paid", nullMoney, &c.paid},
		{"paid_currency", "String", &c.paidCur},
		{"event", "String", &c.event},

		{"sealed_parties", textArray, &c.sealedParties},
		{"sealed_keys", textArray, &c.sealedKeys},
		{"sealed_roots", textArray, &c.sealedRoots},
		{"sealed_data", textArray, &c.sealedData},

		{"seed", "String", &c.seed},
		{"commitment", "String", &c.commitment},

		{"dead_code", "String", &c.deadCode},
		{"dead_path", "String", &c.deadPath},
		{"dead_partition", "Int32", &c.deadPartition},
		{"dead_offset", "Int64", &c.deadOffset},
	}
	return c
}

func (c *columns) rows() int { return len(c.journalOffset) }

func (c *columns) reset() {
	for _, col := range c.all {
		col.values.Reset()
	}
	c.bytes = 0
}

var (
	kinds    = map[claim.Kind]int8{claim.Decided: 1, claim.Duplicate: 2, claim.Dead: 3, claim.Raised: 4}
	outcomes = map[claim.Outcome]int8{"": 0, claim.Settle: 1, claim.Review: 2, claim.Investigate: 3}
)

// check refuses what the table has no place for. It comes before add, so that a refused entry leaves no half row.
func check(e *claim.Entry) error {
	if _, ok := kinds[e.Kind]; !ok {
		return fmt.Errorf("an entry of a kind that this binary does not know")
	}
	if e.Decision == nil {
		return nil
	}
	if _, ok := outcomes[e.Decision.Outcome]; !ok {
		return fmt.Errorf("an entry with an outcome that this binary does not know")
	}
	return nil
}

// add appends one entry that passed check.
func (c *columns) add(partition int, appended time.Time, offset int64, e *claim.Entry) {
	c.journalPartition.Append(int32(partition))
	c.journalOffset.Append(offset)
	c.appendedAt.Append(appended.UnixMilli())
	c.entryVersion.Append(uint16(e.Version))
	c.kind.Append(kinds[e.Kind])
	c.insurer.add(e.Insurer)
	c.claim.add(e.Claim)
	c.revision.Append(int32(e.Revision))
	c.line.add(string(e.Line))
	c.sourceEpoch.Append(e.Source.Epoch)
	c.sourcePartition.Append(int32(e.Source.Partition))
	c.sourceOffset.Append(e.Source.Offset)
	c.sourceTime.addTime(e.Source.Time)
	c.decidedAt.Append(clampMilli(e.At))
	c.content.addBytes(e.Content)
	c.addDecision(e.Decision)
	for i := range e.Tokens {
		t := &e.Tokens[i]
		c.tokenPaths.add(t.Path)
		c.tokenDomains.add(t.Domain())
		c.tokenRoles.add(string(t.Role))
		c.tokenValues.add(t.Value)
		c.bytes += len(t.Path) + len(t.Value) + 16
	}
	endRow(&c.tokenPaths, &c.tokenDomains, &c.tokenRoles, &c.tokenValues)
	c.addEvent(e.Event)
	c.addSealed(e.Sealed)
	c.seed.addBytes(e.Seed)
	c.commitment.addBytes(e.Commitment)
	var d claim.DeadLetter
	if e.Dead != nil {
		d = *e.Dead
	}
	c.deadCode.add(string(d.Code))
	c.deadPath.add(d.Path)
	c.deadPartition.Append(int32(d.Partition))
	c.deadOffset.Append(d.Offset)
	c.bytes += 512
}

func (c *columns) addDecision(d *claim.Decision) {
	if d == nil {
		d = &claim.Decision{}
	}
	c.score.Append(d.Score)
	c.scoreBase.Append(d.Base)
	c.outcome.Append(outcomes[d.Outcome])
	c.hold.Append(d.Hold)
	c.ruleset.add(d.RuleSet)
	for i := range d.Reasons {
		r := &d.Reasons[i]
		c.ruleIDs.add(r.Rule)
		c.ruleWeights.Data.Append(r.Weight)
		c.ruleTexts.add(r.Text)
		c.bytes += len(r.Rule) + len(r.Text) + 16
		for _, n := range r.Indicators {
			c.indicatorRules.add(r.Rule)
			c.indicators.Data.Append(int32(n))
		}
		for _, f := range r.Facts {
			c.factRules.add(r.Rule)
			c.factNames.add(f.Name)
			c.factValues.add(f.Value)
			c.factThresholds.add(f.Threshold)
			c.bytes += len(r.Rule) + len(f.Name) + len(f.Value) + len(f.Threshold)
		}
	}
	for _, f := range d.Failed {
		c.failedRules.add(f.Rule)
		c.failedErrors.add(f.Error)
		c.bytes += len(f.Rule) + len(f.Error)
	}
	for i := range d.Rings {
		r := &d.Rings[i]
		c.ringIDs.add(r.ID)
		for _, m := range r.Claims {
			c.memberRings.add(r.ID)
			c.memberInsurers.add(m.Insurer)
			c.memberClaims.add(m.Claim)
			c.bytes += len(r.ID) + len(m.Insurer) + len(m.Claim)
		}
		for _, t := range r.Tokens {
			c.ringTokenRings.add(r.ID)
			c.ringTokens.add(t)
			c.bytes += len(r.ID) + len(t)
		}
	}
	endRow(&c.ruleIDs, &c.ruleTexts, &c.indicatorRules, &c.factRules, &c.factNames, &c.factValues, &c.factThresholds,
		&c.failedRules, &c.failedErrors, &c.ringIDs, &c.memberRings, &c.memberInsurers, &c.memberClaims,
		&c.ringTokenRings, &c.ringTokens)
	c.ruleWeights.Offsets.Append(uint64(c.ruleWeights.Data.Rows()))
	c.indicators.Offsets.Append(uint64(c.indicators.Data.Rows()))
}

// addEvent keeps the event as it is and takes out what the views use. A field that is absent, or not of the shape that its
// column needs, is empty or NULL there and still stands in the event.
func (c *columns) addEvent(v jsontext.Value) {
	f, err := c.reader.read(v)
	if err != nil {
		c.unread++
	}
	c.event.addBytes(v)
	c.stage.addBytes(f.stage)
	c.claimOutcome.addBytes(f.outcome)
	c.inception.addWhen(f.inception)
	c.expiry.addWhen(f.expiry)
	c.recorded.addWhen(f.recorded)
	c.lossAt.addWhen(f.lossTime)
	c.reportedAt.addWhen(f.reported)
	c.cause.addBytes(f.cause)
	c.severity.addBytes(f.severity)
	c.city.addBytes(f.city)
	c.region.addBytes(f.region)
	c.country.addBytes(f.country)
	c.claimed.addMoney(f.claimed)
	c.claimedCur.addBytes(f.claimed.currency)
	c.estimate.addMoney(f.estimate)
	c.estimateCur.addBytes(f.estimate.currency)
	c.reserve.addMoney(f.reserve)
	c.reserveCur.addBytes(f.reserve.currency)
	c.paid.addMoney(f.paid)
	c.paidCur.addBytes(f.paid.currency)
	c.bytes += len(v)
}

func (c *columns) addSealed(all []claim.Sealed) {
	for i := range all {
		s := &all[i]
		c.sealedParties.add(s.Party)
		c.sealedKeys.addBytes(s.Key)
		c.sealedRoots.addBytes(s.Root)
		c.sealedData.addBytes(s.Data)
		c.bytes += len(s.Party) + len(s.Data)
	}
	endRow(&c.sealedParties, &c.sealedKeys, &c.sealedRoots, &c.sealedData)
}
