package analytics

import (
	"testing"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/shopspring/decimal"

	"tallystick/claim"
	"tallystick/claim/entry"
)

// The reference is the driver's usual way, a row at a time, of the same rows into the same columns.
func BenchmarkEncode(b *testing.B) {
	const rows = 2_000
	e := fullEntry()
	b.Run("columns", func(b *testing.B) {
		c := newColumns()
		var out chproto.Buffer
		for b.Loop() {
			c.reset()
			for i := range rows {
				c.add(0, appended, int64(i), e)
			}
			out.Reset()
			encodeBlock(&out, c.all)
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("rows", func(b *testing.B) {
		c := newColumns()
		var out chproto.Buffer
		for b.Loop() {
			blk := emptyBlock(b, c.all)
			for i := range rows {
				if err := blk.Append(asValues(int64(i), e)...); err != nil {
					b.Fatal(err)
				}
			}
			out.Reset()
			if err := blk.Encode(&out, 0); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// asValues is one row as a caller of the driver would write it by hand.
func asValues(offset int64, e *claim.Entry) []any {
	d := e.Decision
	var ruleIDs, ruleTexts, indicatorRules, factRules, factNames, factValues, factThresholds []string
	var weights []float64
	var indicators []int32
	for _, r := range d.Reasons {
		ruleIDs, ruleTexts, weights = append(ruleIDs, r.Rule), append(ruleTexts, r.Text), append(weights, r.Weight)
		for _, n := range r.Indicators {
			indicatorRules, indicators = append(indicatorRules, r.Rule), append(indicators, int32(n))
		}
		for _, f := range r.Facts {
			factRules, factNames = append(factRules, r.Rule), append(factNames, f.Name)
			factValues, factThresholds = append(factValues, f.Value), append(factThresholds, f.Threshold)
		}
	}
	var failedRules, failedErrors []string
	for _, f := range d.Failed {
		failedRules, failedErrors = append(failedRules, f.Rule), append(failedErrors, f.Error)
	}
	var ringIDs, memberRings, memberInsurers, memberClaims, sharedRings, sharedDomains []string
	var sharedCounts []uint32
	for _, r := range d.Rings {
		ringIDs = append(ringIDs, r.ID)
		for _, m := range r.Claims {
			memberRings, memberInsurers, memberClaims = append(memberRings, r.ID), append(memberInsurers, m.Insurer),
				append(memberClaims, m.Claim)
		}
		for _, s := range r.Shared {
			sharedRings, sharedDomains = append(sharedRings, r.ID), append(sharedDomains, s.Domain)
			sharedCounts = append(sharedCounts, uint32(s.Tokens))
		}
	}
	var paths, roles, domains, bits []string
	var versions []uint16
	for _, t := range e.Tokens {
		var value [tokenSize]byte
		domain, version, _ := entry.ParseToken(t.Value, value[:])
		paths, roles, domains = append(paths, t.Path), append(roles, string(t.Role)), append(domains, domain)
		versions, bits = append(versions, uint16(version)), append(bits, string(value[:]))
	}
	var f [openFields][]byte
	for _, v := range e.Values {
		if slot := openSlot(v.Path.Field); slot != 0 {
			f[slot-1] = v.Bytes
		}
	}
	var dead claim.DeadLetter
	return []any{
		int32(0), offset, appended, uint16(entry.Version), string(e.Kind), e.Insurer, e.Claim, int32(e.Revision),
		string(e.Line),
		e.Source.Epoch, int32(e.Source.Partition), e.Source.Offset, &e.Source.Time, e.At, string(e.Content),
		e.Context.History, e.Context.Model,
		d.Score, d.Base, string(d.Outcome), d.Hold, d.RuleSet, ruleIDs, weights, ruleTexts, indicatorRules, indicators,
		factRules, factNames, factValues, factThresholds, failedRules, failedErrors,
		ringIDs, memberRings, memberInsurers, memberClaims, sharedRings, sharedDomains, sharedCounts,
		paths, roles, domains, versions, bits,
		string(f[fieldStage]), string(f[fieldOutcome]), asTime(f[fieldInception]), asTime(f[fieldExpiry]),
		asTime(f[fieldRecorded]),
		asTime(f[fieldLossTime]), asTime(f[fieldReported]),
		string(f[fieldCause]), string(f[fieldSeverity]), string(f[fieldCity]), string(f[fieldRegion]),
		string(f[fieldCountry]),
		asDecimal(f[fieldClaimed]), string(f[fieldClaimedCurrency]), asDecimal(f[fieldEstimate]),
		string(f[fieldEstimateCurrency]),
		asDecimal(f[fieldReserve]), string(f[fieldReserveCurrency]), asDecimal(f[fieldPaid]),
		string(f[fieldPaidCurrency]),
		string(new(claim.Renderer).Append(nil, e.Values)), string(e.Commitment),
		string(dead.Code), dead.Path, int32(dead.Partition), dead.Offset,
	}
}

func asTime(text []byte) *time.Time {
	w, err := claim.ParseWhen(string(text))
	if err != nil {
		return nil
	}
	t := w.Time()
	return &t
}

func asDecimal(amount []byte) *decimal.Decimal {
	d, err := decimal.NewFromString(string(amount))
	if err != nil {
		return nil
	}
	return &d
}
