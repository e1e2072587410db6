package member

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
	"tallystick/signals/evaluator"
	"tallystick/signals/index"
)

// Proposal is an act upon signals that people must approve. It has no identifier in it: pseudonyms are made when it is
// proposed. What was approved stays as the record of the act, with the signatures of those who approved.
type Proposal struct {
	Member   string          `json:"member"`
	Made     time.Time       `json:"made"`
	Nonce    string          `json:"nonce"`
	Action   signals.Action  `json:"action"`
	Insurer  string          `json:"insurer"`
	Claim    string          `json:"claim"`
	Entries  []signals.Entry `json:"entries"` // Record is empty: it is the digest of this text
	Reason   string          `json:"reason"`
	Expiry   string          `json:"expiry,omitempty"`   // why so long
	Notified string          `json:"notified,omitempty"` // the day on which the subject was told, or will be
}

const (
	proposalHeader = "tallystick signals proposal v1\n"
	proposalsDir   = "proposals"
	recordsDir     = "records"
)

// record is an act that was approved.
type record struct {
	*Proposal
	digest string
}

// Needed returns how many people must approve an act. What warns others of somebody takes two; what takes a warning
// back does not wait.
func Needed(action signals.Action) int {
	if action == signals.Raise || action == signals.Restore {
		return 2
	}
	return 1
}

// Publication is what an investigator wants others to be warned of.
type Publication struct {
	By          string               `json:"by"`
	Insurer     string               `json:"insurer"`
	Claim       string               `json:"claim"`
	Identifiers []signals.Identifier `json:"identifiers"`
	Kind        signals.Kind         `json:"kind"`
	Severity    int                  `json:"severity"`
	Basis       signals.Basis        `json:"basis"`
	Line        string               `json:"line"`
	Reason      string               `json:"reason"`
	Expires     string               `json:"expires"`
	Expiry      string               `json:"expiry"` // why until then
	Notified    string               `json:"notified"`
}

// text returns what approvers sign; the text is what is meant, byte for byte.
func (p *Proposal) text() (string, error) {
	body, err := json.Marshal(p, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("writing the proposal: %w", err)
	}
	return proposalHeader + string(body) + "\n", nil
}

// ParseProposal reads the text that approvers sign.
func ParseProposal(text string) (*Proposal, error) {
	body, ok := strings.CutPrefix(text, proposalHeader)
	if !ok || len(text) > 1<<20 {
		return nil, errors.New("this is no proposal of a signal")
	}
	p := new(Proposal)
	if err := json.Unmarshal([]byte(body), p, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("reading the proposal: %w", err)
	}
	return p, nil
}

// Propose makes a proposal to publish and returns its text, for the first approver to sign. The identifiers are
// evaluated and forgotten.
func (n *Node) Propose(ctx context.Context, pub Publication) (text string, err error) {
	file, err := n.file()
	if err != nil {
		return "", err
	}
	if err := n.check(ctx, pub, file.Grounds.RetentionMonths); err != nil {
		return "", err
	}
	active := file.Active(n.now())
	if len(active) == 0 {
		return "", errors.New("no epoch of the consortium is in use today: the next one needs a ceremony")
	}
	derived, err := n.derive(ctx, file, active[:1], evaluator.ToPublish, act{"propose", pub.By, pub.Insurer, pub.Claim},
		pub.Identifiers)
	if err != nil {
		return "", err
	}
	if len(derived.vague) > 0 {
		return "", fmt.Errorf("the %s is too short or too vague to warn others of: it would fit strangers",
			derived.vague[0].Word())
	}
	key, err := file.MemberKey(active[0], n.key)
	if err != nil {
		return "", err
	}
	now := n.now()
	p := n.proposal(signals.Raise, pub.Insurer, pub.Claim, pub.Reason)
	p.Expiry, p.Notified = pub.Expiry, pub.Notified
	for _, d := range derived.points {
		namer := index.NewNamer(key, index.Group{Publisher: n.Name(), Domain: d.domain, Month: signals.MonthOf(now)})
		e := signals.Entry{
			Action: signals.Raise, Pseudonym: namer.Name(index.Digest(d.output)), Epoch: active[0].Number,
			Domain: d.domain, Month: signals.MonthOf(now),
			Kind: pub.Kind, Severity: pub.Severity, Basis: pub.Basis, Line: pub.Line, Expires: pub.Expires,
		}
		if n.recordOf(e.Pseudonym.String()) != nil {
			return "", fmt.Errorf("signal %s: %w", e.Pseudonym, index.ErrTwice)
		}
		p.Entries = append(p.Entries, e)
	}
	return p.text()
}

