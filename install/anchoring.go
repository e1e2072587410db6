package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"tallystick/anchor"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/timestamp/stamper"
	"tallystick/anchor/witness"
	"tallystick/claim/entry"
	"tallystick/journal"
	"tallystick/pipeline"
)

// closingsName is the logical name of the journal of closings.
const closingsName = "anchor.closings"

// anchoring closes batches of the journal and publishes them in the insurer's log. As a sink it is fed every partition.
type anchoring struct {
	closer    *anchor.Closer
	publisher *anchor.Publisher
	witnesses *witness.Quorum // nil: none are asked
	log       *tilelog.Log
	Chain     *chainAnchor     // nil: none is configured
	stamps    *stamper.Stamper // nil: no authority is configured
	closings  journal.Config
	logger    *slog.Logger
}

func recordCommitment(r journal.Record) (anchor.Hash, error) { return entry.Commitment(r.Value) }

// Commitments reads them from the journal of entries.
func (c *Config) Commitments() anchor.Commitments {
	scored := c.Scored()
	return anchor.JournalCommitments{
		Open: func(ctx context.Context, partition int, from journal.Position) (anchor.BatchFold, error) {
			return journal.OpenFold(ctx, scored, partition, from)
		},
		Commitment: recordCommitment,
	}
}

// openAnchoring takes over the log's directory. heads tells how far the partitions are decided.
func openAnchoring(ctx context.Context, c *Config, heads func() []journal.Position, log *slog.Logger) (*anchoring,
	error) {
	key, err := tilelog.LoadKey(c.Anchor.KeyFile)
	if err != nil {
		return nil, err
	}
	if key.Name() != c.Anchor.Origin {
		return nil, fmt.Errorf("anchor.origin is %s, but the key in %s is for %s", c.Anchor.Origin, c.Anchor.KeyFile,
			key.Name())
	}
	a := &anchoring{closings: c.Closings(), logger: log}
	last, at, err := FoldClosings(ctx, a.closings, func(anchor.Closing) error { return nil })
	if err != nil {
		return nil, err
	}
	appender, err := journal.NewAppender(ctx, a.closings, 0, at)
	if err != nil {
		return nil, fmt.Errorf("opening the journal of closings: %w", err)
	}
	a.closer, err = anchor.NewCloser(anchor.CloserConfig{
		Log: appender, Commitment: recordCommitment, MaxEntries: c.Anchor.CloseAt, MaxAge: c.Anchor.CloseEvery,
		Logger:  log,
		Sources: func(ctx context.Context) ([]anchor.Source, error) { return sources(ctx, c, heads()) },
	}, last)
	if err != nil {
		return nil, err
	}
	var cosigner anchor.Cosigner
	if c.Anchor.Quorum > 0 {
		peers := make([]witness.Peer, len(c.Anchor.Witnesses))
		for i, w := range c.Anchor.Witnesses {
			peers[i] = witness.Peer{URL: w.URL, VKey: w.Key}
		}
		quorum, err := witness.NewQuorum(witness.QuorumConfig{Peers: peers, Need: c.Anchor.Quorum, Log: log})
		if err != nil {
			return nil, fmt.Errorf("anchor.witnesses: %w", err)
		}
		cosigner, a.witnesses = quorum, quorum
	}
	if a.log, err = tilelog.Open(c.Anchor.Directory, key); err != nil {
		return nil, fmt.Errorf("opening the log in %s: %w", c.Anchor.Directory, err)
	}
	a.publisher, err = anchor.NewPublisher(anchor.PublisherConfig{
		Origin: c.Anchor.Origin, Log: patientLog{a.log}, Commitments: c.Commitments(), Cosigner: cosigner,
		Ledgers: []anchor.Ledger{a.log}, Logger: log,
		Retry: time.Second, Computed: a.closer.Computed,
	})
	if err == nil {
		a.stamps, err = openStamps(&c.Anchor.Stamps, a.log, log)
	}
	if err == nil {
		a.Chain, err = OpenChain(&c.Anchor.Chain, key.VKey(), a.log, log)
	}
	if err != nil {
		return nil, errors.Join(err, a.log.Close())
	}
	return a, nil
}

