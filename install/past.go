package install

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/detectors/history"
	"tallystick/detectors/party"
	"tallystick/journal"
	"tallystick/pipeline/news"
	"tallystick/pipeline/outcomes"
)

// PastClaims returns the claims that the install decided, each in its highest revision and with what became of it, as
// far as somebody looked. Their order is that in which they were decided, and an outcome counts from when the install
// was told of it: so what is learnt from is what was served.
func PastClaims(ctx context.Context, c *Config) ([]history.Claim, error) {
	n, err := CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, err
	}
	type past struct {
		history.Claim
		revision int
	}
	found := map[claim.ClaimRef]*past{}
	for p := range n {
		_, err := journal.Scan(ctx, c.Scored(), p, func(b journal.Batch) error {
			for i := range b.Records {
				e := new(claim.Entry)
				if err := entry.Decode(b.Records[i].Value, e); err != nil {
					return fmt.Errorf("entry %d of partition %d: %w", b.Records[i].Offset, p, err)
				}
				ref := claim.ClaimRef{Insurer: e.Insurer, Claim: e.Claim}
				if have := found[ref]; e.Kind != claim.Decided || have != nil && have.revision > e.Revision {
					continue
				}
				event, err := new(claim.Filler).Fill(nil, e.Values)
				if err != nil {
					return fmt.Errorf("entry %d of partition %d: its event is malformed", b.Records[i].Offset, p)
				}
				at := party.When(event)
				if at.IsZero() {
					at = e.Source.Time
				}
				found[ref] = &past{history.Claim{Seen: e.At,
					Claim: party.Claim{Insurer: e.Insurer, ID: e.Claim, At: at, Event: event, Tokens: e.Tokens}},
					e.Revision}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
	}
	last, err := pastOutcomes(ctx, c)
	if err != nil {
		return nil, err
	}
	out := make([]history.Claim, 0, len(found))
	for ref, p := range found {
		if n := last[ref]; n != nil {
			p.Outcome, p.KnownAt = reviewed[n.Outcome], n.ToldAt
		}
		out = append(out, p.Claim)
	}
	slices.SortFunc(out, func(a, b history.Claim) int {
		return cmp.Or(a.Seen.Compare(b.Seen), cmp.Compare(a.Insurer, b.Insurer), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// reviewed are the outcomes that say that somebody looked and what was found.
var reviewed = map[string]party.Outcome{string(outcomes.FraudConfirmed): party.Fraud,
	string(outcomes.Cleared): party.Cleared}

// pastOutcomes returns the outcome of each claim that stands.
func pastOutcomes(ctx context.Context, c *Config) (map[claim.ClaimRef]*claim.News, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	var mu sync.Mutex
	last := map[claim.ClaimRef]*claim.News{}
	f := &news.Follower{Brokers: c.Kafka.Brokers, Transport: c.Transport, Topic: outcomes.Topic(c.Kafka.Topics.Claims),
		Decode: outcomes.News}
	err := f.Follow(ctx, func(n *claim.News) {
		mu.Lock()
		defer mu.Unlock()
		if have := last[n.Claim]; have == nil || !n.KnownAt.Before(have.KnownAt) {
			last[n.Claim] = n
		}
	}, done)
	if err != nil {
		return nil, fmt.Errorf("reading outcomes: %w", err)
	}
	return last, nil
}