func (n *Node) proposal(action signals.Action, insurer, claim, reason string) *Proposal {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	return &Proposal{
		Member: n.Name(), Made: n.now().UTC().Truncate(time.Second), Nonce: hex.EncodeToString(nonce),
		Action: action, Insurer: insurer, Claim: claim, Reason: reason,
	}
}

// check holds a publication to what the consortium's rules ask, before anything is spent on it.
func (n *Node) check(ctx context.Context, pub Publication, months int) error {
	if len(pub.Identifiers) == 0 || len(pub.Identifiers) > MaxIdentifiers {
		return fmt.Errorf("a signal is about 1 to %d identifiers", MaxIdentifiers)
	}
	if strings.TrimSpace(pub.Reason) == "" || len(pub.Reason) > 4000 {
		return errors.New("a signal needs a written reason of at most 4,000 bytes: why others must know")
	}
	if strings.TrimSpace(pub.Expiry) == "" || len(pub.Expiry) > 4000 {
		return errors.New("a signal needs a written reason for how long it stands")
	}
	if _, err := time.Parse(time.DateOnly, pub.Notified); err != nil {
		return errors.New("a signal needs the day on which its subject was told, or will be: 2006-01-02")
	}
	last, err := time.Parse(time.DateOnly, pub.Expires)
	if err != nil {
		return errors.New("the day on which a signal expires is written 2006-01-02")
	}
	if now := n.now(); last.Before(now.Truncate(24 * time.Hour)) {
		return errors.New("the signal would have expired before it is published")
	} else if last.After(now.AddDate(0, months, 0)) {
		return fmt.Errorf("the signal would stand for longer than the %d months of the consortium", months)
	}
	if err := n.cfg.Claims.Open(ctx, pub.Insurer, pub.Claim); err != nil {
		return fmt.Errorf("a signal comes of an open claim: %w", err)
	}
	e := signals.Entry{
		Action: signals.Raise, Epoch: 1, Domain: signals.Phone, Month: signals.MonthOf(n.now()),
		Record: signals.NoBatch,
		Kind:   pub.Kind, Severity: pub.Severity, Basis: pub.Basis, Line: pub.Line, Expires: pub.Expires,
	}
	return e.Check()
}

// Turn makes a proposal to suspend, restore or withdraw own signals, by name, and returns its text.
func (n *Node) Turn(action signals.Action, names []string, reason string) (string, error) {
	if action != signals.Suspend && action != signals.Restore && action != signals.Withdraw {
		return "", errors.New("a signal that stands is suspended, restored or withdrawn")
	}
	if strings.TrimSpace(reason) == "" || len(reason) > 4000 {
		return "", errors.New("a written reason of at most 4,000 bytes is needed")
	}
	if len(names) == 0 || len(names) > signals.MaxBatchEntries {
		return "", errors.New("name the signals, as `tallystick signals status` lists them")
	}
	var p *Proposal
	for _, name := range names {
		r := n.recordOf(name)
		if r == nil {
			return "", fmt.Errorf("%s is no signal that %s published", name, n.Name())
		}
		if p == nil {
			p = n.proposal(action, r.Insurer, r.Claim, reason)
		}
		i := slices.IndexFunc(r.Entries, func(e signals.Entry) bool { return e.Pseudonym.String() == name })
		e := r.Entries[i]
		p.Entries = append(p.Entries, signals.Entry{Action: action, Pseudonym: e.Pseudonym, Epoch: e.Epoch,
			Domain: e.Domain, Month: e.Month})
	}
	return p.text()
}

