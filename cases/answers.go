package cases

import (
	"context"
	"fmt"
	"time"

	"tallystick/journal"
)

// Outcome is a person's answer on one claim, for those who learn from it and for the insurer's claims system.
type Outcome struct {
	Case    ID        // of the answer
	Seq     int64     // of its entry: (Case, Seq, Claim) names the outcome, however often it is told
	Claim   Answered  // what it answers
	Verdict Verdict   // confirm, clear, refer
	Reasons []string  // codes
	Saved   *Money    // what was not paid because of it, for the whole case
	By      string    // person
	At      time.Time // of the answer
}

// Outcomes takes people's answers. Publish returns when the outcome is kept; it is called again with the same one after
// a crash, and must keep it once.
type Outcomes interface {
	Publish(ctx context.Context, o Outcome) error
}

// RelayAnswers tells to every disposition, in the order of the journal, until ctx ends. It goes on where the relay of
// this name ended.
func (c *Cases) RelayAnswers(ctx context.Context, name string, to Outcomes) error {
	r := Relay{Name: "answers/" + name}
	var from journal.Position
	if text := c.relayed(r); text != "" {
		if err := from.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("relay of answers: %w", err)
		}
	}
	fold, err := journal.OpenFold(ctx, c.cfg.Journal, 0, from)
	if err != nil {
		return fmt.Errorf("relay of answers: %w", err)
	}
	for {
		batch, err := fold.Next(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("relay of answers: %w", err)
		}
		told := false
		for i, record := range batch.Records {
			n, err := c.tell(ctx, to, batch.From+int64(i)+1, record)
			if err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return fmt.Errorf("relay of answers: %w", err)
			}
			told = told || n > 0
		}
		if !told {
			continue
		}
		// A crash here tells the same outcomes again, under the same names.
		r.Position = batch.Next.String()
		if err := c.noteRelay(ctx, r); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// tell publishes the outcomes of one entry.
func (c *Cases) tell(ctx context.Context, to Outcomes, seq int64, record journal.Record) (int, error) {
	e, err := DecodeEvent(record.Value)
	if err != nil || e.Kind != Disposed {
		return 0, nil // the fold of cases leaves it out too
	}
	d := e.Disposition
	for _, claim := range d.Claims {
		o := Outcome{
			Case:    e.Case,
			Seq:     seq,
			Claim:   claim,
			Verdict: d.Verdict,
			Reasons: d.Reasons,
			Saved:   d.Saved,
			By:      e.By,
			At:      e.At,
		}
		if err := to.Publish(ctx, o); err != nil {
			return 0, fmt.Errorf("case %s: %w", e.Case, err)
		}
	}
	return len(d.Claims), nil
}
