package witness

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/internal/durable"
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
		"one has another root":             {[]Peer{{serve(t, answering(422, "")), other.VKey()}}, 1, ErrAhead},
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
	q, err := NewQuorum(QuorumConfig{Peers: []Peer{{serve(t, stuck), witnessKey(t, "x", "w").VKey()}}, Need: 1,
		Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Cosign(t.Context(), log.checkpoint(3), log.prover(3)); !errors.Is(err, ErrNoQuorum) ||
		!errors.Is(err, context.DeadlineExceeded) {
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
		"one twice":       {Peers: []Peer{p, p}, Need: 1},
		"one key, two names": {Peers: []Peer{p, {"http://v.example", witnessKey(t, "x", "v").VKey()}},
			Need: 1},
		"two of one name, both needed": {Peers: []Peer{p, {"http://w.example", witnessKey(t, "y", "w").VKey()}},
			Need: 2},
		"no address": {Peers: []Peer{{"w.example", key}}, Need: 1},
		"no key":     {Peers: []Peer{{"http://w.example", ""}}, Need: 1},
		"a changed key": {Peers: []Peer{{"http://w.example", strings.Replace(key, "w+", "v+", 1)}},
			Need: 1},
	} {
		if _, err := NewQuorum(cfg); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}

// twoKeyed is a witness with two keys of one name: it answers with a line of each, and counts its requests.
func twoKeyed(t *testing.T, log *fakeLog, at func() uint64, requests *atomic.Int32) (url string, keys [2]*Key) {
	t.Helper()
	keys = [2]*Key{witnessKey(t, "x", "witness.example"), witnessKey(t, "y", "witness.example")}
	url = serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		req, err := parseRequest(body)
		if err != nil {
			t.Error(err)
		}
		text := strings.SplitAfter(string(req.checkpoint), "\n\n")[0]
		for _, k := range keys {
			_, _ = rw.Write(cosignedAt(t, k, strings.TrimSuffix(text, "\n"), at()))
		}
	}))
	return url, keys
}

// cosignedAt is the line of a key over a text, at whatever time.
func cosignedAt(t *testing.T, k *Key, text string, at uint64) []byte {
	t.Helper()
	seed := map[string]string{witnessKey(t, "x", "witness.example").VKey(): "x",
		witnessKey(t, "y", "witness.example").VKey(): "y"}[k.VKey()]
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, ed25519.SeedSize)))
	signature := ed25519.Sign(private, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))
	raw := binary.BigEndian.AppendUint32(nil, k.signer.KeyHash())
	raw = append(binary.BigEndian.AppendUint64(raw, at), signature...)
	return fmt.Appendf(nil, "— %s %s\n", k.Name(), base64.StdEncoding.EncodeToString(raw))
}

func TestAWitnessOfTwoKeysIsAskedOnceAndCountsOnce(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 5, "a")
	var requests atomic.Int32
	url, keys := twoKeyed(t, log, func() uint64 { return uint64(time.Now().Unix()) }, &requests)
	other := Peer{serve(t, answering(503, "")), witnessKey(t, "z", "other.example").VKey()}
	peers := []Peer{{url, keys[0].VKey()}, {url, keys[1].VKey()}, other}
	one, err := NewQuorum(QuorumConfig{Peers: peers, Need: 1})
	if err != nil {
		t.Fatal(err)
	}
	cosigned, err := one.Cosign(t.Context(), log.checkpoint(5), log.prover(5))
	if err != nil {
		t.Fatal(err)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
	if n := bytes.Count(cosigned, []byte("— witness.example ")); n != 2 {
		t.Errorf("%d of its lines were taken", n)
	}
	two, err := NewQuorum(QuorumConfig{Peers: peers, Need: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Cosign(t.Context(), log.checkpoint(5), log.prover(5)); !errors.Is(err, ErrNoQuorum) {
		t.Errorf("two keys of one witness made a quorum of two: %v", err)
	}
	if !one.Cosigned(cosigned) || two.Cosigned(cosigned) {
		t.Error("a checkpoint with two keys of one witness counts wrongly")
	}
	series := map[string]bool{}
	for _, s := range one.Status() {
		series[s.Name+" "+s.Key] = true
		if (s.Name == "witness.example") != (s.Err == nil) {
			t.Errorf("%+v", s)
		}
	}
	if len(series) != 3 {
		t.Errorf("a key has no series of its own: %v", series)
	}
}

func TestTimesThatNoWitnessCanHaveWritten(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 5, "a")
	now := uint64(time.Now().Unix())
	for name, tt := range map[string]struct {
		at   uint64
		want error
	}{
		"now":               {now, nil},
		"a clock ahead":     {now + 600, nil},
		"an old one":        {now - 1e6, nil},
		"none":              {0, ErrNoQuorum},
		"tomorrow":          {now + 86400, ErrNoQuorum},
		"the largest":       {math.MaxInt64, ErrNoQuorum},
		"above the largest": {math.MaxInt64 + 1, ErrNoQuorum},
		"all ones":          {math.MaxUint64, ErrNoQuorum},
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			url, keys := twoKeyed(t, log, func() uint64 { return tt.at }, &requests)
			q, err := NewQuorum(QuorumConfig{Peers: []Peer{{url, keys[0].VKey()}}, Need: 1})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := q.Cosign(t.Context(), log.checkpoint(5), log.prover(5)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// Before a quorum is lost somebody can read it in the log, once.
func TestAQuorumWithoutASpareIsLogged(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 5, "a")
	w := memoryWitness(t, durabletest.NewFaultFS("/w"), log)
	var down atomic.Bool
	second := newFakeWitness(t, log, "z", "witness.example/w2", &down)
	var out bytes.Buffer
	q, err := NewQuorum(QuorumConfig{Peers: []Peer{{serve(t, w), w.key.VKey()}, second}, Need: 1,
		Log: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range []struct {
		down       bool
		noneSpared int
	}{{false, 0}, {true, 1}, {true, 1}, {false, 1}, {true, 2}} {
		down.Store(want.down)
		if _, err := q.Cosign(t.Context(), log.checkpoint(5), log.prover(5)); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "none to spare"); n != want.noneSpared {
			t.Errorf("step %d: said %d times, want %d", step, n, want.noneSpared)
		}
	}
	if !strings.Contains(out.String(), "does not cosign") || !strings.Contains(out.String(), "cosigns again") {
		t.Errorf("logged:\n%s", out.String())
	}
}

// newFakeWitness is a real witness that can be switched off.
func newFakeWitness(t *testing.T, log *fakeLog, seed, name string, down *atomic.Bool) Peer {
	t.Helper()
	key := witnessKey(t, seed, name)
	w, err := newWitness(Config{Key: key, Logs: []string{log.vkey}}, durable.NewDir(durabletest.NewFaultFS("/w"), "/w"))
	if err != nil {
		t.Fatal(err)
	}
	return Peer{serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(rw, "down", http.StatusServiceUnavailable)
			return
		}
		w.ServeHTTP(rw, r)
	})), key.VKey()}
}
