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
	"tallystick/claim/entry"
	"tallystick/journal"
	"tallystick/journal/fetch"
)

// grace is how long a batch that is being appended may take to finish after its partition was taken away.
const grace = 5 * time.Second

// worker decides one partition while this instance owns it. Its three stages overlap: while a batch is appended the
// next is decided and the one after it fetched.
type worker struct {
	p       *partition
	pl      *Pipeline
	app     *journal.Appender
	retried bool // a fetch was tried again; of the fetching goroutine

	encoder    entry.Encoder
	entryBytes int // of an entry of the last batch, on average
}

type fetched struct {
	records  []Record
	from, to int64
}

type decided struct {
	fetched
	verdicts Verdicts
	late     bool // nobody decided the entries: the decider has to be told of them
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
	if err := w.p.tail(ctx, w.pl.journal, cfg.Erasures, true, w.pl.observe); err != nil {
		return err
	}
	if err := w.p.settled(false); err != nil {
		return err
	}
	head := w.p.Head()
	app, err := journal.NewAppender(ctx, w.pl.journal, w.p.id, head)
	if err != nil {
		return fmt.Errorf("opening the journal of partition %d for appending: %w", w.p.id, err)
	}
	w.app = app
	w.pl.m.position.WithLabelValues(strconv.Itoa(w.p.id)).Set(float64(head.To))
	src, err := w.reader(head.To)
	if err != nil {
		return err
	}
	if err := w.checkSource(ctx, src, head); err != nil {
		return err
	}

	// A stage that fails cancels the others. Appending outlives ctx by a moment, so that what is under way is finished
	// and not done twice; nothing depends on it.
	late, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(min(grace, cfg.Session/3), stop) })()
	g, late := errgroup.WithContext(late)
	early, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(late, cancel)()
	toDecide, toAppend := make(chan fetched, 1), make(chan decided)
	g.Go(func() error { defer close(toDecide); return w.fetch(early, src, head, toDecide) })
	g.Go(func() error { defer close(toAppend); return w.decide(early, late, toDecide, toAppend) })
	g.Go(func() error { return w.appendAll(late, toAppend) })
	if err := g.Wait(); err != nil && (ctx.Err() == nil || permanent(err)) {
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
	if start > head.To {
		return w.sourceError(start, end, head, journal.CheckSource(start, end, head))
	}
	if end < head.To {
		// The high watermark is no witness: after a restart or a new leader it trails for a moment. A fetch there is.
		at, err := w.reader(head.To)
		if err != nil {
			return err
		}
		if _, err := at.Fetch(ctx); err != nil {
			return w.outside(err, head)
		}
	}
	return w.checkLast(ctx, head)
}

// checkLast looks whether the source still has the newest record that was answered at its offset, unless retention has
// deleted it.
func (w *worker) checkLast(ctx context.Context, head journal.Position) error {
	last := w.p.Last()
	if last.Time.IsZero() || last.Epoch != head.Epoch {
		return nil
	}
	at, err := w.reader(last.Offset)
	if err != nil {
		return err
	}
	end := int64(0)
	for at.NextOffset() <= last.Offset {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		res, err := at.Fetch(ctx)
		var r *fetch.RangeError
		if errors.As(err, &r) && last.Offset < r.Start {
			return nil
		}
		if err != nil {
			return w.outside(err, head)
		}
		end = res.HighWatermark
		for _, b := range res.Batches {
			for i := range b.Records {
				if r := &b.Records[i]; r.Offset == last.Offset && recordTime(r).UnixMilli() == last.Time.UnixMilli() {
					return nil
				}
			}
		}
	}
	return w.sourceError(0, end, head, &journal.SourceError{End: end, To: head.To, Epoch: head.Epoch,
		Cause: journal.ErrSourceRecreated})
}

func (w *worker) reader(offset int64) (*fetch.Reader, error) {
	cfg := w.pl.cfg
	return fetch.NewReader(fetch.Config{
		Addr: kafka.TCP(cfg.Brokers...), Transport: cfg.Transport, Topic: cfg.Topics.Claims, Partition: w.p.id,
		Offset:        offset,
		ReadCommitted: true, MaxWait: cfg.MaxWait, OnRetry: func(error) { w.retried = true },
	})
}

// outside turns a reader's range error into what it means for the source.
func (w *worker) outside(err error, head journal.Position) error {
	var r *fetch.RangeError
	if !errors.As(err, &r) {
		return err
	}
	at := head
	at.To = r.Offset
	return w.sourceError(r.Start, r.End, head, journal.CheckSource(r.Start, r.End, at))
}

