package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/journal/fetch"
)

const (
	headerOrigin   = "origin"   // partition/epoch/offset of the record that was forwarded
	headerForwards = "forwards" // how often it was
	// MaxForwards is how often a record is forwarded. A growth that is met on the way costs one more; instances that
	// disagree about the partitioner would hand a record to each other for ever.
	MaxForwards = 4
)

// Forward is a record that goes to its home. Entry is the index of its forwarded entry.
type Forward struct {
	Entry int
	To    int
	Key   []byte // of the claim
}

// Refuser is a decider that makes a dead entry of a record which it had answered otherwise, since Kafka does not take
// it at its home.
type Refuser interface {
	Decider
	Refuse(ctx context.Context, r *Record, why claim.Code) (claim.Entry, SealedRecord, error)
}

// Header returns the last header of that name.
func (r *Record) Header(name string) (value []byte, ok bool) {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Key == name {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}

// Origin is where a producer put a record that was forwarded, and how often it was. Whoever may write to the topic can
// write the headers too: they decide nothing but when to give up.
func (r *Record) Origin() (origin *claim.SourceRef, forwards int) {
	text, ok := r.Header(headerOrigin)
	if !ok {
		return nil, 0
	}
	at, err := parseSource(text)
	if err != nil {
		return nil, 0
	}
	forwards = 1
	if text, ok := r.Header(headerForwards); ok {
		if n, err := strconv.ParseUint(string(text), 10, 8); err == nil {
			forwards = int(n)
		}
	}
	return &at, forwards
}

// forwarded is the record at its home.
func (r *Record) forwarded(key []byte) message {
	_, n := r.Origin()
	headers := slices.DeleteFunc(slices.Clone(r.Headers), func(h kafka.Header) bool {
		return h.Key == headerOrigin ||
			h.Key == headerForwards
	})
	headers = append(headers, kafka.Header{Key: headerOrigin, Value: sourceKey(r.Source)},
		kafka.Header{Key: headerForwards, Value: strconv.AppendInt(nil, int64(n+1), 10)})
	return message{key: key, value: r.Value, headers: headers, time: r.Source.Time}
}

// forward sends records to their homes, and returns once each is there. Copies may come to stand there twice: the
// second is a duplicate.
func (w *worker) forward(ctx context.Context, d *decided) error {
	v := &d.verdicts
	type parcel struct {
		messages []message
		entries  []int
		bytes    int
	}
	homes := map[int]*parcel{}
	send := func(to int, p *parcel) error {
		_, err := w.pl.writer.produce(ctx, w.pl.cfg.Topics.Claims, to, p.messages)
		if !refusedRecord(err) {
			return forwardError(err)
		}
		for i, m := range p.messages { // one by one: the others are in nobody's way
			_, err := w.pl.writer.produce(ctx, w.pl.cfg.Topics.Claims, to, []message{m})
			if refusedRecord(err) {
				err = w.refuse(ctx, d, p.entries[i])
			}
			if err != nil {
				return forwardError(err)
			}
		}
		return nil
	}
	for _, f := range v.Forwards {
		m := d.record(&v.Entries[f.Entry]).forwarded(f.Key)
		p := homes[f.To]
		if p == nil {
			p = &parcel{}
			homes[f.To] = p
		}
		if size := len(m.key) + len(m.value); p.bytes > 0 && p.bytes+size > keyBytes {
			if err := send(f.To, p); err != nil {
				return err
			}
			*p = parcel{}
		}
		p.messages, p.entries, p.bytes = append(p.messages, m), append(p.entries, f.Entry),
			p.bytes+len(m.key)+len(m.value)
	}
	for to, p := range homes {
		if err := send(to, p); err != nil {
			return err
		}
	}
	return nil
}

// refusedRecord reports that Kafka does not take a record, whoever sends it and when.
func refusedRecord(err error) bool {
	return errors.Is(err, kafka.MessageSizeTooLarge) || errors.Is(err, kafka.InvalidTimestamp) ||
		errors.Is(err, kafka.InvalidRecord)
}

func forwardError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, kafka.TopicAuthorizationFailed) {
		return fmt.Errorf("forwarding records to the partition of their claims: the pipeline needs Write on the topic: %w", err)
	}
	return fmt.Errorf("forwarding records to the partition of their claims: %w", err)
}

// refuse makes a dead entry of a forwarded one.
func (w *worker) refuse(ctx context.Context, d *decided, at int) error {
	v := &d.verdicts
	r, ok := w.pl.cfg.Decider.(Refuser)
	if !ok {
		return fmt.Errorf("record %d of partition %d cannot be forwarded, and this decider does not refuse it",
			v.Entries[at].Source.Offset, w.p.id)
	}
	e, letter, err := r.Refuse(ctx, d.record(&v.Entries[at]), claim.NotForwarded)
	if err != nil {
		return err
	}
	letter.Entry = at
	v.Entries[at] = e
	v.Dead = append(v.Dead, letter)
	return nil
}

// record is the one that an entry answers.
func (f *fetched) record(e *claim.Entry) *Record {
	i, _ := slices.BinarySearchFunc(f.records, e.Source.Offset, func(r Record, offset int64) int {
		return int(r.Source.Offset - offset)
	})
	return &f.records[i]
}

// sourceRecord is a fetched record as deciders get it.
func sourceRecord(s claim.SourceRef, r *fetch.Record, p *Placement) Record {
	return Record{Source: s, Key: r.Key, Value: r.Value, Headers: r.Headers, Place: p}
}
