package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"tallystick/benchmarks/report"
	"tallystick/benchmarks/site"
)

// settling is how long sinks and log may take once all is decided.
const settling = 5 * time.Minute

// times is what a run measured.
type times struct {
	calm, killed float64 // claims a second without kills and in spite of them
	first, all   []time.Duration
	loading      int // kills of an instance that was not ready
}

// torment lets claims through and kills instances meanwhile. It returns when everything is decided and handed on, and
// the instances have drained.
func torment(ctx context.Context, s *site.Site, o options, r *report.Report) (times, error) {
	feed, err := site.NewFeed(o.seed, o.claims, o.partitions)
	if err != nil {
		return times{}, err
	}
	defer feed.Stop()
	runCtx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	v := &victims{site: s, fail: fail}
	defer v.killAll()
	for i := range o.instances {
		if err := v.spawn(runCtx, i); err != nil {
			return times{}, err
		}
	}
	if err := v.allReady(runCtx); err != nil {
		return times{}, err
	}
	p := &progress{site: s, ends: make([]int64, o.partitions), positions: make([]int64, o.partitions)}
	stalls := &stalls{}
	g, bgCtx := errgroup.WithContext(runCtx)
	bgCtx, stopFollowing := context.WithCancel(bgCtx)
	defer stopFollowing()
	background := func(do func() error) {
		g.Go(func() error {
			err := do()
			if err != nil {
				fail(err)
			}
			return err
		})
	}
	background(func() error { return p.follow(bgCtx, v, stalls) })
	background(func() error { return send(bgCtx, s, feed, o, p) })

	t, err := drive(runCtx, o, v, p, stalls, r)
	if err != nil {
		return t, err
	}
	if err := site.Settle(runCtx, v.instances(), settling); runCtx.Err() != nil {
		return t, context.Cause(runCtx)
	} else if err != nil {
		r.Note("%v; fsck will say what is missing", err)
	}
	stopFollowing()
	if err := g.Wait(); err != nil {
		return t, err
	}
	t.first, t.all = stalls.results()
	t.loading = v.loading
	return t, v.stop()
}

// send keeps the producer a bounded number of claims ahead, so that claims come in during the whole run.
func send(ctx context.Context, s *site.Site, feed *site.Feed, o options, p *progress) error {
	const chunk = 1000
	for sent := 0; sent < o.claims; {
		if sent-p.now() >= o.ahead {
			if err := sleep(ctx, 5*time.Millisecond); err != nil {
				return nil // the run has ended, and says why
			}
			continue
		}
		list := feed.Take(min(chunk, o.claims-sent))
		if err := s.Produce(ctx, list); err != nil {
			return err
		}
		sent += len(list)
	}
	return nil
}

// drive measures the first tenth without kills and then kills by the schedule, until all claims are decided.
func drive(ctx context.Context, o options, v *victims, p *progress, s *stalls, r *report.Report) (times, error) {
	var t times
	calm := o.claims / 10
	if err := p.until(ctx, calm/5, o.claims); err != nil { // servers and instances are cold before
		return t, err
	}
	from, fromClaims := time.Now(), p.decided()
	if err := p.until(ctx, calm, o.claims); err != nil {
		return t, err
	}
	p.calibrate()
	begin, beginClaims := time.Now(), p.decided()
	t.calm = float64(beginClaims-fromClaims) / begin.Sub(from).Seconds()
	r.Note("%d claims without kills: %.0f/s", beginClaims, t.calm)
	victim := 0
	for i, k := range schedule(o.seed, o.kills, o.instances, max(calm, beginClaims), o.claims-o.claims/50) {
		var err error
		if victim, err = await(ctx, k, victim, o, v, p); err != nil {
			return t, err
		}
		killed := time.Now()
		v.kill(victim)
		if err := v.spawn(ctx, victim); err != nil {
			return t, err
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil { // what was on its way to the broker arrives
			return t, err
		}
		s.kill(killed, p.journalEnds())
		if every := max(1, o.kills/10); (i+1)%every == 0 {
			r.Note("%d kills, %d claims decided", i+1, p.decided())
		}
	}
	for p.decided() < o.claims {
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return t, err
		}
	}
	t.killed = float64(o.claims-beginClaims) / time.Since(begin).Seconds()
	return t, nil
}

// await waits until a kill is due and returns which instance it meets; last is the one that was killed before.
func await(ctx context.Context, k kill, last int, o options, v *victims, p *progress) (int, error) {
	if k.Loading > 0 {
		return last, sleep(ctx, time.Until(v.loaded(last, k.Loading)))
	}
	if err := p.until(ctx, k.Claims, o.claims); err != nil {
		return 0, err
	}
	if err := sleep(ctx, k.Pause); err != nil {
		return 0, err
	}
	for {
		if victim, ok := v.ready(k.Instance); ok {
			return victim, nil
		}
		if err := sleep(ctx, 5*time.Millisecond); err != nil {
			return 0, err
		}
	}
}
