package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/schollz/progressbar/v3"

	"tallystick/anchor/proof"
	"tallystick/claim"
	"tallystick/feed"
	"tallystick/feed/synthetic"
	"tallystick/install"
	"tallystick/install/record"
	"tallystick/internal/plain"
)

// labelled is a made-up claim that the story comes back to.
type labelled struct {
	event claim.Event
	label synthetic.Label
}

// story is what the demo shows, in order.
func (d *demo) story(ctx context.Context, in *install.Instance) error {
	d.title(fmt.Sprintf("Sending %d made-up claims and deciding them", d.claims))
	groups, err := d.send(ctx)
	if err != nil {
		return err
	}
	if err := d.wait(ctx, in); err != nil {
		return err
	}
	for _, show := range []func(context.Context, *install.Instance, map[string][]labelled) error{
		d.showHits, d.showTop, d.showStored, d.showRing, d.showLookAlike, d.showProof,
	} {
		if err := show(ctx, in, groups); err != nil {
			return err
		}
	}
	return nil
}

// send sends the feed and returns the claims of its groups, by group.
func (d *demo) send(ctx context.Context) (map[string][]labelled, error) {
	events, err := synthetic.Generate(d.feed())
	if err != nil {
		return nil, err
	}
	producer := feed.NewKafkaProducer(d.cfg.Kafka.Brokers, d.cfg.Kafka.Topics.Claims, d.cfg.Transport, d.cfg.Balancer())
	defer producer.Close()
	groups := map[string][]labelled{}
	kinds := map[synthetic.Kind]int{}
	var records []feed.Record
	for event, label := range events {
		value, err := claim.Encode(&event)
		if err != nil {
			return nil, err
		}
		records = append(records, feed.Record{Key: claim.Key(event.Insurer, event.ID), Value: value})
		kinds[label.Kind]++
		if label.Group != "" {
			groups[label.Group] = append(groups[label.Group], labelled{event, label})
		}
	}
	if err := producer.Produce(ctx, records); err != nil {
		return nil, err
	}
	var fraud, innocent []string
	for _, k := range sortedKinds(kinds) {
		switch text := fmt.Sprintf("%d %s", kinds[k], k); {
		case k.Fraud():
			fraud = append(fraud, text)
		case k.Innocent():
			innocent = append(innocent, text)
		}
	}
	d.say("hidden in them: %s", strings.Join(fraud, ", "))
	d.say("and looking like fraud, but innocent: %s", strings.Join(innocent, ", "))
	return groups, nil
}

