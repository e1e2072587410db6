package pipeline_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"

	"tallystick/pipeline"
)

// punctual decides by a clock of its own, as a desk does.
type punctual struct{ archivist }

func (p *punctual) Decide(ctx context.Context, records []pipeline.Record) (pipeline.Verdicts, error) {
	v, err := p.archivist.Decide(ctx, records)
	for i := range v.Entries {
		v.Entries[i].At = time.Unix(1, 0).UTC()
	}
	return v, err
}

func TestARecordOfAnyTimeIsDecidedAndKnownAgain(t *testing.T) {
	in, dir := newInstall(t), t.TempDir()
	year := func(y int) int64 { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() }
	times := []struct{ sent, want int64 }{
		{0, 0}, {-1, -1}, {year(2026), year(2026)}, {year(9999), year(9999)}, {year(2), year(2)},
		{year(1), 0}, {year(0), 0}, {year(-5), 0}, {year(10_000), 0}, {-1 << 63, 0}, {1<<63 - 1, 0},
	}
	for n, at := range times {
		in.sendAt(t, at.sent)
		shelf := newShelf()
		cfg := in.config(shelf)
		cfg.Decider, cfg.StateDirectory = &punctual{archivist{seen: map[string]int{}}}, dir
		stop := start(t, cfg) // compares the newest record that was answered, which the kept state names
		eventually(t, fmt.Sprintf("the entry of a record of %d ms", at.sent),
			func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == n+1 })
		if err := stop(); err != nil {
			t.Fatalf("a record of %d ms: %v", at.sent, err)
		}
		for _, e := range shelf.entries {
			if e.Source.Offset == int64(n) && e.Source.Time.UnixMilli() != at.want {
				t.Errorf("a record of %d ms has an entry that says %d", at.sent, e.Source.Time.UnixMilli())
			}
		}
	}
}

// sendAt appends a record whose producer set its time to that many milliseconds.
func (in install) sendAt(t *testing.T, ms int64) {
	t.Helper()
	set := protocol.RecordSet{Version: 2,
		Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("c1")), Time: time.Now()})}
	var buf bytes.Buffer
	if _, err := set.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	// where they are in a batch, which stands behind its size
	const size, crc, attributes, first, highest = 4, 17, 21, 27, 35
	b := buf.Bytes()[size:]
	binary.BigEndian.PutUint64(b[first:], uint64(ms))
	binary.BigEndian.PutUint64(b[highest:], uint64(ms))
	binary.BigEndian.PutUint32(b[crc:], crc32.Checksum(b[attributes:], crc32.MakeTable(crc32.Castagnoli)))
	res, err := in.client.Transport.RoundTrip(t.Context(), addr(in),
		&rawproduce.Request{Acks: -1, Timeout: 1000, Topics: []rawproduce.RequestTopic{{
			Topic: "claims", Partitions: []rawproduce.RequestPartition{{RecordSet: protocol.RawRecordSet{Reader: &buf}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if code := res.(*produce.Response).Topics[0].Partitions[0].ErrorCode; code != 0 {
		t.Fatal(kafka.Error(code))
	}
}
