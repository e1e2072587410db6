package site

import (
	"fmt"
	"iter"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/feed/synthetic"
)

// Message is a claim as a producer sends it.
type Message struct {
	Key, Value []byte
	Partition  int
	Again      bool // the feed sent this claim before
}

// Insurers whose claims a site takes.
var Insurers = []string{"acme", "birch"}

// balancer puts a claim where Kafka's own clients would.
var balancer = kafka.Murmur2Balancer{Consistent: true}

// Feed makes up claims as they are asked for. It is for one goroutine.
type Feed struct {
	next       func() (claim.Event, synthetic.Label, bool)
	stop       func()
	partitions []int
	seen       map[string]bool
}

// NewFeed returns a feed that ends after so many claims. Whoever calls it stops the feed.
func NewFeed(seed uint64, claims, partitions int) (*Feed, error) {
	events, err := synthetic.Generate(synthetic.Config{Seed: seed, Claims: claims, Insurers: Insurers})
	if err != nil {
		return nil, err
	}
	f := &Feed{seen: map[string]bool{}}
	f.next, f.stop = iter.Pull2(events)
	for p := range partitions {
		f.partitions = append(f.partitions, p)
	}
	return f, nil
}

// Stop ends the feed.
func (f *Feed) Stop() { f.stop() }

// Take returns the next n claims of the feed, fewer at its end.
func (f *Feed) Take(n int) []Message {
	list := make([]Message, 0, n)
	for len(list) < n {
		event, _, ok := f.next()
		if !ok {
			break
		}
		value, err := claim.Encode(&event)
		if err != nil {
			panic(fmt.Sprintf("the synthetic feed made a claim that does not encode: %v", err))
		}
		m := Message{Key: claim.Key(event.Insurer, event.ID), Value: value}
		m.Again = f.seen[string(m.Key)]
		f.seen[string(m.Key)] = true
		m.Partition = balancer.Balance(kafka.Message{Key: m.Key}, f.partitions...)
		list = append(list, m)
	}
	return list
}
