package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tallystick/benchmarks/report"
	"tallystick/benchmarks/site"
	"tallystick/claim"
)

// throughput lets the pipeline work off a backlog in rounds, with a raw copy of the same claims before and after each,
// so that what else the machine does weighs on both. The first round is cold: Kafka and ClickHouse have done little
// yet.
func throughput(ctx context.Context, s *site.Site, o options, backlog []site.Message, r *report.Report) error {
	perClaim, err := stateBytes(ctx, backlog, s.Partitions)
	if err != nil {
		return err
	}
	all, err := precompute(ctx, s, backlog, o.rounds)
	if err != nil {
		return err
	}
	var speeds, copies, ratios, costs, costRatios []float64
	var resident float64
	done, entries, bytes := 0, 0, int64(0)
	for i, part := range parts(backlog, o.rounds) {
		pre := all[i]
		entries, bytes = entries+pre.entries, bytes+pre.bytes
		if err := s.Produce(ctx, part); err != nil {
			return err
		}
		if err := awaitMerges(ctx, s); err != nil {
			return err
		}
		before, cpuBefore, err := copyAndMerge(ctx, s, pre)
		if err != nil {
			return err
		}
		done += len(part)
		round, err := workOff(ctx, s, len(part), done)
		if err != nil {
			return err
		}
		after, cpuAfter, err := copyAndMerge(ctx, s, pre)
		if err != nil {
			return err
		}
		resident = round.resident
		speed, raw := float64(len(part))/round.took.Seconds(),
			float64(len(part))*2/(float64(len(part))/before+float64(len(part))/after)
		r.Note("round %d: %d claims at %.0f/s, raw copy %.0f/s before and %.0f/s after, ratio %.3f; ready %.1f s after its start; journal done %.2f s before the slowest sink; %.0f µs of its CPU a claim; load average %s",
			i+1, len(part), speed, before, after, speed/raw, round.ready.Seconds(), round.sinksLate.Seconds(),
			float64(round.cpu.Microseconds())/float64(len(part)), report.LoadAverage())
		costs = append(costs, float64(round.cpuAll.Total().Microseconds())/float64(len(part)))
		costRatios = append(costRatios, float64(cpuBefore.Total()+cpuAfter.Total())/2/float64(round.cpuAll.Total()))
		r.Note("round %d: CPU a claim, servers included: pipeline %s; raw copy before it %s, after it %s", i+1,
			round.cpuAll.PerClaim(len(part)), cpuBefore.PerClaim(len(part)), cpuAfter.PerClaim(len(part)))
		r.Note("round %d: entries a write: %s; a journal batch: %.0f", i+1, round.perWrite, round.perBatch)
		speeds, copies, ratios = append(speeds, speed), append(copies, raw), append(ratios, speed/raw)
	}
	r.Note("%d entries of %d bytes on average", entries, bytes/int64(entries))
	warm := min(1, len(speeds)-1)
	mid := median(ratios[warm:])
	at := warm + slices.Index(ratios[warm:], mid)
	r.Add("end_to_end", speeds[at], "claims/s",
		fmt.Sprintf("raw copy of the same bytes, warm, round of the median ratio: %.0f claims/s", copies[at]), mid)
	r.Add("end_to_end_from_start", speeds[0], "claims/s",
		fmt.Sprintf("raw copy of the same bytes, first round: %.0f claims/s", copies[0]), ratios[0])
	mid = median(costRatios[warm:])
	at = warm + slices.Index(costRatios[warm:], mid)
	r.Add("cpu_per_claim", costs[at], "µs",
		fmt.Sprintf("the raw copy's, servers included in both: %.0f µs; its share is the ratio", costs[at]*mid), mid)
	r.Add("bytes_per_claim", perClaim, "B", "average size of a claim as sent", perClaim/float64(averageSize(backlog)))
	state := perClaim * float64(done)
	r.Add("resident_bytes", resident, "B", fmt.Sprintf("the state of %d claims", done), resident/state)
	return nil
}

// copyAndMerge returns a raw copy's claims a second, and the CPU that it took with the merges that its rows set off:
// some set off none, some those of earlier copies too.
func copyAndMerge(ctx context.Context, s *site.Site, pre *precomputed) (speed float64, used site.Usage, err error) {
	before := site.CPUOfAll()
	if speed, err = rawCopy(ctx, s, pre); err != nil {
		return 0, nil, err
	}
	if err := awaitMerges(ctx, s); err != nil {
		return 0, nil, err
	}
	return speed, site.CPUOfAll().Since(before), nil
}

// median returns the lower of the two in the middle.
func median(v []float64) float64 {
	sorted := slices.Sorted(slices.Values(v))
	return sorted[(len(sorted)-1)/2]
}

// round is how the pipeline did.
type round struct {
	took      time.Duration // from the last moment without an entry to the end of the slowest sink
	ready     time.Duration // from the process's start to that moment
	sinksLate time.Duration
	cpu       time.Duration // of the pipeline
	cpuAll    site.Usage    // of the servers and of this process too
	resident  float64
	perWrite  string
	perBatch  float64
}

// workOff runs the pipeline until the next n claims are done by every sink, total in all.
func workOff(ctx context.Context, s *site.Site, n, total int) (round, error) {
	p, err := s.Spawn(0)
	if err != nil {
		return round{}, err
	}
	defer p.Kill()
	marks, err := watch(ctx, p, float64(n))
	if err != nil {
		return round{}, err
	}
	first, last := beginning(marks), marks[len(marks)-1]
	if err := awaitMerges(ctx, s); err != nil {
		return round{}, err
	}
	r := round{
		cpuAll: site.CPUOfAll().Since(first.cpuAll),
		took:   last.At.Sub(first.At), ready: first.At.Sub(p.Started),
		sinksLate: last.At.Sub(decidedAt(marks, float64(n))),
		cpu:       last.CPU - first.CPU, resident: last.Values["process_resident_memory_bytes"],
	}
	r.perBatch = last.Values["tallystick_entries_total"] / last.Values["tallystick_journal_batches_total"]
	for _, sink := range site.Sinks {
		r.perWrite += fmt.Sprintf("%s %.0f ", sink,
			last.Values["tallystick_sink_entries_total/"+sink]/last.Values["tallystick_sink_write_seconds_count/"+sink])
	}
	if err := checkCounts(ctx, s, total); err != nil {
		return r, err
	}
	return r, p.Stop()
}

// beginning is the last sample before the first entry.
func beginning(marks []mark) mark {
	for i, m := range marks {
		if m.Decided > 0 && i > 0 {
			return marks[i-1]
		}
	}
	return marks[0]
}

func decidedAt(marks []mark, n float64) time.Time {
	for _, m := range marks {
		if m.Decided >= n {
			return m.At
		}
	}
	return marks[len(marks)-1].At
}

// checkCounts makes sure that what was measured was done.
func checkCounts(ctx context.Context, s *site.Site, n int) error {
	counts, err := s.DB.Counts(ctx)
	if err != nil {
		return err
	}
	sources := uint64(0)
	for _, c := range counts {
		if c.Kind != claim.Rescored {
			sources += uint64(c.Sources)
		}
	}
	if sources != uint64(n) {
		return fmt.Errorf("ClickHouse holds rows for %d claims of %d", sources, n)
	}
	return nil
}
