package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tallystick/benchmarks/report"
	"tallystick/benchmarks/site"
	"tallystick/pipeline"
)

// measure is what was seen at a size.
type measure struct {
	size     int
	speed    float64 // claims a second
	cpuAll   float64 // µs a claim
	cpuOwn   float64
	resident float64 // bytes
	live     float64 // bytes more than an empty site's
	held     float64 // claims in windows and links
	state    float64 // bytes of them, as the instance estimates
	recovery float64 // seconds
	recalled float64 // seconds
	kept     float64 // bytes of the state's file
	rowBytes float64

	fsck, fsckResident float64 // seconds, bytes
}

// grow lets claims through, from size to size, and measures at each.
func grow(ctx context.Context, s *site.Site, o options, r *report.Report) ([]measure, error) {
	feed, err := site.NewFeed(o.seed, o.to, o.partitions)
	if err != nil {
		return nil, err
	}
	defer feed.Stop()
	empty, err := weigh(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []measure
	size := 0
	for _, next := range sizes(o.to) {
		m := measure{size: next}
		if err := m.work(ctx, s, feed, next-size); err != nil {
			return nil, fmt.Errorf("growing to %d claims: %w", next, err)
		}
		if err := m.rest(ctx, s, empty); err != nil {
			return nil, fmt.Errorf("with %d claims: %w", next, err)
		}
		size = next
		r.Note("%d claims: %.0f/s, %.0f µs of CPU a claim (Tallystick %.0f), %.0f MB resident, %.0f B live a claim, %.0f claims in the state, ready after %.1f s, with its state kept after %.1f s (%.0f MB), %.0f B a row, fsck %.1f s and %.0f MB; load average %s",
			size, m.speed, m.cpuAll, m.cpuOwn, m.resident/1e6, m.live/float64(size), m.held, m.recovery, m.recalled,
			m.kept/1e6, m.rowBytes, m.fsck, m.fsckResident/1e6, report.LoadAverage())
		all = append(all, m)
	}
	return all, nil
}

// work sends the claims that the site grows by while an instance decides them, and measures the last part of them.
func (m *measure) work(ctx context.Context, s *site.Site, feed *site.Feed, grown int) error {
	p, err := s.Start(ctx, 0)
	if err != nil {
		return err
	}
	defer p.Kill()
	sent := make(chan error, 1)
	sendCtx, stop := context.WithCancel(ctx)
	defer func() { stop(); <-sent }()
	var done progress
	go func() { defer close(sent); sent <- send(sendCtx, s, feed, grown, &done) }()
	before, err := done.reach(ctx, p, grown-lastPart(grown), sent)
	if err != nil {
		return err
	}
	cpuBefore := site.CPUOfAll()
	after, err := done.reach(ctx, p, grown, sent)
	if err != nil {
		return err
	}
	cpuAfter := site.CPUOfAll()
	claims := after.Slowest - before.Slowest
	m.speed = claims / after.At.Sub(before.At).Seconds()
	m.cpuAll = float64(cpuAfter.Since(cpuBefore).Total().Microseconds()) / claims
	m.cpuOwn = float64((after.CPU - before.CPU).Microseconds()) / claims
	m.resident = after.Values["process_resident_memory_bytes"]
	m.held, m.state = after.Values["tallystick_state_claims"], after.Values["tallystick_state_bytes"]
	if err := site.Settle(ctx, []*site.Instance{p}, time.Minute); err != nil {
		return err
	}
	return p.Stop()
}

// rest measures the site while nothing is decided.
func (m *measure) rest(ctx context.Context, s *site.Site, empty float64) error {
	file := filepath.Join(s.StateDirectory(0), pipeline.StateFile)
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("the instance has not kept its state: %w", err)
	}
	m.kept = float64(info.Size())
	if m.recalled, err = startAndStop(ctx, s); err != nil {
		return err
	}
	if err := os.Remove(file); err != nil {
		return err
	}
	if m.recovery, err = startAndStop(ctx, s); err != nil {
		return err
	}
	if err := os.Remove(file); err != nil { // the start above has kept it again
		return err
	}
	live, err := weigh(ctx, s)
	if err != nil {
		return err
	}
	m.live = live - empty
	if m.rowBytes, err = bytesPerRow(ctx, s); err != nil {
		return err
	}
	checked, err := s.Fsck(ctx)
	if err != nil {
		return err
	}
	if missing := append(checked.Whole(int64(m.size)), checked.Problems...); len(missing) > 0 {
		return fmt.Errorf("fsck: %s", strings.Join(missing, "; "))
	}
	m.fsck, m.fsckResident = checked.Took.Seconds(), float64(checked.Resident)
	return nil
}

// startAndStop returns after how many seconds an instance was ready.
func startAndStop(ctx context.Context, s *site.Site) (float64, error) {
	p, err := s.Start(ctx, 0)
	if err != nil {
		return 0, err
	}
	took := time.Since(p.Started).Seconds()
	return took, p.Stop()
}

// weigh starts an instance whose heap may hold little besides what is live, and returns its size once the journal is
// folded, with the latest batches that a fold leaves in memory for sinks.
func weigh(ctx context.Context, s *site.Site) (float64, error) {
	const garbage = 15 // per cent of what is live, at the most
	p, err := s.Start(ctx, 0, fmt.Sprintf("GOGC=%d", garbage))
	if err != nil {
		return 0, err
	}
	defer p.Kill()
	values, err := p.Scrape(ctx)
	if err != nil {
		return 0, err
	}
	if err := p.Stop(); err != nil {
		return 0, err
	}
	return values["go_memstats_heap_alloc_bytes"], nil
}

// bytesPerRow is what a row takes on ClickHouse's disk.
func bytesPerRow(ctx context.Context, s *site.Site) (float64, error) {
	conn, err := s.ConnectClickHouse()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var each float64
	query := "SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND table = 'entries' AND database = currentDatabase()"
	if err := conn.QueryRow(ctx, query).Scan(&each); err != nil {
		return 0, fmt.Errorf("asking for the size of the entries: %w", err)
	}
	return each, nil
}
