package outcomes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"tallystick/claim"
	"tallystick/journal/fetch"
)

// Follower reads outcomes as news of claims.
type Follower struct {
	Brokers   []string
	Transport kafka.RoundTripper // nil: kafka-go's default
	Claims    string             // the topic beside which the outcomes are
	Log       *slog.Logger
	// Skipped is told of each record that is no valid outcome; nil tells nobody.
	Skipped func()

	now func() time.Time
}

// lookAgain is how often a topic that is missing is looked for. It is made with the first outcome.
const lookAgain = 5 * time.Second

// Follow tells of the outcomes from the beginning of their topic, those of a claim in their order. It calls told once, when it has told
// what was there when it began, and goes on until ctx is done. Tell may be called from several goroutines.
func (f *Follower) Follow(ctx context.Context, tell func(*claim.News), told func()) error {
	if f.now == nil {
		f.now = time.Now
	}
	if f.Log == nil {
		f.Log = slog.New(slog.DiscardHandler)
	}
	var once sync.Once
	partitions, err := f.partitions(ctx, func() { once.Do(told) })
	if err != nil || ctx.Err() != nil {
		return err
	}
	var behind sync.WaitGroup
	behind.Add(partitions)
	g, ctx := errgroup.WithContext(ctx)
	for p := range partitions {
		g.Go(func() error { return f.follow(ctx, p, tell, sync.OnceFunc(behind.Done)) })
	}
	caught := make(chan struct{})
	go func() { behind.Wait(); once.Do(told); close(caught) }()
	err = g.Wait()
	<-caught // each partition says that it is done, however it ends
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// partitions waits for the topic. While it is missing there are no outcomes, and so all are told.
func (f *Follower) partitions(ctx context.Context, none func()) (int, error) {
	client := &kafka.Client{Addr: kafka.TCP(f.Brokers...), Transport: f.Transport}
	for {
		meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{Topic(f.Claims)}})
		switch {
		case ctx.Err() != nil:
			return 0, nil
		case err != nil:
			f.Log.Warn("asking for the topic of outcomes, trying again", "error", err)
		case len(meta.Topics) == 1 && meta.Topics[0].Error == nil && len(meta.Topics[0].Partitions) > 0:
			return len(meta.Topics[0].Partitions), nil
		case len(meta.Topics) == 1 && errors.Is(meta.Topics[0].Error, kafka.TopicAuthorizationFailed):
			return 0, fmt.Errorf("reading the topic %s: %w", Topic(f.Claims), meta.Topics[0].Error)
		default:
			none()
		}
		select {
		case <-ctx.Done():
			return 0, nil
		case <-time.After(lookAgain):
		}
	}
}

// follow reads one partition for ever. It calls caught when it has told what was there when it began, and at its end.
func (f *Follower) follow(ctx context.Context, partition int, tell func(*claim.News), caught func()) error {
	defer caught()
	r, err := fetch.NewReader(fetch.Config{
		Addr: kafka.TCP(f.Brokers...), Transport: f.Transport, Topic: Topic(f.Claims), Partition: partition, ReadCommitted: true,
	})
	if err != nil {
		return err
	}
	start, err := r.Start(ctx)
	if err != nil {
		return f.failed(partition, err)
	}
	end, err := r.End(ctx)
	if err != nil {
		return f.failed(partition, err)
	}
	r.SeekTo(start)
	for {
		if r.NextOffset() >= end {
			caught()
		}
		res, err := r.Fetch(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return f.failed(partition, err)
		}
		for _, b := range res.Batches {
			for i := range b.Records {
				f.record(partition, &b.Records[i], tell)
			}
		}
	}
}

func (f *Follower) failed(partition int, err error) error {
	return fmt.Errorf("reading the topic %s, partition %d: %w", Topic(f.Claims), partition, err)
}

// record tells of one. One that is no outcome holds up none of the others.
func (f *Follower) record(partition int, r *fetch.Record, tell func(*claim.News)) {
	e, err := Decode(r.Value, f.now())
	if err == nil && string(r.Key) != string(claim.Key(e.Insurer, e.Claim)) {
		err = errors.New("its key is another claim's")
	}
	if err != nil {
		f.Log.Warn("an outcome is left out", "topic", Topic(f.Claims), "partition", partition, "offset", r.Offset, "error", err)
		if f.Skipped != nil {
			f.Skipped()
		}
		return
	}
	tell(e.News(partition, r.Offset))
}

// News is the event as news of its claim; it stands at an offset of a partition of the topic.
func (e *Event) News(partition int, offset int64) *claim.News {
	return &claim.News{
		Cause:   claim.Cause{Journal: Journal, Partition: partition, Offset: offset},
		Claim:   claim.ClaimRef{Insurer: e.Insurer, Claim: e.Claim},
		KnownAt: e.KnownAt, Outcome: string(e.Outcome),
	}
}

// Journal names outcomes as causes.
const Journal = "claims.outcomes"
