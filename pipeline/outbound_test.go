package pipeline

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"

	"tallystick/journal"
)

// coordinator takes commits, unless it is away.
type coordinator struct {
	away    bool
	commits []string // metadata
}

func (c *coordinator) RoundTrip(_ context.Context, _ net.Addr, req kafka.Request) (kafka.Response, error) {
	if c.away {
		return nil, errors.New("away")
	}
	var res offsetcommit.Response
	for _, t := range req.(*offsetcommit.Request).Topics {
		topic := offsetcommit.ResponseTopic{Name: t.Name}
		for _, p := range t.Partitions {
			c.commits = append(c.commits, p.CommittedMetadata)
			topic.Partitions = append(topic.Partitions,
				offsetcommit.ResponsePartition{PartitionIndex: p.PartitionIndex})
		}
		res.Topics = append(res.Topics, topic)
	}
	return &res, nil
}

func TestThePositionOfAnIdlePartitionIsStoredAgainBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &coordinator{}
		o := NewOutbound(Config{Brokers: []string{"127.0.0.1:1"}, Transport: c, Group: "g"})
		idle := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
				o.Idle(t.Context())
			}
		}
		pos := journal.Position{Offset: 7, To: 3}
		if err := o.Write(t.Context(), []*Batch{{Batch: journal.Batch{Partition: 2, Next: pos}}}); err != nil {
			t.Fatal(err)
		}
		idle(24 * time.Hour)
		if n := len(c.commits); n < 23 || n > 26 || c.commits[n-1] != pos.String() {
			t.Errorf("%d commits in a day, of %q", n, c.commits)
		}

		c.away = true
		idle(2 * time.Hour)
		c.away, c.commits = false, nil
		idle(10 * time.Second)
		if len(c.commits) != 1 {
			t.Errorf("%d commits once the broker is back", len(c.commits))
		}

		o.Left(2)
		c.commits = nil
		idle(24 * time.Hour)
		if len(c.commits) != 0 {
			t.Errorf("%d commits for a partition of another instance", len(c.commits))
		}
	})
}
