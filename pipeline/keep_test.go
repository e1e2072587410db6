package pipeline_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/renameio/v2"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tallystick/claim"
	"tallystick/journal"
	"tallystick/pipeline"
)

// archivist remembers how often it was told of each claim, and can be asked to keep that.
type archivist struct {
	clerk
	rules string
	// forgetful is for one that cannot recall what it kept.
	forgetful bool
	seen      map[string]int
	told      int // entries observed
}

func (a *archivist) Decide(ctx context.Context, records []pipeline.Record) (pipeline.Verdicts, error) {
	v, err := a.clerk.Decide(ctx, records)
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range v.Entries {
		a.remember(&v.Entries[i])
	}
	return v, err
}

func (a *archivist) Observe(e *claim.Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told++
	a.remember(e)
}

func (a *archivist) remember(e *claim.Entry) {
	if e.Kind == claim.Decided {
		a.seen[strings.Clone(e.Claim)]++
	}
}

func (a *archivist) Fingerprint() [sha256.Size]byte { return sha256.Sum256([]byte(a.rules)) }

func (a *archivist) Keep(w io.Writer) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return json.MarshalWrite(w, a.seen)
}

func (a *archivist) Recall(r io.Reader, _ func(claim.SourceRef) bool) error {
	if len(a.seen) > 0 || a.forgetful {
		return errors.New("this cannot be recalled")
	}
	return json.UnmarshalRead(r, &a.seen)
}

// life is one run of an install with a state directory.
type life struct {
	archivist
	shelf *shelf
	said  bytes.Buffer
	stop  func() error
}

func (in install) live(t *testing.T, dir string, change func(*pipeline.Config, *archivist)) *life {
	t.Helper()
	l := &life{archivist: archivist{seen: map[string]int{}}, shelf: newShelf()}
	cfg := in.config(l.shelf)
	cfg.Decider, cfg.StateDirectory, cfg.Version = &l.archivist, dir, "1.0"
	cfg.Log = slog.New(slog.NewTextHandler(&l.said, nil))
	if change != nil {
		change(&cfg, &l.archivist)
	}
	l.stop = start(t, cfg)
	return l
}

