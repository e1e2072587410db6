package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"tallystick/benchmarks/report"
	"tallystick/benchmarks/site"
	"tallystick/claim"
	"tallystick/journal/fetch"
	"tallystick/journal/joint"
)

// loader sends claims at a fixed rate and follows the public topic, as an insurer's claims system would.
type loader struct {
	site  *site.Site
	joint *joint.Transport // as other clients do, it fetches all partitions of a broker together, and appends to them
	mu    sync.Mutex
	sent  map[string]time.Time // when it was due, by key
	took  []time.Duration
	count bool
	first time.Time // the first decision on a claim that was sent after since
	since time.Time
	err   error
}

func newLoader(s *site.Site) *loader {
	return &loader{site: s, joint: joint.New(s.Transport, time.Millisecond), sent: map[string]time.Time{}}
}

// send sends the claims at the rate, whatever the pipeline does: a claim's time begins when it was due.
func (l *loader) send(ctx context.Context, list []site.Message, rate int) error {
	w := &kafka.Writer{
		Addr: kafka.TCP(l.site.Brokers...), Transport: l.joint, Topic: l.site.Topic("claims"),
		Balancer:     kafka.Murmur2Balancer{Consistent: true},
		RequiredAcks: kafka.RequireAll, Compression: kafka.Snappy, BatchSize: 100, Async: true,
		BatchTimeout: 5 * time.Millisecond, // linger.ms of Kafka's own producer as it comes since 4.0
		Completion: func(_ []kafka.Message, err error) {
			if err != nil {
				l.mu.Lock()
				l.err = errors.Join(l.err, err)
				l.mu.Unlock()
			}
		},
	}
	start := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	msgs := make([]kafka.Message, 0, 256)
	for i := 0; i < len(list); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), w.Close())
		}
		due := min(len(list), int(time.Since(start).Seconds()*float64(rate)))
		msgs = msgs[:0]
		l.mu.Lock()
		for ; i < due; i++ {
			m := &list[i]
			msgs = append(msgs, kafka.Message{Key: m.Key, Value: m.Value})
			if !m.Again { // a later revision or a second copy: its first decision is the one that counts
				l.sent[string(m.Key)] = start.Add(time.Duration(float64(i) / float64(rate) * float64(time.Second)))
			}
		}
		l.mu.Unlock()
		if len(msgs) == 0 {
			continue
		}
		if err := w.WriteMessages(ctx, msgs...); err != nil {
			return errors.Join(err, w.Close())
		}
	}
	err := w.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(err, l.err)
}

// follow reads the public topic from its present end until ctx is done.
func (l *loader) follow(ctx context.Context, started *sync.WaitGroup) error {
	g, ctx := errgroup.WithContext(ctx)
	for p := range l.site.Partitions {
		g.Go(func() error {
			cfg := fetch.Config{Addr: kafka.TCP(l.site.Brokers...), Transport: l.joint,
				Topic: l.site.Topic("decisions"), Partition: p}
			at, err := fetch.NewReader(cfg)
			if err != nil {
				return err
			}
			end, err := at.End(ctx)
			started.Done()
			if err != nil {
				return err
			}
			at.SeekTo(end)
			for ctx.Err() == nil {
				res, err := at.Fetch(ctx)
				if err != nil {
					break
				}
				l.take(res)
			}
			return nil
		})
	}
	return g.Wait()
}

func (l *loader) take(res fetch.Result) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range res.Batches {
		for i := range b.Records {
			key := string(b.Records[i].Key)
			due, ok := l.sent[key]
			if !ok {
				continue // a raised decision, a second revision
			}
			var d claim.PublicDecision
			if err := json.Unmarshal(b.Records[i].Value, &d); err != nil || d.Decision == "" {
				l.err = errors.Join(l.err, fmt.Errorf("a decision on the public topic cannot be read: %w", err))
				continue
			}
			delete(l.sent, key)
			if l.count {
				l.took = append(l.took, now.Sub(due))
			}
			if l.first.IsZero() && !l.since.IsZero() {
				l.first = now
			}
		}
	}
}

func (l *loader) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sent)
}

