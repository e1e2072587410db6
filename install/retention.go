package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"tallystick/journal/fetch"
	"tallystick/pipeline"
)

// retentionEvery is how often the retention watch looks: it warns of hours. While no partition is owned it looks every
// retentionIdle.
const (
	retentionEvery = 30 * time.Second
	retentionIdle  = time.Second
)

// retentionWatch tells how long the oldest undecided claim is still kept. The topic of claims forgets on purpose, and a
// claim that is forgotten before it is decided is lost.
type retentionWatch struct {
	cfg      *Config
	pipeline *pipeline.Pipeline
	log      *slog.Logger
	left     *prometheus.GaugeVec
	keep     prometheus.Gauge
	failures prometheus.Counter
}

func newRetentionWatch(c *Config, p *pipeline.Pipeline, log *slog.Logger, reg prometheus.Registerer) *retentionWatch {
	w := &retentionWatch{
		cfg: c, pipeline: p, log: log,
		left: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_source_retention_left_seconds",
			Help: "How long Kafka surely keeps the oldest undecided claim of a partition; the whole retention if none waits."}, []string{"partition"}),
		keep: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tallystick_source_retention_seconds",
			Help: "Retention of the topic of claims; 0 if it keeps them for ever or has not been asked."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "tallystick_source_retention_failures_total",
			Help: "Failed looks at the topic of claims and its retention."}),
	}
	reg.MustRegister(w.left, w.keep, w.failures)
	return w
}

// run looks until ctx is done.
func (w *retentionWatch) run(ctx context.Context) {
	for {
		wait := retentionEvery
		if len(w.pipeline.Owned()) == 0 {
			wait = retentionIdle
		}
		lctx, cancel := context.WithTimeout(ctx, retentionEvery)
		err := w.look(lctx)
		cancel()
		if err != nil && ctx.Err() == nil {
			w.failures.Inc()
			w.left.Reset() // no figure is better than an old one
			w.log.Warn("asking how long undecided claims are kept failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (w *retentionWatch) look(ctx context.Context) error {
	heads, owned := w.pipeline.Heads(), w.pipeline.Owned()
	if len(owned) == 0 {
		w.left.Reset()
		return nil
	}
	keep, err := claimsRetention(ctx, w.cfg)
	if err != nil {
		return err
	}
	w.keep.Set(keep.Seconds())
	left := map[int]time.Duration{}
	for _, p := range owned {
		if p >= len(heads) || keep == 0 {
			continue
		}
		if left[p], err = w.leftOf(ctx, p, heads[p].To, keep); err != nil {
			return err
		}
	}
	w.left.Reset()
	for p, d := range left {
		w.left.WithLabelValues(strconv.Itoa(p)).Set(d.Seconds())
	}
	return nil
}

// leftOf returns how long the record at the offset is kept. Kafka deletes whole segments by their newest record, so it
// may be longer.
func (w *retentionWatch) leftOf(ctx context.Context, partition int, offset int64, keep time.Duration) (time.Duration,
	error) {
	r, err := fetch.NewReader(fetch.Config{
		Addr: kafka.TCP(w.cfg.Kafka.Brokers...), Transport: w.cfg.Transport, Topic: w.cfg.Kafka.Topics.Claims,
		Partition: partition,
		Offset:    offset, MaxBytes: 1, MaxWait: 20 * time.Millisecond,
	})
	if err != nil {
		return 0, err
	}
	res, err := r.Fetch(ctx)
	if errors.Is(err, fetch.ErrOffsetOutOfRange) {
		return 0, nil // forgotten already; the pipeline stops over it
	}
	if err != nil {
		return 0, err
	}
	for _, b := range res.Batches {
		if len(b.Records) > 0 {
			return max(0, min(keep, keep-time.Since(b.Records[0].Time))), nil
		}
	}
	return keep, nil
}

// claimsRetention asks how long the topic of claims keeps records; 0 is for ever. Where that may not be asked, it is
// what migrate has set.
func claimsRetention(ctx context.Context, c *Config) (time.Duration, error) {
	topic := c.Kafka.Topics.Claims
	res, err := c.Client().DescribeConfigs(ctx,
		&kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
			ConfigNames: []string{"cleanup.policy", "retention.ms"},
		}}})
	if err != nil {
		return 0, fmt.Errorf("asking for the retention of %s: %w", topic, err)
	}
	settings := map[string]string{}
	for _, r := range res.Resources {
		if errors.Is(r.Error, kafka.TopicAuthorizationFailed) {
			return c.Kafka.ClaimsRetention, nil
		}
		if r.Error != nil {
			return 0, fmt.Errorf("asking for the retention of %s: %w", topic, r.Error)
		}
		for _, e := range r.ConfigEntries {
			settings[e.ConfigName] = e.ConfigValue
		}
	}
	if !slices.Contains(strings.Split(settings["cleanup.policy"], ","), "delete") {
		return 0, nil
	}
	ms, err := strconv.ParseInt(settings["retention.ms"], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("retention.ms of %s: %w", topic, err)
	}
	return max(0, time.Duration(ms)*time.Millisecond), nil
}