// decided waits until so many entries are on the shelf, and ends the life.
func (l *life) decided(t *testing.T, entries int) {
	t.Helper()
	eventually(t, "entries on the shelf", func() bool {
		l.shelf.mu.Lock()
		defer l.shelf.mu.Unlock()
		return len(l.shelf.entries) == entries
	})
	if err := l.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestStartGoesOnFromTheKeptState(t *testing.T) {
	in, dir := newInstall(t), filepath.Join(t.TempDir(), "state")
	file := filepath.Join(dir, pipeline.StateFile)
	sent := in.send(t, 60)
	in.live(t, dir, nil).decided(t, sent)
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}

	// Without the directory another life decides what the file does not have.
	sent += in.send(t, 90)
	in.live(t, "", nil).decided(t, sent)

	damaged := func(at int) func() {
		return func() {
			other := bytes.Clone(kept)
			other[at] ^= 1
			write(t, file, other)
		}
	}
	for _, c := range []struct {
		name    string
		prepare func()
		change  func(*pipeline.Config, *archivist)
		told    int
		why     string
	}{
		{"as it was kept", func() { write(t, file, kept) }, nil, 99, ""},
		{"kept at the end of the life before", func() {}, nil, 0, ""},
		{"under other rules", func() { write(t, file, kept) }, func(_ *pipeline.Config, a *archivist) {
			a.rules = "others"
		}, 165, "under other rules"},
		{"of another version", func() { write(t, file, kept) }, func(c *pipeline.Config, _ *archivist) {
			c.Version = "1.1"
		}, 165, "another version"},
		{"by a decider that cannot take it over", func() { write(t, file, kept) },
			func(_ *pipeline.Config, a *archivist) { a.forgetful = true }, 165, "cannot be recalled"},
		{"no file", func() { os.Remove(file) }, nil, 165, ""},
		{"empty", func() { write(t, file, nil) }, nil, 165, "too short"},
		{"cut off", func() { write(t, file, kept[:len(kept)-1]) }, nil, 165, "damaged"},
		{"its form is damaged", damaged(0), nil, 165, "damaged"},
		{"its head is damaged", damaged(100), nil, 165, "damaged"},
		{"its middle is damaged", damaged(len(kept) / 2), nil, 165, "damaged"},
		{"its sum is damaged", damaged(len(kept) - 1), nil, 165, "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.prepare()
			l := in.live(t, dir, c.change)
			l.decided(t, sent)
			if l.told != c.told {
				t.Errorf("%d entries were folded, want %d", l.told, c.told)
			}
			if c.why != "" && !strings.Contains(l.said.String(), c.why) {
				t.Errorf("the log does not say %q:\n%s", c.why, l.said.String())
			}
			counts := slices.Sorted(maps.Values(l.seen))
			if len(l.seen) != 90 || counts[0] != 1 || counts[89] != 2 { // c0 to c59 were sent twice
				t.Errorf("%d claims are remembered, %d to %d times", len(l.seen), counts[0], counts[len(counts)-1])
			}
		})
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A state that was kept of another journal, or of the journal before it was made again, tells nothing of this one.
func TestKeptStateOfAnotherJournalIsNotTakenOver(t *testing.T) {
	before, dir := newInstall(t), t.TempDir()
	before.live(t, dir, nil).decided(t, before.send(t, 60))
	in := newInstall(t)
	sent := in.send(t, 30)
	l := in.live(t, dir, nil)
	l.decided(t, sent)
	if len(l.seen) != 30 || !strings.Contains(l.said.String(), "of no use") {
		t.Errorf("%d claims are remembered, of 30\n%s", len(l.seen), l.said.String())
	}
}

// A journal that lost its beginning is refused as it is without a state, not first when the state is of no more use.
func TestKeptStateDoesNotHideALostBeginning(t *testing.T) {
	in, dir := newInstall(t), t.TempDir()
	before := in.live(t, dir, nil)
	before.decided(t, in.send(t, 60))
	in.loseBeginning(t, 1)
	for name, dir := range map[string]string{"with the state": dir, "without": ""} {
		t.Run(name, func(t *testing.T) {
			cfg := in.config(before.shelf) // a new one would have to begin at the beginning
			cfg.Decider, cfg.StateDirectory, cfg.Version = &archivist{seen: map[string]int{}}, dir, "1.0"
			pl, err := pipeline.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if err := pl.Run(ctx); !errors.Is(err, journal.ErrRetention) {
				t.Errorf("the run ended with %v", err)
			}
		})
	}
}

// loseBeginning deletes the first record of a partition of the journal.
func (in install) loseBeginning(t *testing.T, partition int32) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(in.brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	req, topic, part := kmsg.NewDeleteRecordsRequest(), kmsg.NewDeleteRecordsRequestTopic(),
		kmsg.NewDeleteRecordsRequestTopicPartition()
	part.Partition, part.Offset = partition, 1
	topic.Topic, topic.Partitions = pipeline.DefaultTopics.Scored, append(topic.Partitions, part)
	req.TimeoutMillis, req.Topics = 10_000, append(req.Topics, topic)
	res, err := req.RequestWith(t.Context(), cl)
	if err == nil {
		err = kerr.ErrorForCode(res.Topics[0].Partitions[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStateIsKeptWhileClaimsAreDecided(t *testing.T) {
	in, dir := newInstall(t), t.TempDir()
	l := in.live(t, dir, func(c *pipeline.Config, _ *archivist) { c.KeepEvery = 5 * time.Millisecond })
	sent, copied := 0, t.TempDir()
	var kept []byte // what a killed process leaves: the file of some moment
	eventually(t, "a state beyond the beginning of each partition, while claims are sent", func() bool {
		sent += in.send(t, 100)
		kept, _ = os.ReadFile(filepath.Join(dir, pipeline.StateFile)) // there is none at first
		return len(kept) > 0 && !bytes.Contains(kept, []byte(":-1:"))
	})
	for range 5 {
		sent += in.send(t, 100)
	}
	write(t, filepath.Join(copied, pipeline.StateFile), kept)
	l.decided(t, sent)
	// And a file that it had not finished: renameio removes it only when it lives.
	if _, err := renameio.NewPendingFile(filepath.Join(copied, pipeline.StateFile),
		renameio.WithTempDir(copied)); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(copied); err != nil || len(left) != 2 {
		t.Fatalf("%v %v", left, err)
	}
	again := in.live(t, copied, nil)
	again.decided(t, sent)
	if len(again.seen) != 100 || again.told >= sent {
		t.Errorf("%d claims are remembered of 100, %d of %d entries were folded", len(again.seen), again.told, sent)
	}
	for _, dir := range []string{dir, copied} {
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("%v %v", left, err)
		}
	}
}

func TestStateThatCannotBeKeptStopsNothing(t *testing.T) {
	in, file := newInstall(t), filepath.Join(t.TempDir(), "a file")
	write(t, file, nil)
	l := in.live(t, filepath.Join(file, "directory"), nil)
	l.decided(t, in.send(t, 30))
	if !strings.Contains(l.said.String(), "could not be kept") {
		t.Errorf("nothing was said:\n%s", l.said.String())
	}
}
