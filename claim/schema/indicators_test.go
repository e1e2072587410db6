package schema

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"tallystick/claim"
)

const indicatorsHead = `# Indicators

<!-- Made from claim/schema/indicators.go: go test ./claim/schema -update. Do not edit. -->

Signs of fraud that can be computed from claim events, and the paths of the [event](claim-event.md) that each reads. A sign is a
reason to look, not a proof, and nothing is denied because of one. Thresholds belong to the rules, not here. The numbers are stable: they
stand with each reason of a decision. A path that holds others, such as ` + "`claimant.address`" + `, stands for all below it.

**Lines**: of business; blank means all. **State**, what is needed beside the claim: S nothing but its policy; W windows or history by key;
G links over shared tokens; X reference data from outside. **Source**: O Ohio Department of Insurance, red flags; F FC&S checklists; N NICB;
T adjusters' trade pages; C CalOptima's list (practice of CMS); Z Chinese trade and regulator pages; Shift, the product's page; E common practice, not
found stated.

| # | indicator | lines | state | source | paths |
|---|---|---|---|---|---|
`

func TestIndicatorsPage(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(indicatorsHead)
	for _, i := range Indicators() {
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | `%s` |\n", i.Number, i.Name, strings.Join(i.Lines, ", "), i.State,
			i.Source, strings.Join(i.Paths, "`, `"))
	}
	golden(t, "../../docs/indicators.md", b.Bytes())
}

func TestIndicatorsReadPathsThatExist(t *testing.T) {
	if len(Indicators()) != 53 {
		t.Errorf("%d indicators", len(Indicators()))
	}
	for n, i := range Indicators() {
		if i.Number != n+1 {
			t.Errorf("indicator %d stands at %d", i.Number, n+1)
		}
		if len(i.Paths) == 0 || i.Name == "" || i.State == "" || i.Source == "" {
			t.Errorf("indicator %d says too little", i.Number)
		}
		for _, p := range i.Paths {
			if !claim.KnownPath(p) {
				t.Errorf("indicator %d: the event has no %s", i.Number, p)
			}
		}
	}
}
