package follow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/internal/durabletest"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
)

// insurer is an insurer's log on a web server, which may show another history if a test makes it.
type insurer struct {
	t      testing.TB
	key    *tilelog.Key
	log    *tilelog.Log
	dir    string
	quorum *witness.Quorum // nil: heads are published without witnesses
	shown  atomic.Pointer[string]
	url    string
}

func newInsurer(t testing.TB, name string) *insurer {
	t.Helper()
	in := &insurer{t: t}
	// The key follows from the name, so that what a fuzzer keeps means the same in each of its processes.
	file := filepath.Join(t.TempDir(), "key")
	skey, _, err := note.GenerateKey(strings.NewReader(strings.Repeat(name, 64)), name+".example/claims")
	if err == nil {
		err = tilelog.WriteKeyFile(file, skey)
	}
	if err == nil {
		in.key, err = tilelog.LoadKey(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	in.log, in.dir = in.open()
	in.show(in.dir)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.FileServer(http.Dir(*in.shown.Load())).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	in.url = server.URL
	return in
}

// open opens a new directory for a log of the insurer's key.
func (in *insurer) open() (*tilelog.Log, string) {
	in.t.Helper()
	dir := filepath.Join(in.t.TempDir(), "log")
	log, err := tilelog.Open(dir, in.key)
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { _ = log.Close() })
	return log, dir
}

func (in *insurer) show(dir string) { in.shown.Store(&dir) }

func entriesOf(from, to int, salt string) []string {
	var entries []string
	for i := from; i < to; i++ {
		entries = append(entries, fmt.Sprintf("entry %d %s", i, salt))
	}
	return entries
}

// grow brings the log to a size and publishes that head.
func (in *insurer) grow(size int) { in.growLog(in.log, size, "") }

func (in *insurer) growLog(log *tilelog.Log, size int, salt string) {
	in.t.Helper()
	from := int(log.Size())
	if err := log.Append(in.t.Context(), uint64(from), entriesOf(from, size, salt)); err != nil {
		in.t.Fatal(err)
	}
	_, msg := log.Signed()
	if in.quorum != nil {
		var err error
		msg, err = in.quorum.Cosign(in.t.Context(), msg, func(ctx context.Context, old uint64) ([]proof.Hash, error) {
			head, _ := log.Signed()
			return log.Consistency(ctx, old, head)
		})
		if err != nil {
			in.t.Fatal(err)
		}
	}
	if err := log.Publish(in.t.Context(), msg); err != nil {
		in.t.Fatal(err)
	}
}

// fork makes another history, which begins with the same entries, and returns its directory.
func (in *insurer) fork(same, size int) string {
	in.t.Helper()
	log, dir := in.open()
	if same > 0 {
		if err := log.Append(in.t.Context(), 0, entriesOf(0, same, "")); err != nil {
			in.t.Fatal(err)
		}
	}
	quorum := in.quorum
	in.quorum = nil // no honest witness signs it
	defer func() { in.quorum = quorum }()
	in.growLog(log, size, "of another history") // which adds nothing if all is the same
	return dir
}

func (in *insurer) follow(dir string, policy proof.Policy) *Follower {
	in.t.Helper()
	source, err := OpenSource(in.url)
	if err != nil {
		in.t.Fatal(err)
	}
	policy.LogKey = in.key.VKey()
	f, err := Open(Config{Dir: dir, Source: source, Policy: policy})
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { _ = f.Close() })
	return f
}

// checkCopy reads a whole copy as a stranger would, and compares it with what the insurer logged.
func (in *insurer) checkCopy(dir string, size int) {
	in.t.Helper()
	reader, err := tilelog.OpenReader(filepath.Join(dir, "log"), in.key.VKey())
	if err != nil {
		in.t.Fatal(err)
	}
	checkReader(in.t, reader, size)
}

func checkReader(t testing.TB, reader *tilelog.Reader, size int) {
	t.Helper()
	msg, err := reader.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := bytes.Cut(msg, []byte("\n\n"))
	head, err := proof.ParseCheckpoint(string(text) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if head.Size != uint64(size) {
		t.Fatalf("the copy has size %d, want %d", head.Size, size)
	}
	var got []string
	for entry, err := range reader.Entries(t.Context(), head) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, entry)
	}
	if want := entriesOf(0, size, ""); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("the copy holds other entries")
	}
	if old, err := reader.Lookup(t.Context(), head.Size); err != nil || !bytes.Equal(old, msg) {
		t.Errorf("the copy's head cannot be looked up by its size: %v", err)
	}
	if size > 1 { // a copy proves like the original
		if _, err := reader.Inclusion(t.Context(), head.Size-1, head); err != nil {
			t.Error(err)
		}
		if _, err := reader.Consistency(t.Context(), 1, head); err != nil {
			t.Error(err)
		}
	}
}

