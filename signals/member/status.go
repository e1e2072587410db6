package member

import (
	"context"
	"slices"
	"strings"
	"time"

	"tallystick/signals"
	"tallystick/signals/evaluator"
)

// Status is how a node stands.
type Status struct {
	Member     string             `json:"member"`
	Consortium string             `json:"consortium"`
	Version    int                `json:"version"`
	Epochs     []uint32           `json:"epochs"`    // in use
	Published  int64              `json:"published"` // batches
	Signals    int                `json:"signals"`   // in the index, of all publishers
	Own        []OwnSignal        `json:"own,omitempty"`
	Others     []OtherStatus      `json:"others"`
	Evaluators []evaluator.Status `json:"evaluators"`
	// evaluators that do not answer, or were late or wrong at the last time
	Faults  map[string]string `json:"faults,omitempty"`
	Watched int               `json:"watched"` // claims
	Causes  int               `json:"causes"`
	Handed  int64             `json:"handed"`            // of the causes, to whoever scores claims again
	Waiting []string          `json:"waiting,omitempty"` // proposals that need one more approver
}

// OwnSignal is a signal that this member published.
type OwnSignal struct {
	Name    string        `json:"name"`
	Claim   string        `json:"claim"`
	Domain  string        `json:"domain"`
	Kind    signals.Kind  `json:"kind"`
	Basis   signals.Basis `json:"basis"`
	Expires string        `json:"expires"`
	State   string        `json:"state"`
}

// OtherStatus is how the copy of another member's signals stands.
type OtherStatus struct {
	Name    string    `json:"name"`
	Batches int64     `json:"batches"`
	Contact time.Time `json:"contact"`
	Stale   bool      `json:"stale"`
	Forms   bool      `json:"forms"` // it uses the same normal forms
	Problem string    `json:"problem,omitempty"`
}

// Status returns how the node stands. It asks the evaluators.
func (n *Node) Status(ctx context.Context) (*Status, error) {
	file, err := n.file()
	if err != nil {
		return nil, err
	}
	s := &Status{Member: n.Name(), Consortium: file.Name, Version: file.Version, Faults: map[string]string{}}
	for _, e := range file.Active(n.now()) {
		s.Epochs = append(s.Epochs, e.Number)
	}
	s.Signals, _ = n.index.Size()
	stale := n.stale(file)
	n.mu.Lock()
	s.Published = n.own.batches
	for _, m := range file.Members {
		if o := n.others[m.Name]; o != nil {
			s.Others = append(s.Others, OtherStatus{
				m.Name, o.feed.batches, o.contact.UTC(), slices.Contains(stale, m.Name),
				o.forms == n.cfg.Forms.Digest(), o.problem,
			})
		}
	}
	for name, fault := range n.faults {
		s.Faults[name] = fault
	}
	records := make(map[string]*record, len(n.records))
	for name, r := range n.records {
		records[name] = r
	}
	n.mu.Unlock()
	for name, r := range records {
		i := slices.IndexFunc(r.Entries, func(e signals.Entry) bool { return e.Pseudonym.String() == name })
		e := r.Entries[i]
		s.Own = append(s.Own, OwnSignal{
			name, r.Insurer + "/" + r.Claim, e.Domain.Word(), e.Kind, e.Basis, e.Expires,
			n.index.State(e.Epoch, n.Name(), e.Pseudonym, n.now()),
		})
	}
	slices.SortFunc(s.Own, func(a, b OwnSignal) int { return strings.Compare(a.Claim+a.Name, b.Claim+b.Name) })
	answered, faults := n.panel.Status(ctx, file)
	s.Evaluators = answered
	for _, f := range faults {
		s.Faults[f.Evaluator] = f.Err.Error()
	}
	s.Watched = len(n.watch.keys())
	n.causes.mu.Lock()
	s.Causes, s.Handed = len(n.causes.all), n.causes.handed
	n.causes.mu.Unlock()
	waiting, err := n.Proposals()
	for id := range waiting {
		s.Waiting = append(s.Waiting, id)
	}
	slices.Sort(s.Waiting)
	return s, err
}
