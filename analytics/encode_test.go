package analytics

import (
	"testing"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/shopspring/decimal"

	"tallystick/claim"
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
		var r eventReader
		for b.Loop() {
			blk := emptyBlock(b, c.all)
			for i := range rows {
				if err := blk.Append(asValues(&r, int64(i), e)...); err != nil {
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
func asValues(r *eventReader, offset int64, e *claim.Entry) []any {
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
	var ringIDs, memberRings, memberInsurers, memberClaims, tokenRings, ringTokens []string
	for _, r := range d.Rings {
		ringIDs = append(ringIDs, r.ID)
		for _, m := range r.Claims {
			memberRings, memberInsurers, memberClaims = append(memberRings, r.ID), append(memberInsurers, m.Insurer), append(memberClaims, m.Claim)
		}
		for _, t := range r.Tokens {
			tokenRings, ringTokens = append(tokenRings, r.ID), append(ringTokens, t)
		}
	}
	var paths, domains, roles, values []string
	for _, t := range e.Tokens {
		paths, domains, roles, values = append(paths, t.Path), append(domains, t.Domain()), append(roles, string(t.Role)), append(values, t.Value)
	}
	var parties, keys, roots, sealed []string
	for _, s := range e.Sealed {
		parties, keys, roots = append(parties, s.Party), append(keys, string(s.Key)), append(roots, string(s.Root))
		sealed = append(sealed, string(s.Data))
	}
	f, _ := r.read(e.Event)
	var dead claim.DeadLetter
	return []any{
		int32(0), offset, appended, uint16(e.Version), string(e.Kind), e.Insurer, e.Claim, int32(e.Revision), string(e.Line),
		e.Source.Epoch, int32(e.Source.Partition), e.Source.Offset, &e.Source.Time, e.At, string(e.Content),
		d.Score, d.Base, string(d.Outcome), d.Hold, d.RuleSet, ruleIDs, weights, ruleTexts, indicatorRules, indicators,
		factRules, factNames, factValues, factThresholds, failedRules, failedErrors,
		ringIDs, memberRings, memberInsurers, memberClaims, tokenRings, ringTokens,
		paths, domains, roles, values,
		string(f.stage), string(f.outcome), asTime(f.inception), asTime(f.expiry), asTime(f.recorded), asTime(f.lossTime), asTime(f.reported),
		string(f.cause), string(f.severity), string(f.city), string(f.region), string(f.country),
		asDecimal(f.claimed), string(f.claimed.currency), asDecimal(f.estimate), string(f.estimate.currency),
		asDecimal(f.reserve), string(f.reserve.currency), asDecimal(f.paid), string(f.paid.currency),
		string(e.Event), parties, keys, roots, sealed, string(e.Seed), string(e.Commitment),
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

func asDecimal(m money) *decimal.Decimal {
	d, err := decimal.NewFromString(string(m.amount))
	if err != nil {
		return nil
	}
	return &d
}
