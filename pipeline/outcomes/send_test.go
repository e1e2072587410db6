package outcomes_test

import (
	"errors"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/internal/embedded"
	"tallystick/pipeline/outcomes"
)

func TestOutcomesLieWhereTheirClaimIs(t *testing.T) {
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	client := &kafka.Client{Addr: kafka.TCP(broker.Addrs()...)}
	if err := outcomes.CreateTopic(t.Context(), client, "claims", 1); err == nil {
		t.Error("a topic of outcomes was made beside no claims")
	}
	created, err := client.CreateTopics(t.Context(),
		&kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: "claims", NumPartitions: 4,
			ReplicationFactor: 1}}})
	if err = errors.Join(err, created.Errors["claims"]); err != nil {
		t.Fatal(err)
	}
	for range 2 { // making it again does no harm
		if err := outcomes.CreateTopic(t.Context(), client, "claims", 1); err != nil {
			t.Fatal(err)
		}
	}
	s := outcomes.NewSender(broker.Addrs(), "claims", nil, nil)
	e := outcomes.Event{Insurer: "acme", Claim: "C-1", Outcome: outcomes.Cleared,
		KnownAt: time.Now().Add(-time.Hour).UTC(), By: "t"}
	tomorrow := e
	tomorrow.KnownAt = time.Now().Add(24 * time.Hour)
	if err := s.Send(t.Context(), tomorrow); !errors.Is(err, outcomes.ErrFuture) {
		t.Errorf("of tomorrow: %v", err)
	}
	if err := errors.Join(s.Send(t.Context(), e), s.Close()); err != nil {
		t.Fatal(err)
	}
	partition := (kafka.Murmur2Balancer{Consistent: true}).Balance(kafka.Message{Key: []byte("acme/C-1")}, 0, 1, 2, 3)
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: broker.Addrs(), Topic: "claims.outcomes", Partition: partition,
		MaxWait: 100 * time.Millisecond})
	defer r.Close()
	m, err := r.ReadMessage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := outcomes.Decode(m.Value, time.Now()); err != nil || got.Claim != "C-1" ||
		!got.KnownAt.Equal(e.KnownAt) {
		t.Errorf("got %+v, %v", got, err)
	}
}
