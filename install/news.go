package install

import (
	"context"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"tallystick/claim"
	"tallystick/pipeline/news"
	"tallystick/pipeline/outcomes"
	"tallystick/pipeline/warnings"
)

// newsFollower reads a journal of causes. Follow tells of its news from the beginning, that of one claim in its order;
// calls told once, when it has told what was there when it began; and goes on until ctx is done.
type newsFollower interface {
	Follow(ctx context.Context, tell func(*claim.News), told func()) error
}

// newsFollowers are the journals whose news scores claims anew.
func newsFollowers(in *Instance) []newsFollower {
	outcomesSkipped := prometheus.NewCounter(prometheus.CounterOpts{Name: "tallystick_outcomes_skipped_total",
		Help: "Records of the topic of outcomes that are no valid outcome and were left out, again after each start."})
	warningsSkipped := prometheus.NewCounter(prometheus.CounterOpts{Name: "tallystick_warnings_skipped_total",
		Help: "Records of the topic of other insurers' warnings that are none and were left out, again after each start."})
	in.metrics.MustRegister(outcomesSkipped, warningsSkipped)
	follower := func(topic string, decode func([]byte) (*claim.News, error), skipped prometheus.Counter) newsFollower {
		return &news.Follower{
			Brokers: in.cfg.Kafka.Brokers, Transport: in.cfg.Transport, Topic: topic, Decode: decode, Log: in.log,
			Skipped: skipped.Inc,
		}
	}
	claims := in.cfg.Kafka.Topics.Claims
	return []newsFollower{
		follower(outcomes.Topic(claims), outcomes.News, outcomesSkipped),
		follower(warnings.Topic(claims), warnings.News, warningsSkipped),
	}
}

// followNews tells the desk of all news until ctx is done. Nothing is scored anew before all of them have told what
// there is.
func (in *Instance) followNews(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	var behind sync.WaitGroup
	for _, f := range in.news {
		behind.Add(1)
		g.Go(func() error {
			if err := f.Follow(ctx, in.desk.Tell, sync.OnceFunc(behind.Done)); err != nil && ctx.Err() == nil {
				return fmt.Errorf("following news of claims: %w", err)
			}
			return nil
		})
	}
	go func() { behind.Wait(); in.desk.Told() }()
	return g.Wait()
}

// observeNews publishes what there is of news and what is still to be acted on.
func (in *Instance) observeNews(gauge func(prometheus.GaugeOpts, func() float64)) {
	gauge(prometheus.GaugeOpts{Name: "tallystick_news_claims",
		Help: "Claims of which outcomes or signals are known, also claims that are not known yet; at most 1,000,000."},
		func() float64 { return float64(in.state.Stats().Standings) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_news_forgotten",
		Help: "Claims whose outcomes and signals were forgotten for want of room."},
		func() float64 { return float64(in.state.Stats().NewsForgot) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_news_pending",
		Help: "Claims with news around which other claims are still to be scored anew."},
		func() float64 { return float64(in.state.Stats().NewsPending) })
}
