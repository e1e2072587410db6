package intermediary

import (
	"context"
	"fmt"

	"tallystick/claim"
	"tallystick/journal"
	"tallystick/journal/statelog"
)

// JournalName names the journal in its batches.
const JournalName = "intermediaries"

// Topic returns the name of the journal's topic beside that of claims.
func Topic(claims string) string { return claims + ".intermediaries" }

// Desk appends events to the journal. Make it with Open; Run must be running for Take to answer.
type Desk struct{ log *statelog.Log[*Book] }

// Open folds the journal to its present end.
func Open(ctx context.Context, cfg journal.Config) (*Desk, error) {
	log, err := statelog.Open(ctx, statelog.Config{Journal: cfg}, &Book{})
	if err != nil {
		return nil, err
	}
	return &Desk{log}, nil
}

// Run follows the journal and writes what Take brings, until ctx ends. It may be called once.
func (d *Desk) Run(ctx context.Context) error { return d.log.Run(ctx) }

// View calls read with the book. What read keeps of it must be copied.
func (d *Desk) View(read func(*Book)) { d.log.View(read) }

// maxTogether is how many events are one command.
const maxTogether = 500

// Take writes the events that the journal does not have, and returns how many those were: the same call again writes
// nothing. At a conflict it stops; events before it may be written.
func (d *Desk) Take(ctx context.Context, events []Event) (written int, err error) {
	for from := 0; from < len(events); from += maxTogether {
		part := events[from:min(len(events), from+maxTogether)]
		n, err := d.take(ctx, part, from)
		if written += n; err != nil {
			return written, err
		}
	}
	return written, nil
}

func (d *Desk) take(ctx context.Context, events []Event, first int) (int, error) {
	values := make([][]byte, len(events))
	for i := range events {
		err := events[i].Check()
		if err == nil {
			values[i], err = Encode(&events[i])
		}
		if err != nil {
			return 0, fmt.Errorf("event %d: %w", first+i+1, err)
		}
	}
	written := 0
	_, err := d.log.Submit(ctx, statelog.Command[*Book]{
		Keys: []string{"book"},
		Propose: func(b *Book) ([]journal.Record, error) {
			var records []journal.Record
			ahead := map[eventKey]string{}
			for i := range events {
				k := eventKey{events[i].Insurer, events[i].ID}
				other, twice := ahead[k]
				switch v := b.Judge(&events[i], values[i]); {
				case v == Conflict, twice && other != string(values[i]):
					return nil, fmt.Errorf("event %d: %w", first+i+1, ErrConflict)
				case v == Taken && !twice:
					ahead[k] = string(values[i])
					records = append(records, journal.Record{Key: claim.Key(events[i].Insurer, events[i].Policy),
						Value: values[i]})
				}
			}
			written = len(records)
			return records, nil
		},
	})
	if err != nil {
		return 0, fmt.Errorf("writing into the journal of intermediaries: %w", err)
	}
	return written, nil
}