func (w *worker) sourceError(start, end int64, head journal.Position, err error) error {
	if err == nil { // the bounds moved between two questions
		err = &journal.SourceError{Start: start, End: end, To: head.To, Epoch: head.Epoch,
			Cause: journal.ErrSourceTruncated}
	}
	return fmt.Errorf("topic %s partition %d: %w: after a deliberate reset `tallystick source reset` goes on at the source's start",
		w.pl.cfg.Topics.Claims, w.p.id, err)
}

// recordTime is a record's time as an entry and a kept state hold it. The producer may have set any number of
// milliseconds: what lies outside the years 2 to 9999 is taken for the beginning of 1970, since neither can write it.
// The zero time would say that there is no record.
func recordTime(r *fetch.Record) time.Time {
	t := r.Time.UTC()
	if y := t.Year(); y <= 1 || y > 9999 {
		return time.Unix(0, 0).UTC()
	}
	return t
}

// fetch cuts what the broker sends into batches until ctx is done. A batch it could not hand on is fetched again later.
func (w *worker) fetch(ctx context.Context, src *fetch.Reader, head journal.Position, out chan<- fetched) error {
	from := head.To
	source := claim.SourceRef{Partition: w.p.id, Epoch: head.Epoch}
	label := strconv.Itoa(w.p.id)
	var trails time.Time // since when nothing but what is left out lies behind from
	for ctx.Err() == nil {
		w.retried = false
		res, err := src.Fetch(ctx)
		if err == nil && w.retried {
			// The topic may have been made anew while it did not answer, and have grown past the offset since.
			err = w.checkLast(ctx, head)
		}
		if err != nil {
			if err = w.outside(err, head); ctx.Err() != nil && !permanent(err) {
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
				from, cur, trails = to, fetched{}, time.Time{}
				return true
			case <-ctx.Done():
			}
			return false
		}
		for _, b := range res.Batches {
			for i := range b.Records {
				r := &b.Records[i]
				source.Offset, source.Time = r.Offset, recordTime(r)
				cur.records = append(cur.records, sourceRecord(source, r, w.p.placement))
				if len(cur.records) == w.pl.cfg.BatchRecords && !send(r.Offset+1) {
					return nil
				}
			}
		}
		// The last batch of an answer also covers what was left out behind its records: aborted transactions, markers.
		if len(cur.records) > 0 && !send(src.NextOffset()) {
			return nil
		}
		// An answer may hold nothing else. It is covered too, or the position would stay until retention passes it, as
		// if claims were lost; but not with a batch an answer.
		switch {
		case src.NextOffset() == from:
		case trails.IsZero():
			trails = time.Now()
		case time.Since(trails) >= w.pl.cfg.cover && !send(src.NextOffset()):
			return nil
		}
	}
	return nil
}

// decide answers what was fetched until ctx is done: a decider that waits for keys holds up neither a rebalance nor a
// shutdown. What is decided may still be handed on until late is done.
func (w *worker) decide(ctx, late context.Context, in <-chan fetched, out chan<- decided) error {
	for f := range in {
		if ctx.Err() != nil {
			return nil
		}
		start := time.Now()
		var v Verdicts
		var err error
		if len(f.records) > 0 {
			v, err = w.pl.cfg.Decider.Decide(ctx, f.records)
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("deciding records %d to %d of partition %d: %w", f.from, f.to, w.p.id, err)
		}
		if err := complete(f, v); err != nil {
			w.undecided(v.Entries, f.from)
			return err
		}
		w.pl.m.stage.WithLabelValues("decide").Observe(time.Since(start).Seconds())
		select {
		case out <- decided{fetched: f, verdicts: v}:
		case <-late.Done():
			w.undecided(v.Entries, f.from)
			return nil
		}
	}
	return nil
}

// undecided tells the decider that its answers to the source records from an offset on are given up. That is before
// another tail of the partition begins, which tells of those that count after all.
func (w *worker) undecided(entries []claim.Entry, from int64) {
	u, ok := w.pl.cfg.Decider.(Undecider)
	if !ok {
		return
	}
	for i := range entries {
		if entries[i].Kind.Answers() && entries[i].Source.Offset >= from {
			// from here on the partition would have used other settings
			for i > 0 && entries[i-1].Kind == claim.Activated {
				i--
			}
			u.Undecided(entries[i:])
			return
		}
	}
}