func sortedKinds(kinds map[synthetic.Kind]int) []synthetic.Kind {
	var all []synthetic.Kind
	for k := range kinds {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// wait shows progress until every claim is stored and under a witnessed checkpoint.
func (d *demo) wait(ctx context.Context, in *install.Instance) error {
	bar := progressbar.NewOptions(d.claims, progressbar.OptionSetWriter(plain.Raw(d.out)),
		progressbar.OptionSetDescription("decided and stored"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("claims"),
		progressbar.OptionThrottle(100*time.Millisecond))
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	started, stored := time.Now(), uint64(0)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		counts, err := in.Db.Counts(ctx)
		if err != nil {
			return err
		}
		stored = 0
		for _, c := range counts {
			if c.Kind != claim.Rescored {
				stored += c.Rows
			}
		}
		if err := bar.Set(int(min(stored, uint64(d.claims)))); err != nil {
			return err
		}
		if stored >= uint64(d.claims) && in.Anchor.CaughtUp(in.Pipeline.Heads()) {
			break
		}
	}
	d.say("")
	d.say("decided, stored and witnessed in %s", time.Since(started).Round(100*time.Millisecond))
	counts, err := in.Db.Counts(ctx)
	if err != nil {
		return err
	}
	for _, c := range counts {
		d.say("%8d entries %s", c.Rows, c.Kind)
	}
	return nil
}

func (d *demo) showHits(ctx context.Context, in *install.Instance, _ map[string][]labelled) error {
	d.title("Hits by indicator (docs/indicators.md says what each is)")
	hits, err := in.Db.HitsByIndicator(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(d.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	for i, h := range hits {
		fmt.Fprintf(w, "#%d\t%d claims\t", h.Indicator, h.Claims)
		if i%4 == 3 || i == len(hits)-1 {
			fmt.Fprintln(w)
		}
	}
	return w.Flush()
}

func (d *demo) showTop(ctx context.Context, in *install.Instance, _ map[string][]labelled) error {
	d.title("The ten claims flagged highest, and why")
	top, err := in.Db.TopFlagged(ctx, 10)
	if err != nil {
		return err
	}
	if len(top) == 0 {
		return errors.New("no claim was flagged, although the feed holds fraud")
	}
	for i, f := range top {
		d.say("%2d. %s/%s  %s  %s %s  score %.3f  %s%s", i+1, f.Insurer, f.Claim, f.Line, f.Claimed.Amount,
			f.Claimed.Currency, f.Score, f.Outcome, held(f.Hold))
		for j, text := range f.Texts {
			d.say("      %-28s %s", f.Rules[j], text)
		}
	}
	return nil
}

func held(hold bool) string {
	if hold {
		return ", payment on hold"
	}
	return ""
}

// showStored puts a claim as it came beside what is kept of it.
func (d *demo) showStored(ctx context.Context, in *install.Instance, groups map[string][]labelled) error {
	c := first(groups, synthetic.RingFraud)
	if c == nil {
		return errors.New("the feed holds no ring; try more claims")
	}
	d.title("A claim as the insurer sent it, in the clear only on the short-lived topic")
	raw, err := claim.Encode(&c.event)
	if err != nil {
		return err
	}
	v := jsontext.Value(raw)
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		return err
	}
	d.say("%s", clip(string(v), 60))
	d.title("What is stored of it in ClickHouse: tokens and open fields")
	row, err := in.Db.Entry(ctx, claim.ClaimRef{Insurer: c.event.Insurer, Claim: c.event.ID})
	if err != nil {
		return err
	}
	var all strings.Builder
	for _, column := range row {
		text := column.String()
		all.WriteString(text)
		if text == "" || text == "NULL" || text == "[]" {
			continue
		}
		if len(text) > 150 {
			text = text[:150] + "..."
		}
		d.say("%-22s %s", column.Name, text)
	}
	for _, clear := range []string{c.event.Claimant.Name, c.event.Claimant.Phone, c.event.Claimant.Email} {
		if clear != "" && strings.Contains(all.String(), clear) {
			return errors.New("an identifier of the claimant is stored in the clear")
		}
	}
	d.say("(name, phone and e-mail of the claimant were looked for in this row, and are not there)")
	return nil
}

func clip(text string, lines int) string {
	all := strings.Split(text, "\n")
	if len(all) <= lines {
		return text
	}
	return strings.Join(all[:lines], "\n") + fmt.Sprintf("\n... and %d lines more", len(all)-lines)
}

func first(groups map[string][]labelled, kind synthetic.Kind) *labelled {
	var names []string
	for name, claims := range groups {
		if claims[0].label.Kind == kind {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return &groups[names[0]][0]
}

func (d *demo) showRing(ctx context.Context, in *install.Instance, groups map[string][]labelled) error {
	d.title("A ring: claims joined by what their parties share")
	rings, err := in.Db.Rings(ctx, 3)
	if err != nil {
		return err
	}
	if len(rings) == 0 {
		return errors.New("no ring was found, although the feed holds some")
	}
	ring := rings[0]
	d.say("ring %s, %d claims, highest score %.3f", ring.ID, len(ring.Claims), ring.TopScore)
	for _, c := range ring.Claims {
		d.say("   %s/%-22s the feed's label: %s", c.Insurer, c.Claim, labelOf(groups, c))
	}
	d.say("joined by %s", strings.Join(ring.Tokens[:min(4, len(ring.Tokens))], ", "))
	return nil
}

func labelOf(groups map[string][]labelled, ref claim.ClaimRef) synthetic.Kind {
	for _, claims := range groups {
		for _, c := range claims {
			if c.event.Insurer == ref.Insurer && c.event.ID == ref.Claim {
				return c.label.Kind
			}
		}
	}
	return synthetic.Honest
}

func (d *demo) showLookAlike(ctx context.Context, in *install.Instance, groups map[string][]labelled) error {
	d.title("An innocent look-alike: also joined, and no ring")
	c := first(groups, synthetic.Family)
	if c == nil {
		return errors.New("the feed holds no family; try more claims")
	}
	ref := claim.ClaimRef{Insurer: c.event.Insurer, Claim: c.event.ID}
	sharing, err := in.Db.SharingWith(ctx, ref)
	if err != nil {
		return err
	}
	row, err := in.Db.Entry(ctx, ref)
	if err != nil {
		return err
	}
	d.say("%s/%s is a claim of a family. What it shares with the family's other claims:", ref.Insurer, ref.Claim)
	family := groups[c.label.Group]
	for _, s := range sharing {
		if !slices.ContainsFunc(family, func(l labelled) bool {
			return l.event.ID == s.Claim &&
				l.event.Insurer == s.Insurer
		}) {
			continue
		}
		d.say("   %s/%s  score %.3f  %s", s.Insurer, s.Claim, s.Score, strings.Join(s.Tokens, ", "))
	}
	for _, column := range row {
		switch column.Name {
		case "score", "outcome", "ring_ids":
			d.say("   its %-9s %s", column.Name, column)
		}
	}
	return nil
}

// showProof proves one claim, verifies the proof as a stranger would, and shows that a changed byte fails.
func (d *demo) showProof(ctx context.Context, in *install.Instance, groups map[string][]labelled) error {
	c := first(groups, synthetic.RingFraud)
	d.title("A proof of that claim, checked offline with the public keys alone")
	bundle, _, err := record.Prove(ctx, &d.cfg, record.Request{
		Claim: claim.ClaimRef{Insurer: c.event.Insurer, Claim: c.event.ID}, Which: record.Which{Original: true},
		Fields: []string{"loss.cause"},
	})
	if err != nil {
		return err
	}
	policy := proof.Policy{LogKey: d.logKey, Witnesses: []string{d.witnessKey}, Quorum: 1}
	report, err := proof.Verify(bundle, policy)
	if err != nil {
		return err
	}
	d.say("%s", strings.TrimRight(report.Text(), "\n"))
	d.title("The same proof with one byte changed")
	at := bytes.Index(bundle, []byte(c.event.ID))
	if at < 0 {
		return errors.New("the bundle does not show the claim's id")
	}
	forged := bytes.Clone(bundle)
	forged[at+len(c.event.ID)-1] ^= 1
	if _, err = proof.Verify(forged, policy); err == nil {
		return errors.New("a forged proof was accepted")
	}
	d.say("NOT VERIFIED: %v", err)
	if d.chain {
		return d.showChain(ctx, in, report)
	}
	return nil
}
