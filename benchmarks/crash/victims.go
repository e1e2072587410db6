package main

import (
	"context"
	"sync"
	"time"

	"tallystick/benchmarks/site"
)

// victims are the instances of a run. They are killed and started again by one goroutine; the other methods may be
// called concurrently.
type victims struct {
	site *site.Site
	fail func(error) // an instance that ends by itself

	mu      sync.Mutex
	running []*victim
	start   time.Duration // how long the last one that became ready took
	loading int           // kills before an instance was ready
}

type victim struct {
	*site.Instance
	ready, killed bool
}

// spawn starts an instance in its place and does not wait for it.
func (v *victims) spawn(ctx context.Context, number int) error {
	p, err := v.site.Spawn(number)
	if err != nil {
		return err
	}
	one := &victim{Instance: p}
	v.mu.Lock()
	for len(v.running) <= number {
		v.running = append(v.running, nil)
	}
	v.running[number] = one
	v.mu.Unlock()
	go v.attend(ctx, one)
	return nil
}

// attend notes when the instance becomes ready, and that it ended without having been killed.
func (v *victims) attend(ctx context.Context, one *victim) {
	if err := one.WaitReady(ctx); err == nil {
		v.mu.Lock()
		one.ready, v.start = true, time.Since(one.Started)
		v.mu.Unlock()
	}
	<-one.Exited
	v.mu.Lock()
	defer v.mu.Unlock()
	if !one.killed {
		v.fail(one.Failure())
	}
}

// kill ends an instance, without warning.
func (v *victims) kill(number int) {
	v.mu.Lock()
	one := v.running[number]
	one.killed = true
	if !one.ready {
		v.loading++
	}
	v.mu.Unlock()
	one.Kill()
}

// ready returns that instance if it decides claims, else another one that does. If none does, nothing moves and a kill
// can wait.
func (v *victims) ready(number int) (int, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.running {
		if n := (number + i) % len(v.running); v.running[n].ready {
			return n, true
		}
	}
	return 0, false
}

// loaded returns when an instance that was started last will have spent a share of a usual start.
func (v *victims) loaded(number int, share float64) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.running[number].Started.Add(time.Duration(share * float64(v.start)))
}

func (v *victims) instances() []*site.Instance {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := make([]*site.Instance, 0, len(v.running))
	for _, one := range v.running {
		list = append(list, one.Instance)
	}
	return list
}

// allReady waits until every instance is.
func (v *victims) allReady(ctx context.Context) error {
	for _, p := range v.instances() {
		if err := p.WaitReady(ctx); err != nil {
			return err
		}
	}
	return nil
}

// stop lets all drain.
func (v *victims) stop() error {
	for _, one := range v.marked() {
		if err := one.Stop(); err != nil {
			return err
		}
	}
	return nil
}

// killAll ends what still runs.
func (v *victims) killAll() {
	for _, one := range v.marked() {
		one.Kill()
	}
}

func (v *victims) marked() []*victim {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, one := range v.running {
		one.killed = true
	}
	return v.running
}
