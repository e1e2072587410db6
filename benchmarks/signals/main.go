// Command signals measures what insurers' signals cost: pseudonyms of a panel of evaluators against circl alone,
// look-ups in a large index against the hashes that they take, the index's memory, and how long a hit takes.
//
// Evaluators and members run in this process, over TLS on loopback and with their real files. Figures are of processor
// time where the machine may be shared.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"tallystick/benchmarks/report"
	"tallystick/signals/consortium"
	"tallystick/signals/evaluator"
	"tallystick/signals/member"
)

func main() {
	size := flag.Int("size", 10_000_000, "signals in the index")
	batches := flag.Int("batches", 40, "batches of 64 pseudonyms, and as many of circl alone, by turns")
	hits := flag.Int("hits", 200, "look-ups of three identifiers that hit")
	flag.Parse()
	if err := run(context.Background(), *size, *batches, *hits); err != nil {
		fmt.Fprintln(os.Stderr, "signals:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, size, batches, hits int) error {
	r := &report.Report{}
	r.Note("load average %s", report.LoadAverage())
	dir, err := os.MkdirTemp("", "tallystick-bench-signals-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	s, err := found(ctx, dir)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := pseudonyms(ctx, r, s, batches); err != nil {
		return err
	}
	if err := latency(ctx, r, s, hits); err != nil {
		return err
	}
	if err := lookups(r, size); err != nil {
		return err
	}
	r.Note("load average %s", report.LoadAverage())
	return r.Print(os.Stdout)
}

// site is a consortium of two members and three evaluators.
type site struct {
	dir       string
	file      *consortium.File
	keys      map[string]*consortium.Key
	addresses map[string]net.Listener
	stops     []func()
}

func (s *site) stop() {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
}

func found(ctx context.Context, dir string) (*site, error) {
	s := &site{dir: dir, keys: map[string]*consortium.Key{}, addresses: map[string]net.Listener{}}
	var cards []consortium.Card
	for name, role := range map[string]consortium.Role{
		"acme": consortium.RoleMember, "beta": consortium.RoleMember,
		"ev1": consortium.RoleEvaluator, "ev2": consortium.RoleEvaluator, "ev3": consortium.RoleEvaluator,
	} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
		key, err := consortium.NewKey(filepath.Join(dir, name, member.KeyFile), name)
		if err != nil {
			return nil, err
		}
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		card, err := key.Card(role, listener.Addr().String())
		if err != nil {
			return nil, err
		}
		s.keys[name], s.addresses[name], cards = key, listener, append(cards, card)
	}
	record := consortium.Record{What: "a benchmark", Date: "2026-01-01"}
	text, shares, err := consortium.Deal(consortium.Charter{
		Name: "bench", Threshold: 2, DailyBudget: 1 << 30, EpochDays: 365,
		Grounds: consortium.Grounds{LegalBasis: "a benchmark", RetentionMonths: 12, ImpactAssessment: record,
			Supervisor: record},
	}, cards, nil, time.Now())
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"acme", "beta"} {
		if text, err = consortium.Sign(text, s.keys[name]); err != nil {
			return nil, err
		}
	}
	for name := range s.keys {
		if s.file, err = consortium.Adopt(filepath.Join(dir, name, member.ConsortiumFile), text); err != nil {
			return nil, err
		}
	}
	for _, share := range shares {
		if err := s.evaluate(ctx, share); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// evaluate starts an evaluator.
func (s *site) evaluate(ctx context.Context, share consortium.SealedShare) error {
	sealed, err := json.Marshal(share)
	if err != nil {
		return err
	}
	dir := filepath.Join(s.dir, share.Evaluator)
	if _, err := evaluator.Import(dir, sealed, time.Now()); err != nil {
		return err
	}
	node, err := evaluator.Open(dir, time.Now, slog.New(slog.DiscardHandler)) // a benchmark's own alarms are no news
	if err != nil {
		return err
	}
	s.serve(ctx, func(ctx context.Context) error { return node.Serve(ctx, s.addresses[share.Evaluator]) }, node.Close)
	return nil
}

func (s *site) serve(ctx context.Context, run func(context.Context) error, closeNode func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	s.stops = append(s.stops, func() {
		cancel()
		if err := <-done; err != nil {
			fmt.Fprintln(os.Stderr, "signals:", err)
		}
		_ = closeNode()
	})
}

// processor returns the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for the process itself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