// Three insurers watch each other: each runs a witness for the other two logs and follows both.
func TestThreeInsurersWatchEachOther(t *testing.T) {
	insurers := []*insurer{newInsurer(t, "acme"), newInsurer(t, "birch"), newInsurer(t, "cedar")}
	peers := make([]witness.Peer, len(insurers))
	for i, in := range insurers {
		var logs []string
		for j, other := range insurers {
			if j != i {
				logs = append(logs, other.key.VKey())
			}
		}
		key, err := witness.GenerateKey(filepath.Join(t.TempDir(), "witness.key"), "witness."+in.key.Name())
		if err != nil {
			t.Fatal(err)
		}
		w, err := witness.New(witness.Config{Dir: t.TempDir(), Key: key, Logs: logs})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(w)
		t.Cleanup(func() { server.Close(); _ = w.Close() })
		peers[i] = witness.Peer{URL: server.URL, VKey: key.VKey()}
	}
	type pair struct {
		of  *insurer
		f   *Follower
		dir string
	}
	var all []pair
	for i, in := range insurers {
		others := []witness.Peer{peers[(i+1)%3], peers[(i+2)%3]}
		var err error
		if in.quorum, err = witness.NewQuorum(witness.QuorumConfig{Peers: others, Need: 2}); err != nil {
			t.Fatal(err)
		}
		policy := proof.Policy{Witnesses: []string{others[0].VKey, others[1].VKey}, Quorum: 2}
		for range 2 { // the two others follow it
			dir := t.TempDir()
			all = append(all, pair{in, in.follow(dir, policy), dir})
		}
	}
	for _, size := range []int{1, 3, 256, 300, 700} { // growth within a tile, to its end, over it
		for _, in := range insurers {
			in.grow(size)
		}
		for _, p := range all {
			if err := p.f.Round(t.Context()); err != nil {
				t.Fatalf("%s at size %d: %v", p.of.key.Name(), size, err)
			}
			p.of.checkCopy(p.dir, size)
			if s := p.f.Status(); s.Seen != uint64(size) || s.Copied != uint64(size) || s.Good.IsZero() ||
				s.Evidence != 0 {
				t.Errorf("status %+v", s)
			}
		}
	}
	// One of them shows a history that the others' witnesses never saw.
	insurers[0].show(insurers[0].fork(650, 720))
	for i, p := range all {
		err := p.f.Round(t.Context())
		if want := i < 2; errors.Is(err, ErrSplitView) != want || !want && err != nil {
			t.Errorf("follower %d of %s: %v", i, p.of.key.Name(), err)
		}
	}
}

func TestALogThatMisbehaves(t *testing.T) {
	for name, tc := range map[string]struct {
		change   func(in *insurer)
		want     error
		evidence int
	}{
		"another history of the same size": {func(in *insurer) { in.show(in.fork(200, 300)) }, ErrSplitView, 1},
		"another history that is larger":   {func(in *insurer) { in.show(in.fork(299, 900)) }, ErrSplitView, 1},
		"another history that is smaller":  {func(in *insurer) { in.show(in.fork(100, 270)) }, ErrSplitView, 1},
		"another history from the start":   {func(in *insurer) { in.show(in.fork(0, 301)) }, ErrSplitView, 1},
		"its own history put back":         {func(in *insurer) { in.show(in.fork(280, 280)) }, ErrOlder, 0},
		"a head that nobody signed": {func(in *insurer) {
			dir := in.t.TempDir()
			msg, err := os.ReadFile(filepath.Join(in.dir, "checkpoint"))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "checkpoint"),
					bytes.Replace(msg, []byte("\n300\n"), []byte("\n301\n"), 1), 0o600)
			}
			if err != nil {
				in.t.Fatal(err)
			}
			in.show(dir)
		}, ErrUnsigned, 0},
		"nothing any more": {func(in *insurer) { in.show(in.t.TempDir()) }, fs.ErrNotExist, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in := newInsurer(t, "acme")
			in.grow(300)
			dir := t.TempDir()
			f := in.follow(dir, proof.Policy{})
			if err := f.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			tc.change(in)
			for range 2 { // the same again is the same evidence
				if err := f.Round(t.Context()); !errors.Is(err, tc.want) ||
					IsAlert(err) == errors.Is(err, fs.ErrNotExist) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			}
			in.checkCopy(dir, 300)
			if got := f.Status().Evidence; got != tc.evidence {
				t.Fatalf("%d pieces of evidence, want %d", got, tc.evidence)
			}
			// It behaves again. What was proved is not forgotten, also by the next process.
			in.show(in.dir)
			in.grow(310)
			err := f.Round(t.Context())
			if tc.evidence == 0 {
				if err != nil {
					t.Errorf("after it behaved again: %v", err)
				}
				return
			}
			if !errors.Is(err, ErrSplitView) {
				t.Errorf("after it behaved again: got %v", err)
			}
			in.checkCopy(dir, 310)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if err := in.follow(dir, proof.Policy{}).Round(t.Context()); !errors.Is(err, ErrSplitView) {
				t.Errorf("after a restart: got %v", err)
			}
			checkKept(t, in, dir)
		})
	}
}