// settle waits until every claim sent has its decision.
func (l *loader) settle(ctx context.Context, limit time.Duration) error {
	end := time.Now().Add(limit)
	for l.waiting() > 0 {
		if time.Now().After(end) {
			return fmt.Errorf("%d claims have no decision after %s", l.waiting(), limit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// latency measures the time from a claim's append, which begins when it is due, to its decision on the public topic.
func latency(ctx context.Context, s *site.Site, o options, f *site.Feed, r *report.Report) error {
	const warmUp = 30 // seconds: as long as a new broker takes to compile what it runs often
	warm, counted := f.Take(o.rate*warmUp), f.Take(int(float64(o.rate)*o.latency.Seconds()))
	l := newLoader(s)
	followCtx, stop := context.WithCancel(ctx)
	defer stop()
	var started sync.WaitGroup
	started.Add(s.Partitions)
	followed := make(chan error, 1)
	go func() { followed <- l.follow(followCtx, &started) }()
	started.Wait()
	if err := l.send(ctx, warm, o.rate); err != nil {
		return err
	}
	if err := l.settle(ctx, time.Minute); err != nil {
		return err
	}
	l.mu.Lock()
	l.count = true
	l.mu.Unlock()
	before, cpuBefore := report.LoadAverage(), site.CPUOfAll()
	if err := l.send(ctx, counted, o.rate); err != nil {
		return err
	}
	cpu := site.CPUOfAll().Since(cpuBefore)
	if err := l.settle(ctx, time.Minute); err != nil {
		return err
	}
	stop()
	if err := <-followed; err != nil {
		return err
	}
	slices.Sort(l.took)
	at := func(q float64) float64 {
		return float64(l.took[min(len(l.took)-1, int(q*float64(len(l.took))))].Microseconds()) / 1000
	}
	r.Note("latency of %d claims at %d a second: p50 %.1f, p90 %.1f, p99 %.1f, p99.9 %.1f, max %.1f ms; load average before %s", len(l.took), o.rate, at(.5), at(.9), at(.99), at(.999), at(1), before)
	r.Note("CPU a claim at that rate, servers, producer and consumer included: %s", cpu.PerClaim(len(counted)))
	r.Add("decision_p50_ms", at(.5), "ms", "the goal for p99, 25 ms", at(.5)/25)
	r.Add("decision_p99_ms", at(.99), "ms", "goal 25 ms", at(.99)/25)
	return nil
}

// recovery kills the pipeline under load and starts it again at once.
func recovery(ctx context.Context, s *site.Site, o options, f *site.Feed, p **site.Instance, r *report.Report) error {
	l := newLoader(s)
	followCtx, stopFollowing := context.WithCancel(ctx)
	defer stopFollowing()
	var started sync.WaitGroup
	started.Add(s.Partitions)
	followed := make(chan error, 1)
	go func() { followed <- l.follow(followCtx, &started) }()
	started.Wait()
	sendCtx, stopSending := context.WithCancel(ctx)
	defer stopSending()
	sent := make(chan error, 1)
	list := f.Take(o.killRate * 300)
	go func() { sent <- l.send(sendCtx, list, o.killRate) }()
	time.Sleep(3 * time.Second)
	before, err := (*p).Scrape(ctx)
	if err != nil {
		return err
	}

	killed := time.Now()
	(*p).Kill()
	l.mu.Lock()
	l.since = time.Now() // what was published before is read by now, or within a moment
	l.mu.Unlock()
	next, err := s.Spawn(0)
	if err != nil {
		return err
	}
	*p = next
	var first, caughtUp time.Time
	for caughtUp.IsZero() {
		select {
		case <-next.Exited:
			return next.Failure()
		case err := <-sent:
			return errors.Join(errors.New("the claims ran out before the pipeline had caught up"), err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
		l.mu.Lock()
		first = l.first
		if !first.IsZero() && len(l.sent) <= o.killRate/20 { // 50 ms of claims are always under way
			caughtUp = time.Now()
		}
		l.mu.Unlock()
	}
	stopSending()
	<-sent
	stopFollowing()
	if err := <-followed; err != nil {
		return err
	}
	state := before["tallystick_state_claims"]
	r.Note("killed with %.0f claims in its state and %d claims/s coming in: first decision after %.2f s, caught up after %.2f s", state, o.killRate, first.Sub(killed).Seconds(), caughtUp.Sub(killed).Seconds())
	r.Add("recovery_s", caughtUp.Sub(killed).Seconds(), "s",
		fmt.Sprintf("the first new decision after the kill: %.2f s", first.Sub(killed).Seconds()),
		caughtUp.Sub(killed).Seconds()/first.Sub(killed).Seconds())
	r.Add("recovery_first_s", first.Sub(killed).Seconds(), "s", "caught up",
		first.Sub(killed).Seconds()/caughtUp.Sub(killed).Seconds())
	return nil
}
