package fsck_test

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"tallystick/anchor"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/install/fsck"
	"tallystick/journal"
)

// stock is an install in memory: one partition, a batch for each record.
type stock struct {
	t       *testing.T
	source  []int64
	origins map[int64]*claim.SourceRef // of source records that were forwarded here
	batches []journal.Batch
	rows    []row
	letters []claim.SourceRef

	lettersFrom int64 // older ones were deleted by retention
	voids       int   // batches of an owner that came too late
	// meanwhile runs when a part is read: what instances do while the checker reads.
	meanwhile func(part string)
}

type row struct {
	offset     int64
	commitment []byte
}

func (s *stock) decide(kind claim.Kind, source int64) {
	s.decideWith(kind, source, func(*claim.Entry) {})
}

func (s *stock) decideWith(kind claim.Kind, source int64, change func(*claim.Entry)) {
	s.t.Helper()
	e := claim.Entry{
		Kind: kind, Insurer: "acme", Claim: "C", Revision: int(source) + 1,
		Source: claim.SourceRef{Offset: source, Time: time.Unix(1, 0).UTC()},
		At:     time.Unix(2, 0).UTC(), Seed: make([]byte, claim.SeedSize),
		Decision: &claim.Decision{Outcome: claim.Settle, RuleSet: "none@1"},
	}
	change(&e)
	binary.BigEndian.PutUint64(e.Seed, uint64(len(s.batches)))
	leaves, err := new(entry.Builder).Leaves(&e)
	if err != nil {
		s.t.Fatal(err)
	}
	root, err := new(anchor.Committer).Commit(leaves)
	if err != nil {
		s.t.Fatal(err)
	}
	e.Commitment = root[:]
	value, err := new(entry.Encoder).Append(nil, &e)
	if err != nil {
		s.t.Fatal(err)
	}
	base := int64(2 * len(s.batches))
	from, to := source, source+1
	switch kind {
	case claim.Rescored:
		to = from
	case claim.Dead:
		s.letters = append(s.letters, e.Source)
	}
	s.batches = append(s.batches, journal.Batch{
		Base: base, Header: journal.Header{From: from, To: to, Count: 1},
		Records: []journal.Record{{Offset: base + 1, Value: value}},
		Next:    journal.Position{Offset: base + 2, To: to},
	})
	s.rows = append(s.rows, row{base + 1, root[:]})
}

