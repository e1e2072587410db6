package pipeline_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/pipeline"
)

// noise does not compress, as what is sealed does not.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

// bulky answers with entries, raises, originals and keys of any size.
type bulky struct {
	clerk
	entry, raised, sealed, keys int
}

func (b *bulky) Decide(ctx context.Context, records []pipeline.Record) (pipeline.Verdicts, error) {
	v, err := b.clerk.Decide(ctx, records)
	var entries []claim.Entry
	for i := range v.Entries {
		e := v.Entries[i]
		if e.Kind == claim.Decided {
			e.Sections = []claim.Section{{Party: claim.RecordParty, Sealed: claim.Sealed{Data: make([]byte, b.entry)}}}
		}
		for j := range v.Dead {
			if v.Dead[j].Entry == i {
				v.Dead[j] = pipeline.SealedRecord{Entry: len(entries), Value: noise(b.sealed)}
			}
		}
		entries = append(entries, e)
		for range b.raised {
			r := v.Entries[i]
			r.Kind, r.Claim, r.Dead, r.Decision = claim.Rescored, "earlier", nil,
				&claim.Decision{Outcome: claim.Review, RuleSet: strings.Repeat("r", 10_000)}
			entries = append(entries, r)
		}
	}
	v.Entries = entries
	for i := range v.Keys {
		v.Keys[i].Value = make([]byte, b.keys)
	}
	for range 20 {
		v.Keys = append(v.Keys, pipeline.KeyRecord{Key: []byte("id"), Value: make([]byte, b.keys)})
	}
	return v, err
}

// TestWhatIsLargeStopsNoPartition sends claims whose answers do not fit where answers usually go.
func TestWhatIsLargeStopsNoPartition(t *testing.T) {
	for name, tc := range map[string]struct {
		clerk *bulky
		want  int // entries
	}{
		"entries near the limit":                      {&bulky{entry: pipeline.MaxEntryBytes - 1000}, 33},
		"more raised entries than one batch holds":    {&bulky{raised: 150}, 33 * 151},
		"keys beyond a request":                       {&bulky{keys: 500_000}, 33},
		"an original larger than dead letters' topic": {&bulky{sealed: 9 << 20}, 33},
	} {
		t.Run(name, func(t *testing.T) {
			in := newInstall(t)
			in.send(t, 30)
			shelf := newShelf()
			cfg := in.config(shelf)
			cfg.Decider = tc.clerk
			pl, err := pipeline.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- pl.Run(ctx) }()
			eventually(t, "all entries", func() bool {
				select {
				case err := <-done:
					t.Fatalf("the pipeline ended: %v", err)
				default:
				}
				shelf.mu.Lock()
				defer shelf.mu.Unlock()
				return len(shelf.entries) == tc.want
			})
			cancel()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if tc.clerk.sealed == 0 {
				return
			}
			replayer, err := pipeline.NewReplayer(in.config())
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			_, err = pipeline.DeadLetters(t.Context(), in.config(), func(d pipeline.DeadLetter) error {
				n++
				if _, err := replayer.Replay(t.Context(), d); !errors.Is(err, pipeline.ErrNoOriginal) {
					t.Errorf("replaying a letter without its original: %v", err)
				}
				return nil
			})
			if err != nil || n != 3 {
				t.Errorf("%d letters, %v", n, err)
			}
		})
	}
}

func TestTopicsThatChangeUnderneathEndTheRun(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(t *testing.T, in install)
		want   error
	}{
		"claims grows": {func(t *testing.T, in install) {
			res, err := in.client.CreatePartitions(t.Context(),
				&kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: "claims",
					Count: partitions + 1}}})
			if err != nil || res.Errors["claims"] != nil {
				t.Fatal(err, res)
			}
		}, pipeline.ErrPartitionCount},
		"claims vanishes": {func(t *testing.T, in install) {
			res, err := in.client.DeleteTopics(t.Context(), &kafka.DeleteTopicsRequest{Topics: []string{"claims"}})
			if err != nil || res.Errors["claims"] != nil {
				t.Fatal(err, res)
			}
		}, pipeline.ErrTopicMissing},
	} {
		t.Run(name, func(t *testing.T) {
			in := newInstall(t)
			shelf := newShelf()
			sent := in.send(t, 30)
			cfg := in.config(shelf)
			cfg.Watch, cfg.Transport = 50*time.Millisecond, &kafka.Transport{MetadataTTL: 50 * time.Millisecond}
			pl, err := pipeline.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- pl.Run(t.Context()) }()
			eventually(t, "the first claims",
				func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == sent })
			tc.change(t, in)
			select {
			case err := <-done:
				if !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			case <-time.After(30 * time.Second):
				t.Error("the run goes on")
			}
		})
	}
}
