package fsck

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// decision is where a revision was decided. A revision is named by part of a hash: an install of ten million has two of
// one name once in some hundred thousand installs.
type decision struct {
	revision  uint64
	offset    int64
	partition int32
}

// ways follows records from the partition where a producer put them to their home, and decisions over all partitions.
type ways struct {
	forwarded map[source]int // to their home
	arrived   map[arrival]struct{}
	decided   []decision
}

// arrival is a record that was answered, or waits, at its home.
type arrival struct {
	origin source
	home   int
}

func newWays() *ways {
	return &ways{forwarded: map[source]int{}, arrived: map[arrival]struct{}{}}
}

func revisionOf(e *claim.Entry) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", e.Insurer, e.Claim, e.Revision))
	return binary.BigEndian.Uint64(sum[:])
}

func placeOf(s claim.SourceRef) source { return source{s.Partition, s.Epoch, s.Offset} }

// take adds what a partition of the journal says.
func (w *ways) take(p int, a *answer) {
	if a.origin != nil {
		w.arrived[arrival{*a.origin, p}] = struct{}{}
	}
	switch a.kind {
	case claim.Forwarded:
		w.forwarded[placeOf(a.source)] = a.home
	case claim.Decided:
		w.decided = append(w.decided, decision{a.revision, a.offset, int32(p)})
	}
}

// check comes after all partitions. What was forwarded while the others were read may have arrived where reading was
// over: those homes are looked at again.
func (w *ways) check(ctx context.Context, in *Install, r *Report) error {
	missing := w.missing()
	again := map[int]bool{}
	for _, s := range missing {
		again[w.forwarded[s]] = true
	}
	for home := range again {
		if home >= in.Partitions {
			return fmt.Errorf("a record was forwarded to partition %d, but the topics had %d partitions when this began: "+
				"where they have grown meanwhile, check again", home, in.Partitions)
		}
		if err := w.lookAgain(ctx, in, home); err != nil {
			return err
		}
	}
	r.Forwarded += int64(len(w.forwarded))
	for _, s := range w.missing() {
		r.problem("partition %d: source record %d was forwarded to partition %d and has no answer there", s.partition,
			s.offset, w.forwarded[s])
	}
	slices.SortFunc(w.decided, func(a, b decision) int {
		switch {
		case a.revision < b.revision:
			return -1
		case a.revision > b.revision:
			return 1
		}
		return int(a.partition - b.partition)
	})
	for i := 1; i < len(w.decided); i++ {
		if a, b := w.decided[i-1], w.decided[i]; a.revision == b.revision {
			r.problem("one revision of a claim is decided twice: partition %d offset %d and partition %d offset %d",
				a.partition, a.offset, b.partition, b.offset)
		}
	}
	return nil
}

func (w *ways) missing() (out []source) {
	for s, home := range w.forwarded {
		if _, ok := w.arrived[arrival{s, home}]; !ok {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b source) int {
		if a.partition != b.partition {
			return a.partition - b.partition
		}
		return int(a.offset - b.offset)
	})
	return out
}

// lookAgain takes the arrivals of a partition: what is answered, and what waits.
func (w *ways) lookAgain(ctx context.Context, in *Install, home int) error {
	err := in.Source(ctx, home, func(_ int64, origin *claim.SourceRef) error {
		if origin != nil {
			w.arrived[arrival{placeOf(*origin), home}] = struct{}{}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the claims of partition %d: %w", home, err)
	}
	var decoder entry.Decoder
	err = in.Journal(ctx, home, func(b journal.Batch) error {
		for i := range b.Records {
			if e, err := decoder.Decode(b.Records[i].Value); err == nil && e.Context.Origin != nil {
				w.arrived[arrival{placeOf(*e.Context.Origin), home}] = struct{}{}
			}
		}
		return nil
	}, func(journal.Void) {})
	if err != nil {
		return fmt.Errorf("reading the journal of partition %d: %w", home, err)
	}
	return nil
}
