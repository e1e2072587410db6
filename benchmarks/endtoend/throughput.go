package main

import (
	"context"
	"fmt"
	"time"

	"tallystick/claim"
)

// throughput lets the pipeline work off a backlog, with a raw copy of the same before it and after it.
func throughput(ctx context.Context, s *site, o options, backlog []message, r *report) error {
	perClaim, err := stateBytes(ctx, backlog, s.partitions)
	if err != nil {
		return err
	}
	pre, err := precompute(ctx, s, backlog)
	if err != nil {
		return err
	}
	if err := s.produce(ctx, backlog); err != nil {
		return err
	}
	first, err := rawCopy(ctx, s, pre, len(backlog))
	if err != nil {
		return err
	}
	p, err := s.spawn()
	if err != nil {
		return err
	}
	n := float64(len(backlog))
	marks, err := s.watch(ctx, p, n)
	if err != nil {
		return err
	}
	last := marks[len(marks)-1]
	used := cpu(p.cmd.Process.Pid)
	if err := checkCounts(ctx, s, len(backlog)); err != nil {
		p.kill()
		return err
	}
	if err := p.stop(); err != nil {
		return err
	}
	second, err := rawCopy(ctx, s, pre, len(backlog))
	if err != nil {
		return err
	}

	begin := beginning(marks)
	whole := n / last.at.Sub(begin).Seconds()
	warm := n / 2 / last.at.Sub(reached(marks, n/2)).Seconds()
	r.note("%d entries of %d bytes on average; pipeline %.1f s from its process's start, %.1f s from the first entry; %.1f µs of its CPU a claim; load average %s",
		pre.entries, pre.bytes/int64(pre.entries), last.at.Sub(p.started).Seconds(), last.at.Sub(begin).Seconds(), float64(used.Microseconds())/n, loadAverage())
	r.note("journal done %.1f s before the slowest sink", last.at.Sub(decidedAt(marks, n)).Seconds())
	r.add("end_to_end", warm, "claims/s", fmt.Sprintf("raw copy of the same bytes, warm (second half): %.0f claims/s", second.secondHalf), warm/second.secondHalf)
	r.add("end_to_end_from_start", whole, "claims/s", fmt.Sprintf("raw copy of the same bytes, first and whole: %.0f claims/s", first.whole), whole/first.whole)
	r.add("raw_copy", second.secondHalf, "claims/s", "its own first run, whole", second.secondHalf/first.whole)
	r.add("bytes_per_claim", perClaim, "B", "average size of a claim as sent", perClaim/float64(averageSize(backlog)))
	r.add("resident_bytes", last.values["process_resident_memory_bytes"], "B", fmt.Sprintf("the state of %d claims", len(backlog)), last.values["process_resident_memory_bytes"]/(perClaim*n))
	return nil
}

// beginning is when the first entries came, stretched back to the moment when there were none.
func beginning(marks []mark) time.Time {
	for i, m := range marks {
		if m.decided > 0 && i > 0 {
			return marks[i-1].at
		}
	}
	return marks[0].at
}

func decidedAt(marks []mark, n float64) time.Time {
	for _, m := range marks {
		if m.decided >= n {
			return m.at
		}
	}
	return marks[len(marks)-1].at
}

// checkCounts makes sure that what was measured was done.
func checkCounts(ctx context.Context, s *site, n int) error {
	counts, err := s.db.Counts(ctx)
	if err != nil {
		return err
	}
	sources := uint64(0)
	for _, c := range counts {
		if c.Kind != claim.Raised {
			sources += uint64(c.Sources)
		}
	}
	if sources != uint64(n) {
		return fmt.Errorf("ClickHouse holds rows for %d claims of %d", sources, n)
	}
	return nil
}
