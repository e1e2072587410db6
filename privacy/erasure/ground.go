package erasure

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
	"tallystick/journal/fetch"
	"tallystick/privacy"
)

// Notes are what people wrote about cases.
type Notes interface {
	// Forget gives up the keys of the notes whose subjects are among the targets, and returns how many notes are
	// without a key.
	Forget(ctx context.Context, targets []Target) (int, error)
}

// Ground is where an install keeps what an erasure reaches. All but Notes is needed.
type Ground struct {
	Scored     journal.Config // of claims
	KeysTopic  string         // of wrapped keys
	Client     *kafka.Client
	Partitions int // of both topics
	Commit     func(*entry.Committed) ([32]byte, error)
	Digest     entry.SectionDigest
	Notes      Notes // nil: nobody works on cases
}

// placed is a record of the journal of claims.
type placed struct {
	partition int
	offset    int64
	key       []byte
	value     []byte
}

// scan yields the entries of a partition from where fold stands to its present end.
func (g *Ground) scan(ctx context.Context, fold *journal.Fold, yield func(*claim.Entry, placed) error) error {
	var d entry.Decoder
	return fold.CatchUp(ctx, func(b journal.Batch) error {
		for _, r := range b.Records {
			e, err := d.Decode(r.Value)
			if err != nil {
				return fmt.Errorf("partition %d offset %d: %w", b.Partition, r.Offset, err)
			}
			if err := yield(e, placed{b.Partition, r.Offset, r.Key, r.Value}); err != nil {
				return err
			}
		}
		return nil
	})
}

// scanAll yields the entries of all partitions.
func (g *Ground) scanAll(ctx context.Context, yield func(*claim.Entry, placed) error) error {
	for p := range g.Partitions {
		fold, err := journal.OpenFold(ctx, g.Scored, p, journal.Position{})
		if err != nil {
			return err
		}
		if err := g.scan(ctx, fold, yield); err != nil {
			return err
		}
	}
	return nil
}

// append appends entries to a partition of the journal of claims, which has an owner of its own: the batch covers no
// source record, and whichever of the two comes first, the other is told and goes on behind it. A crash leaves a batch
// that counts or not; the next run looks.
func (g *Ground) append(ctx context.Context, partition int, entries []*claim.Entry) error {
	records, err := g.records(entries)
	if err != nil {
		return err
	}
	fold, err := journal.Scan(ctx, g.Scored, partition, func(journal.Batch) error { return nil })
	if err != nil {
		return err
	}
	app, err := journal.NewAppender(ctx, g.Scored, partition, fold)
	if err != nil {
		return err
	}
	for {
		_, err := app.Append(ctx, app.Position().To, app.Position().To, records)
		superseded, ok := err.(*journal.SupersededError)
		if !ok || superseded.Landed {
			if ok {
				err = nil
			}
			return err
		}
	}
}

func (g *Ground) records(entries []*claim.Entry) ([]journal.Record, error) {
	var enc entry.Encoder
	out := make([]journal.Record, len(entries))
	for i, e := range entries {
		e.Seed = make([]byte, claim.SeedSize)
		_, _ = rand.Read(e.Seed) // never fails: it ends the process instead
		leaves, err := new(entry.Builder).Leaves(e)
		if err != nil {
			return nil, err
		}
		commitment, err := g.Commit(leaves)
		if err != nil {
			return nil, err
		}
		e.Commitment = commitment[:]
		if out[i].Value, err = enc.Append(nil, e); err != nil {
			return nil, err
		}
		if e.Claim != "" {
			out[i].Key = claim.Key(e.Insurer, e.Claim)
		}
	}
	return out, nil
}

// wrapped is a wrapped key where it lies.
type wrapped struct {
	partition int
	record    []byte // the record's key
	id        string
	of        Target // without a revision
}

// keys yields every wrapped key that is in the topic's segments, also those that a tombstone takes away and that are
// not compacted yet: gone says so.
func (g *Ground) keys(ctx context.Context, yield func(k wrapped, gone bool)) error {
	for p := range g.Partitions {
		at := map[string]int{}
		var found []wrapped
		gone := map[string]bool{}
		err := g.read(ctx, p, func(r fetch.Record) error {
			k, halves, err := privacy.DecodeKeyRecord(r.Key, r.Value)
			switch {
			case err != nil:
				return fmt.Errorf("offset %d: %w", r.Offset, err)
			case halves != nil:
			case k == nil:
				gone[string(r.Key)] = true
			default:
				delete(gone, string(r.Key))
				if _, ok := at[string(r.Key)]; !ok {
					at[string(r.Key)] = len(found)
					of := Target{Insurer: k.Insurer, Claim: k.Claim, Party: k.Party}
					found = append(found, wrapped{p, slices.Clone(r.Key), string(k.Key), of})
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("reading %s/%d: %w", g.KeysTopic, p, err)
		}
		for _, k := range found {
			yield(k, gone[string(k.record)])
		}
	}
	return nil
}

// read yields the records of a partition of the topic of keys, from its start to its present end.
func (g *Ground) read(ctx context.Context, partition int, yield func(fetch.Record) error) error {
	r, err := fetch.NewReader(fetch.Config{
		Addr: g.Client.Addr, Transport: g.Client.Transport, Topic: g.KeysTopic, Partition: partition,
		MaxWait: 50 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	start, err := r.Start(ctx)
	if err != nil {
		return err
	}
	end, err := r.End(ctx)
	if err != nil {
		return err
	}
	for r.SeekTo(start); r.NextOffset() < end; {
		res, err := r.Fetch(ctx)
		if err != nil {
			return err
		}
		for _, b := range res.Batches {
			for _, record := range b.Records {
				if err := yield(record); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tombstone gives keys up, each in the partition where it lies. Written twice it says the same.
func (g *Ground) tombstone(ctx context.Context, keys []wrapped) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, 2*time.Second
	for p := range g.Partitions {
		var own []wrapped
		for _, k := range keys {
			if k.partition == p {
				own = append(own, k)
			}
		}
		for piece := range slices.Chunk(own, 1000) {
			_, err := backoff.Retry(ctx, func() (struct{}, error) {
				records := make([]kafka.Record, len(piece))
				for i, k := range piece {
					records[i] = kafka.Record{Key: kafka.NewBytes(k.record)}
				}
				res, err := g.Client.Produce(ctx, &kafka.ProduceRequest{
					Topic: g.KeysTopic, Partition: p, RequiredAcks: kafka.RequireAll,
					Records: kafka.NewRecordReader(records...),
				})
				if err == nil {
					err = res.Error
				}
				if err != nil && fetch.Classify(err) == fetch.KindRefused {
					err = backoff.Permanent(err)
				}
				return struct{}{}, err
			}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0))
			if err != nil {
				return fmt.Errorf("giving up %d keys in %s/%d: %w", len(piece), g.KeysTopic, p, err)
			}
		}
	}
	return nil
}
