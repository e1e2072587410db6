package analytics

import (
	"fmt"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"tallystick/claim"
	"tallystick/claim/entry"
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
	render claim.Renderer
	text   []byte

	journalPartition, revision, sourcePartition, deadPartition proto.ColInt32
	journalOffset, sourceOffset, deadOffset                    proto.ColInt64
	appendedAt, decidedAt                                      proto.ColInt64 // milliseconds
	entryVersion                                               proto.ColUInt16
	sourceEpoch                                                proto.ColUInt32
	kind, outcome                                              proto.ColInt8
	hold, history                                              proto.ColBool
	score, scoreBase                                           proto.ColFloat64

	insurer, claim, line, content, ruleset, model      words
	stage, claimOutcome, cause, severity               words
	city, region, country                              words
	event, commitment, deadCode, deadPath              words
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
	sharedRings, sharedDomains                         texts
	sharedCounts                                       *proto.ColArr[uint32]
	tokenPaths, tokenRoles                             texts
	tokenDomains, tokenBits                            fixed
	tokenVersions                                      *proto.ColArr[uint16]
}

const (
	dateTime    = "DateTime64(3, 'UTC')"
	nullTime    = "Nullable(DateTime64(3, 'UTC'))"
	nullMoney   = "Nullable(Decimal(18, 4))"
	textArray   = "Array(String)"
	kindEnum    = "Enum8('decided' = 1, 'duplicate' = 2, 'dead' = 3, 'rescored' = 4, 'forwarded' = 5, 'erased' = 6, 'activated' = 7)"
	outcomeEnum = "Enum8('' = 0, 'settle' = 1, 'review' = 2, 'investigate' = 3)"
)

