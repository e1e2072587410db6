package install

import (
	"context"
	"fmt"
	"time"

	"tallystick/analytics"
	"tallystick/journal"
	"tallystick/pipeline"
)

// AnalyticsSink hands the journal's batches to ClickHouse.
type AnalyticsSink struct {
	Db   *analytics.DB
	sink *analytics.Sink
}

func (s *AnalyticsSink) Name() string { return "clickhouse" }

// Linger lets an insert wait for more rows: eighty columns of a hundred rows cost ClickHouse nearly as much as of
// thousands.
func (s *AnalyticsSink) Linger() time.Duration { return time.Second }

func (s *AnalyticsSink) Position(ctx context.Context, partition int) (journal.Position, error) {
	var pos journal.Position
	all, err := s.Db.Positions(ctx)
	if err != nil {
		return pos, err
	}
	text, ok := all[partition]
	if !ok {
		return pos, nil
	}
	if err := pos.UnmarshalText([]byte(text)); err != nil {
		return pos, fmt.Errorf("the position that ClickHouse keeps for partition %d: %w", partition, err)
	}
	return pos, nil
}

func (s *AnalyticsSink) Write(ctx context.Context, batches []*pipeline.Batch) error {
	out := make([]analytics.Batch, len(batches))
	for i, b := range batches {
		rows := make([]analytics.Row, len(b.Entries))
		for j := range b.Entries {
			rows[j] = analytics.Row{Offset: b.Records[j].Offset, Entry: &b.Entries[j]}
		}
		out[i] = analytics.Batch{Partition: b.Partition, Position: b.Next.String(), AppendTime: b.Time(), Rows: rows}
	}
	return s.sink.Write(ctx, out)
}
