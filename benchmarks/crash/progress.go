package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"tallystick/benchmarks/site"
	"tallystick/journal"
)

// progress is how far the install is: by the ends of the journal, which are asked for often, and by the positions that
// instances show, which are exact. An instance shows none where it has decided nothing since its start; so when nothing
// moves the journal itself is folded. Methods may be called concurrently.
type progress struct {
	site *site.Site

	mu        sync.Mutex
	ends      []int64 // of the journal
	positions []int64 // of claims: all before are decided
	moved     time.Time
	folds     []*journal.Fold // of follow alone
	// records in the journal for each claim, headers and raised entries included; 0 while not known
	perClaim float64
}

// patience is how long nothing may be decided before a run is given up: much longer than a session and a start.
const patience = 10 * time.Minute

// follow asks until ctx is done.
func (p *progress) follow(ctx context.Context, v *victims, s *stalls) error {
	exact := time.NewTicker(250 * time.Millisecond)
	defer exact.Stop()
	often := time.NewTicker(10 * time.Millisecond)
	defer often.Stop()
	p.moved = time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-exact.C:
			p.ask(ctx, v.instances())
			if time.Since(p.moved) > time.Second {
				if err := p.fold(ctx); err != nil && ctx.Err() == nil {
					return err
				}
			}
			if time.Since(p.moved) > patience {
				return fmt.Errorf("nothing was decided for %s", patience)
			}
		case <-often.C:
			if ends, err := p.site.Ends(ctx, "scored"); err == nil { // else the next time
				p.mu.Lock()
				p.ends = ends
				p.mu.Unlock()
				s.sample(time.Now(), ends)
			}
		}
	}
}

// ask takes the furthest position that an instance shows of each partition: one that lost it shows an old one.
func (p *progress) ask(ctx context.Context, instances []*site.Instance) {
	for _, in := range instances {
		values, err := in.Scrape(ctx)
		if err != nil {
			continue // it was killed, or does not listen yet
		}
		p.mu.Lock()
		for i := range p.positions {
			if at := int64(values["tallystick_source_position/"+strconv.Itoa(i)]); at > p.positions[i] {
				p.positions[i], p.moved = at, time.Now()
			}
		}
		p.mu.Unlock()
	}
}

// fold reads on in the journal to its present end.
func (p *progress) fold(ctx context.Context) error {
	if p.folds == nil {
		p.folds = make([]*journal.Fold, len(p.positions))
	}
	for i := range p.folds {
		if p.folds[i] == nil {
			f, err := journal.OpenFold(ctx, journalOf(p.site), i, journal.Position{})
			if err != nil {
				return err
			}
			p.folds[i] = f
		}
		if err := p.folds[i].CatchUp(ctx, func(journal.Batch) error { return nil }); err != nil {
			return fmt.Errorf("reading the journal of partition %d: %w", i, err)
		}
		p.mu.Lock()
		if at := p.folds[i].Position().To; at > p.positions[i] {
			p.positions[i], p.moved = at, time.Now()
		}
		p.mu.Unlock()
	}
	return nil
}

// decided is the exact number of decided claims, some 100 ms ago.
func (p *progress) decided() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(sum(p.positions))
}

// now is about the number of claims decided at this moment.
func (p *progress) now() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.perClaim == 0 {
		return int(sum(p.positions))
	}
	return int(float64(sum(p.ends)) / p.perClaim)
}

// calibrate relates the journal's ends to claims.
func (p *progress) calibrate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := sum(p.positions); n > 0 {
		p.perClaim = float64(sum(p.ends)) / float64(n)
	}
}

func (p *progress) journalEnds() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ends
}

// until waits until so many claims are decided, by the estimate if that is known; all is how many there are.
func (p *progress) until(ctx context.Context, claims, all int) error {
	for p.now() < claims && p.decided() < all {
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func sum(list []int64) (n int64) {
	for _, v := range list {
		n += v
	}
	return n
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
