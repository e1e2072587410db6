package install

import (
	"context"

	"tallystick/anchor"
	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/install/fsck"
	"tallystick/journal"
	"tallystick/pipeline"
)

// Fsck checks topics, tables and log of an install against each other. It opens no key.
func Fsck(ctx context.Context, c *Config) (*fsck.Report, error) {
	partitions, err := CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, err
	}
	in := fsck.Install{
		Partitions: partitions,
		Source: func(ctx context.Context, p int, yield func(int64, *claim.SourceRef) error) error {
			return pipeline.SourceOffsets(ctx, c.PipelineConfig(), p, yield)
		},
		Journal: func(ctx context.Context, p int, yield func(journal.Batch) error, void func(journal.Void)) error {
			scored := c.Scored()
			scored.OnVoid = void
			_, err := journal.Scan(ctx, scored, p, yield)
			return err
		},
	}
	starts, err := pipeline.DeadLetterStarts(ctx, c.PipelineConfig(), partitions)
	if err != nil {
		return nil, err
	}
	in.Expired = func(p int, offset int64) bool { return p < len(starts) && offset < starts[p] }
	in.Letters = func(ctx context.Context, yield func(claim.SourceRef) error) error {
		_, err := pipeline.DeadLetters(ctx, c.PipelineConfig(), func(d pipeline.DeadLetter) error {
			return yield(d.Source)
		})
		return err
	}
	db, err := OpenAnalytics(ctx, c)
	if err != nil {
		return nil, err
	}
	if db != nil {
		defer db.Close()
		in.Rows = db.Commitments
	}
	if c.Anchor.Directory != "" {
		key, policy, err := c.VerifyPolicy()
		if err != nil {
			return nil, err
		}
		reader, err := tilelog.OpenReader(c.Anchor.Directory, key)
		if err != nil {
			return nil, err
		}
		in.Log, in.Policy, in.Origin = reader, policy, c.Anchor.Origin
		scored := c.Scored()
		scored.MaxFetchBytes = 1 << 20 // one is held for each partition
		in.Open = func(ctx context.Context, partition int, from journal.Position) (anchor.BatchFold, error) {
			return journal.OpenFold(ctx, scored, partition, from)
		}
		in.Closings = func(ctx context.Context, yield func(anchor.Closing) error) error {
			_, _, err := FoldClosings(ctx, c.Closings(), yield)
			return err
		}
	}
	return fsck.Check(ctx, in)
}
