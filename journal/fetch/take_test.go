package fetch

import (
	"errors"
	"fmt"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	fetchapi "github.com/segmentio/kafka-go/protocol/fetch"
)

// recordsAt makes records without a value at these offsets.
func recordsAt(offsets ...int64) protocol.RecordReader {
	var rs []protocol.Record
	for _, o := range offsets {
		rs = append(rs, protocol.Record{Offset: o, Key: protocol.NewBytes([]byte("k"))})
	}
	return protocol.NewRecordReader(rs...)
}

func answer(end int64, sets ...protocol.RecordReader) *fetchapi.ResponsePartition {
	p := &fetchapi.ResponsePartition{HighWatermark: end, LastStableOffset: end}
	if len(sets) > 0 {
		p.RecordSet.Records = &protocol.RecordStream{Records: sets}
	}
	return p
}

func TestHolesLeftByCompaction(t *testing.T) {
	for _, c := range []struct {
		name    string
		from    int64
		sets    []protocol.RecordReader
		offsets string
		next    int64
	}{
		{"last records of a batch gone", 3,
			[]protocol.RecordReader{&protocol.RecordBatch{BaseOffset: 0, Records: recordsAt(0, 2)}}, "[]", 4},
		{"the next batch ends the hole", 3,
			[]protocol.RecordReader{&protocol.RecordBatch{BaseOffset: 0, Records: recordsAt(0, 2)},
				&protocol.RecordBatch{BaseOffset: 9, Records: recordsAt(10)}}, "[10]", 11},
		{"all records of a batch gone", 5,
			[]protocol.RecordReader{&protocol.RecordBatch{BaseOffset: 5, Records: recordsAt()}}, "[]", 6},
		{"records in the middle gone", 5,
			[]protocol.RecordReader{&protocol.RecordBatch{BaseOffset: 5, Records: recordsAt(5, 8)}}, "[5 8]", 9},
		{"old message set", 6, []protocol.RecordReader{&protocol.MessageSet{BaseOffset: 8,
			Records: recordsAt(5, 6, 7, 8)}}, "[6 7 8]", 9},
		{"no answer", 6, nil, "[]", 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewReader(Config{Addr: kafka.TCP("localhost:1"), Topic: "t", Offset: c.from})
			if err != nil {
				t.Fatal(err)
			}
			res, err := r.take(answer(20, c.sets...), false)
			if err != nil {
				t.Fatal(err)
			}
			got := []int64{}
			for _, b := range res.Batches {
				if b.Base > b.Records[0].Offset {
					t.Fatalf("batch at %d begins with the record at %d", b.Base, b.Records[0].Offset)
				}
				for _, rec := range b.Records {
					got = append(got, rec.Offset)
				}
			}
			if fmt.Sprint(got) != c.offsets || r.NextOffset() != c.next {
				t.Fatalf("got %v and next %d, want %v and %d", got, r.NextOffset(), c.offsets, c.next)
			}
		})
	}
}

// An answer without a readable batch, although there are records, is no reason to skip.
func TestNothingReadableBelowTheEnd(t *testing.T) {
	r, err := NewReader(Config{Addr: kafka.TCP("localhost:1"), Topic: "t"})
	if err != nil {
		t.Fatal(err)
	}
	for range stuckLimit - 1 {
		if _, err := r.take(answer(20), false); err != nil || r.NextOffset() != 0 {
			t.Fatalf("at %d: %v", r.NextOffset(), err)
		}
	}
	if _, err := r.take(answer(20), false); !errors.Is(err, ErrUndecodable) {
		t.Fatal(err)
	}
	if r.maxBytes > growLimit {
		t.Fatalf("asks for %d bytes", r.maxBytes)
	}
	if _, err := r.take(answer(20), true); err != nil || r.stuck != 0 {
		t.Fatalf("a throttled answer is no sign: %v", err)
	}
}

func TestRoomGrowsAndShrinksBack(t *testing.T) {
	r, err := NewReader(Config{Addr: kafka.TCP("localhost:1"), Topic: "t", MaxBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if _, err := r.take(answer(20), false); err != nil {
			t.Fatal(err)
		}
	}
	if r.maxBytes != 16000 {
		t.Fatalf("asks for %d bytes", r.maxBytes)
	}
	if _, err := r.take(answer(20, &protocol.RecordBatch{Records: recordsAt(0)}), false); err != nil {
		t.Fatal(err)
	}
	if r.maxBytes != 1000 || r.stuck != 0 {
		t.Fatalf("asks for %d bytes", r.maxBytes)
	}
}

// Kafka's consumer closes a transaction at its abort marker and not before; a later transaction of the same producer
// is its own.
func TestAbortedSet(t *testing.T) {
	s := newAbortedSet([]fetchapi.ResponseTransaction{{ProducerID: 7, FirstOffset: 20}, {ProducerID: 7, FirstOffset: 4},
		{ProducerID: 8, FirstOffset: 6}})
	steps := []struct {
		producer, last int64
		end            bool
		want           bool
	}{
		{7, 3, false, false},
		{7, 5, false, true},
		{9, 5, false, false},
		{8, 6, false, true},
		{7, 8, true, false},
		{7, 10, false, false},
		{8, 11, false, true},
		{7, 21, false, true},
	}
	for _, step := range steps {
		if step.end {
			s.ended(step.producer, step.last)
			continue
		}
		if got := s.covers(step.producer, step.last); got != step.want {
			t.Fatalf("producer %d at %d: aborted %t", step.producer, step.last, got)
		}
	}
}
