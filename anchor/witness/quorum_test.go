package witness

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/internal/durabletest"
	"tallystick/anchor/proof"
)

func (l *fakeLog) prover(size uint64) Prover {
	return func(_ context.Context, oldSize uint64) ([]proof.Hash, error) { return l.proof(oldSize, size), nil }
}

func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body)
	})
}

func TestQuorum(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 20, "a")
	w := memoryWitness(t, durabletest.NewFaultFS("/w"), log)
	good := Peer{serve(t, w), w.key.VKey()}
	if resp := post(t, w, log.request(0, 7)); resp.StatusCode != 200 { // it is ahead of what the log remembers
		t.Fatal(resp.StatusCode)
	}
	other := witnessKey(t, "x", "witness.example/w2")
	down := Peer{serve(t, answering(503, "")), other.VKey()}
	lying := Peer{serve(t, answering(200, "— witness.example/w2 AAAAAAAA\n")), other.VKey()}
	chatty := Peer{serve(t, answering(409, strings.Repeat("9", 100_000))), other.VKey()}
	ahead := Peer{serve(t, answering(409, "21\n")), other.VKey()}
	tests := map[string]struct {
		peers []Peer
		need  int
		want  error
	}{
		"one of one":                       {[]Peer{good}, 1, nil},
		"one of two, the other down":       {[]Peer{down, good}, 1, nil},
		"two of two, one down":             {[]Peer{good, down}, 2, ErrNoQuorum},
		"one answers with a bad signature": {[]Peer{lying, good}, 2, ErrNoQuorum},
		"one answers without a size":       {[]Peer{chatty}, 1, ErrNoQuorum},
		"one has a newer head":             {[]Peer{ahead}, 1, ErrAhead},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q, err := NewQuorum(QuorumConfig{Peers: tt.peers, Need: tt.need})
			if err != nil {
				t.Fatal(err)
			}
			cosigned, err := q.Cosign(t.Context(), log.checkpoint(20), log.prover(20))
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if err != nil {
				if cosigned != nil {
					t.Error("a checkpoint without its quorum was handed out")
				}
				return
			}
			if _, err := note.Open(cosigned, note.VerifierList(w.key.signer.Verifier())); err != nil {
				t.Error(err)
			}
			for _, s := range q.Status() {
				if (s.Name == w.key.Name()) != (s.Err == nil && s.Size == 20) {
					t.Errorf("status of %s: %+v", s.Name, s)
				}
			}
		})
	}
}

func TestCosignedCountsTheWitnessesOfTheQuorum(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 7, "a")
	w := memoryWitness(t, durabletest.NewFaultFS("/w"), log)
	good := Peer{serve(t, w), w.key.VKey()}
	other := Peer{"http://127.0.0.1:1", witnessKey(t, "x", "witness.example/w2").VKey()}
	quorum := func(need int, peers ...Peer) *Quorum {
		q, err := NewQuorum(QuorumConfig{Peers: peers, Need: need})
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	alone := log.checkpoint(7)
	cosigned, err := quorum(1, good).Cosign(t.Context(), []byte(alone), log.prover(7))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name       string
		q          *Quorum
		checkpoint string
		want       bool
	}{
		{"the log alone signed", quorum(1, good), string(alone), false},
		{"one of one", quorum(1, good), string(cosigned), true},
		{"one of two", quorum(1, good, other), string(cosigned), true},
		{"one of two, both needed", quorum(2, good, other), string(cosigned), false},
		{"another witness", quorum(1, other), string(cosigned), false},
		{"no note", quorum(1, good), "x", false},
	} {
		if got := tt.q.Cosigned([]byte(tt.checkpoint)); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

func TestQuorumGivesASlowWitnessUp(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 3, "a")
	stuck := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	q, err := NewQuorum(QuorumConfig{Peers: []Peer{{serve(t, stuck), witnessKey(t, "x", "w").VKey()}}, Need: 1, Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Cosign(t.Context(), log.checkpoint(3), log.prover(3)); !errors.Is(err, ErrNoQuorum) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestQuorumConfigurationIsRefused(t *testing.T) {
	key := witnessKey(t, "x", "w").VKey()
	p := Peer{"http://w.example", key}
	for name, cfg := range map[string]QuorumConfig{
		"nobody":          {},
		"none needed":     {Peers: []Peer{p}},
		"more than exist": {Peers: []Peer{p}, Need: 2},
		"one twice":       {Peers: []Peer{p, p}, Need: 2},
		"no address":      {Peers: []Peer{{"w.example", key}}, Need: 1},
		"no key":          {Peers: []Peer{{"http://w.example", ""}}, Need: 1},
		"a changed key":   {Peers: []Peer{{"http://w.example", strings.Replace(key, "w+", "v+", 1)}}, Need: 1},
	} {
		if _, err := NewQuorum(cfg); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}