func (n *Node) recordOf(name string) *record {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.records[name]
}

// Approve takes a proposal with an approver's signature. When enough different people have signed, the act is done: it
// is in a batch that the other members fetch. It returns how many signatures are there and the name of the proposal for
// the next approver.
func (n *Node) Approve(signed []byte) (id string, have int, done bool, err error) {
	n.publishing.Lock()
	defer n.publishing.Unlock()
	opened, err := note.Open(signed, note.VerifierList(n.approvers...))
	if err != nil {
		return "", 0, false, fmt.Errorf("the signature is of nobody who may approve here: %w", err)
	}
	p, err := ParseProposal(opened.Text)
	if err != nil {
		return "", 0, false, err
	}
	if p.Member != n.Name() {
		return "", 0, false, fmt.Errorf("the proposal is of %s, and this node is %s", p.Member, n.Name())
	}
	sum := sha256.Sum256([]byte(opened.Text))
	digest := hex.EncodeToString(sum[:])
	id = digest[:16]
	if _, err := os.Stat(filepath.Join(n.cfg.Dir, recordsDir, digest+".txt")); err == nil {
		return id, 0, false, errors.New("that was approved and done before")
	}
	// Signatures gather in one file: what was signed before, and this.
	path := filepath.Join(n.cfg.Dir, proposalsDir, id+".txt")
	merged, have, err := n.merge(path, opened)
	if err != nil {
		return id, 0, false, err
	}
	if err := mkdir(filepath.Dir(path)); err != nil {
		return id, have, false, err
	}
	if err := writeDurably(path, merged); err != nil {
		return id, have, false, fmt.Errorf("keeping the proposal: %w", err)
	}
	if have < Needed(p.Action) {
		return id, have, false, nil
	}
	if err := n.publish(p, digest, signers(opened)); err != nil {
		return id, have, false, err
	}
	if err := os.Rename(path, filepath.Join(n.cfg.Dir, recordsDir, digest+".txt")); err != nil {
		return id, have, true, fmt.Errorf("it is published; keeping the record: %w", err)
	}
	return id, have, true, nil
}

func signers(opened *note.Note) string {
	var names []string
	for _, s := range opened.Sigs {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// merge joins signatures with those that are in the file.
func (n *Node) merge(path string, opened *note.Note) (msg []byte, have int, err error) {
	before, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, 0, fmt.Errorf("reading the proposal: %w", err)
	default:
		old, err := note.Open(before, note.VerifierList(n.approvers...))
		if err != nil || old.Text != opened.Text {
			return nil, 0, fmt.Errorf("%s is damaged, or of people who may no longer approve; remove it and propose again", path)
		}
		opened.Sigs = append(old.Sigs, opened.Sigs...)
	}
	names := map[string]bool{}
	for _, s := range opened.Sigs {
		names[s.Name] = true // two keys of one person are one person
	}
	msg, err = note.Sign(opened)
	if err != nil {
		return nil, 0, fmt.Errorf("joining the signatures: %w", err)
	}
	return msg, len(names), nil
}

// Proposals returns the texts that wait for one more approver, by name.
func (n *Node) Proposals() (map[string]string, error) {
	paths, err := filepath.Glob(filepath.Join(n.cfg.Dir, proposalsDir, "*.txt"))
	if err != nil {
		return nil, fmt.Errorf("listing proposals: %w", err)
	}
	all := map[string]string{}
	for _, path := range paths {
		msg, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("listing proposals: %w", err)
		}
		opened, err := note.Open(msg, note.VerifierList(n.approvers...))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".txt")] = opened.Text
	}
	return all, nil
}
