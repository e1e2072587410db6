package desk

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/pipeline"
)

// SettingsJournal is how causes name the journal of settings; an offset there is the number of an activation.
const SettingsJournal = "settings"

// Using is what claims are decided under from an activation on.
type Using struct {
	Number   int64 // of the activation; 0 is what the configuration says, before any
	Scoring  *detectors.Scoring
	Model    string          // id@version of the live model, "" where there is none
	Settings []claim.Setting // by digest, ascending by name
	Draw     float64         // share of what would settle that people look at all the same
	Err      error           // why this instance cannot decide under it
}

// inUse is which activation each partition uses. A partition takes to a new one with an entry that says so, before the
// first record that is decided under it; who takes the partition over reads that entry.
type inUse struct {
	mu     sync.Mutex
	latest *Using
	by     map[int]int64 // activation, by partition
	was    map[int]int64 // before the one that was taken to last
}

// Use says under what claims are decided from their partition's next batch on.
func (d *Desk) Use(u *Using) {
	d.use.mu.Lock()
	defer d.use.mu.Unlock()
	d.use.latest = u
	if u.Err == nil {
		d.cfg.Engine.Use(u.Scoring)
	}
}

// Using returns what was told last.
func (d *Desk) Using() *Using {
	d.use.mu.Lock()
	defer d.use.mu.Unlock()
	return d.use.latest
}

// Ready says why the desk takes no claims, or nil.
func (d *Desk) Ready() error { return d.Using().Err }

// using returns what a batch of a partition is decided under, and whether the partition takes to it here. It waits
// while this instance does not have what the journal says is in use.
func (d *Desk) using(ctx context.Context, partition int) (u *Using, fresh bool, err error) {
	for said := false; ; said = true {
		d.use.mu.Lock()
		u = d.use.latest
		at := d.use.by[partition]
		why := u.Err
		if why == nil && u.Number < at {
			why = fmt.Errorf("partition %d uses the settings %d, and this instance knows those up to %d", partition, at,
				u.Number)
		}
		if why == nil {
			if fresh = u.Number > at; fresh {
				d.use.was[partition], d.use.by[partition] = at, u.Number
			}
			d.use.mu.Unlock()
			return u, fresh, nil
		}
		d.use.mu.Unlock()
		if !said {
			d.cfg.Log.Warn("no claims are taken: the settings in force are not at hand", "error", why)
		}
		select {
		case <-ctx.Done():
			return nil, false, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// activated returns the entry from which on a partition uses settings. It answers no record; first is the next one that
// is decided.
func (w *worker) activated(u *Using, first *pipeline.Record, now time.Time) (claim.Entry, error) {
	e := claim.Entry{
		Kind: claim.Activated, Source: claim.SourceRef{Partition: first.Source.Partition, Offset: first.Source.Offset,
			Epoch: first.Source.Epoch}, At: now,
		Context: claim.Context{Cause: &claim.Cause{Journal: SettingsJournal, Offset: u.Number}, Model: u.Model,
			Settings: u.Settings},
	}
	return e, w.commit(&e)
}

// uses notes an entry of the journal that says what a partition uses.
func (d *Desk) uses(e *claim.Entry) {
	if c := e.Context.Cause; c != nil && c.Journal == SettingsJournal {
		d.use.mu.Lock()
		defer d.use.mu.Unlock()
		d.use.by[e.Source.Partition] = c.Offset
	}
}

// unused takes back that a partition uses what its entry said, which did not come to count.
func (d *Desk) unused(e *claim.Entry) {
	d.use.mu.Lock()
	defer d.use.mu.Unlock()
	if c := e.Context.Cause; c != nil && c.Journal == SettingsJournal && d.use.by[e.Source.Partition] == c.Offset {
		d.use.by[e.Source.Partition] = d.use.was[e.Source.Partition]
	}
}

// drawn is the reason for which people look at a claim that would settle.
const drawn = "drawn@1"

// draw has people look at a share of what would settle, so that what is known of outcomes is not only of what was
// suspected. The content's code decides: it is made under a key, so nobody can tell beforehand, and the same claim is
// drawn again.
func (u *Using) draw(e *claim.Entry) {
	d := e.Decision
	if u.Draw == 0 || d.Outcome != claim.Settle || len(e.Content) < 8 {
		return
	}
	if float64(binary.BigEndian.Uint64(e.Content))/(1<<64) >= u.Draw {
		return
	}
	d.Outcome = claim.Review
	d.Reasons = append(d.Reasons,
		claim.Reason{Rule: drawn, Text: fmt.Sprintf("drawn by lot: %g in 100 claims that would settle are looked at",
			100*u.Draw)})
}
