package stamper_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tallystick/anchor/proof"
	"tallystick/anchor/timestamp"
	"tallystick/anchor/timestamp/stamper"
	"tallystick/anchor/timestamp/timestamptest"
)

// heads is a log that grows when the test says so.
type heads struct{ size atomic.Uint64 }

func (h *heads) Head(context.Context) ([]byte, error) {
	size := h.size.Load()
	if size == 0 {
		return nil, fs.ErrNotExist
	}
	return []byte(head(size).Text() + "\n— insurer.example/claims AAAAAAAA\n"), nil
}

func head(size uint64) proof.Checkpoint {
	return proof.Checkpoint{Origin: "insurer.example/claims", Size: size, Root: proof.Hash{byte(size)}}
}

type rig struct {
	heads *heads
	store *stamper.Store
	dir   string
	trust *timestamp.Trust
}

func newRig(t *testing.T, authorities ...*timestamptest.Authority) *rig {
	t.Helper()
	var list []byte
	for _, a := range authorities {
		list = append(list, a.Root...)
	}
	trust, err := timestamp.ParseTrust(list)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "stamps")
	return &rig{heads: &heads{}, store: stamper.OpenStore(dir), dir: dir, trust: trust}
}

// run stamps at the addresses until the test ends, every few milliseconds.
func (r *rig) run(t *testing.T, every time.Duration, addresses ...string) *stamper.Stamper {
	t.Helper()
	cfg := stamper.Config{
		Heads: r.heads, Store: r.store, Trust: func() (*timestamp.Trust, error) { return r.trust, nil },
		Every: every, Poll: 5 * time.Millisecond, Retry: 5 * time.Millisecond,
	}
	for _, address := range addresses {
		a, err := stamper.NewAuthority(address)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Authorities = append(cfg.Authorities, a)
	}
	s, err := stamper.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return s
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func serve(t *testing.T, handler http.Handler) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// Of two authorities one is away and then returns; the other's stamps do not wait for it.
func TestAnAuthorityThatIsAwayDelaysNothing(t *testing.T) {
	good, late := timestamptest.New(t, timestamptest.Options{}), timestamptest.New(t, timestamptest.Options{})
	var away atomic.Bool
	away.Store(true)
	r := newRig(t, good, late)
	s := r.run(t, time.Nanosecond, serve(t, good),
		serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if away.Load() {
				http.Error(w, "closed", http.StatusServiceUnavailable)
				return
			}
			late.ServeHTTP(w, req)
		})))
	r.heads.size.Store(3)
	wait(t, "the first has stamped", func() bool { return s.State()[0].Size == 3 })
	wait(t, "the second is known to be away", func() bool { return s.State()[1].Err != nil })
	r.heads.size.Store(5)
	wait(t, "the first has stamped again", func() bool { return s.State()[0].Size == 5 })
	away.Store(false)
	wait(t, "the second has stamped the newest head",
		func() bool { return s.State()[1].Size == 5 && s.State()[1].Err == nil })

	stamps, err := r.store.For(2)
	if err != nil || len(stamps) != 2 || stamps[0].Head != head(3).Text() || stamps[1].Head != head(5).Text() {
		t.Fatalf("for batch 2: %d stamps, %v", len(stamps), err)
	}
	for _, stamp := range stamps {
		if _, err := r.trust.VerifyStamp(stamp.Response, []byte(stamp.Head)); err != nil {
			t.Error(err)
		}
	}
	if stamps, err := r.store.For(5); err != nil || len(stamps) != 0 {
		t.Errorf("for a batch that no stamped head holds: %d stamps, %v", len(stamps), err)
	}
}

// A restart remembers what was stamped and when: no head is stamped twice, and the pace is kept.
func TestPaceAndRestart(t *testing.T) {
	authority := timestamptest.New(t, timestamptest.Options{})
	r := newRig(t, authority)
	address := serve(t, authority)
	r.heads.size.Store(1)
	first := r.run(t, time.Hour, address)
	wait(t, "it has stamped", func() bool { return first.State()[0].Size == 1 })
	r.heads.size.Store(2)
	again := r.run(t, time.Hour, address)
	time.Sleep(100 * time.Millisecond)
	if got := authority.Requests(); got != 1 || again.State()[0].Size != 1 {
		t.Errorf("%d requests within the hour, state %+v", got, again.State())
	}
}

// What is no good stamp is not kept, and the reason says what to do.
func TestWhatIsNotKept(t *testing.T) {
	listed, stranger := timestamptest.New(t, timestamptest.Options{}), timestamptest.New(t, timestamptest.Options{})
	old := listed.Stamp(t, []byte(head(1).Text()), time.Now().Truncate(time.Second))
	for name, tt := range map[string]struct {
		handler http.Handler
		want    string
	}{
		"of an authority that is not listed": {stranger, "do not trust"},
		"an old answer, replayed": {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/timestamp-reply")
			_, _ = w.Write(old)
		}), "nonce"},
		"a page": {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>"))
		}), "no time stamp"},
		"an address elsewhere": {http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound), "302"},
		"without end": {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/timestamp-reply")
			_, _ = w.Write(bytes.Repeat([]byte{0x30}, 1<<20))
		}), "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, listed)
			r.heads.size.Store(1)
			s := r.run(t, time.Nanosecond, serve(t, tt.handler))
			wait(t, "it has failed", func() bool { return s.State()[0].Err != nil })
			if err := s.State()[0].Err; !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if _, err := os.Stat(r.dir); !errors.Is(err, fs.ErrNotExist) {
				t.Error("something was kept")
			}
		})
	}
}

func TestADamagedOrForeignStoreIsAnError(t *testing.T) {
	authority := timestamptest.New(t, timestamptest.Options{})
	r := newRig(t, authority)
	stamp := stamper.Kept{Authority: "a", Response: []byte{1}}
	if err := r.store.Keep(head(7), stamp); err != nil {
		t.Fatal(err)
	}
	fork := head(7)
	fork.Root[5] ^= 1
	if err := r.store.Keep(fork, stamp); err == nil {
		t.Error("a stamp on another head of the same size was kept")
	}
	if err := os.WriteFile(filepath.Join(r.dir, "00000000000000000009.json"), []byte(`{"head":"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.For(7); err == nil {
		t.Error("a damaged file was passed over")
	}
	if got, err := r.store.For(6); err == nil {
		t.Errorf("a damaged file was passed over: %v", got)
	}
}

func TestAddressesOfAuthorities(t *testing.T) {
	for _, bad := range []string{"", "tsa.example.org", "ftp://tsa.example.org", "https://name:secret@tsa.example.org/",
		"https://tsa.example.org/?key=1"} {
		if _, err := stamper.NewAuthority(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