// FoldClosings yields all closings in order, and returns the last one and the position after it.
func FoldClosings(ctx context.Context, cfg journal.Config, yield func(anchor.Closing) error) (*anchor.Closing,
	journal.Position, error) {
	var last *anchor.Closing
	end, err := journal.Scan(ctx, cfg, 0, func(b journal.Batch) error {
		closings, err := anchor.ClosingsIn(b)
		if err != nil {
			return err
		}
		for _, closing := range closings {
			last = &closing
			if err := yield(closing); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, journal.Position{}, fmt.Errorf("folding the journal of closings: %w", err)
	}
	return last, end, nil
}

// sources tells where the partitions of claims end and how far they are decided.
func sources(ctx context.Context, c *Config, heads []journal.Position) ([]anchor.Source, error) {
	client := c.Client()
	want := make([]kafka.OffsetRequest, len(heads))
	for p := range heads {
		want[p] = kafka.LastOffsetOf(p)
	}
	res, err := client.ListOffsets(ctx,
		&kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{c.Kafka.Topics.Claims: want}})
	if err != nil {
		return nil, fmt.Errorf("asking for the ends of %s: %w", c.Kafka.Topics.Claims, err)
	}
	ends := make([]anchor.Source, len(heads))
	for _, p := range res.Topics[c.Kafka.Topics.Claims] {
		if p.Error != nil {
			return nil, fmt.Errorf("asking for the end of %s/%d: %w", c.Kafka.Topics.Claims, p.Partition, p.Error)
		}
		if p.Partition < len(ends) {
			ends[p.Partition] = anchor.Source{Partition: p.Partition, DecidedTo: heads[p.Partition].To,
				End: p.LastOffset}
		}
	}
	return ends, nil
}

func (a *anchoring) Name() string { return "anchor" }

// Everywhere marks it for all partitions: a batch spans them.
func (a *anchoring) Everywhere() {}

func (a *anchoring) Position(_ context.Context, partition int) (journal.Position, error) {
	return a.closer.Position(partition), nil
}

func (a *anchoring) Write(ctx context.Context, batches []*pipeline.Batch) error {
	for _, b := range batches {
		if err := a.closer.Take(ctx, b.Batch); err != nil {
			return err
		}
	}
	return nil
}

// run closes and publishes until ctx is done. What is open then is closed by the next run.
func (a *anchoring) run(ctx context.Context) error {
	fold, err := journal.OpenFold(ctx, a.closings, 0, journal.Position{})
	if err != nil {
		return fmt.Errorf("opening the journal of closings: %w", err)
	}
	next := anchor.NextClosing(fold)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.closer.Run(ctx) })
	g.Go(func() error { return a.publisher.Run(ctx, next) })
	if a.Chain != nil {
		g.Go(func() error { a.Chain.relay.Run(ctx); return nil })
	}
	if a.stamps != nil {
		g.Go(func() error { a.stamps.Run(ctx); return nil })
	}
	return g.Wait()
}

// patientLog is the log, save that a directory which cannot be read, as when its mount is lost, is waited for.
// Publishing stands still and says so, and claims are decided; what contradicts the journal still ends the run.
type patientLog struct{ *tilelog.Log }

func (l patientLog) Append(ctx context.Context, first uint64, entries []string) error {
	err := l.Log.Append(ctx, first, entries)
	if errors.Is(err, tilelog.ErrDamaged) {
		return fmt.Errorf("%v: put it back as it was", err) // not wrapped: it may pass
	}
	return err
}

func (a *anchoring) close() error {
	if a.Chain != nil {
		return errors.Join(a.Chain.Ledger.Close(), a.log.Close())
	}
	return a.log.Close()
}

// CaughtUp reports whether everything up to heads is in a published checkpoint.
func (a *anchoring) CaughtUp(heads []journal.Position) bool {
	for p, head := range heads {
		if head.Base >= 0 && a.closer.Position(p).Digest != head.Digest {
			return false
		}
	}
	s := a.publisher.State()
	return s.Published > 0 && s.Published == a.closer.Batches() && s.Waiting.IsZero()
}

// VerifyPolicy is whom the install itself trusts: its own log and its witnesses.
func (c *Config) VerifyPolicy() (vkey string, policy proof.Policy, err error) {
	if vkey = c.Console.LogKey; vkey == "" {
		skey, err := tilelog.ReadKeyFile(c.Anchor.KeyFile)
		if err != nil {
			return "", policy, err
		}
		if vkey, err = tilelog.VKeyOf(skey); err != nil {
			return "", policy, err
		}
	}
	policy = proof.Policy{LogKey: vkey, Origin: c.Anchor.Origin, Quorum: c.Anchor.Quorum}
	if c.Anchor.Stamps.Trust != "" {
		trust, err := LoadTrust(c.Anchor.Stamps.Trust)
		if err != nil {
			return "", policy, fmt.Errorf("anchor.stamps.trust_file: %w", err)
		}
		policy.Authorities = trust
	}
	if c.Anchor.Quorum > 0 {
		for _, w := range c.Anchor.Witnesses {
			policy.Witnesses = append(policy.Witnesses, w.Key)
		}
	}
	return vkey, policy, nil
}
