package pipeline

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"syscall"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// slowWire keeps requests that it reported failed, and goes on sending them later, as kafka-go's connections do after a
// time-out.
type slowWire struct {
	fail int
	kept []protocol.RecordReader
}

func (s *slowWire) RoundTrip(_ context.Context, _ net.Addr, msg kafka.Request) (kafka.Response, error) {
	req, ok := msg.(*produce.Request)
	if !ok {
		return nil, errors.New("not a produce request")
	}
	s.kept = append(s.kept, req.Topics[0].Partitions[0].RecordSet.Records)
	if len(s.kept) <= s.fail {
		return nil, syscall.ECONNRESET
	}
	return &produce.Response{Topics: []produce.ResponseTopic{{Topic: "t",
		Partitions: []produce.ResponsePartition{{BaseOffset: 7}}}}}, nil
}

func TestAnAttemptThatWasGivenUpMayStillBeSent(t *testing.T) {
	wire := &slowWire{fail: 2}
	w := writer{client: &kafka.Client{Addr: kafka.TCP("127.0.0.1:1"), Transport: wire},
		log: slog.New(slog.DiscardHandler)}
	base, err := w.produce(t.Context(), "t", 0, []message{{key: []byte("k"), value: []byte("first")},
		{value: []byte("second")}})
	if err != nil || base != 7 {
		t.Fatal(base, err)
	}
	// The attempts are read in turns, a record at a time. Each sends what it was given.
	for _, want := range []string{"first", "second"} {
		for i, records := range wire.kept {
			r, err := records.ReadRecord()
			if err != nil {
				t.Fatalf("attempt %d: %v", i, err)
			}
			got, err := io.ReadAll(r.Value)
			if err != nil || string(got) != want {
				t.Errorf("attempt %d sends %q (%v), want %q", i, got, err, want)
			}
		}
	}
}
