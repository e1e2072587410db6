//go:build integration

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"go.yaml.in/yaml/v3"

	"tallystick/claim"
	"tallystick/feed/synthetic"
	"tallystick/install"
	"tallystick/internal/testenv"
	"tallystick/pipeline"
)

// The fault suite's additions to a site: servers of its own that it may kill, claims that keep coming meanwhile, and a
// proxy that cuts connections. Every test ends with proven: the checker over topics, tables and log.

// ownKafka is a Kafka that this test may kill.
func ownKafka(t *testing.T) (*testenv.Server, servers) {
	t.Helper()
	server := testenv.StartKafka(t, testenv.KafkaOptions{})
	return server, servers{kafka: []string{server.Addr}}
}

// ownClickHouse is a ClickHouse engine that this test may kill.
func ownClickHouse(t *testing.T) (*testenv.Server, servers) {
	t.Helper()
	server := testenv.StartClickHouse(t)
	return server, servers{clickHouse: server.Addr}
}

// setting changes one dotted key of the configuration file.
func (s *site) setting(key string, value any) {
	s.t.Helper()
	data, err := os.ReadFile(s.configFile)
	if err != nil {
		s.t.Fatal(err)
	}
	var file map[string]any
	if err := yaml.Unmarshal(data, &file); err != nil {
		s.t.Fatal(err)
	}
	at, path := file, strings.Split(key, ".")
	for _, name := range path[:len(path)-1] {
		at = at[name].(map[string]any)
	}
	at[path[len(path)-1]] = value
	s.writeConfig(file)
	if s.cfg, err = install.Load(s.configFile, nil, nil); err != nil {
		s.t.Fatal(err)
	}
}

// quick makes the group notice within seconds that an instance is gone.
func (s *site) quick() { s.setting("kafka.session", "3s") }

// claims makes n claims, the same for the same seed.
func (s *site) claims(seed uint64, n int) []kafka.Message {
	s.t.Helper()
	events, err := synthetic.Generate(synthetic.Config{Seed: seed, Claims: n, Insurers: []string{"acme"}})
	if err != nil {
		s.t.Fatal(err)
	}
	var msgs []kafka.Message
	for event := range events {
		value, err := claim.Encode(&event)
		if err != nil {
			s.t.Fatal(err)
		}
		msgs = append(msgs, kafka.Message{Key: claim.Key(event.Insurer, event.ID), Value: value})
	}
	return msgs
}

// producing is a producer at work.
type producing struct {
	s      *site
	sent   int           // claims that Kafka has confirmed; read it when done
	enough chan struct{} // closed: no further claims
	done   chan struct{}
}

// trickle sends the claims evenly over a time, again where Kafka does not confirm: some then come twice.
func (s *site) trickle(msgs []kafka.Message, over time.Duration) *producing {
	const every = 50 * time.Millisecond
	ctx, cancel := context.WithCancel(s.t.Context())
	f := &producing{s: s, enough: make(chan struct{}), done: make(chan struct{})}
	// Made here: a test may change the site's settings while the claims keep coming.
	w := &kafka.Writer{Addr: kafka.TCP(s.cfg.Kafka.Brokers...), Topic: s.cfg.Kafka.Topics.Claims, Balancer: kafka.Murmur2Balancer{},
		BatchTimeout: time.Millisecond, RequiredAcks: kafka.RequireAll, MaxAttempts: 1, WriteTimeout: 3 * time.Second,
		Transport: &kafka.Transport{MetadataTTL: time.Second}}
	go func() {
		defer close(f.done)
		defer w.Close()
		tick := time.NewTicker(every)
		defer tick.Stop()
		steps := max(1, int(over/every))
		for i := range steps {
			part := msgs[i*len(msgs)/steps : (i+1)*len(msgs)/steps]
			for len(part) > 0 && w.WriteMessages(ctx, part...) != nil {
				if ctx.Err() != nil {
					return
				}
				<-tick.C
			}
			f.sent = (i + 1) * len(msgs) / steps
			select {
			case <-f.enough:
				return
			case <-tick.C:
			}
		}
	}()
	s.t.Cleanup(func() { cancel(); <-f.done })
	return f
}

// wait returns when all is sent.
func (f *producing) wait() { <-f.done }

// stop sends no more and returns how many claims were sent.
func (f *producing) stop() int {
	close(f.enough)
	<-f.done
	return f.sent
}

