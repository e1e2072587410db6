package pipeline_test

import (
	"errors"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/pipeline"
)

// An instance that was killed stays a member of the group until its session ends, here in five minutes. The one that
// starts under its name does not wait for that; one of another name must.
func TestAnInstanceThatWasKilledIsSucceededAtOnce(t *testing.T) {
	in := newInstall(t)
	in.joinAndDie(t, "claims-1")
	in.send(t, 30)
	sink := newShelf()
	cfg := in.config(sink)
	cfg.Instance = "claims-1"
	stop := start(t, cfg)
	eventually(t, "the successor to decide", func() bool {
		sink.mu.Lock()
		defer sink.mu.Unlock()
		return len(sink.entries) == 33
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for at, e := range sink.entries {
		if e.Kind != claim.Decided && e.Kind != claim.Dead {
			t.Errorf("%v: a record was answered with %s", at, e.Kind)
		}
	}
}

// joinAndDie makes a member of that instance's name which has all partitions and is never heard of again.
func (in install) joinAndDie(t *testing.T, instance string) {
	t.Helper()
	client := &kafka.Client{Addr: kafka.TCP(in.brokers...),
		Transport: &kafka.Transport{ClientID: "tallystick/" + instance}}
	join := &kafka.JoinGroupRequest{
		GroupID: "tallystick", SessionTimeout: 5 * time.Minute, RebalanceTimeout: 5 * time.Minute,
		ProtocolType: "consumer",
		Protocols: []kafka.GroupProtocol{{Name: "range",
			Metadata: kafka.GroupProtocolSubscription{Topics: []string{pipeline.DefaultTopics.Claims}}}},
	}
	var joined *kafka.JoinGroupResponse
	eventually(t, "the broker to let a member in", func() bool {
		res, err := client.JoinGroup(t.Context(), join)
		if err == nil && errors.Is(res.Error, kafka.MemberIDRequired) {
			join.MemberID = res.MemberID
			return false
		}
		if err == nil {
			err = res.Error
		}
		joined = res
		return err == nil
	})
	sync, err := client.SyncGroup(t.Context(), &kafka.SyncGroupRequest{
		GroupID: "tallystick", GenerationID: joined.GenerationID, MemberID: joined.MemberID, ProtocolType: "consumer",
		ProtocolName: "range",
		Assignments: []kafka.SyncGroupRequestAssignment{{MemberID: joined.MemberID,
			Assignment: kafka.GroupProtocolAssignment{
				AssignedPartitions: map[string][]int{pipeline.DefaultTopics.Claims: {0, 1, 2}},
			}}},
	})
	if err == nil {
		err = sync.Error
	}
	if err != nil {
		t.Fatal(err)
	}
}
