package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/detectors/rule"
	"tallystick/feed/synthetic"
	"tallystick/privacy"
	"tallystick/privacy/keys/keyring"
)

// seeds of the generator on which no rule was tuned.
var seeds = []uint64{1009, 2003, 3001}

const ringClaims = 3000

// rings lets made-up claims through the shipped rules and compares the rings that were named with those that were made.
func (b *bench) rings() error {
	var found, named, all, innocent int
	for _, seed := range seeds {
		in, err := b.ringsOf(seed)
		if err != nil {
			return fmt.Errorf("rings of seed %d: %w", seed, err)
		}
		all += in.made
		for _, kind := range in.named {
			named++
			if kind == synthetic.RingFraud {
				found++
			}
			if kind.Innocent() {
				innocent++
			}
		}
	}
	recall, precision := float64(found)/float64(all), float64(found)/float64(max(named, 1))
	how := fmt.Sprintf("%d claims of rings in %d seeds", all, len(seeds))
	b.gate("ring_recall", recall, "", how, 0, gateRingRecall, false)
	b.gate("ring_precision", precision, "", fmt.Sprintf("%d claims named, %d of them innocent look-alikes", named,
		innocent), 0, gateRingPrecision, false)
	return nil
}

// seen is which claims of a feed were named in a ring, and how many are of one.
type seen struct {
	made  int
	named map[claim.ClaimRef]synthetic.Kind
}

func (b *bench) ringsOf(seed uint64) (seen, error) {
	out := seen{named: map[claim.ClaimRef]synthetic.Kind{}}
	cfg := synthetic.Config{Seed: seed, Claims: ringClaims, Insurers: []string{"acme", "birch"}}
	protector, err := b.protector(seed, cfg.Insurers)
	if err != nil {
		return out, err
	}
	set, err := detectors.LoadRules(rule.FS)
	if err != nil {
		return out, err
	}
	engine := detectors.NewEngine(set, detectors.NewState(set, detectors.StateConfig{}), detectors.Config{})
	events, err := synthetic.Generate(cfg)
	if err != nil {
		return out, err
	}
	kinds := map[claim.ClaimRef]synthetic.Kind{}
	var protected privacy.Protected
	var renderer claim.Renderer
	var offset int64
	for event, label := range events {
		ref := claim.ClaimRef{Insurer: event.Insurer, Claim: event.ID}
		kinds[ref] = label.Kind
		if label.Kind == synthetic.RingFraud {
			out.made++
		}
		raw, err := claim.Encode(&event)
		if err != nil {
			return out, err
		}
		if err := protector.Protect(raw, &protected); err != nil {
			return out, err
		}
		open := new(claim.Event)
		if err := claim.DecodeInto(renderer.AppendLists(nil, protected.OpenLists, protected.Values), open); err != nil {
			return out, err
		}
		at := event.Recorded.Time()
		r := engine.Decide(context.Background(), &detectors.Input{Event: open, Insurer: ref.Insurer, Claim: ref.Claim,
			Revision: event.Revision,
			Tokens:   append([]claim.Token(nil), protected.Tokens...),
			Source:   claim.SourceRef{Offset: offset, Time: at},
			At:       at.Add(time.Second)})
		offset++
		if len(r.Decision.Rings) > 0 {
			out.named[ref] = kinds[ref]
		}
		for i := range r.Raises {
			out.named[r.Raises[i].Ref] = kinds[r.Raises[i].Ref]
		}
	}
	return out, nil
}

// protector makes tokens under keys that last as long as the run.
func (b *bench) protector(seed uint64, insurers []string) (*privacy.Protector, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("keys-%d", seed))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	pass := bytes.Repeat([]byte("quality-"), 4)
	err := keyring.Create(dir, keyring.Passphrases{Keyring: pass, OfficerA: append(pass[:len(pass):len(pass)], 'a'),
		OfficerB: append(pass[:len(pass):len(pass)], 'b')}, insurers...)
	if err != nil {
		return nil, err
	}
	ring, err := keyring.Open(dir, pass)
	if err != nil {
		return nil, err
	}
	shared, err := privacy.New(privacy.Config{Keys: ring})
	if err != nil {
		return nil, err
	}
	return shared.Protector(), nil
}
