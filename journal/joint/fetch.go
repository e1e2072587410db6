package joint

import (
	"context"
	"errors"
	"math"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// fetchKey is what requests must have in common to be one.
type fetchKey struct {
	addr      string
	leader    int32
	maxWait   int32
	minBytes  int32
	isolation int8
}

// fetchGroup collects fetches until the next request is due.
type fetchGroup struct {
	key  fetchKey
	addr net.Addr

	mu      sync.Mutex
	waiting []*fetchCall
	due     bool      // a request will be sent
	last    time.Time // when one was
	ends    map[place]int64
}

type fetchCall struct {
	call
	req *fetch.Request
}

func (t *Transport) fetch(ctx context.Context, addr net.Addr, req *fetch.Request) (kafka.Response, error) {
	topic := &req.Topics[0]
	c := &fetchCall{newCall(ctx, topic.Topic, topic.Partitions[0].Partition), req}
	leader, err := t.leader(ctx, addr, c.at)
	if err != nil || leader == noLeader {
		return t.under.RoundTrip(ctx, addr, req)
	}
	key := fetchKey{addr.String(), leader, req.MaxWaitTime, req.MinBytes, req.IsolationLevel}
	t.mu.Lock()
	g := t.fetches[key]
	if g == nil {
		g = &fetchGroup{key: key, addr: addr, ends: map[place]int64{}}
		t.fetches[key] = g
	}
	t.mu.Unlock()
	if !g.join(t, c) {
		res, err := t.under.RoundTrip(ctx, addr, req)
		if r, ok := res.(*fetch.Response); ok && err == nil && len(r.Topics) == 1 && len(r.Topics[0].Partitions) == 1 {
			g.saw(c.at, &r.Topics[0].Partitions[0])
		}
		return res, err
	}
	return c.await()
}

// join adds the call to the next request, if it fits. A reader that is known to be behind asks for much and goes alone,
// at once; and a request names a partition once.
func (g *fetchGroup) join(t *Transport, c *fetchCall) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.req.Topics[0].Partitions[0].FetchOffset < g.ends[c.at] {
		return false
	}
	for _, w := range g.waiting {
		if w.at == c.at {
			return false
		}
	}
	g.waiting = append(g.waiting, c)
	if !g.due {
		g.due = true
		time.AfterFunc(time.Until(g.last.Add(t.pace)), func() { g.send(t) })
	}
	return true
}

// saw remembers where the partition ended.
func (g *fetchGroup) saw(at place, p *fetch.ResponsePartition) {
	if p.ErrorCode != 0 {
		return
	}
	g.mu.Lock()
	g.ends[at] = p.HighWatermark
	g.mu.Unlock()
}

// send sends what has gathered as one request and tells each caller of its partition.
func (g *fetchGroup) send(t *Transport) {
	g.mu.Lock()
	calls := g.waiting
	g.waiting, g.due, g.last = nil, false, time.Now()
	g.mu.Unlock()

	req := &fetch.Request{
		ReplicaID: -1, MaxWaitTime: g.key.maxWait, MinBytes: g.key.minBytes, MaxBytes: math.MaxInt32,
		IsolationLevel: g.key.isolation, SessionEpoch: -1,
	}
	live := calls[:0]
	for _, c := range calls {
		if c.ctx.Err() != nil {
			continue // its caller has left
		}
		live = append(live, c)
		asked := &c.req.Topics[0]
		topic := addTopic(&req.Topics, func(t *fetch.RequestTopic) bool { return t.Topic == asked.Topic })
		topic.Topic = asked.Topic
		topic.Partitions = append(topic.Partitions, asked.Partitions[0])
	}
	if len(live) == 0 {
		return
	}
	ctx, cancel := deadlineOf(live)
	defer cancel()
	m, err := t.under.RoundTrip(ctx, g.addr, req)
	var unsent *fetch.Error
	if errors.As(err, &unsent) && len(live) > 1 { // the leaders have changed since they were looked up
		alone(live, func(c *fetchCall) (kafka.Response, error) { return t.under.RoundTrip(c.ctx, g.addr, c.req) })
		return
	}
	deliver(live, m, err, g.split)
}

func (g *fetchGroup) split(res *fetch.Response) func(place) kafka.Response {
	parts := map[place]*fetch.ResponsePartition{}
	for i := range res.Topics {
		topic := &res.Topics[i]
		for j := range topic.Partitions {
			p := &topic.Partitions[j]
			at := place{topic.Topic, p.Partition}
			parts[at] = p
			g.saw(at, p)
		}
	}
	return func(at place) kafka.Response {
		part := &fetch.Response{ThrottleTimeMs: res.ThrottleTimeMs, ErrorCode: res.ErrorCode}
		if p := parts[at]; p != nil {
			part.Topics = []fetch.ResponseTopic{{Topic: at.topic, Partitions: []fetch.ResponsePartition{*p}}}
		}
		return part
	}
}
