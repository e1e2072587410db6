package install

import (
	"context"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/internal/embedded"
	"tallystick/pipeline/news"
	"tallystick/pipeline/warnings"
	"tallystick/signals"
)

// A hit of a member's node reaches the instances as news of its claim, and its end as well.
func TestAHitArrivesAsNewsAndGoesAgain(t *testing.T) {
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	c := Defaults()
	c.Kafka.Brokers = broker.Addrs()
	if _, err := c.OpenWarnings(t.Context()); err == nil {
		t.Error("a topic of warnings was made beside no claims")
	}
	_, err = c.Client().CreateTopics(t.Context(), &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: c.Kafka.Topics.Claims, NumPartitions: 4, ReplicationFactor: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.OpenWarnings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	hit := signals.Cause{Journal: "signals", Offset: 0, Epoch: 2, Time: at, Insurer: "acme", Claim: "C-1",
		Hit: signals.Hit{
			Publishers: 1, Kinds: []signals.Kind{"ring"}, Lines: []string{"motor", "health"}, Newest: "2026-02",
			Bases: []signals.Basis{"established", "suspected"},
		}}
	gone := hit
	gone.Offset, gone.Hit = 1, signals.Hit{}
	for _, cause := range []signals.Cause{hit, hit, gone} { // a crash hands the same cause on again
		if err := s.Take(t.Context(), cause); err != nil {
			t.Fatal(err)
		}
	}
	broken := hit
	broken.Hit.Newest = "May"
	if err := s.Take(t.Context(), broken); err == nil {
		t.Error("a hit without a month was taken")
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var got []claim.News
	follower := news.Follower{Brokers: broker.Addrs(), Topic: warnings.Topic(c.Kafka.Topics.Claims),
		Decode: warnings.News}
	err = follower.Follow(ctx, func(n *claim.News) { got = append(got, *n) }, stop)
	if err != nil {
		t.Fatal(err)
	}
	want := claim.Signals{Members: 1, Established: 1, Line: "health", Quarter: "2026-Q1"}
	if len(got) != 3 || *got[0].Signals != want || *got[2].Signals != (claim.Signals{}) || !got[0].KnownAt.Equal(at) ||
		got[0].Cause.Journal != "claims.signals" || got[0].Cause.Epoch != 2 || got[2].Claim.Claim != "C-1" {
		t.Errorf("news %+v", got)
	}
}
