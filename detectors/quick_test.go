package detectors

import (
	"os"
	"testing"

	"github.com/expr-lang/expr/vm"

	"tallystick/claim"
	"tallystick/feed/synthetic"
)

// What is evaluated without the machine says what the machine says, of every condition of the default rules and of
// these.
func TestQuickConditionsAgreeWithTheMachine(t *testing.T) {
	files := []File{{"more.yaml", []byte(`rules:
  - id: more
    version: 1
    title: t
    when:
      lines: line == "motor" or line != "health" and not (stage == "paid")
      whole: loss.witnesses + loss.injuries * 2 - 1 >= 2 or vehicle.year < 2015
      mixed: loss.injuries > 0.5 and 3 > loss.injuries
      floats: loss.weather.windKph >= 40 or loss.weather.rainMm == 0.0
      set: 'loss.cause in ["theft", "collision", "fire"] or claimant.address.kind in ["po-box"]'
      flags: vehicle.commercial or property.commercial or not telematics.airbag
      has: has(loss.cause) and not has(loss.fault)
      attributes: number("speed") > 3 or flag("night") or text("road") == "wet"
      windows: claims("claimant.phone", 90) >= 1 or business("claimant.phone") or deviation("damageClass", 90) > 1.5
      outside: '(loss.cause == "theft" ? 1 : 2) == 1'
    weight: 1
    reason: x
    tests: {hit: {}, near: {}, "null": {}}
`)}}
	names, err := os.ReadDir("rule")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		data, err := os.ReadFile("rule/" + n.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n.Name() != "doc.go" && n.Name() != "rules_test.go" {
			files = append(files, File{n.Name(), data})
		}
	}
	rs, err := LoadFiles(files...)
	if err != nil {
		t.Fatal(err)
	}
	const claims = 3000
	feed, err := synthetic.Generate(synthetic.Config{Seed: 1, Claims: claims})
	if err != nil {
		t.Fatal(err)
	}
	var inputs []Input
	tokens := benchClaims(claims + 200)
	for event := range feed {
		if len(inputs) == len(tokens) {
			break
		}
		in := tokens[len(inputs)]
		speed, night := float64(len(inputs)%7), len(inputs)%2 == 0
		event.Attributes = map[string]claim.Attribute{"speed": {Number: &speed}, "road": {Text: "wet"}}
		if len(inputs)%3 == 0 {
			event.Attributes = map[string]claim.Attribute{"speed": {Number: &speed}, "night": {Flag: &night},
				"road": {Text: "dry"}}
		}
		in.Event = &event
		inputs = append(inputs, in)
	}
	s := NewState(rs, StateConfig{})
	quick, slow, held, unknown := 0, map[string]bool{}, map[bool]int{}, 0
	for i := range inputs {
		r := &run{}
		s.prepare(&r.w, &inputs[i])
		s.consult(&inputs[i], r, true)
		r.w.env.view = &r.w.view
		r.w.env.inRing(&r.w.view.ring)
		value(&r.w.env, leafFraudHops, &r.w.env.Links.FraudHops, r.w.view.hops)
		var m vm.VM
		for _, rule := range rs.rules {
			for j := range rule.conditions {
				c := &rule.conditions[j]
				if c.quick == nil {
					slow[c.source] = true
					continue
				}
				if !r.w.env.known.covers(&c.needs) {
					continue
				}
				ok, known, err := c.run(&m, &r.w.env)
				r.w.env.unknown = false
				wantOK, wantKnown, wantErr := c.runProgram(&m, &r.w.env)
				if ok != wantOK || known != wantKnown || err != nil || wantErr != nil {
					t.Fatalf("%s, %s: %v %v, the machine says %v %v %v", rule.id, c.source, ok, known, wantOK,
						wantKnown, wantErr)
				}
				quick++
				held[ok]++
				if !known {
					unknown++
				}
			}
		}
	}
	if quick == 0 || held[true] < 1000 || held[false] < 1000 || unknown < 1000 || len(slow) > 25 {
		t.Errorf("%d quick evaluations, %v hold, %d unknown; left to the machine: %v", quick, held, unknown, slow)
	}
}
