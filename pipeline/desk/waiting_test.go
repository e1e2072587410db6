package desk_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/pipeline"
	"tallystick/privacy"
	"tallystick/privacy/intake"
)

// lent are keys that can be taken away, as Vault's are when their time is over.
type lent struct {
	privacy.Keys
	away  atomic.Bool
	asked atomic.Int64
	until atomic.Int64 // taken away after so many questions; 0: not by themselves
}

func (l *lent) gone() error {
	if n, most := l.asked.Add(1), l.until.Load(); most > 0 && n > most || l.away.Load() {
		return privacy.ErrUnavailable
	}
	return nil
}

func (l *lent) Insurer(name string) (*privacy.InsurerKeys, error) {
	if err := l.gone(); err != nil {
		return nil, err
	}
	return l.Keys.Insurer(name)
}

func (l *lent) Sealing() (*privacy.SealingKeys, error) {
	if err := l.gone(); err != nil {
		return nil, err
	}
	return l.Keys.Sealing()
}

func (l *lent) Intake() (*privacy.Intake, error) {
	if err := l.gone(); err != nil {
		return nil, err
	}
	return l.Keys.Intake()
}

func lend(t *testing.T, bytes int) (*office, *lent) {
	t.Helper()
	keys, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	l := &lent{Keys: keys}
	return openWith(t, l, bytes), l
}

// batch has a good claim, a broken one, another good one and one that came sealed.
func batch(t *testing.T, keys privacy.Keys) []pipeline.Record {
	t.Helper()
	key, err := keys.Intake()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := key.Seal([]byte(intake.Context), []byte(with("C-1", "C-3")))
	if err != nil {
		t.Fatal(err)
	}
	values := [][2]string{{goodKey, good}, {goodKey, good[:50]}, {"acme/C-2", with("C-1", "C-2")}, {"", string(sealed)}}
	var records []pipeline.Record
	for i, v := range values {
		records = append(records, pipeline.Record{Source: claim.SourceRef{Offset: int64(i), Time: now},
			Key: []byte(v[0]), Value: []byte(v[1])})
	}
	return records
}

var batchKinds = []claim.Kind{claim.Decided, claim.Dead, claim.Decided, claim.Decided}

// TestClaimsWaitForKeysWhereverTheyEnd takes the keys away at each question that a batch asks, and gives them back
// later.
func TestClaimsWaitForKeysWhereverTheyEnd(t *testing.T) {
	_, l := lend(t, 64<<10)
	records := batch(t, l)
	for until := int64(1); ; until++ {
		whole := false
		synctest.Test(t, func(t *testing.T) {
			o, l := lend(t, 64<<10)
			l.until.Store(until)
			var done atomic.Bool
			go func() {
				defer done.Store(true)
				v, err := o.Decide(t.Context(), records)
				if err != nil {
					t.Error(err)
					return
				}
				if len(v.Entries) != len(batchKinds) || len(v.Dead) != 1 {
					t.Errorf("%d entries, %d dead letters", len(v.Entries), len(v.Dead))
					return
				}
				for i, e := range v.Entries {
					if e.Kind != batchKinds[i] {
						t.Errorf("record %d: %s %+v, want %s", i, e.Kind, e.Dead, batchKinds[i])
					}
				}
			}()
			synctest.Wait()
			if whole = done.Load(); whole {
				return
			}
			time.Sleep(time.Hour)
			if done.Load() {
				t.Error("a claim went through without keys")
			}
			l.until.Store(0)
			time.Sleep(10 * time.Second)
			if !done.Load() {
				t.Error("the keys are back and the claims still wait")
			}
		})
		if whole {
			if until < 5 {
				t.Errorf("the batch asked for keys %d times only: the test sees nothing", until)
			}
			return
		}
	}
}

func TestWaitingForKeysEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, l := lend(t, 64<<10)
		records := batch(t, l)
		l.away.Store(true)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { _, err := o.Decide(ctx, records); done <- err }()
		time.Sleep(time.Minute)
		start := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("it took %s to stop", took)
		}

		// What was begun is no duplicate of itself when it comes again.
		l.away.Store(false)
		v, err := o.Decide(t.Context(), records)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range v.Entries {
			if e.Kind != batchKinds[i] {
				t.Errorf("record %d: %s, want %s", i, e.Kind, batchKinds[i])
			}
		}
	})
}

func TestAnEntryThatNoBatchHoldsIsRefused(t *testing.T) {
	o, _ := lend(t, 1<<20)
	e, sealed := o.take(t, goodKey, with(`"line"`, `"extra":"`+strings.Repeat("a", 900_000)+`","line"`))
	if e.Kind != claim.Dead || e.Dead.Code != claim.TooLarge || len(sealed) == 0 {
		t.Fatalf("entry %s %+v, original of %d bytes", e.Kind, e.Dead, len(sealed))
	}
	// It stays refused when it comes again, and is no duplicate.
	if e, _ := o.take(t, goodKey,
		with(`"line"`, `"extra":"`+strings.Repeat("a", 900_000)+`","line"`)); e.Kind != claim.Dead {
		t.Errorf("again: %s", e.Kind)
	}
	e, _ = o.take(t, goodKey, with(`"line"`, `"extra":"`+strings.Repeat("a", 400_000)+`","line"`))
	if e.Kind != claim.Decided {
		t.Fatalf("half of it: %s %+v", e.Kind, e.Dead)
	}
	data, err := new(entry.Encoder).Append(nil, &e)
	if err != nil || len(data) > pipeline.MaxEntryBytes {
		t.Errorf("entry of %d bytes, %v", len(data), err)
	}
}

func TestAnOwnDecisionThatDidNotCountIsForgotten(t *testing.T) {
	o := open(t)
	e, _ := o.take(t, goodKey, good)
	// Another instance refused this record, and the journal has its answer.
	e.Kind, e.Decision, e.Dead = claim.Dead, nil, &claim.DeadLetter{Code: claim.UnknownInsurer}
	o.Observe(&e)
	if again, _ := o.take(t, goodKey, good); again.Kind != claim.Decided {
		t.Errorf("the claim sent again: %s, want decided", again.Kind)
	}
}

// Its source was reset before the batch counted, or another owner refused the record, whose entry may name no claim.
func TestAClaimThatWasDecidedInVainIsNoDuplicate(t *testing.T) {
	o := open(t)
	e, _ := o.take(t, goodKey, good)
	o.Undecided([]claim.Entry{e})
	o.Observe(&claim.Entry{Kind: claim.Dead, Source: e.Source, At: now,
		Dead: &claim.DeadLetter{Code: claim.UnknownInsurer}})
	again, _ := o.take(t, goodKey, good)
	if again.Kind != claim.Decided {
		t.Fatalf("sent again the claim is %s: it has no entry anywhere", again.Kind)
	}
	third, _ := o.take(t, goodKey, good)
	o.Undecided([]claim.Entry{third})
	if e, _ := o.take(t, goodKey, good); e.Kind != claim.Duplicate {
		t.Errorf("a duplicate that was answered in vain leaves the claim %s, want duplicate", e.Kind)
	}
}
