package member

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"tallystick/signals"
	"tallystick/signals/consortium"
	"tallystick/signals/evaluator"
)

// MaxIdentifiers is how many identifiers of one claim may be looked up, or published, at once.
const MaxIdentifiers = 64

// Query names an open claim and the identifiers in it.
type Query struct {
	By          string               `json:"by"` // who or what asks
	Insurer     string               `json:"insurer"`
	Claim       string               `json:"claim"`
	Identifiers []signals.Identifier `json:"identifiers"`
}

// Finding is what a look-up comes to.
type Finding struct {
	Hit    signals.Hit      `json:"hit"`
	Reason string           `json:"reason"`
	Asked  int              `json:"asked"`           // identifiers that were looked up
	Vague  []signals.Domain `json:"vague,omitempty"` // of identifiers that are too short or vague to be looked up
	Faults []string         `json:"faults,omitempty"`
}

// LookUp looks the identifiers of an open claim up. It is logged here before the evaluators are asked, and there before
// they answer. The claim is watched from then on: a signal that comes later is a cause too.
func (n *Node) LookUp(ctx context.Context, q Query) (*Finding, error) {
	file, err := n.file()
	if err != nil {
		return nil, err
	}
	if len(q.Identifiers) == 0 || len(q.Identifiers) > MaxIdentifiers {
		return nil, fmt.Errorf("a look-up is for 1 to %d identifiers", MaxIdentifiers)
	}
	if err := n.cfg.Claims.Open(ctx, q.Insurer, q.Claim); err != nil {
		return nil, fmt.Errorf("a look-up names an open claim: %w", err)
	}
	active := file.Active(n.now())
	if len(active) == 0 {
		return nil, errors.New("no epoch of the consortium is in use today: the next one needs a ceremony")
	}
	derived, err := n.derive(ctx, file, active, evaluator.ToLookUp, act{"look-up", q.By, q.Insurer, q.Claim},
		q.Identifiers)
	if err != nil {
		return nil, err
	}
	if err := n.watch.add(q.Insurer, q.Claim, derived.points); err != nil {
		return nil, err
	}
	hit, err := n.judge(q.Insurer, q.Claim, nil)
	if err != nil {
		return nil, err
	}
	f := &Finding{Hit: hit, Reason: hit.Reason(len(file.Members), n.now()),
		Asked: len(q.Identifiers) - len(derived.vague), Vague: derived.vague}
	for _, fault := range derived.faults {
		f.Faults = append(f.Faults, fault.Error())
	}
	return f, n.note(audit{Act: "looked-up", By: q.By, Insurer: q.Insurer, Claim: q.Claim, Result: f.Reason})
}

// point is an identifier as the evaluators' output for it, in one epoch.
type point struct {
	epoch  uint32
	domain signals.Domain
	output []byte
}

// derivation is what evaluators made of identifiers.
type derivation struct {
	points []point
	vague  []signals.Domain
	faults []evaluator.Fault
}

// act says what identifiers are evaluated for.
type act struct{ name, by, insurer, claim string }

// derive has identifiers evaluated in epochs. It is in the audit first.
func (n *Node) derive(ctx context.Context, file *consortium.File, epochs []consortium.Epoch, purpose evaluator.Purpose,
	a act, ids []signals.Identifier) (*derivation, error) {
	d := &derivation{}
	var inputs [][]byte
	var domains []signals.Domain
	var words []string
	for _, id := range ids {
		form, ok, err := n.cfg.Forms.Form(id)
		if err != nil {
			return nil, err
		}
		if !ok {
			d.vague = append(d.vague, id.Domain)
			continue
		}
		inputs, domains, words = append(inputs, signals.Input(id.Domain, form)), append(domains, id.Domain),
			append(words, id.Domain.Word())
	}
	if len(inputs) == 0 {
		return d, nil
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	commit := evaluator.Commit(salt, a.insurer, a.claim)
	if err := n.note(audit{Act: a.name, By: a.by, Insurer: a.insurer, Claim: a.claim, Domains: words, Salt: salt,
		Commit: commit}); err != nil {
		return nil, err
	}
	for _, epoch := range epochs {
		result, err := n.panel.Evaluate(ctx, evaluator.Work{File: file, Epoch: epoch, Purpose: purpose, Claim: commit,
			Inputs: inputs})
		if result != nil {
			n.faulty(result.Faults)
			d.faults = append(d.faults, result.Faults...)
			for _, receipt := range result.Receipts {
				if _, err := n.receipts.append(receipt); err != nil {
					return nil, fmt.Errorf("keeping a receipt: %w", err)
				}
			}
		}
		if err != nil {
			return nil, fmt.Errorf("epoch %d: %w", epoch.Number, err)
		}
		for i, output := range result.Outputs {
			d.points = append(d.points, point{epoch.Number, domains[i], output})
		}
	}
	return d, nil
}

// faulty remembers what was wrong with evaluators, for status and log.
func (n *Node) faulty(faults []evaluator.Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range faults {
		n.log.Warn("an evaluator did not do its part", "evaluator", f.Evaluator, "error", f.Err)
		n.faults[f.Evaluator] = n.now().UTC().Format(time.DateTime) + " " + f.Err.Error()
	}
}

// stale returns the members whose copies do not count.
func (n *Node) stale(file *consortium.File) (names []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range file.Members {
		if m.Name == n.Name() {
			continue
		}
		if o := n.others[m.Name]; o == nil || n.now().Sub(o.contact) >= StaleAfter {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return names
}
