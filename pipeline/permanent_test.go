package pipeline

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"tallystick/journal"
)

func TestLostRecordsAreReportedEvenAtShutdown(t *testing.T) {
	lost := &journal.ChainError{Topic: "claims.scored", Cause: journal.ErrTruncated,
		Detail: "the partition now ends at 3"}
	for name, err := range map[string]error{
		"alone":                    lost,
		"wrapped":                  fmt.Errorf("appending: %w: %w", journal.ErrOutcomeUnknown, lost),
		"joined with the shutdown": errors.Join(context.Canceled, fmt.Errorf("partition 1: %w", lost)),
		"of the source":            &journal.SourceError{Cause: journal.ErrSourceLost},
	} {
		t.Run(name, func(t *testing.T) {
			pl, newErr := New(Config{Brokers: []string{"127.0.0.1:1"}, Group: "g", Decider: idle{}})
			if newErr != nil {
				t.Fatal(newErr)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if got := pl.Run(ctx); got != nil {
				t.Fatalf("a shutdown ends with %v", got)
			}
			pl.failed(err)
			if got := pl.Run(ctx); !errors.Is(got, err) {
				t.Errorf("got %v", got)
			}
			pl.failed(errors.New("later"))
			if got := pl.Run(ctx); !errors.Is(got, err) {
				t.Errorf("the first finding is replaced by %v", got)
			}
		})
	}
}

type idle struct{ Decider }
