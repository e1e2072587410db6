package desk

import (
	"context"
	"fmt"
	"math"
	"time"

	"tallystick/claim"
	"tallystick/claim/signed"
	"tallystick/pipeline"
)

// away answers a record that lies in another partition than its claim's, by the key: its home decides it. What goes
// there is not opened here.
func (d *Desk) away(r *pipeline.Record, key []byte, at time.Time) (e claim.Entry, is bool) {
	home := r.Place.Home(key, r.Source.Partition)
	if home == r.Source.Partition {
		return e, false
	}
	e = claim.Entry{Source: r.Source, At: at}
	origin, forwards := r.Origin()
	e.Context.Origin = origin // of who forwarded it here before the topics grew
	if forwards >= pipeline.MaxForwards {
		e.Kind, e.Dead = claim.Dead, &claim.DeadLetter{Code: claim.NotForwarded}
		return e, true
	}
	e.Kind, e.Context.Home = claim.Forwarded, home
	return e, true
}

// Refuse answers a record that Kafka does not take at its home. See [pipeline.Refuser].
func (d *Desk) Refuse(ctx context.Context, r *pipeline.Record, why claim.Code) (claim.Entry, pipeline.SealedRecord,
	error) {
	w := d.workers.Get().(*worker)
	defer d.workers.Put(w)
	e := claim.Entry{Kind: claim.Dead, Source: r.Source, At: d.now(), Dead: &claim.DeadLetter{Code: why}}
	sealed, err := d.seal(ctx, r, why)
	if err == nil {
		err = w.commit(&e)
	}
	return e, letter(r, 0, sealed), err
}

// letter keeps what a refused record needs to be decided again. A header that is no signature may hold anything and is
// left out.
func letter(r *pipeline.Record, at int, sealed []byte) pipeline.SealedRecord {
	out := pipeline.SealedRecord{Entry: at, Value: sealed}
	if s, ok := r.Header(signed.Header); ok && len(s) == signed.Size {
		out.Signature = s
	}
	return out
}

// Activate returns the entry from which on a partition of the journal, whose position is at, decides under a placement.
func Activate(at claim.SourceRef, placement claim.Placement, now time.Time) (claim.Entry, error) {
	if placement.Partitions < 1 || placement.Partitions > math.MaxInt32 {
		return claim.Entry{}, fmt.Errorf("%d partitions: want 1 or more", placement.Partitions)
	}
	e := claim.Entry{Kind: claim.Activated, Source: at, At: now.UTC().Truncate(time.Millisecond),
		Context: claim.Context{Placement: &placement}}
	return e, new(worker).commit(&e)
}

func (d *Desk) now() time.Time { return d.cfg.Now().UTC().Truncate(time.Millisecond) }
