package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"tallystick/claim"
	"tallystick/journal"
	"tallystick/journal/fetch"
)

// grace is how long a batch that is being appended may take to finish after its partition was taken away.
const grace = 5 * time.Second

// worker decides one partition while this instance owns it. Its three stages overlap: while a batch is appended the next
// is decided and the one after it fetched.
type worker struct {
	p   *partition
	pl  *Pipeline
	app *journal.Appender
}

type fetched struct {
	records  []Record
	from, to int64
}

type decided struct {
	fetched
	verdicts Verdicts
}

// run decides until ctx is done, starting over from the folded end whenever another owner's batch came first.
func (w *worker) run(ctx context.Context) error {
	for {
		err := w.own(ctx)
		if !errors.Is(err, journal.ErrSuperseded) {
			return err
		}
		w.pl.m.superseded.Inc()
		w.pl.cfg.Log.Info("another owner was first; folding", "partition", w.p.id)
	}
}

func (w *worker) own(ctx context.Context) error {
	cfg := w.pl.cfg
	if err := w.p.tail(ctx, w.pl.journal, true, cfg.Decider.Observe); err != nil {
		return err
	}
	head := w.p.Head()
	app, err := journal.NewAppender(ctx, w.pl.journal, w.p.id, head)
	if err != nil {
		return fmt.Errorf("opening the journal of partition %d for appending: %w", w.p.id, err)
	}
	w.app = app
	src, err := fetch.NewReader(fetch.Config{
		Addr: kafka.TCP(cfg.Brokers...), Transport: cfg.Transport, Topic: cfg.Topics.Claims, Partition: w.p.id,
		Offset: head.To, ReadCommitted: true, MaxWait: cfg.MaxWait,
	})
	if err != nil {
		return err
	}
	if err := w.checkSource(ctx, src, head); err != nil {
		return err
	}

	// A stage that fails cancels the others. The last two outlive ctx by a moment, so that what is under way is finished
	// and not done twice; nothing depends on it.
	late, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, stop) })()
	g, late := errgroup.WithContext(late)
	toDecide, toAppend := make(chan fetched, 1), make(chan decided)
	g.Go(func() error { defer close(toDecide); return w.fetch(ctx, late, src, head, toDecide) })
	g.Go(func() error { defer close(toAppend); return w.decide(late, ctx.Done(), head.Epoch, toDecide, toAppend) })
	g.Go(func() error {
		for d := range toAppend {
			if err := w.append(late, d); err != nil {
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil && (ctx.Err() == nil || late.Err() == nil) {
		return err
	}
	return context.Cause(ctx)
}

// checkSource stops the install where the source no longer holds what follows the journal. Offsets alone do not tell a
// topic that was made anew and has grown past the position, so the newest record that was answered is looked at too.
func (w *worker) checkSource(ctx context.Context, src *fetch.Reader, head journal.Position) error {
	start, err := src.Start(ctx)
	if err != nil {
		return err
	}
	end, err := src.End(ctx)
	if err != nil {
		return err
	}
	topic := w.pl.cfg.Topics.Claims
	if err := journal.CheckSource(start, end, head); err != nil {
		return fmt.Errorf("topic %s partition %d: %w: after a deliberate reset `tallystick source reset` goes on at the source's start", topic, w.p.id, err)
	}
	last := w.p.Last()
	if last.Time.IsZero() || last.Epoch != head.Epoch || last.Offset < start {
		return nil
	}
	at, err := fetch.NewReader(fetch.Config{
		Addr: kafka.TCP(w.pl.cfg.Brokers...), Transport: w.pl.cfg.Transport, Topic: topic, Partition: w.p.id, Offset: last.Offset,
		ReadCommitted: true, MaxWait: w.pl.cfg.MaxWait,
	})
	if err != nil {
		return err
	}
	res, err := at.Fetch(ctx)
	if err != nil {
		return err
	}
	for _, b := range res.Batches {
		for i := range b.Records {
			if r := &b.Records[i]; r.Offset == last.Offset && r.Time.UnixMilli() == last.Time.UnixMilli() {
				return nil
			}
		}
	}
	return fmt.Errorf("topic %s partition %d: %w: after a deliberate reset `tallystick source reset` goes on at the source's start", topic, w.p.id,
		&journal.SourceError{Start: start, End: end, To: head.To, Epoch: head.Epoch, Cause: journal.ErrSourceRecreated})
}

// fetch cuts what the broker sends into batches. It stops at ctx; a batch it could not hand on is fetched again later.
func (w *worker) fetch(ctx, late context.Context, src *fetch.Reader, head journal.Position, out chan<- fetched) error {
	from := head.To
	source := claim.SourceRef{Partition: w.p.id, Epoch: head.Epoch}
	label := strconv.Itoa(w.p.id)
	for ctx.Err() == nil {
		res, err := src.Fetch(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		w.pl.m.sourceEnd.WithLabelValues(label).Set(float64(res.HighWatermark))
		var cur fetched
		send := func(to int64) bool {
			cur.from, cur.to = from, to
			select {
			case out <- cur:
				from, cur = to, fetched{}
				return true
			case <-ctx.Done():
			case <-late.Done():
			}
			return false
		}
		for _, b := range res.Batches {
			for i := range b.Records {
				r := &b.Records[i]
				source.Offset, source.Time = r.Offset, r.Time.UTC()
				cur.records = append(cur.records, Record{Source: source, Key: r.Key, Value: r.Value})
				if len(cur.records) == w.pl.cfg.BatchRecords && !send(r.Offset+1) {
					return nil
				}
			}
		}
		// The last batch of an answer also covers what was left out behind its records: aborted transactions, markers.
		if len(cur.records) > 0 && !send(src.NextOffset()) {
			return nil
		}
	}
	return nil
}

func (w *worker) decide(ctx context.Context, lost <-chan struct{}, epoch uint32, in <-chan fetched, out chan<- decided) error {
	for f := range in {
		select {
		case <-lost:
			return nil
		default:
		}
		start := time.Now()
		v, err := w.pl.cfg.Decider.Decide(ctx, f.records)
		if err != nil {
			return fmt.Errorf("deciding records %d to %d of partition %d: %w", f.from, f.to, w.p.id, err)
		}
		if err := complete(f, v); err != nil {
			return err
		}
		w.pl.m.stage.WithLabelValues("decide").Observe(time.Since(start).Seconds())
		select {
		case out <- decided{f, v}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// complete holds a decider to its contract: one entry a record, in order.
func complete(f fetched, v Verdicts) error {
	n := 0
	for i := range v.Entries {
		e := &v.Entries[i]
		if e.Kind == claim.Raised {
			continue
		}
		if n == len(f.records) || e.Source.Offset != f.records[n].Source.Offset {
			return fmt.Errorf("decider: entry %d does not answer record %d of %d", i, n, len(f.records))
		}
		n++
	}
	if n != len(f.records) {
		return fmt.Errorf("decider: %d entries for %d records", n, len(f.records))
	}
	return nil
}

// append makes a decided batch durable. The order is what a crash may cut:
//  1. dead letters: a crash here leaves sealed originals without an entry; they are written again under the same key.
//  2. keys: a crash here leaves wrapped keys that open nothing.
//  3. entries: after this the records are decided.
func (w *worker) append(ctx context.Context, d decided) error {
	start := time.Now()
	v := &d.verdicts
	if err := w.pl.writeDeadLetters(ctx, w.p.id, v); err != nil {
		return err
	}
	if len(v.Keys) > 0 {
		records := make([]kafka.Record, len(v.Keys))
		for i, k := range v.Keys {
			records[i] = kafka.Record{Value: kafka.NewBytes(k)}
		}
		if _, err := w.pl.writer.produce(ctx, w.pl.cfg.Topics.Keys, w.p.id, records); err != nil {
			return err
		}
	}
	records := make([]journal.Record, len(v.Entries))
	for i := range v.Entries {
		e := &v.Entries[i]
		value, err := claim.EncodeEntry(nil, e)
		if err != nil {
			return fmt.Errorf("encoding entry %d: %w", i, err)
		}
		records[i] = journal.Record{Value: value}
		if e.Claim != "" {
			records[i].Key = claim.Key(e.Insurer, e.Claim)
		}
	}
	for from := 0; from < len(records) || d.from < d.to; {
		to, end := w.cut(v.Entries, records, from, d.to)
		jb, err := w.app.Append(ctx, d.from, end, records[from:to])
		if err != nil {
			return fmt.Errorf("appending entries of records %d to %d of partition %d: %w", d.from, end, w.p.id, err)
		}
		w.p.publish(&Batch{Batch: jb, Entries: v.Entries[from:to]})
		w.count(v.Entries[from:to])
		from, d.from = to, end
	}
	w.pl.m.stage.WithLabelValues("append").Observe(time.Since(start).Seconds())
	w.pl.m.position.WithLabelValues(strconv.Itoa(w.p.id)).Set(float64(d.to))
	return nil
}

// cut returns how many entries from index from on fit one journal batch, and the source offset that they cover up to.
// Raised entries stay with the entry that caused them.
func (w *worker) cut(entries []claim.Entry, records []journal.Record, from int, last int64) (to int, end int64) {
	bytes := 0
	for to = from; to < len(records); to++ {
		bytes += len(records[to].Key) + len(records[to].Value)
		if bytes > w.pl.cfg.BatchBytes && to > from && entries[to].Kind != claim.Raised {
			return to, entries[to].Source.Offset
		}
	}
	return to, last
}

func (w *worker) count(entries []claim.Entry) {
	w.pl.m.batches.Inc()
	for i := range entries {
		e := &entries[i]
		w.pl.m.entries.WithLabelValues(string(e.Kind)).Inc()
		switch {
		case e.Dead != nil:
			w.pl.m.dead.WithLabelValues(string(e.Dead.Code)).Inc()
		case e.Decision != nil:
			w.pl.m.outcomes.WithLabelValues(string(e.Decision.Outcome)).Inc()
		}
	}
}
