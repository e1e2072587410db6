package joint

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// Transport joins requests. It is safe for concurrent use. Requests that it does not join pass through.
type Transport struct {
	under kafka.RoundTripper
	pace  time.Duration

	mu      sync.Mutex
	fetches map[fetchKey]*fetchGroup
	appends map[appendKey]*appendGroup
}

var _ kafka.RoundTripper = (*Transport)(nil)

// New returns a transport over under. Two joined fetches from one broker are at least pace apart: readers that keep up
// share them, and one that is known to be behind the end of its partition goes alone and does not wait.
func New(under kafka.RoundTripper, pace time.Duration) *Transport {
	return &Transport{under: under, pace: pace, fetches: map[fetchKey]*fetchGroup{},
		appends: map[appendKey]*appendGroup{}}
}

// Under is the transport below, which joins nothing.
func (t *Transport) Under() kafka.RoundTripper { return t.under }

// RoundTrip sends the request, alone or with others. When ctx ends before the answer, a request that was joined may
// still arrive, as one that was sent alone may.
func (t *Transport) RoundTrip(ctx context.Context, addr net.Addr, req kafka.Request) (kafka.Response, error) {
	switch r := req.(type) {
	case *fetch.Request:
		if r.SessionEpoch == -1 && len(r.Topics) == 1 && len(r.Topics[0].Partitions) == 1 {
			return t.fetch(ctx, addr, r)
		}
	case *produce.Request:
		if r.TransactionalID == "" && r.Acks != 0 && len(r.Topics) == 1 && len(r.Topics[0].Partitions) == 1 {
			return t.produce(ctx, addr, r)
		}
	}
	return t.under.RoundTrip(ctx, addr, req)
}

// noLeader stands for a partition whose leader is not known: its request goes alone, and its caller gets the answer
// that says so.
const noLeader = -1

// leader asks the transport below, which answers from its cache.
func (t *Transport) leader(ctx context.Context, addr net.Addr, at place) (int32, error) {
	m, err := t.under.RoundTrip(ctx, addr, &metadata.Request{TopicNames: []string{at.topic}})
	if err != nil {
		return noLeader, err
	}
	res, ok := m.(*metadata.Response)
	if !ok {
		return noLeader, nil
	}
	for i := range res.Topics {
		if res.Topics[i].Name != at.topic {
			continue
		}
		for j := range res.Topics[i].Partitions {
			if p := &res.Topics[i].Partitions[j]; p.PartitionIndex == at.partition {
				return p.LeaderID, nil
			}
		}
	}
	return noLeader, nil
}
