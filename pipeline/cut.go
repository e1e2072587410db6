package pipeline

import (
	"tallystick/claim"
	"tallystick/journal"
)

const (
	// maxBatchBytes is what a batch of entries may take at the most, before compression: some 500 entries. The
	// journal's own limit is a little higher, and its topic's, which CreateTopics sets, twice that.
	maxBatchBytes = 4_000_000
	// journalBytes is the journal's limit of a batch.
	journalBytes = 4_200_000
	// keyBytes is what a request with wrapped keys may take.
	keyBytes = 700 << 10
)

// MaxEntryBytes is the most that an encoded entry with its key may take; a decider refuses a record whose entry would
// be larger. An entry fits a topic with Kafka's default limit of 1 MiB, and a journal batch holds four.
const MaxEntryBytes = 900_000

// piece is what becomes one journal batch: entries and the source offset that the journal covers after them.
type piece struct {
	entries []claim.Entry
	records []journal.Record
	to      int64
}

// cut divides the answers to the source records [from, to) into journal batches of about limit bytes. Raised entries
// stay with the entry that caused them. Where those together do not fit one batch, the raised ones go first, in batches
// that cover no source record: a crash behind them has the cause decided again and raises again, which changes nothing;
// a crash behind the cause would lose them.
func cut(entries []claim.Entry, records []journal.Record, from, to int64, limit int) []piece {
	var out []piece
	covered := from
	emit := func(first, end int, upTo int64) {
		if first == end && upTo == covered {
			return
		}
		out = append(out, piece{entries[first:end:end], records[first:end:end], upTo})
		covered = upTo
	}
	// next is the source offset up to which entries before index i answer everything.
	next := func(i int) int64 {
		if i == len(entries) {
			return to
		}
		return entries[i].Source.Offset
	}
	first, bytes := 0, 0
	for i := 0; i < len(entries); {
		end, group := i+1, journal.RecordSize(records[i])
		for ; end < len(entries) && !entries[end].Kind.Answers(); end++ {
			group += journal.RecordSize(records[end])
		}
		if bytes > 0 && bytes+group > limit {
			emit(first, i, next(i))
			first, bytes = i, 0
		}
		bytes += group
		if group > limit && end > i+1 {
			at := i + 1
			for size, j := 0, at; j < end; j++ {
				if size > 0 && size+journal.RecordSize(records[j]) > limit {
					emit(at, j, covered)
					at, size = j, 0
				}
				size += journal.RecordSize(records[j])
			}
			emit(at, end, covered)
			emit(i, i+1, next(end))
			first, bytes = end, 0
		}
		i = end
	}
	emit(first, len(entries), to)
	return out
}