// checkKept convinces a stranger with the evidence in a follower's directory, and not of anything else.
func checkKept(t *testing.T, in *insurer, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "state", "evidence", "00.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := CheckEvidence(data, in.key.VKey())
	if err != nil || c.Kept.Size != 300 || c.Kept.Root == c.Shown.Root {
		t.Errorf("%+v: %v", c, err)
	}
	if _, err := CheckEvidence(data, newInsurer(t, "other").key.VKey()); err == nil {
		t.Error("it convicts another log")
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	in := newInsurer(t, "acme")
	in.grow(3)
	f := in.follow(t.TempDir(), proof.Policy{})
	if err := f.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := range maxEvidence + 3 {
		in.show(in.fork(1, 4+n))
		if err := f.Round(t.Context()); !errors.Is(err, ErrSplitView) {
			t.Fatalf("fork %d: %v", n, err)
		}
	}
	if got := f.Status().Evidence; got != maxEvidence {
		t.Errorf("%d are kept, want %d", got, maxEvidence)
	}
}

func TestQuorumOfTheFollowersOwnWitnesses(t *testing.T) {
	in := newInsurer(t, "acme")
	key, err := witness.GenerateKey(filepath.Join(t.TempDir(), "witness.key"), "witness.example")
	if err != nil {
		t.Fatal(err)
	}
	in.grow(5)
	dir := t.TempDir()
	f := in.follow(dir, proof.Policy{Witnesses: []string{key.VKey()}, Quorum: 1})
	if err := f.Round(t.Context()); !errors.Is(err, ErrNoQuorum) || !IsAlert(err) {
		t.Errorf("got %v, want %v", err, ErrNoQuorum)
	}
	if s := f.Status(); s.Seen != 0 || s.Copied != 0 {
		t.Errorf("a head without its quorum was taken: %+v", s)
	}
}

func TestMissingAndDamagedFilesAreWaitedFor(t *testing.T) {
	for _, name := range []string{"tile/0/000", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/8",
		"tile/0/002.p/8"} {
		t.Run(name, func(t *testing.T) {
			in := newInsurer(t, "acme")
			in.grow(200)
			dir := t.TempDir()
			f := in.follow(dir, proof.Policy{})
			if err := f.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			in.grow(520)
			path := filepath.Join(in.dir, filepath.FromSlash(name))
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := f.Round(t.Context()); !errors.Is(err, fs.ErrNotExist) || IsAlert(err) {
				t.Errorf("missing: got %v", err)
			}
			in.checkCopy(dir, 200)
			bad := bytes.Clone(good)
			bad[len(bad)-1] ^= 1
			for _, content := range [][]byte{bad, good[:len(good)-1], {}} {
				if err := os.WriteFile(path, content, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := f.Round(t.Context()); err == nil || IsAlert(err) {
					t.Errorf("damaged: got %v", err)
				}
				in.checkCopy(dir, 200)
			}
			if err := os.WriteFile(path, good, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := f.Round(t.Context()); err != nil {
				t.Errorf("after it was mended: %v", err)
			}
			in.checkCopy(dir, 520)
		})
	}
}

// A damaged tile of the copy does not stop it: what comes next replaces it.
func TestTheCopyMendsItself(t *testing.T) {
	in := newInsurer(t, "acme")
	in.grow(300)
	dir := t.TempDir()
	f := in.follow(dir, proof.Policy{})
	if err := f.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	in.grow(400)
	// As if a run had died after it copied these, and the disk had lost their content.
	for _, name := range []string{"tile/0/001.p/144", "tile/entries/001.p/144"} {
		if err := os.WriteFile(filepath.Join(dir, "log", filepath.FromSlash(name)), []byte("lost"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	in.checkCopy(dir, 400)
}

// The follower is killed at each of its steps on the disk, before and after its effect, with and without a loss of
// power. A published copy is always whole, and the next run ends where one without a fault does.
func TestKilledAtEachStep(t *testing.T) {
	in := newInsurer(t, "acme")
	in.grow(255)
	small := in.dir
	large, largeDir := in.open()
	in.growLog(large, 258, "")
	forked := in.fork(256, 258)
	steps := 0
	for n := 1; ; n++ {
		fired := false
		for _, fault := range []durabletest.Fault{durabletest.NotDone, durabletest.DoneFail} {
			for _, after := range []func(*durabletest.FaultFS){(*durabletest.FaultFS).Restart,
				(*durabletest.FaultFS).PowerLoss} {
				in.show(small)
				files := durabletest.NewFaultFS("/f")
				f := openMemory(t, in, files)
				if err := f.Round(t.Context()); err != nil {
					t.Fatal(err)
				}
				in.show(largeDir)
				files.FailAt(n, fault)
				err := f.Round(t.Context())
				fired = fired || err != nil
				seen := f.seen.Size
				after(files)
				f = openMemory(t, in, files)
				if f.seen.Size < seen {
					t.Fatalf("step %d: size %d had been seen, and is forgotten: %d", n, seen, f.seen.Size)
				}
				checkReader(t, f.mirror.Reader, int(f.Status().Copied))
				if f.seen.Size == 258 { // what was seen binds the log, copied or not
					in.show(forked)
					if err := f.Round(t.Context()); !errors.Is(err, ErrSplitView) {
						t.Fatalf("step %d: another history than the one seen: %v", n, err)
					}
					continue
				}
				if err := f.Round(t.Context()); err != nil {
					t.Fatalf("step %d: %v", n, err)
				}
				checkReader(t, f.mirror.Reader, 258)
			}
		}
		if !fired {
			break
		}
		steps = n
	}
	if steps < 15 {
		t.Errorf("%d steps failed, expected more", steps)
	}
}

// A copy that was begun is finished by the next run.
func TestACopyThatWasBegunIsFinished(t *testing.T) {
	in := newInsurer(t, "acme")
	in.grow(258)
	for n := 1; n < 40; n++ {
		files := durabletest.NewFaultFS("/f")
		files.FailAt(n, durabletest.NotDone)
		_ = openMemory(t, in, files).Round(t.Context())
		files.PowerLoss()
		f := openMemory(t, in, files)
		if err := f.Round(t.Context()); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
		checkReader(t, f.mirror.Reader, 258)
	}
}

func openMemory(t *testing.T, in *insurer, files durable.FS) *Follower {
	t.Helper()
	source, err := OpenSource(*in.shown.Load())
	if err != nil {
		t.Fatal(err)
	}
	f, err := open(Config{Dir: "/f", Source: shownBy{in, source}, Policy: proof.Policy{LogKey: in.key.VKey()}}, files)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// shownBy reads the folder that the insurer shows at the moment.
type shownBy struct {
	in *insurer
	Source
}

func (s shownBy) Fetch(ctx context.Context, path string, limit int64) ([]byte, error) {
	return folder(*s.in.shown.Load()).Fetch(ctx, path, limit)
}

func TestOneProcessHoldsTheFolder(t *testing.T) {
	in := newInsurer(t, "acme")
	dir := t.TempDir()
	in.follow(dir, proof.Policy{})
	if _, err := Open(Config{Dir: dir, Source: folder(in.dir),
		Policy: proof.Policy{LogKey: in.key.VKey()}}); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("got %v", err)
	}
}

func TestAForgottenOrForeignHeadIsNotIgnored(t *testing.T) {
	in := newInsurer(t, "acme")
	in.grow(4)
	dir := t.TempDir()
	f := in.follow(dir, proof.Policy{})
	if err := errors.Join(f.Round(t.Context()), f.Close()); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Dir: dir, Source: folder(in.dir), Policy: proof.Policy{LogKey: in.key.VKey()}}
	foreign := cfg
	foreign.Policy.LogKey = newInsurer(t, "other").key.VKey()
	if _, err := Open(foreign); err == nil {
		t.Error("the folder of another log was taken")
	}
	seen := filepath.Join(dir, "state", "seen")
	if err := os.WriteFile(seen, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(cfg); err == nil {
		t.Error("a damaged head was ignored")
	}
	if err := os.Remove(seen); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(cfg); err == nil {
		t.Error("a lost head was ignored though a copy is there")
	}
}
