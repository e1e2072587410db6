package install

import (
	"errors"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"tallystick/internal/embedded"
)

func TestRetentionLeftIsThatOfTheOldestUndecidedClaim(t *testing.T) {
	broker, err := embedded.Start(embedded.Config{Topics: []embedded.Topic{{
		Name: "claims", Partitions: 2, Config: map[string]string{"cleanup.policy": "delete",
			"retention.ms": strconv.Itoa(int(24 * time.Hour / time.Millisecond))},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	c := Defaults()
	c.Kafka.Brokers = broker.Addrs()
	now := time.Now()
	var records []kafka.Record
	for _, age := range []time.Duration{5 * time.Hour, 3 * time.Hour} {
		records = append(records, kafka.Record{Time: now.Add(-age), Value: kafka.NewBytes([]byte("{}"))})
	}
	res, err := c.Client().Produce(t.Context(), &kafka.ProduceRequest{
		Topic: "claims", Partition: 0, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...),
	})
	if err := errors.Join(err, res.Error); err != nil {
		t.Fatal(err)
	}
	keep, err := claimsRetention(t.Context(), &c)
	if err != nil || keep != 24*time.Hour {
		t.Fatalf("retention is %v: %v", keep, err)
	}
	w := newRetentionWatch(&c, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	for _, tc := range []struct {
		partition int
		offset    int64
		want      time.Duration
	}{
		{0, 0, 19 * time.Hour}, // the older one waits
		{0, 1, 21 * time.Hour},
		{0, 2, keep}, // all is decided
		{1, 0, keep}, // nothing came
		{0, 9, 0},    // what was to come next is not there any more
	} {
		got, err := w.leftOf(t.Context(), tc.partition, tc.offset, keep)
		if err != nil || (got-tc.want).Abs() > time.Minute {
			t.Errorf("partition %d decided to %d: %v is left, want %v: %v", tc.partition, tc.offset, got, tc.want, err)
		}
	}
}
