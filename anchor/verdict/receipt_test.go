package verdict_test

import (
	"strings"
	"testing"

	"tallystick/anchor/proof"
	"tallystick/anchor/verdict"
)

func TestReceiptsAreOfProvedValuesAlone(t *testing.T) {
	with := func(values map[string]string) *proof.Report {
		r := &proof.Report{}
		for path, value := range map[string]string{
			"entry.insurer": "acme", "entry.claim": "C-1", "entry.revision": "2", "entry.at": "2026-11-30T10:05:30.5Z",
			"decision.outcome": "settle",
		} {
			if _, changed := values[path]; !changed {
				r.Fields = append(r.Fields, proof.ProvedField{Path: path, Kind: "s", Value: value})
			}
		}
		for path, value := range values {
			if value != "" {
				r.Fields = append(r.Fields, proof.ProvedField{Path: path, Kind: "s", Value: value})
			}
		}
		return r
	}
	for name, tt := range map[string]struct {
		values map[string]string
		is     bool
		delay  string
	}{
		"without a report":  {nil, true, ""},
		"reported on a day": {map[string]string{"loss.reported": "2026-11-27"}, true, "3 days"},
		"on the same day":   {map[string]string{"loss.reported": "2026-11-30"}, true, "0 days"},
		"reported at a time": {map[string]string{"loss.reported": "2026-11-29T10:00:00Z"}, true,
			"24 hours 5 minutes"},
		"in another zone": {map[string]string{"loss.reported": "2026-11-30T18:00:00+08:00"}, true,
			"0 hours 5 minutes"},
		"reported after":          {map[string]string{"loss.reported": "2026-12-01"}, true, ""},
		"at no time":              {map[string]string{"loss.reported": "soon"}, true, ""},
		"no decision is shown":    {map[string]string{"decision.outcome": ""}, false, ""},
		"the claim is not shown":  {map[string]string{"entry.claim": ""}, false, ""},
		"a decision at no time":   {map[string]string{"entry.at": "now", "loss.reported": "2026-11-29"}, true, ""},
		"a claim with line feeds": {map[string]string{"entry.claim": "C-1\nPROVED"}, true, ""},
	} {
		got, is := verdict.ReceiptOf(with(tt.values))
		if is != tt.is || got.Delay != tt.delay {
			t.Errorf("%s: got %+v, %t", name, got, is)
		}
		if is && strings.Contains(got.Text(), "\nPROVED") {
			t.Errorf("%s: a value forges a line", name)
		}
	}
	r := with(map[string]string{"decision.outcome": ""})
	r.Fields = append(r.Fields, proof.ProvedField{Path: "decision.outcome", Kind: "s", Value: "settle",
		Section: "claimant"})
	if _, is := verdict.ReceiptOf(r); is {
		t.Error("a party's value was taken for the record's")
	}
}
