package cases

import (
	"context"
	"fmt"
)

// Bulk does one act on many cases and answers for each, in the order of Cases, or of their numbers. What one case
// answers does not touch another. The answer's Err is what Do would have returned.
func (c *Cases) Bulk(ctx context.Context, actor Actor, b BulkCommand) ([]Answer, error) {
	if err := checkID(&b.ID); err != nil {
		return nil, err
	}
	if len(b.ID) > 40 {
		return nil, &InvalidError{Field: "id", Problem: "has more than 40 characters"}
	}
	switch b.Act.(type) {
	case Take, Release, Assign, Snooze, Decide, Reopen, Restrict:
	default:
		return nil, &InvalidError{Field: "act", Problem: fmt.Sprintf("%T cannot be done on many cases at once", b.Act)}
	}
	if err := actor.need(b.Act.right()); err != nil {
		return nil, err
	}
	targets, err := c.targets(actor, b)
	if err != nil {
		return nil, err
	}
	waits := make([]func() (Answer, error), len(targets))
	answers := make([]Answer, len(targets))
	for i, t := range targets {
		cmd := Command{ID: fmt.Sprintf("%s/%d", b.ID, t.Case), Case: t.Case, Expect: t.Expect, Act: b.Act}
		if waits[i], answers[i].Err = c.send(ctx, actor, cmd, b.ID); answers[i].Err != nil {
			answers[i].Case = t.Case
		}
		if i >= bulkAhead {
			answer(waits, answers, i-bulkAhead)
		}
	}
	for i := range targets {
		answer(waits, answers, i)
	}
	return answers, nil
}

// bulkAhead is how many cases of a bulk command are on their way at once, so that others' commands come in between.
const bulkAhead = 500

func answer(waits []func() (Answer, error), answers []Answer, i int) {
	if waits[i] == nil {
		return
	}
	a, err := waits[i]()
	a.Err = err
	answers[i], waits[i] = a, nil
}

// targets are the cases that the command names, with their versions.
func (c *Cases) targets(actor Actor, b BulkCommand) ([]Target, error) {
	if (len(b.Cases) == 0) == (b.All == nil) {
		return nil, &InvalidError{Field: "cases", Problem: "name cases, or a filter that all of them match"}
	}
	if b.All == nil {
		if len(b.Cases) > MaxBulk {
			return nil, &InvalidError{Field: "cases", Problem: fmt.Sprintf("are more than %d", MaxBulk)}
		}
		seen := map[ID]bool{}
		out := make([]Target, len(b.Cases))
		for i, t := range b.Cases {
			if seen[t.Case] {
				return nil, &InvalidError{Field: "cases", Problem: "name one twice"}
			}
			seen[t.Case], out[i] = true, t
		}
		c.log.View(func(s *state) {
			for i := range out {
				if k := s.get(out[i].Case); k != nil && out[i].Expect == 0 {
					out[i].Expect = k.Version
				}
			}
		})
		return out, nil
	}
	if err := b.All.check(); err != nil {
		return nil, err
	}
	var out []Target
	now := c.cfg.Now()
	c.log.View(func(s *state) {
		for _, k := range s.cases {
			if b.All.match(k, now) && actor.sees(k) {
				out = append(out, Target{Case: k.ID, Expect: k.Version})
			}
		}
	})
	if len(out) > MaxBulkAll {
		return nil, &InvalidError{Field: "filter", Problem: fmt.Sprintf("matches more than %d cases", MaxBulkAll)}
	}
	return out, nil
}
