package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"tallystick/benchmarks/report"
	"tallystick/benchmarks/site"
)

// options of a run.
type options struct {
	claims     int
	rounds     int
	partitions int
	rate       int
	latency    time.Duration
	killRate   int
	seed       uint64
	profile    string
	only       string
}

func main() {
	var o options
	flag.IntVar(&o.claims, "claims", 200_000, "claims of the throughput part")
	flag.IntVar(&o.rounds, "rounds", 4, "parts of the throughput part; the first is cold")
	flag.IntVar(&o.partitions, "partitions", 8, "partitions of claims")
	flag.IntVar(&o.rate, "rate", 5000, "claims a second of the latency part")
	flag.DurationVar(&o.latency, "latency", 20*time.Second,
		"how long the latency part lasts, after 30 s that are not counted")
	flag.IntVar(&o.killRate, "kill-rate", 1000, "claims a second while the pipeline is killed")
	flag.Uint64Var(&o.seed, "seed", 1, "of the feed")
	flag.StringVar(&o.profile, "profile", "", "file for a CPU profile of the deciding alone, without servers")
	flag.StringVar(&o.only, "only", "", "leave out parts: throughput, latency or recovery runs that one alone")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "endtoend:", err)
		os.Exit(1)
	}
}

func (o options) does(part string) bool { return o.only == "" || o.only == part }

func run(ctx context.Context, o options) error {
	servers, err := site.FromEnvironment()
	if err != nil && o.profile == "" {
		return err
	}
	feed, err := newFeed(o)
	if err != nil {
		return err
	}
	defer feed.Stop()
	backlog := feed.Take(o.claims)
	if o.profile != "" {
		return profileDeciding(ctx, o, backlog)
	}
	s, err := site.New(ctx, servers, site.Config{Partitions: o.partitions, KeepEvery: time.Minute})
	if err != nil {
		return err
	}
	defer s.Close()
	r := &report.Report{}
	r.Note("%d CPUs, Kafka, ClickHouse engine and Tallystick on one machine; load average %s; %d claims of %d bytes on average, %d partitions",
		runtime.NumCPU(), report.LoadAverage(), len(backlog), averageSize(backlog), o.partitions)
	if o.does("throughput") {
		if err := throughput(ctx, s, o, backlog, r); err != nil {
			return err
		}
	}
	if o.does("latency") || o.does("recovery") {
		p, err := s.Start(ctx, 0)
		if err != nil {
			return err
		}
		defer func() { p.Kill() }()
		if o.does("latency") {
			if err := latency(ctx, s, o, feed, r); err != nil {
				return err
			}
		}
		if o.does("recovery") {
			if err := recovery(ctx, s, o, feed, &p, r); err != nil {
				return err
			}
		}
		if err := p.Stop(); err != nil {
			return err
		}
	}
	r.Note("load average at the end %s (includes this run)", report.LoadAverage())
	return r.Print(os.Stdout)
}
