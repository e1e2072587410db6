package fsck

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"

	"tallystick/anchor"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// examined is what a batch of the journal holds, found out apart from all others.
type examined struct {
	batch    journal.Batch // without its records
	entries  []answer
	problems []string
}

// answer is an entry as far as the whole is concerned.
type answer struct {
	placed
	kind   claim.Kind
	source claim.SourceRef

	origin   *source
	home     int
	revision uint64 // of decided entries
	letter   claim.DeadLetter
}

// examineAll hands each valid batch of a partition to follow, in order. Entries are decoded and their commitments
// computed on all processors, some batches ahead; that is most of the time a check takes.
func examineAll(ctx context.Context, in *Install, p int, f *follow) error {
	workers := runtime.GOMAXPROCS(0)
	var examiners sync.Pool
	queue := make(chan chan examined, workers) // bounds what is in memory
	done := make(chan struct{})
	go func() {
		defer close(done)
		for next := range queue {
			f.take(<-next)
		}
	}()
	err := in.Journal(ctx, p, func(b journal.Batch) error {
		result := make(chan examined, 1)
		queue <- result
		go func() {
			x, ok := examiners.Get().(*examiner)
			if !ok {
				x = new(examiner)
			}
			result <- x.examine(p, b)
			examiners.Put(x)
		}()
		return nil
	}, func(v journal.Void) { f.report.Void[v.Reason]++ })
	close(queue)
	<-done
	return err
}

// examiner looks at one batch at a time.
type examiner struct {
	leaves    entry.Builder
	decoder   entry.Decoder
	committer anchor.Committer
}

func (x *examiner) examine(p int, b journal.Batch) examined {
	out := examined{batch: b, entries: make([]answer, 0, len(b.Records))}
	out.batch.Records = nil
	problem := func(offset int64, format string, args ...any) {
		out.problems = append(out.problems, fmt.Sprintf("partition %d offset %d: ", p, offset)+fmt.Sprintf(format,
			args...))
	}
	for _, record := range b.Records {
		e, err := x.decoder.Decode(record.Value)
		if err != nil {
			problem(record.Offset, "the entry does not decode: %v", err)
			continue
		}
		if leaves, err := x.leaves.Leaves(e); err != nil {
			problem(record.Offset, "its leaves cannot be formed: %v", err)
		} else if root, err := x.committer.Commit(leaves); err != nil || !bytes.Equal(root[:], e.Commitment) {
			problem(record.Offset, "the commitment is not that of the entry")
		}
		commitment, err := entry.Commitment(record.Value)
		if err != nil {
			problem(record.Offset, "%v", err)
		}
		a := answer{placed: placed{record.Offset, commitment}, kind: e.Kind, source: e.Source, home: e.Context.Home}
		if e.Context.Origin != nil {
			origin := placeOf(*e.Context.Origin)
			a.origin = &origin
		}
		if e.Dead != nil {
			a.letter = *e.Dead
		}
		if e.Kind == claim.Decided {
			a.revision = revisionOf(e)
		}
		out.entries = append(out.entries, a)
	}
	return out
}

// follow puts the batches of a partition together, one after the other.
type follow struct {
	partition int
	refused   map[source]refusal
	ways      *ways
	report    *Report

	head     journal.Position
	answered offsets  // of the source, in the present epoch
	entries  []placed // all, for the rows
}

func (f *follow) take(x examined) {
	r, p, b := f.report, f.partition, x.batch
	for _, text := range x.problems {
		r.problem("%s", text)
	}
	f.head = b.Next
	if b.Kind == journal.KindEpoch { // the source began again
		r.Gone += f.answered.count
		f.answered = offsets{}
	}
	next := b.From
	for _, e := range x.entries {
		r.Entries++
		r.ByKind[e.kind]++
		f.entries = append(f.entries, e.placed)
		f.ways.take(p, &e)
		if !e.kind.Answers() {
			continue
		}
		if e.kind == claim.Dead {
			f.refused[source{e.source.Partition, e.source.Epoch, e.source.Offset}] = refusal{e.offset, e.letter}
		}
		if e.source.Offset < next || e.source.Offset >= b.To || e.source.Partition != p || e.source.Epoch != b.Epoch {
			r.problem("partition %d offset %d: answers source record %d/%d, outside or before its batch's range", p,
				e.offset, e.source.Partition, e.source.Offset)
		}
		next = e.source.Offset + 1
		if !f.answered.add(e.source.Offset) {
			r.problem("partition %d offset %d: source record %d has two entries", p, e.offset, e.source.Offset)
		}
	}
}
