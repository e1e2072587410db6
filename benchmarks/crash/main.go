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
	claims     int
	kills      int
	instances  int
	partitions int
	ahead      int
	session    time.Duration
	keepEvery  time.Duration
	seed       uint64
}

func main() {
	var o options
	flag.IntVar(&o.claims, "claims", 100_000, "claims to send")
	flag.IntVar(&o.kills, "kills", 20, "kills, spread over nine tenths of the claims; the first tenth is the reference")
	flag.IntVar(&o.instances, "instances", 2,
		"instances that share the partitions; a killed one is started again at once")
	flag.IntVar(&o.partitions, "partitions", 8, "partitions of claims")
	flag.IntVar(&o.ahead, "ahead", 50_000, "claims that the producer may be ahead of the decisions")
	flag.DurationVar(&o.session, "session", 0, "kafka.session of the instances; 0: the binary's default")
	flag.DurationVar(&o.keepEvery, "keep-every", 10*time.Second,
		"state.keep_every of the instances; 0: no state is kept")
	flag.Uint64Var(&o.seed, "seed", 1, "of the feed and the kills")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

func (o options) check() error {
	if o.claims < 100 || o.kills < 0 || o.instances < 1 || o.partitions < 1 || o.ahead < 1 {
		return errors.New("-claims is at least 100, -kills 0, -instances, -partitions and -ahead 1")
	}
	if o.kills > o.claims/10 {
		return fmt.Errorf("%d kills are too many for %d claims: at most one for ten", o.kills, o.claims)
	}
	return nil
}

func run(ctx context.Context, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	servers, err := site.FromEnvironment()
	if err != nil {
		return err
	}
	cfg := site.Config{Partitions: o.partitions, Instances: o.instances, Session: o.session, KeepEvery: o.keepEvery}
	room, err := site.RoomLeft()
	if err != nil {
		return err
	}
	need := cfg.Need(o.claims)
	r := &report.Report{}
	r.Note("%d claims with %d kills need about %s; there are %s; load average %s", o.claims, o.kills, need, room,
		report.LoadAverage())
	if err := room.Fits(need); err != nil {
		return fmt.Errorf("%d claims are too many here: %w", o.claims, err)
	}
	cfg.Env = []string{room.MemoryLimit(o.instances)}
	s, err := site.New(ctx, servers, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	times, err := torment(ctx, s, o, r)
	if err != nil {
		return err
	}
	return judge(ctx, s, o, times, r)
}
