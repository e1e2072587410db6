//go:build integration

package main

import (
	"bytes"
	wire "encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"

	"tallystick/internal/testenv"
)

// brokerProxy stands on loopback between clients and a broker that advertises it. It knows Kafka's frames, and so can
// cut a connection at a chosen place of a chosen request, or let answers wait.
type brokerProxy struct {
	t      *testing.T
	addr   string
	target string
	direct servers
	topics []string // produce requests that name one of these may be cut

	every atomic.Int32 // of so many produce requests one is cut; 0 cuts none
	slow  atomic.Int64 // nanoseconds that each answer to a fetch waits
	asked atomic.Int32 // produce requests that could have been cut

	mu   sync.Mutex
	cuts map[cutPlace]int
	lost []landed // appended, and nobody heard of it
	late []landed // likewise, long after the connection was cut
}

// cutPlace is where a connection is cut.
type cutPlace string

const (
	beforeWhole  cutPlace = "before the request is whole"
	beforeAnswer cutPlace = "before the answer"
	withinAnswer cutPlace = "within the answer"
	delayed      cutPlace = "before the request, which the broker gets later"
)

var cutPlaces = []cutPlace{beforeWhole, beforeAnswer, withinAnswer, delayed}

// landed is where the broker put a batch.
type landed struct {
	topic     string
	partition int
	base      int64
}

// proxiedKafka is a Kafka of this test's own, and a proxy before its second listener. Sites go to the first one,
// direct; an instance goes through the proxy if its brokers are set to the proxy's address.
func proxiedKafka(t *testing.T) *brokerProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &brokerProxy{t: t, addr: l.Addr().String(), cuts: map[cutPlace]int{}}
	server := testenv.StartKafka(t, testenv.KafkaOptions{Second: "PLAINTEXT", Advertised: p.addr})
	p.target = server.Second
	p.direct = servers{kafka: []string{server.Addr}}
	var serving sync.WaitGroup
	closing := make(chan struct{})
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			ended := make(chan struct{})
			serving.Go(func() { defer close(ended); p.serve(c) })
			serving.Go(func() {
				select {
				case <-closing:
				case <-ended:
				}
				c.Close()
			})
		}
	})
	t.Cleanup(func() { l.Close(); close(closing); serving.Wait() })
	return p
}

// request is one that the broker has been sent and has not answered.
type request struct {
	api, version int16
	cut          cutPlace // empty: none
}

// serve passes frames on until a side ends the connection or it is cut.
func (p *brokerProxy) serve(client net.Conn) {
	defer client.Close()
	broker, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	var answering sync.WaitGroup
	defer answering.Wait()
	defer broker.Close()
	asked := make(chan request, 1000)
	defer close(asked)
	answering.Go(func() {
		defer client.Close()
		for r := range asked { // a broker answers in the order of the requests
			answer, err := readFrame(broker)
			if err != nil || !p.answer(client, r, answer) {
				return
			}
		}
	})
	for {
		frame, err := readFrame(client)
		if err != nil {
			return
		}
		r := request{api: int16(wire.BigEndian.Uint16(frame[4:])), version: int16(wire.BigEndian.Uint16(frame[6:]))}
		if protocol.ApiKey(r.api) == protocol.Produce && p.watched(frame) {
			r.cut = p.place()
		}
		switch r.cut {
		case beforeWhole:
			broker.Write(frame[:1+rand.IntN(len(frame)-1)])
			return
		case delayed:
			answering.Go(func() { p.sendLate(r, frame) })
			client.Close()
			return
		}
		asked <- r
		if _, err := broker.Write(frame); err != nil {
			return
		}
	}
}

func (p *brokerProxy) watched(frame []byte) bool {
	head := string(frame[:min(len(frame), 300)])
	return slices.ContainsFunc(p.topics, func(topic string) bool { return strings.Contains(head, topic) })
}

// place says where the connection of this request is cut, if it is. Each place has its turn.
func (p *brokerProxy) place() cutPlace {
	n, every := p.asked.Add(1), p.every.Load()
	if every == 0 || n%every != 0 {
		return ""
	}
	at := cutPlaces[int(n/every)%len(cutPlaces)]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cuts[at]++
	return at
}

// answer passes an answer on, or cuts the connection instead. It reports whether the connection goes on.
func (p *brokerProxy) answer(client net.Conn, r request, frame []byte) bool {
	if protocol.ApiKey(r.api) == protocol.Fetch {
		time.Sleep(time.Duration(p.slow.Load()))
	}
	if r.cut == "" {
		_, err := client.Write(frame)
		return err == nil
	}
	if r.cut == withinAnswer {
		client.Write(frame[:1+rand.IntN(len(frame)-1)])
	}
	p.note(&p.lost, r, frame)
	return false
}

// sendLate sends a request whose sender has been cut off, on a connection of its own.
func (p *brokerProxy) sendLate(r request, frame []byte) {
	time.Sleep(100*time.Millisecond + rand.N(300*time.Millisecond))
	broker, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer broker.Close()
	broker.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := broker.Write(frame); err != nil {
		return
	}
	if answer, err := readFrame(broker); err == nil {
		p.note(&p.late, r, answer)
	}
}

// note keeps where a batch landed.
func (p *brokerProxy) note(list *[]landed, r request, frame []byte) {
	_, m, err := protocol.ReadResponse(bytes.NewReader(frame), protocol.Produce, r.version)
	if err != nil {
		p.t.Errorf("reading the answer to an append: %v", err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, topic := range m.(*produce.Response).Topics {
		for _, at := range topic.Partitions {
			if at.ErrorCode == 0 {
				*list = append(*list, landed{topic.Topic, int(at.Partition), at.BaseOffset})
			}
		}
	}
}

// unheard returns the batches that landed without their sender's knowledge, and how often each place was cut.
func (p *brokerProxy) unheard() (lost, late []landed, cuts map[cutPlace]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cuts = map[cutPlace]int{}
	for at, n := range p.cuts {
		cuts[at] = n
	}
	return slices.Clone(p.lost), slices.Clone(p.late), cuts
}

// readFrame reads a request or an answer, its length included.
func readFrame(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := wire.BigEndian.Uint32(size[:])
	if n < 4 || n > 100<<20 {
		return nil, errors.New("not a frame of Kafka's protocol")
	}
	frame := make([]byte, 4+n)
	copy(frame, size[:])
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}