func newColumns() *columns {
	c := &columns{
		ruleWeights: proto.NewArray[float64](new(proto.ColFloat64)),
		indicators:  proto.NewArray[int32](new(proto.ColInt32)),

		sharedCounts:  proto.NewArray[uint32](new(proto.ColUInt32)),
		tokenVersions: proto.NewArray[uint16](new(proto.ColUInt16)),
		tokenDomains:  fixed{size: domainSize},
		tokenBits:     fixed{size: tokenSize},
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
		{"history", "Bool", &c.history},
		{"model", "String", &c.model},

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
		{"ring_shared_rings", textArray, &c.sharedRings},
		{"ring_shared_domains", textArray, &c.sharedDomains},
		{"ring_shared_counts", "Array(UInt32)", c.sharedCounts},

		{"token_paths", textArray, &c.tokenPaths},
		{"token_roles", textArray, &c.tokenRoles},
		{"token_domains", "Array(FixedString(3))", &c.tokenDomains},
		{"token_versions", "Array(UInt16)", c.tokenVersions},
		{"token_bits", "Array(FixedString(16))", &c.tokenBits},

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
	kinds = map[claim.Kind]int8{
		claim.Decided: 1, claim.Duplicate: 2, claim.Dead: 3, claim.Rescored: 4, claim.Forwarded: 5, claim.Erased: 6,
		claim.Activated: 7,
	}
	outcomes = map[claim.Outcome]int8{"": 0, claim.Settle: 1, claim.Review: 2, claim.Investigate: 3}
)

// check refuses what the table has no place for. It comes before add, so that a refused entry leaves no half row.
func check(e *claim.Entry) error {
	if _, ok := kinds[e.Kind]; !ok {
		return fmt.Errorf("an entry of a kind that this binary does not know")
	}
	for i := range e.Tokens {
		var bits [tokenSize]byte
		if _, _, err := entry.ParseToken(e.Tokens[i].Value, bits[:]); err != nil {
			return err
		}
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
	if e.Kind == claim.Erased { // what it says is left stands in the row of the record
		thin := *e
		thin.Values, thin.Tokens = nil, nil
		e = &thin
	}
	c.journalPartition.Append(int32(partition))
	c.journalOffset.Append(offset)
	c.appendedAt.Append(appended.UnixMilli())
	c.entryVersion.Append(entry.Version)
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
	c.history.Append(e.Context.History)
	c.model.add(e.Context.Model)
	c.addDecision(e.Decision)
	for i := range e.Tokens {
		t := &e.Tokens[i]
		var bits [tokenSize]byte
		domain, version, _ := entry.ParseToken(t.Value, bits[:]) // check has seen it
		c.tokenPaths.add(t.Path)
		c.tokenRoles.add(string(t.Role))
		c.tokenDomains.add(domain)
		c.tokenVersions.Data.Append(uint16(version))
		c.tokenBits.add(string(bits[:]))
		c.bytes += len(t.Path) + 24
	}
	endRow(&c.tokenPaths, &c.tokenRoles)
	c.tokenDomains.endRow()
	c.tokenBits.endRow()
	c.tokenVersions.Offsets.Append(uint64(c.tokenVersions.Data.Rows()))
	c.addEvent(e.Values)
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
		for _, s := range r.Shared {
			c.sharedRings.add(r.ID)
			c.sharedDomains.add(s.Domain)
			c.sharedCounts.Data.Append(uint32(s.Tokens))
			c.bytes += len(r.ID) + 8
		}
	}
	endRow(&c.ruleIDs, &c.ruleTexts, &c.indicatorRules, &c.factRules, &c.factNames, &c.factValues, &c.factThresholds,
		&c.failedRules, &c.failedErrors, &c.ringIDs, &c.memberRings, &c.memberInsurers, &c.memberClaims,
		&c.sharedRings, &c.sharedDomains)
	c.sharedCounts.Offsets.Append(uint64(c.sharedCounts.Data.Rows()))
	c.ruleWeights.Offsets.Append(uint64(c.ruleWeights.Data.Rows()))
	c.indicators.Offsets.Append(uint64(c.indicators.Data.Rows()))
}

// addEvent keeps the open values as the event has them, and takes out what the views use. A field that is absent, or
// not of the shape that its column needs, is empty or NULL there and still stands in the event.
func (c *columns) addEvent(values []claim.Value) {
	c.text = c.text[:0]
	if len(values) > 0 {
		c.text = c.render.Append(c.text, values)
	}
	c.event.addBytes(c.text)
	var f [openFields][]byte
	for i := range values {
		if slot := openSlot(values[i].Path.Field); slot != 0 {
			f[slot-1] = values[i].Bytes
		}
	}
	c.stage.addBytes(f[fieldStage])
	c.claimOutcome.addBytes(f[fieldOutcome])
	c.inception.addWhen(f[fieldInception])
	c.expiry.addWhen(f[fieldExpiry])
	c.recorded.addWhen(f[fieldRecorded])
	c.lossAt.addWhen(f[fieldLossTime])
	c.reportedAt.addWhen(f[fieldReported])
	c.cause.addBytes(f[fieldCause])
	c.severity.addBytes(f[fieldSeverity])
	c.city.addBytes(f[fieldCity])
	c.region.addBytes(f[fieldRegion])
	c.country.addBytes(f[fieldCountry])
	c.claimed.addMoney(money{f[fieldClaimed], f[fieldClaimedCurrency]})
	c.claimedCur.addBytes(f[fieldClaimedCurrency])
	c.estimate.addMoney(money{f[fieldEstimate], f[fieldEstimateCurrency]})
	c.estimateCur.addBytes(f[fieldEstimateCurrency])
	c.reserve.addMoney(money{f[fieldReserve], f[fieldReserveCurrency]})
	c.reserveCur.addBytes(f[fieldReserveCurrency])
	c.paid.addMoney(money{f[fieldPaid], f[fieldPaidCurrency]})
	c.paidCur.addBytes(f[fieldPaidCurrency])
	c.bytes += len(c.text)
}
