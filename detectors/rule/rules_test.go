package rule_test

import (
	"testing"

	"tallystick/detectors"
	"tallystick/detectors/rule"
)

func TestDefaultRules(t *testing.T) {
	rs, err := detectors.LoadRules(rule.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range detectors.TestRules(rs) {
		if !c.OK() {
			t.Error(c)
		}
	}
	if got := rs.Indicators(); len(got) < 20 {
		t.Errorf("the rules compute %d indicators: %v", len(got), got)
	}
	t.Log(len(rs.Rules()), "rules for indicators", rs.Indicators())
}
