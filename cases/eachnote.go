package cases

import (
	"context"

	"tallystick/journal"
)

// EachNote yields the notes of all cases as the journal has them, sealed. A note that is kept says in which claims it
// is about whom; see [KeyTopic.Forget].
func EachNote(ctx context.Context, cfg journal.Config, yield func(*Note)) error {
	_, err := journal.Scan(ctx, cfg, 0, func(b journal.Batch) error {
		for _, r := range b.Records {
			if e, err := DecodeEvent(r.Value); err == nil && e.Kind == Noted && e.Note != nil {
				yield(e.Note)
			}
		}
		return nil
	})
	return err
}
