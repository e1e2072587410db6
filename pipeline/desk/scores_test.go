package desk_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tallystick/claim"
	"tallystick/feed/synthetic"
	"tallystick/pipeline"
)

// Decisions stay what they are whatever form the record has: the scores of 3,000 made-up claims, and of those that a
// later one had scored anew, are those of the revision before the entry's third form.
func TestScoresOfThreeThousandClaims(t *testing.T) {
	keys, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	o := openWith(t, keys, 1<<20)
	feed, err := synthetic.Generate(synthetic.Config{Seed: 21, Claims: 3000, Insurers: []string{"acme"}})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	offset := int64(0)
	for event := range feed {
		value, err := claim.Encode(&event)
		if err != nil {
			t.Fatal(err)
		}
		r := pipeline.Record{Source: claim.SourceRef{Offset: offset, Time: now},
			Key: claim.Key(event.Insurer, event.ID), Value: value}
		offset++
		v, err := o.Decide(t.Context(), []pipeline.Record{r})
		if err != nil {
			t.Fatal(err)
		}
		for i := range v.Entries {
			e := &v.Entries[i]
			what := "decided"
			if i > 0 {
				what = "again"
			} else if e.Decision == nil {
				what = string(e.Kind)
			}
			fmt.Fprintf(&got, "%s %s", e.Claim, what)
			if d := e.Decision; d != nil {
				fmt.Fprintf(&got, " %.6f %s", d.Score, d.Outcome)
				for _, reason := range d.Reasons {
					fmt.Fprintf(&got, " %s", reason.Rule)
				}
			}
			got.WriteByte('\n')
		}
	}
	const file = "testdata/scores.golden"
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(got.String(), "\n") {
		if all := strings.Split(string(want), "\n"); i >= len(all) || all[i] != line {
			t.Fatalf("line %d of %s: got %q", i+1, file, line)
		}
	}
}