// complete holds a decider to its contract: one entry a record, in order.
func complete(f fetched, v Verdicts) error {
	n := 0
	for i := range v.Entries {
		e := &v.Entries[i]
		if !e.Kind.Answers() {
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

// appendAll appends what is decided until there is no more, and between batches what was raised late.
func (w *worker) appendAll(ctx context.Context, in <-chan decided) error {
	w.p.late.begin()
	defer w.p.late.end()
	erasures := changed(w.pl.cfg.Erasures)
	for {
		var err error
		select {
		case d, more := <-in:
			if !more {
				return nil
			}
			err = w.append(ctx, d)
		case <-w.p.late.ready:
			err = w.appendLate(ctx)
		case <-erasures:
			erasures = changed(w.pl.cfg.Erasures)
			err = w.meet(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// append makes a decided batch durable. The order is what a crash may cut:
//  1. records that go to another partition: a crash here forwards them again, and the second copy is a duplicate there.
//  2. dead letters: a crash here leaves sealed originals without an entry; they are written again under the same key.
//  3. keys: a crash here leaves wrapped keys that open nothing.
//  4. entries: after this the records are decided.
func (w *worker) append(ctx context.Context, d decided) (err error) {
	start := time.Now()
	v := &d.verdicts
	defer func() {
		if err != nil {
			w.undecided(v.Entries, d.from)
		}
	}()
	if err := w.forward(ctx, &d); err != nil {
		return err
	}
	if err := w.pl.writeDeadLetters(ctx, w.p.id, v); err != nil {
		return err
	}
	if err := w.writeKeys(ctx, v.Keys); err != nil {
		return err
	}
	records, err := w.encode(v.Entries)
	if err != nil {
		return err
	}
	for _, c := range cut(v.Entries, records, d.from, d.to, w.pl.cfg.BatchBytes) {
		w.p.wait(ctx, sizeOf(c.records), patience)
		jb, err := w.app.Append(ctx, d.from, c.to, c.records)
		if err != nil {
			return fmt.Errorf("appending entries of records %d to %d of partition %d: %w", d.from, c.to, w.p.id, err)
		}
		if d.late { // before the head moves: whoever notes the head takes what is before it for known
			for i := range c.entries {
				w.pl.cfg.Decider.Observe(&c.entries[i])
			}
		}
		w.p.publish(&Batch{Batch: jb, Entries: c.entries})
		w.count(c.entries)
		d.from = c.to
	}
	w.pl.m.stage.WithLabelValues("append").Observe(time.Since(start).Seconds())
	w.pl.m.position.WithLabelValues(strconv.Itoa(w.p.id)).Set(float64(d.to))
	return nil
}

// encode returns the entries as records. They share their memory: a batch is kept and let go as a whole.
func (w *worker) encode(entries []claim.Entry) ([]journal.Record, error) {
	records := make([]journal.Record, len(entries))
	page := make([]byte, 0, max(4<<10, len(entries)*w.entryBytes*9/8))
	total := 0
	for i := range entries {
		e := &entries[i]
		at := len(page)
		var err error
		if page, err = w.encoder.Append(page, e); err != nil {
			return nil, fmt.Errorf("encoding entry %d: %w", i, err)
		}
		records[i].Value = page[at:len(page):len(page)]
		total += len(page) - at
		if e.Claim != "" {
			records[i].Key = claim.Key(e.Insurer, e.Claim)
		}
		if room := cap(page) - len(page); room < w.entryBytes*2 && i+1 < len(entries) {
			// growing this one would copy what is in it
			page = make([]byte, 0, max(4<<10, (len(entries)-i-1)*w.entryBytes*9/8))
		}
	}
	if len(entries) > 0 {
		w.entryBytes = total / len(entries)
	}
	return records, nil
}

// writeKeys makes wrapped keys durable, in requests that fit the broker's default limit.
func (w *worker) writeKeys(ctx context.Context, keys []KeyRecord) error {
	for len(keys) > 0 {
		n, bytes := 0, 0
		for n < len(keys) && (n == 0 || bytes+keys[n].size() <= keyBytes) {
			bytes += keys[n].size()
			n++
		}
		messages := make([]message, n)
		for i, k := range keys[:n] {
			messages[i].key, messages[i].value = k.Key, k.Value
		}
		if _, err := w.pl.writer.produce(ctx, w.pl.cfg.Topics.Keys, w.p.id, messages); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// size is about what the record takes, in bytes.
func (k *KeyRecord) size() int { return len(k.Key) + len(k.Value) + 16 }

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