func (s *stock) check() *fsck.Report {
	s.t.Helper()
	read := func(part string) {
		if s.meanwhile != nil {
			s.meanwhile(part)
		}
	}
	r, err := fsck.Check(s.t.Context(), fsck.Install{
		Partitions: 1,
		Source: func(_ context.Context, _ int, yield func(int64, *claim.SourceRef) error) error {
			defer read("source")
			for _, o := range s.source {
				if err := yield(o, s.origins[o]); err != nil {
					return err
				}
			}
			return nil
		},
		Journal: func(_ context.Context, _ int, yield func(journal.Batch) error, void func(journal.Void)) error {
			defer read("journal")
			for range s.voids {
				void(journal.Void{Reason: journal.VoidStale})
			}
			for _, b := range s.batches {
				if err := yield(b); err != nil {
					return err
				}
			}
			return nil
		},
		Expired: func(_ int, offset int64) bool { return offset < s.lettersFrom },
		Letters: func(_ context.Context, yield func(claim.SourceRef) error) error {
			defer read("letters")
			for _, l := range s.letters {
				if err := yield(l); err != nil {
					return err
				}
			}
			return nil
		},
		Rows: func(_ context.Context, _ int, yield func(int64, []byte) error) error {
			defer read("rows")
			for _, r := range s.rows {
				if err := yield(r.offset, r.commitment); err != nil {
					return err
				}
			}
			return nil
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func three(t *testing.T) *stock {
	s := &stock{t: t, source: []int64{0, 1, 2, 3}}
	for i := range int64(3) {
		s.decide(claim.Decided, i)
	}
	s.decide(claim.Rescored, 2)
	return s
}

func TestWhatIsRightIsCounted(t *testing.T) {
	s := three(t)
	s.decide(claim.Dead, 3)
	s.source = append(s.source, 4)
	r := s.check()
	if !r.OK() || r.Records != 4 || r.Waiting != 1 || r.Entries != 5 || r.Rows != 5 || r.ByKind[claim.Rescored] != 1 ||
		r.Letters != 1 {
		t.Errorf("%s", r.Text())
	}
}

func TestWhatDoesNotCountIsNotWrong(t *testing.T) {
	s := three(t)
	s.voids = 2
	if r := s.check(); !r.OK() || !strings.Contains(r.Text(), "2 record batches do not count: stale") {
		t.Errorf("%s", r.Text())
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*stock)
		want  string
	}{
		"a record without an entry": {func(s *stock) { s.batches[1].Records = nil; s.rows = s.rows[:1] },
			"source record 1 has no entry"},
		"a record with two": {func(s *stock) {
			s.batches[2].From, s.batches[2].Records = 1,
				s.batches[1].Records
		}, "source record 1 has two entries"},
		"an entry without a row": {func(s *stock) { s.rows = append(s.rows[:1:1], s.rows[2:]...) },
			"the entry at 3 has no row"},
		"a row without an entry": {func(s *stock) { s.rows = append(s.rows, row{99, make([]byte, 32)}) },
			"a row stands for offset 99"},
		"a row of another entry": {func(s *stock) { s.rows[0].commitment = make([]byte, 32) },
			"the row of offset 1 has another commitment"},
		"a row that is cut off": {func(s *stock) { s.rows[0].commitment = nil },
			"the row of offset 1 has another commitment"},
		"an entry that was changed": {func(s *stock) {
			v := string(s.batches[0].Records[0].Value)
			s.batches[0].Records[0].Value = []byte(strings.Replace(v, "none@1", "some@1", 1))
		}, "the commitment is not that of the entry"},
		"an entry that does not decode": {func(s *stock) { s.batches[0].Records[0].Value = []byte("{") },
			"the entry does not decode"},
		"a refused record without its letter": {func(s *stock) { s.decide(claim.Dead, 3); s.letters = nil },
			"source record 3 was refused and has no dead letter"},
		"a revision that is decided twice": {func(s *stock) {
			s.decideWith(claim.Decided, 3, func(e *claim.Entry) { e.Revision = 1 })
		}, "one revision of a claim is decided twice: partition 0 offset 1 and partition 0 offset 9"},
		"a forwarded record that never arrived": {func(s *stock) { s.decide(claim.Forwarded, 3) },
			"source record 3 was forwarded to partition 0 and has no answer there"},
		"an answer of another epoch": {func(s *stock) { s.batches[1].Epoch = 1 },
			"outside or before its batch's range"},
		"an answer outside its batch": {func(s *stock) { s.batches[0].From, s.batches[0].To = 5, 6 },
			"outside or before its batch's range"},
	} {
		t.Run(name, func(t *testing.T) {
			s := three(t)
			tc.spoil(s)
			if r := s.check(); r.OK() || !strings.Contains(r.Text(), tc.want) {
				t.Errorf("want %q:\n%s", tc.want, r.Text())
			}
		})
	}
}

// TestWhatIsUnderWayIsNotWrong decides one more record whenever a part has been read.
func TestWhatIsUnderWayIsNotWrong(t *testing.T) {
	s := three(t)
	s.batches, s.rows = s.batches[:3], s.rows[:3]
	next := int64(3)
	s.meanwhile = func(string) {
		s.source = append(s.source, next+1)
		s.decide([]claim.Kind{claim.Decided, claim.Dead}[next%2], next)
		next++
	}
	if r := s.check(); !r.OK() {
		t.Errorf("%s", r.Text())
	}
}

func TestALetterThatRetentionDeletedIsNotMissed(t *testing.T) {
	s := three(t)
	s.decideWith(claim.Dead, 3, func(e *claim.Entry) { e.Dead = &claim.DeadLetter{Code: claim.Missing, Offset: 4} })
	s.letters, s.lettersFrom = nil, 5
	if r := s.check(); !r.OK() || r.Expired != 1 {
		t.Errorf("%s", r.Text())
	}
	s.lettersFrom = 4
	if r := s.check(); r.OK() {
		t.Error("a letter that should be there is not missed")
	}
}

// TestWhatWasForwardedArrived has the record wait at its home, and then be answered there.
func TestWhatWasForwardedArrived(t *testing.T) {
	s := three(t)
	s.decide(claim.Forwarded, 3)
	origin := &claim.SourceRef{Offset: 3}
	s.source, s.origins = append(s.source, 4), map[int64]*claim.SourceRef{4: origin}
	if r := s.check(); !r.OK() || r.Forwarded != 1 || r.Waiting != 1 {
		t.Errorf("it waits: %s", r.Text())
	}
	s.decideWith(claim.Decided, 4, func(e *claim.Entry) { e.Context.Origin = origin })
	if r := s.check(); !r.OK() || r.Records != 5 {
		t.Errorf("it is answered: %s", r.Text())
	}
}
