package witness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	cosign "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	merkletest "github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/internal/durabletest"
	"tallystick/anchor/proof"
)

const origin = "insurer.example/claims"

// fakeLog is a log that does whatever a test wants, forks too.
type fakeLog struct {
	t      testing.TB
	signer note.Signer
	vkey   string
	tree   *merkletest.Tree
}

func newFakeLog(t testing.TB, origin, seed string) *fakeLog {
	t.Helper()
	skey, vkey, err := note.GenerateKey(strings.NewReader(strings.Repeat(seed, 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeLog{t: t, signer: signer, vkey: vkey, tree: merkletest.New(rfc6962.DefaultHasher)}
}

func (l *fakeLog) grow(from, to int, salt string) {
	for i := from; i < to; i++ {
		l.tree.AppendData(fmt.Appendf(nil, "%s %d", salt, i))
	}
}

func (l *fakeLog) checkpoint(size uint64) []byte {
	l.t.Helper()
	head := proof.Checkpoint{Origin: l.signer.Name(), Size: size, Root: tlog.Hash(l.tree.HashAt(size))}
	msg, err := note.Sign(&note.Note{Text: head.Text()}, l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return msg
}

// extended is a checkpoint with extension lines, each ended by a newline.
func (l *fakeLog) extended(size uint64, lines string) []byte {
	l.t.Helper()
	head := proof.Checkpoint{Origin: l.signer.Name(), Size: size, Root: tlog.Hash(l.tree.HashAt(size))}
	msg, err := note.Sign(&note.Note{Text: head.Text() + lines}, l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return msg
}

func (l *fakeLog) proof(from, to uint64) (path []proof.Hash) {
	l.t.Helper()
	hashes, err := l.tree.ConsistencyProof(from, to)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, h := range hashes {
		path = append(path, proof.Hash(h))
	}
	return path
}

func (l *fakeLog) request(from, to uint64) []byte {
	return request{oldSize: from, proof: l.proof(from, to), checkpoint: l.checkpoint(to)}.marshal()
}

func witnessKey(t testing.TB, seed, name string) *Key {
	t.Helper()
	skey, _, err := note.GenerateKey(strings.NewReader(strings.Repeat(seed, 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	key, err := parseKey(skey)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func memoryWitness(t testing.TB, files durable.FS, logs ...*fakeLog) *Witness {
	t.Helper()
	cfg := Config{Key: witnessKey(t, "w", "witness.example/w1")}
	for _, l := range logs {
		cfg.Logs = append(cfg.Logs, l.vkey)
	}
	w, err := newWitness(cfg, durable.NewDir(files, "/w"))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func post(t testing.TB, h http.Handler, body []byte) *http.Response {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/add-checkpoint", bytes.NewReader(body)))
	return rec.Result()
}

func bodyOf(t testing.TB, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCosignsALogThatGrows(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 300, "a")
	w := memoryWitness(t, durabletest.NewFaultFS("/w"), log)
	last := uint64(0)
	for _, size := range []uint64{0, 1, 1, 7, 8, 255, 256, 300, 300} {
		resp := post(t, w, log.request(last, size))
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("from %d to %d: status %d: %s", last, size, resp.StatusCode, bodyOf(t, resp))
		}
		verifier, err := proof.NewWitnessVerifier(w.key.VKey())
		if err != nil {
			t.Fatal(err)
		}
		opened, err := note.Open(append(log.checkpoint(size), bodyOf(t, resp)...), note.VerifierList(verifier))
		if err != nil {
			t.Fatalf("size %d: the answer does not verify: %v", size, err)
		}
		if at, err := cosign.CoSigV1Timestamp(opened.Sigs[0]); err != nil || time.Since(at) > time.Minute {
			t.Errorf("time of the cosignature: %v, %v", at, err)
		}
		last = size
	}
}

func TestRefusals(t *testing.T) {
	log, stranger := newFakeLog(t, origin, "l"), newFakeLog(t, "other.example/log", "o")
	impostor, fork := newFakeLog(t, origin, "i"), newFakeLog(t, origin, "l")
	log.grow(0, 20, "a")
	stranger.grow(0, 20, "a")
	impostor.grow(0, 20, "a")
	fork.grow(0, 5, "a")
	fork.grow(5, 20, "b")
	wrongProof := request{oldSize: 10, proof: log.proof(9, 15), checkpoint: log.checkpoint(15)}
	tests := map[string]struct {
		body   []byte
		status int
		answer string
	}{
		"a log it does not watch": {stranger.request(0, 5), 404, ""},
		"a key it does not know":  {impostor.request(10, 15), 403, ""},
		"a changed checkpoint": {bytes.Replace(log.request(10, 15), []byte("\n15\n"), []byte("\n16\n"),
			1), 403, ""},
		"old size above the checkpoint's": {request{oldSize: 12, checkpoint: log.checkpoint(11)}.marshal(), 400,
			""},
		"rollback to a smaller tree":          {log.request(4, 8), 409, "10\n"},
		"old size of zero, to learn the size": {log.request(0, 15), 409, "10\n"},
		"old size it never cosigned":          {log.request(9, 15), 409, "10\n"},
		"fork at the same size":               {fork.request(10, 10), 422, ""},
		"fork at the same size, from another": {fork.request(9, 10), 409, "10\n"},
		"an empty line among the extensions": {request{oldSize: 10, proof: log.proof(10, 15),
			checkpoint: log.extended(15, "\n")}.marshal(), 400, ""},
		"fork that grew":        {fork.request(10, 15), 422, ""},
		"proof of another size": {wrongProof.marshal(), 422, ""},
		"proof left out": {request{oldSize: 10, checkpoint: log.checkpoint(15)}.marshal(), 422,
			""},
		"proof where none belongs": {request{oldSize: 10, proof: log.proof(9, 10),
			checkpoint: log.checkpoint(10)}.marshal(), 422, ""},
		"no empty line": {[]byte("old 10\n"), 400, ""},
		"empty":         {nil, 400, ""},
		"old size with a leading zero": {bytes.Replace(log.request(10, 15), []byte("old 10"), []byte("old 010"),
			1), 400, ""},
		"old size missing": {bytes.TrimPrefix(log.request(10, 15), []byte("old 10\n")), 400, ""},
		"hash cut short": {bytes.Replace(log.request(10, 15), []byte("=\n"), []byte("\n"), 1), 400,
			""},
		"64 lines of proof": {request{oldSize: 10, proof: make([]proof.Hash, 64),
			checkpoint: log.checkpoint(15)}.marshal(), 400, ""},
		"too large": {bytes.Repeat([]byte("x"), maxRequestBytes+1), 400, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := durabletest.NewFaultFS("/w")
			w := memoryWitness(t, files, log)
			if resp := post(t, w, log.request(0, 10)); resp.StatusCode != http.StatusOK {
				t.Fatalf("setting up: %d", resp.StatusCode)
			}
			resp := post(t, w, tt.body)
			answer := bodyOf(t, resp)
			if resp.StatusCode != tt.status || (tt.answer != "" && answer != tt.answer) {
				t.Errorf("got %d %q, want %d %q", resp.StatusCode, answer, tt.status, tt.answer)
			}
			if tt.status == 409 && resp.Header.Get("Content-Type") != "text/x.tlog.size" {
				t.Errorf("content type %q", resp.Header.Get("Content-Type"))
			}
			if resp := post(t, w, log.request(10, 15)); resp.StatusCode != http.StatusOK {
				t.Errorf("the refusal changed the witness's state: %d", resp.StatusCode)
			}
		})
	}
}

// A contradiction is kept with its other half, once, and without filling the disk.
func TestForkLeavesEvidence(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 6, "a")
	files := durabletest.NewFaultFS("/w")
	w := memoryWitness(t, files, log)
	post(t, w, log.request(0, 5))
	cosigned := files.Files()["/w/"+fileOf(origin)]
	evidence := func() map[string][]byte {
		kept := map[string][]byte{}
		for name, data := range files.Files() {
			if _, n, ok := strings.Cut(name, "/evidence/"+nameOf(origin)+"/"); ok {
				kept[n] = data
			}
		}
		return kept
	}
	for n := range 3 * maxEvidence {
		fork := newFakeLog(t, origin, "l")
		fork.grow(0, 5, fmt.Sprint("fork ", n/2)) // each twice
		if resp := post(t, w, fork.request(5, 5)); resp.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", resp.StatusCode)
		}
		if kept := evidence(); n < 2 && (len(kept) != 2 || !bytes.Equal(kept["00"], fork.checkpoint(5)) ||
			!bytes.Equal(kept["00-cosigned"], cosigned)) {
			t.Errorf("after fork %d: %d files", n, len(kept))
		}
	}
	if kept := evidence(); len(kept) != 2*maxEvidence {
		t.Errorf("%d files are kept, want %d", len(kept), 2*maxEvidence)
	}
	if resp := post(t, w, log.request(5, 6)); resp.StatusCode != http.StatusOK {
		t.Errorf("the log itself is refused with %d", resp.StatusCode)
	}
}

func TestMonitorsReadTheLastCheckpoint(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 6, "a")
	files := durabletest.NewFaultFS("/w")
	w := memoryWitness(t, files, log)
	get := func(hash string) (int, string) {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/"+hash+"/checkpoint", nil))
		return rec.Code, rec.Body.String()
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(origin)))
	if status, _ := get(hash); status != http.StatusNotFound {
		t.Errorf("before the first checkpoint: %d", status)
	}
	post(t, w, log.request(0, 5))
	status, text := get(hash)
	own, err := proof.NewWitnessVerifier(w.key.VKey())
	if err != nil {
		t.Fatal(err)
	}
	logs, err := note.NewVerifier(log.vkey)
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := note.Open([]byte(text), note.VerifierList(own, logs)); status != http.StatusOK || err != nil ||
		len(opened.Sigs) != 2 ||
		!strings.HasPrefix(text, strings.SplitAfter(string(log.checkpoint(5)), "\n\n")[0]) {
		t.Errorf("%d %q, %v", status, text, err)
	}
	for _, other := range []string{strings.ToUpper(hash), strings.Repeat("0", 64), "..%2flock"} {
		if status, _ := get(other); status != http.StatusNotFound {
			t.Errorf("%s: %d", other, status)
		}
	}
}

func TestExtensionLinesAreCosignedAsTheyStand(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 6, "a")
	w := memoryWitness(t, durabletest.NewFaultFS("/w"), log)
	extended := log.extended(5, "an extension\n")
	resp := post(t, w, request{checkpoint: extended}.marshal())
	answer := bodyOf(t, resp)
	own, err := proof.NewWitnessVerifier(w.key.VKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open([]byte(string(extended)+answer), note.VerifierList(own)); resp.StatusCode != http.StatusOK ||
		err != nil {
		t.Errorf("%d %q, %v", resp.StatusCode, answer, err)
	}
}

// Connections that say nothing take no log's place at a witness.
func TestIdleConnectionsDoNotKeepALogOut(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 5, "a")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	key := witnessKey(t, "w", "witness.example/w1")
	go func() {
		done <- Run(ctx, Config{Dir: t.TempDir(), Key: key, Logs: []string{log.vkey}, Listener: listener})
	}()
	for range 300 {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	quorum, err := NewQuorum(QuorumConfig{Peers: []Peer{{"http://" + listener.Addr().String(), key.VKey()}}, Need: 1,
		Timeout: 4 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := quorum.Cosign(t.Context(), log.checkpoint(5), log.prover(5)); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRestartKeepsTheHead(t *testing.T) {
	dir := t.TempDir()
	log := newFakeLog(t, origin, "l")
	log.grow(0, 20, "a")
	cfg := Config{Dir: dir, Key: witnessKey(t, "w", "witness.example/w1"), Logs: []string{log.vkey}}
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(cfg); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("two witnesses on one store: got %v", err)
	}
	if resp := post(t, w, log.request(0, 10)); resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	resp := post(t, w, log.request(0, 5))
	if resp.StatusCode != http.StatusConflict || bodyOf(t, resp) != "10\n" {
		t.Errorf("after a restart: status %d", resp.StatusCode)
	}
}

func TestDamagedStoreStopsTheWitness(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 20, "a")
	files := durabletest.NewFaultFS("/w")
	post(t, memoryWitness(t, files, log), log.request(0, 10))
	name := "/w/" + fileOf(origin)
	good := files.Files()[name]
	tests := map[string][]byte{"empty": {}, "flipped": bytes.Replace(good, []byte("\n10\n"), []byte("\n11\n"), 1),
		"cut": good[:len(good)-5]}
	for what, data := range tests {
		files.Put(name, data)
		cfg := Config{Key: witnessKey(t, "w", "witness.example/w1"), Logs: []string{log.vkey}}
		if _, err := newWitness(cfg, durable.NewDir(files, "/w")); err == nil {
			t.Errorf("%s: a witness began with a damaged store", what)
		}
	}
}

// Every step of keeping the head fails. Whatever was cosigned must still bind after the crash.
func TestCrashWhileKeepingTheHead(t *testing.T) {
	log, fork := newFakeLog(t, origin, "l"), newFakeLog(t, origin, "l")
	log.grow(0, 20, "a")
	fork.grow(0, 20, "b")
	for _, fault := range []durabletest.Fault{durabletest.NotDone, durabletest.DoneFail} {
		for _, after := range []func(*durabletest.FaultFS){(*durabletest.FaultFS).Restart,
			(*durabletest.FaultFS).PowerLoss} {
			for n := 1; n <= 30; n++ {
				files := durabletest.NewFaultFS("/w")
				files.FailAt(n, fault)
				w := memoryWitness(t, files, log)
				cosigned := uint64(0)
				for _, size := range []uint64{5, 10} {
					if post(t, w, log.request(cosigned, size)).StatusCode == http.StatusOK {
						cosigned = size
					}
				}
				after(files)
				w = memoryWitness(t, files, log)
				if cosigned > 0 && post(t, w, fork.request(0, 5)).StatusCode == http.StatusOK {
					t.Fatalf("step %d: cosigned size %d, then another history", n, cosigned)
				}
				// The log finds the size out and goes on.
				resp := post(t, w, log.request(0, 20))
				if resp.StatusCode == http.StatusConflict {
					known, err := parseSize(strings.TrimSpace(bodyOf(t, resp)))
					if err != nil || known < cosigned {
						t.Fatalf("step %d: knows %d after cosigning %d", n, known, cosigned)
					}
					resp = post(t, w, log.request(known, 20))
				}
				if resp.StatusCode != http.StatusOK {
					t.Fatalf("step %d: status %d after the crash", n, resp.StatusCode)
				}
			}
		}
	}
}

func TestRequestsThatRaceDoNotRollBack(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 100, "a")
	w := memoryWitness(t, slowFS{durabletest.NewFaultFS("/w")}, log)
	var mu sync.Mutex
	granted := map[uint64]int{}
	var clients sync.WaitGroup
	for size := uint64(1); size <= 100; size++ {
		body := log.request(0, size)
		clients.Go(func() {
			if post(t, w, body).StatusCode == http.StatusOK {
				mu.Lock()
				granted[size]++
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	if len(granted) != 1 {
		t.Errorf("%d sizes were cosigned from the old size 0, want 1", len(granted))
	}
}

// slowFS lets others run between a read and what follows from it.
type slowFS struct{ *durabletest.FaultFS }

func (s slowFS) ReadFile(name string) ([]byte, error) {
	data, err := s.FaultFS.ReadFile(name)
	for range 1000 {
		runtime.Gosched()
	}
	return data, err
}

func TestConfigurationIsRefused(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	same := witnessKey(t, "l", "witness.example/w1") // the log's own key under another name
	for name, cfg := range map[string]Config{
		"nothing": {},
		"no log":  {Dir: t.TempDir(), Key: witnessKey(t, "w", "w")},
		"a log key twice": {Dir: t.TempDir(), Key: witnessKey(t, "w", "w"),
			Logs: []string{newFakeLog(t, origin, "l").vkey, newFakeLog(t, origin, "l").vkey}},
		"a malformed log key": {Dir: t.TempDir(), Key: witnessKey(t, "w", "w"), Logs: []string{"x"}},
		"the log's own key":   {Dir: t.TempDir(), Key: same, Logs: []string{log.vkey}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	log := newFakeLog(t, origin, "l")
	log.grow(0, 5, "a")
	key, err := GenerateKey(filepath.Join(t.TempDir(), "w.key"), "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Config{Dir: t.TempDir(), Key: key, Logs: []string{log.vkey}, Listener: listener})
	}()
	quorum, err := NewQuorum(QuorumConfig{Peers: []Peer{{"http://" + listener.Addr().String(), key.VKey()}}, Need: 1})
	if err != nil {
		t.Fatal(err)
	}
	cosigned, err := quorum.Cosign(t.Context(), log.checkpoint(5), func(context.Context, uint64) ([]proof.Hash, error) {
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(cosigned, log.checkpoint(5)) || !bytes.Contains(cosigned, []byte("witness.example/w1")) {
		t.Error("the cosigned checkpoint is not the checkpoint with a line more")
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzRequest(f *testing.F) {
	log := newFakeLog(f, origin, "l")
	log.grow(0, 20, "a")
	f.Add(log.request(0, 0))
	f.Add(log.request(3, 20))
	f.Add([]byte("old 0\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		req, err := parseRequest(body)
		if err != nil {
			return
		}
		if !bytes.Equal(req.marshal(), body) {
			t.Errorf("a request has two spellings: %q", body)
		}
	})
}
