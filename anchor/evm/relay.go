package evm

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"tallystick/anchor"
)

// Relay carries the newest published checkpoint of one ledger to another, such as from the log's directory to a chain.
// What is slow or away at the far end delays nothing at the near one.
type Relay struct {
	From, To anchor.Ledger
	// between two checkpoints that are begun; what is in between is covered by the next. 0: 1 minute
	Every  time.Duration
	Poll   time.Duration // between two looks at what is on its way; 0: 5 s
	Logger *slog.Logger  // nil: discard
}

// Run carries until ctx ends. What fails is tried again, also what a person must mend: the log says so each time that
// the reason changes.
func (r Relay) Run(ctx context.Context) {
	if r.Every == 0 {
		r.Every = time.Minute
	}
	if r.Poll == 0 {
		r.Poll = 5 * time.Second
	}
	if r.Logger == nil {
		r.Logger = slog.New(slog.DiscardHandler)
	}
	var carrying []byte
	var begun, arrived time.Time // arrived: when carrying was last seen to be there; zero: it is on its way
	said := ""
	for {
		if carrying == nil || time.Since(begun) >= r.Every {
			head, err := r.From.Head(ctx)
			switch {
			case errors.Is(err, fs.ErrNotExist):
			case err != nil:
				r.say(&said, "reading the log's head failed", err)
			case !bytes.Equal(head, carrying):
				carrying, begun, arrived = head, time.Now(), time.Time{}
			}
		}
		// What has arrived is asked for now and then: a chain may undo what it called final.
		if carrying != nil && ctx.Err() == nil && (arrived.IsZero() || time.Since(arrived) >= r.Every) {
			switch err := r.To.Publish(ctx, carrying); {
			case err == nil:
				said, arrived = "", time.Now()
			case ctx.Err() == nil && !onItsWay(err):
				r.say(&said, "anchoring stands still", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(r.Poll):
		}
	}
}

// onItsWay reports whether waiting is all there is to do.
func onItsWay(err error) bool {
	for {
		if err == anchor.ErrPending {
			return true
		}
		if err = errors.Unwrap(err); err == nil {
			return false // several reasons: not the waiting alone
		}
	}
}

func (r Relay) say(said *string, what string, err error) {
	if text := what + err.Error(); text != *said {
		*said = text
		r.Logger.Warn(what, "error", err)
	}
}
