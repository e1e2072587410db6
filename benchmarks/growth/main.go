package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tallystick/benchmarks/report"
	"tallystick/benchmarks/site"
)

// options of a run.
type options struct {
	to         int
	partitions int
	state      int
	seed       uint64
}

func main() {
	var o options
	flag.IntVar(&o.to, "to", 100_000, "claims that the site grows to")
	flag.IntVar(&o.partitions, "partitions", 8, "partitions of claims")
	flag.IntVar(&o.state, "state-claims", 0, "max_state_claims of the instance; 0: the binary's default")
	flag.Uint64Var(&o.seed, "seed", 1, "of the feed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.to < 100 || o.partitions < 1 {
		return errors.New("-to is at least 100, -partitions 1")
	}
	servers, err := site.FromEnvironment()
	if err != nil {
		return err
	}
	// kept at the end of each run
	cfg := site.Config{Partitions: o.partitions, StateClaims: o.state, KeepEvery: time.Hour, SmallMerges: true}
	room, err := site.RoomLeft()
	if err != nil {
		return err
	}
	need := cfg.Need(o.to)
	r := &report.Report{}
	r.Note("%d claims need about %s; there are %s; load average %s", o.to, need, room, report.LoadAverage())
	if err := room.Fits(need); err != nil {
		return fmt.Errorf("%d claims are too many here: %w", o.to, err)
	}
	cfg.Env = []string{room.MemoryLimit(1)}
	s, err := site.New(ctx, servers, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := grow(ctx, s, o, r)
	if err != nil {
		return err
	}
	add(r, all)
	return r.Print(os.Stdout)
}

// add adds the figures of each size, with their ratios to those of the smallest.
func add(r *report.Report, all []measure) {
	first := all[0]
	for _, f := range []struct {
		name, unit, what string
		of               func(measure) float64
	}{
		{"claims_per_s", "claims/s", "claims done by every sink, of the last part before that size",
			func(m measure) float64 { return m.speed }},
		{"cpu_us_per_claim", "µs", "processor time of that part, servers included", func(m measure) float64 {
			return m.cpuAll
		}},
		{"own_cpu_us_per_claim", "µs", "the same, of Tallystick alone", func(m measure) float64 { return m.cpuOwn }},
		{"resident_bytes", "B", "the instance at that size", func(m measure) float64 { return m.resident }},
		{"live_bytes_per_claim", "B",
			"live memory after a start with that journal, less that of an empty site, for each claim decided",
			func(m measure) float64 { return m.live / float64(m.size) }},
		{"state_bytes_per_claim", "B",
			"the instance's own estimate of windows and links, for each claim that they hold", func(m measure) float64 {
				return m.state / m.held
			}},
		{"recall_s", "s", "a start with that journal and the state kept at its end, until ready",
			func(m measure) float64 { return m.recalled }},
		{"kept_bytes_per_claim", "B", "the file of the state, for each claim decided", func(m measure) float64 {
			return m.kept / float64(m.size)
		}},
		{"recovery_s", "s", "a start with that journal and no state kept, until ready", func(m measure) float64 {
			return m.recovery
		}},
		{"clickhouse_bytes_per_row", "B", "on disk", func(m measure) float64 { return m.rowBytes }},
		{"fsck_s", "s", "tallystick fsck", func(m measure) float64 { return m.fsck }},
		{"fsck_resident_bytes", "B", "tallystick fsck, at the most", func(m measure) float64 { return m.fsckResident }},
	} {
		for _, m := range all {
			base := f.of(first)
			reference := fmt.Sprintf("%s; with %d claims: %.4g %s", f.what, first.size, base, f.unit)
			r.Add(fmt.Sprintf("growth_%s@%d", f.name, m.size), f.of(m), f.unit, reference, f.of(m)/base)
		}
	}
}
