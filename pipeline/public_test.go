package pipeline_test

import (
	"testing"

	"github.com/segmentio/kafka-go"

	"tallystick/pipeline"
)

// Each insurer's decisions come to a topic of its own, which is made once.
func TestDecisionsByInsurer(t *testing.T) {
	in := newInstall(t)
	topics := pipeline.DefaultTopics
	topics.ByInsurer = true
	for _, want := range []int{2, 0} {
		created, err := pipeline.CreatePublic(t.Context(), in.client, topics, []string{"acme", "globex"}, 2, 1)
		if err != nil || len(created) != want {
			t.Fatalf("%v are created, %v", created, err)
		}
	}
	for _, insurer := range []string{"acme", "globex"} {
		eventually(t, "the topic of "+insurer, func() bool {
			res, err := in.client.Metadata(t.Context(),
				&kafka.MetadataRequest{Topics: []string{topics.Public(insurer)}})
			return err == nil && len(res.Topics) == 1 && res.Topics[0].Error == nil &&
				len(res.Topics[0].Partitions) == 2
		})
	}
}

func TestDecisionsArePublishedByInsurer(t *testing.T) {
	in := newInstall(t)
	cfg := in.config()
	cfg.Topics = pipeline.DefaultTopics
	cfg.Topics.ByInsurer = true
	if _, err := pipeline.CreatePublic(t.Context(), in.client, cfg.Topics, []string{"acme"}, 2, 1); err != nil {
		t.Fatal(err)
	}
	out := pipeline.NewOutbound(cfg)
	shelf := newShelf()
	cfg.Sinks = []pipeline.Sink{out, shelf}
	sent := in.send(t, 20)
	stop := start(t, cfg)
	count := func(topic string) (n int64) {
		res, err := in.client.ListOffsets(t.Context(),
			&kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: {kafka.LastOffsetOf(0),
				kafka.LastOffsetOf(1)}}})
		if err != nil {
			return 0
		}
		for _, p := range res.Topics[topic] {
			n += p.LastOffset
		}
		return n
	}
	eventually(t, "the decisions", func() bool { return count("claims.decisions.acme") >= 10 })
	if n := count("claims.decisions"); n != 0 {
		t.Errorf("%d of %d decisions are on the topic of all", n, sent)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
