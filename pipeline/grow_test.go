package pipeline_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/segmentio/kafka-go"

	"tallystick/pipeline"
)

func TestTopicsGrowJournalFirstAndAnInstanceStartsAnew(t *testing.T) {
	in := newInstall(t)
	shelf := newShelf()
	sent := in.send(t, 90)
	pl, err := pipeline.New(in.config(shelf))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- pl.Run(t.Context()) }()
	eventually(t, "the first claims",
		func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == sent })
	grown, err := pipeline.GrowTopics(t.Context(), in.config(), partitions+2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(grown, "claims.decisions") {
		t.Error("the public topic grew, whose keys have their partitions")
	}
	if slices.Index(grown, "claims.scored") > slices.Index(grown, "claims") {
		t.Errorf("claims grew before its journal: %v", grown)
	}
	if err := <-ended; !errors.Is(err, pipeline.ErrPartitionCount) {
		t.Errorf("the instance ended with %v, want %v", err, pipeline.ErrPartitionCount)
	}
	eventually(t, "the broker to take a record for a new partition", func() bool {
		res, err := in.client.Produce(t.Context(), &kafka.ProduceRequest{Topic: "claims", Partition: partitions + 1,
			RequiredAcks: kafka.RequireAll,
			Records:      kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("new"))})})
		return err == nil && res.Error == nil
	})
	stop := start(t, in.config(shelf))
	eventually(t, "the claim in the new partition",
		func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == sent+1 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if grown, err := pipeline.GrowTopics(t.Context(), in.config(), partitions+2, nil); err != nil || len(grown) != 0 {
		t.Errorf("growing again: %v, %v", grown, err)
	}
	if _, err := pipeline.GrowTopics(t.Context(), in.config(), partitions, nil); err == nil {
		t.Error("topics cannot shrink")
	}
}

func TestAPublicTopicOfMorePartitionsIsInNobodysWay(t *testing.T) {
	in := newInstall(t)
	res, err := in.client.CreatePartitions(t.Context(),
		&kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: "claims.decisions", Count: 12}}})
	if err != nil || res.Errors["claims.decisions"] != nil {
		t.Fatal(err, res)
	}
	grown, err := pipeline.GrowTopics(t.Context(), in.config(), partitions+1, nil)
	if err != nil || len(grown) != 4 {
		t.Errorf("%v grew, %v", grown, err)
	}
}
