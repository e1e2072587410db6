package news

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

// Follower reads a topic of news.
type Follower struct {
	Brokers   []string
	Transport kafka.RoundTripper // nil: kafka-go's default
	Topic     string
	// Decode reads a record of that topic as news of one claim. The place is the Follower's to fill.
	Decode func(value []byte) (*claim.News, error)
	Log    *slog.Logger
	// Skipped is told of each record that Decode refuses; nil tells nobody.
	Skipped func()
}

// lookAgain is how often a topic that is missing is looked for. It is made with the first news.
const lookAgain = 5 * time.Second

// Follow tells of the news from the beginning of the topic, that of a claim in its order. It calls told once, when it
// has told what was there when it began, and goes on until ctx is done. Tell may be called from several goroutines.
func (f *Follower) Follow(ctx context.Context, tell func(*claim.News), told func()) error {
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

// partitions waits for the topic. While it is missing there is no news, and so all of it is told.
func (f *Follower) partitions(ctx context.Context, none func()) (int, error) {
	client := &kafka.Client{Addr: kafka.TCP(f.Brokers...), Transport: f.Transport}
	for {
		meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{f.Topic}})
		switch {
		case ctx.Err() != nil:
			return 0, nil
		case err != nil:
			f.Log.Warn("asking for a topic of news, trying again", "topic", f.Topic, "error", err)
		case len(meta.Topics) == 1 && meta.Topics[0].Error == nil && len(meta.Topics[0].Partitions) > 0:
			return len(meta.Topics[0].Partitions), nil
		case len(meta.Topics) == 1 && errors.Is(meta.Topics[0].Error, kafka.TopicAuthorizationFailed):
			return 0, fmt.Errorf("reading the topic %s: %w", f.Topic, meta.Topics[0].Error)
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
		Addr: kafka.TCP(f.Brokers...), Transport: f.Transport, Topic: f.Topic, Partition: partition,
		ReadCommitted: true,
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
	return fmt.Errorf("reading the topic %s, partition %d: %w", f.Topic, partition, err)
}

// record tells of one. One that is no news holds up none of the others.
func (f *Follower) record(partition int, r *fetch.Record, tell func(*claim.News)) {
	n, err := f.Decode(r.Value)
	if err == nil && string(r.Key) != string(claim.Key(n.Claim.Insurer, n.Claim.Claim)) {
		err = errors.New("its key is another claim's")
	}
	if err != nil {
		f.Log.Warn("news of a claim is left out", "topic", f.Topic, "partition", partition, "offset", r.Offset, "error",
			err)
		if f.Skipped != nil {
			f.Skipped()
		}
		return
	}
	n.Cause.Journal, n.Cause.Partition, n.Cause.Offset = f.Topic, partition, r.Offset
	n.ToldAt = r.Time.UTC()
	tell(n)
}
