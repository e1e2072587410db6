package analytics_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"tallystick/analytics"
	"tallystick/claim"
)

// The package alone: bring the schema up to date, store a batch of the journal, ask.
func Example() {
	ctx := context.Background()
	db, err := analytics.Open(ctx, analytics.Options{
		Addr:     "clickhouse.example:9440",
		Protocol: analytics.Native,
		Username: "tallystick",
		Password: analytics.NewSecret("from the environment"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		log.Fatal(err)
	}

	positions, err := db.Positions(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("reading partition 0 of the journal from", positions[0])
	err = db.Sink(analytics.SinkOptions{}).Write(ctx, []analytics.Batch{{
		Partition:  0,
		Position:   "what the journal calls the place after this batch",
		AppendTime: time.Now(),
		Rows: []analytics.Row{{Offset: 0, Entry: &claim.Entry{
			Kind: claim.Decided, Insurer: "acme", Claim: "C-1", Revision: 1, At: time.Now(),
			Decision: &claim.Decision{Score: 0.93, Outcome: claim.Investigate},
		}}},
	}})
	if err != nil {
		log.Fatal(err)
	}

	flagged, err := db.TopFlagged(ctx, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range flagged {
		fmt.Println(f.Insurer, f.Claim, f.Score, f.Outcome, f.Texts)
	}
}
