package joint

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
)

const (
	// bulk is the size in bytes from which an append goes alone and at once: it would gain nothing and make others
	// wait.
	bulk = 256 << 10
	// full is the size in bytes of a request that takes no more. Brokers take 100 MB.
	full = 1 << 20
	// patience is how long appends wait for a request that is under way before they go beside it.
	patience = 10 * time.Millisecond
	// beside is how many requests to one broker are under way at the most.
	beside = 4
)

// appendKey is what requests must have in common to be one.
type appendKey struct {
	addr   string
	leader int32
	acks   int16
}

// appendGroup collects appends while a request is under way, as a database commits in groups: one that comes alone goes
// at once, and under load each request carries what came during the one before.
type appendGroup struct {
	key  appendKey
	addr net.Addr

	mu      sync.Mutex
	waiting []*appendCall
	sending int
	relief  bool // looks after patience whether the appends still wait
}

// appendCall is an encoded record batch. Its bytes are the transport's own: a caller that leaves may change the
// records.
type appendCall struct {
	call
	timeout int32
	batch   []byte
}

func (t *Transport) produce(ctx context.Context, addr net.Addr, req *produce.Request) (kafka.Response, error) {
	topic := &req.Topics[0]
	set := topic.Partitions[0].RecordSet
	if set.Version == 0 {
		set.Version = 2
	}
	// Encoding compresses, so it is the caller's work: one request for all would else be made by one core.
	var batch bytes.Buffer
	if _, err := set.WriteTo(&batch); err != nil {
		return nil, err
	}
	c := &appendCall{newCall(ctx, topic.Topic, topic.Partitions[0].Partition), req.Timeout, batch.Bytes()}
	key := appendKey{addr.String(), noLeader, req.Acks}
	var err error
	if len(c.batch) < bulk {
		key.leader, err = t.leader(ctx, addr, c.at)
	}
	if err != nil || key.leader == noLeader {
		return t.under.RoundTrip(ctx, addr, rawRequest(key.acks, c))
	}
	t.mu.Lock()
	g := t.appends[key]
	if g == nil {
		g = &appendGroup{key: key, addr: addr}
		t.appends[key] = g
	}
	t.mu.Unlock()
	g.join(t, c)
	return c.await()
}

// rawRequest is a request of the calls' batches, which it reads once.
func rawRequest(acks int16, calls ...*appendCall) *rawproduce.Request {
	req := &rawproduce.Request{Acks: acks}
	for _, c := range calls {
		req.Timeout = max(req.Timeout, c.timeout)
		topic := addTopic(&req.Topics, func(t *rawproduce.RequestTopic) bool { return t.Topic == c.at.topic })
		topic.Topic = c.at.topic
		topic.Partitions = append(topic.Partitions, rawproduce.RequestPartition{
			Partition: c.at.partition, RecordSet: protocol.RawRecordSet{Reader: bytes.NewReader(c.batch)},
		})
	}
	return req
}

func (g *appendGroup) join(t *Transport, c *appendCall) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, c)
	if g.sending == 0 {
		g.sending++
		go g.send(t)
		return
	}
	if g.relief {
		return
	}
	g.relief = true
	time.AfterFunc(patience, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.relief = false
		if len(g.waiting) > 0 && g.sending < beside {
			g.sending++
			go g.send(t)
		}
	})
}

// send sends what has gathered, as long as there is something.
func (g *appendGroup) send(t *Transport) {
	for {
		calls := g.take()
		if len(calls) == 0 {
			return
		}
		g.sendOne(t, calls)
	}
}

// take takes the calls of the next request off the group: a request names a partition once. Without any the sender is
// done.
func (g *appendGroup) take() []*appendCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	var calls, rest []*appendCall
	taken := map[place]bool{}
	size := 0
	for _, c := range g.waiting {
		switch {
		case c.ctx.Err() != nil: // its caller has left
		case taken[c.at] || size > full:
			rest = append(rest, c)
		default:
			taken[c.at] = true
			size += len(c.batch)
			calls = append(calls, c)
		}
	}
	g.waiting = rest
	if len(calls) == 0 {
		g.sending--
	}
	return calls
}

func (g *appendGroup) sendOne(t *Transport, calls []*appendCall) {
	ctx, cancel := deadlineOf(calls)
	defer cancel()
	m, err := t.under.RoundTrip(ctx, g.addr, rawRequest(g.key.acks, calls...))
	var unsent *rawproduce.Error
	if errors.As(err, &unsent) && len(calls) > 1 { // the leaders have changed since they were looked up
		alone(calls, func(c *appendCall) (kafka.Response, error) {
			return t.under.RoundTrip(c.ctx, g.addr, rawRequest(g.key.acks, c))
		})
		return
	}
	deliver(calls, m, err, splitProduced)
}

func splitProduced(res *produce.Response) func(place) kafka.Response {
	parts := map[place]*produce.ResponsePartition{}
	for i := range res.Topics {
		for j := range res.Topics[i].Partitions {
			p := &res.Topics[i].Partitions[j]
			parts[place{res.Topics[i].Topic, p.Partition}] = p
		}
	}
	return func(at place) kafka.Response {
		part := &produce.Response{ThrottleTimeMs: res.ThrottleTimeMs}
		if p := parts[at]; p != nil {
			part.Topics = []produce.ResponseTopic{{Topic: at.topic, Partitions: []produce.ResponsePartition{*p}}}
		}
		return part
	}
}
