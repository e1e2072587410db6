package fetch

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// Header is a Kafka record header.
type Header = protocol.Header

// Record is one record. Key and Value are nil when the record has none.
type Record struct {
	Offset  int64
	Time    time.Time
	Key     []byte
	Value   []byte
	Headers []Header
}

// Batch is one record batch as one producer wrote it, in one piece.
type Batch struct {
	// Base is the offset of the batch's first record when it was written. It is below the offset asked for when that
	// offset lies inside the batch; Records then begins at the offset asked for.
	Base int64
	// Records that the batch still holds. All their bytes share one buffer that nothing else uses.
	Records []Record
	// Transactional says that the batch was written in a transaction. Legacy says that it is in a message format from
	// before Kafka 0.11, where one append may span several of them.
	Transactional, Legacy bool
}

type rawRecord struct {
	offset     int64
	time       time.Time
	key, value protocol.Bytes
	headers    []Header
}

// decode copies one set out of kafka-go's pages into one buffer. It returns the batch, empty if it is to be left out,
// and the first offset that is certainly not in the set (0 if it held nothing from "from" on).
func (r *Reader) decode(set protocol.RecordReader, from int64, aborted *abortedSet) (Batch, int64, error) {
	defer r.release()
	b := Batch{Base: -1}
	var producer int64
	control := false
	switch s := set.(type) {
	case *protocol.ControlBatch:
		b.Base, producer, control = s.BaseOffset, s.ProducerID, true
	case *protocol.RecordBatch:
		b.Base, producer = s.BaseOffset, s.ProducerID
		b.Transactional = s.Attributes.Transactional()
	case *protocol.MessageSet:
		b.Base, b.Legacy = s.BaseOffset, true
	}
	if err := r.collect(set); err != nil {
		return Batch{}, 0, err
	}
	last := b.Base
	if n := len(r.scratch); n > 0 {
		last = max(last, r.scratch[n-1].offset)
	}
	next := last + 1
	switch {
	case control:
		return Batch{}, next, r.marker(aborted, producer)
	case aborted != nil && b.Transactional && aborted.covers(producer, last):
		return Batch{}, next, nil
	case len(r.scratch) == 0 || last < from:
		return Batch{}, next, nil
	}
	if b.Legacy && b.Base > r.scratch[0].offset {
		// The base of a compressed legacy set is the offset of its last message.
		b.Base = r.scratch[0].offset
	}
	var err error
	b.Records, err = r.own(from)
	return b, next, err
}

// collect reads the set into scratch without copying.
func (r *Reader) collect(set protocol.RecordReader) error {
	for {
		rec, err := set.ReadRecord()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a batch: %w", err)
		}
		r.scratch = append(r.scratch, rawRecord{rec.Offset, rec.Time, rec.Key, rec.Value, rec.Headers})
	}
}

// own copies the collected records from offset "from" on into memory of their own: two allocations a batch.
func (r *Reader) own(from int64) ([]Record, error) {
	n, size := 0, 0
	for i := range r.scratch {
		if raw := &r.scratch[i]; raw.offset >= from {
			n++
			size += length(raw.key) + length(raw.value)
		}
	}
	records, buf := make([]Record, 0, n), make([]byte, size)
	for i := range r.scratch {
		raw := &r.scratch[i]
		if raw.offset < from {
			continue
		}
		rec := Record{Offset: raw.offset, Time: raw.time, Headers: raw.headers}
		var err error
		if rec.Key, buf, err = cut(buf, raw.key); err != nil {
			return nil, fmt.Errorf("copying the key at %d: %w", raw.offset, err)
		}
		if rec.Value, buf, err = cut(buf, raw.value); err != nil {
			return nil, fmt.Errorf("copying the value at %d: %w", raw.offset, err)
		}
		records = append(records, rec)
	}
	return records, nil
}

// marker reads the end of a transaction.
func (r *Reader) marker(aborted *abortedSet, producer int64) error {
	if aborted == nil {
		return nil
	}
	for i := range r.scratch {
		raw := &r.scratch[i]
		c, err := protocol.ReadControlRecord(&protocol.Record{Offset: raw.offset, Key: raw.key, Value: raw.value})
		if err != nil {
			return fmt.Errorf("reading the control record at %d: %w", raw.offset, err)
		}
		const abort = 0
		if c.Type == abort {
			aborted.ended(producer, raw.offset)
		}
	}
	return nil
}

// release hands kafka-go's pages back to its pool.
func (r *Reader) release() {
	for i := range r.scratch {
		if b := r.scratch[i].key; b != nil {
			b.Close()
		}
		if b := r.scratch[i].value; b != nil {
			b.Close()
		}
	}
	clear(r.scratch)
	r.scratch = r.scratch[:0]
}

func length(b protocol.Bytes) int {
	if b == nil {
		return 0
	}
	return b.Len()
}

// cut fills the front of buf from b and returns it and the rest.
func cut(buf []byte, b protocol.Bytes) (taken, rest []byte, err error) {
	if b == nil {
		return nil, buf, nil
	}
	n := b.Len()
	if n == 0 {
		return []byte{}, buf, nil
	}
	if _, err := io.ReadFull(b, buf[:n]); err != nil {
		return nil, buf, err
	}
	return buf[:n:n], buf[n:], nil
}