// decides waits until the journal covers more records than it does now, or everything, on a machine that is slow.
func (f *producing) decides(in *instance, more int64) {
	s := f.s
	s.t.Helper()
	want := s.decidedTo() + more
	s.eventually(fmt.Sprintf("%d records to be decided", want), time.Minute, func() bool {
		in.check()
		select {
		case <-f.done:
			want = min(want, s.records())
		default:
		}
		return s.decidedTo() >= want
	})
}

// records counts what the topic claims holds.
func (s *site) records() int64 {
	s.t.Helper()
	n := int64(0)
	for p := range s.cfg.Kafka.Partitions {
		if err := pipeline.SourceOffsets(s.t.Context(), s.cfg.PipelineConfig(), p, func(int64, *claim.SourceRef) error { n++; return nil }); err != nil {
			s.t.Fatal(err)
		}
	}
	return n
}

// proven is the end of every story: the checker finds each source record once everywhere, and exactly that many claims are
// decided. It returns the checker's report.
func (s *site) proven(in *instance, claims int) string {
	s.t.Helper()
	report := s.settled(in, s.records())
	if !strings.Contains(report, fmt.Sprintf(" %d decided", claims)) || strings.Contains(report, " dead") {
		s.t.Errorf("not exactly %d claims are decided:\n%s", claims, report)
	}
	s.t.Logf("%s", report)
	return report
}

// get asks the instance's own address.
func (in *instance) get(path string) (status int, body string) {
	in.s.t.Helper()
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Get("http://" + in.http + path)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(data)
}

// metric is the sum of a metric over its labels, or -1 while the instance does not answer.
func (in *instance) metric(name string) float64 {
	in.s.t.Helper()
	status, body := in.get("/metrics")
	if status != http.StatusOK {
		return -1
	}
	sum := 0.0
	for line := range strings.Lines(body) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		if err != nil {
			in.s.t.Fatalf("%s: %v", line, err)
		}
		sum += value
	}
	return sum
}

func (in *instance) ready() bool { status, _ := in.get("/readyz"); return status == http.StatusOK }

func (in *instance) awaitReady() {
	in.s.t.Helper()
	in.s.eventually("the instance to be ready", 40*time.Second, func() bool { in.check(); return in.ready() })
}

// ends waits until the instance has ended by itself, with an error that says all of words.
func (in *instance) ends(words ...string) {
	in.s.t.Helper()
	select {
	case <-in.done:
	case <-time.After(50 * time.Second):
		in.s.t.Fatalf("the instance goes on; its log ends:\n%s", in.tail())
	}
	if in.err == nil {
		in.s.t.Fatalf("the instance ended as if all were well; its log ends:\n%s", in.tail())
	}
	for _, w := range words {
		if !strings.Contains(in.tail(), w) {
			in.s.t.Errorf("the instance does not say %q; its log ends:\n%s", w, in.tail())
		}
	}
}

func (in *instance) pause()  { in.cmd.Process.Signal(syscall.SIGSTOP) }
func (in *instance) resume() { in.cmd.Process.Signal(syscall.SIGCONT) }

// proxy stands on loopback between a client and a server.
type proxy struct {
	addr, target string
	away         atomic.Bool  // connections are cut and refused
	swallow      atomic.Int32 // so many answers to requests that hold the word are cut off
	word         string
	swallowed    atomic.Int32

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newProxy(t *testing.T, target, word string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String(), target: target, word: word, conns: map[net.Conn]bool{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); p.cut(); serving.Wait() })
	return p
}

// cut ends all connections; new ones are refused until restore.
func (p *proxy) cut() {
	p.away.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

func (p *proxy) restore() { p.away.Store(false) }

func (p *proxy) serve(c net.Conn) {
	defer c.Close()
	up, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer up.Close()
	p.mu.Lock()
	if p.away.Load() {
		p.mu.Unlock()
		return
	}
	p.conns[c], p.conns[up] = true, true
	p.mu.Unlock()
	defer func() { p.mu.Lock(); delete(p.conns, c); delete(p.conns, up); p.mu.Unlock() }()
	var asked atomic.Bool // the word stood in the newest request
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		defer c.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := up.Read(buf)
			if n > 0 && asked.Swap(false) && p.swallow.Load() > 0 {
				p.swallow.Add(-1)
				p.swallowed.Add(1)
				return // the server has done what was asked; the client never hears of it
			}
			if _, werr := c.Write(buf[:n]); err != nil || werr != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if p.word != "" && strings.Contains(string(buf[:n]), p.word) {
			asked.Store(true)
		}
		if _, werr := up.Write(buf[:n]); err != nil || werr != nil {
			break
		}
	}
	up.Close()
	<-answers
}
