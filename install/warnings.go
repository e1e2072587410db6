package install

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tallystick/claim"
	"tallystick/pipeline/news"
	"tallystick/pipeline/warnings"
	"tallystick/signals"
)

// WarningSender hands what other insurers signal of a claim to the instances that score it. It implements
// [signals.Causes].
type WarningSender struct{ news *news.Sender }

// OpenWarnings makes the topic of warnings if it is missing, and opens a sender to it. Close it afterwards.
func (c *Config) OpenWarnings(ctx context.Context) (*WarningSender, error) {
	claims := c.Kafka.Topics.Claims
	topic := warnings.Topic(claims)
	if err := news.CreateTopic(ctx, c.Client(), claims, topic, c.Kafka.Replication); err != nil {
		return nil, err
	}
	return &WarningSender{news.NewSender(c.Kafka.Brokers, topic, c.Transport, c.Balancer())}, nil
}

// Take returns nil when the warning is durable. One that is taken twice changes nothing.
func (s *WarningSender) Take(ctx context.Context, cause signals.Cause) error {
	e, err := warningOf(cause)
	if err != nil {
		return err
	}
	value, err := warnings.Encode(e)
	if err != nil {
		return err
	}
	return s.news.Send(ctx, news.Record{Claim: claim.ClaimRef{Insurer: e.Insurer, Claim: e.Claim}, Value: value})
}

// Close waits for what is under way.
func (s *WarningSender) Close() error { return s.news.Close() }

// warningOf keeps of a hit what may stand on a decision: how many, how sure, which line and quarter.
func warningOf(cause signals.Cause) (*warnings.Event, error) {
	e := &warnings.Event{Insurer: cause.Insurer, Claim: cause.Claim, At: cause.Time, Epoch: uint32(cause.Epoch)}
	hit := cause.Hit
	if hit.Publishers == 0 {
		return e, nil
	}
	newest, err := hit.Newest.Start()
	if err != nil {
		return nil, fmt.Errorf("the newest signal of cause %d: %w", cause.Offset, err)
	}
	e.Members, e.Quarter = hit.Publishers, quarterOf(newest)
	if len(hit.Lines) > 0 {
		e.Line = slices.Min(hit.Lines)
	}
	if slices.Contains(hit.Bases, "established") {
		e.Established = 1 // at the least; a hit does not say how many
	}
	return e, nil
}

func quarterOf(t time.Time) string { return fmt.Sprintf("%d-Q%d", t.Year(), (int(t.Month())+2)/3) }
