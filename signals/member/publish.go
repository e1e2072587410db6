package member

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
	"tallystick/signals/consortium"
	"tallystick/signals/peer"
)

// publish does an act that was approved: it goes into a batch.
func (n *Node) publish(p *Proposal, digest, by string) error {
	file, err := n.file()
	if err != nil {
		return err
	}
	var names []string
	for i := range p.Entries {
		p.Entries[i].Record = digest
		names = append(names, p.Entries[i].Pseudonym.String())
	}
	batch := &signals.Batch{
		Consortium: file.Name, Publisher: n.Name(), Number: n.own.batches + 1, Previous: n.own.digest,
		Made: n.now().UTC().Truncate(time.Second), Entries: p.Entries,
	}
	if err := n.admissible(file, n.own, batch); err != nil {
		return err
	}
	if err := n.index.Check(batch); err != nil {
		return err
	}
	msg, err := signals.SignBatch(batch, n.signer)
	if err != nil {
		return err
	}
	if err := n.note(audit{Act: string(p.Action), By: by, Insurer: p.Insurer, Claim: p.Claim, Signals: names,
		Record: digest}); err != nil {
		return err
	}
	// A crash up to here has published nothing: the proposal is there with all of its signatures, and any of them again
	// does it.
	if err := n.own.keep(batch, msg); err != nil {
		return err
	}
	// From here on the others may have it. A crash leaves the proposal listed, which the next start makes a record.
	if err := n.index.Apply(batch); err != nil {
		return err
	}
	n.mu.Lock()
	n.own.took(batch, msg)
	if p.Action == signals.Raise {
		for i := range p.Entries {
			n.records[p.Entries[i].Pseudonym.String()] = &record{p, digest}
		}
	}
	n.mu.Unlock()
	select {
	case n.published <- struct{}{}:
	default:
	}
	return nil
}

// anchors puts own batches into the own log until ctx is done. A log or witnesses that are away hold no batch back.
func (n *Node) anchors(ctx context.Context) {
	if n.cfg.Log == nil {
		return
	}
	retry := time.NewTicker(10 * time.Second)
	defer retry.Stop()
	anchored := int64(0) // since the start; what the log has from before is compared once
	for {
		n.mu.Lock()
		batches := n.own.batches
		n.mu.Unlock()
		if batches > anchored {
			if err := n.anchor(ctx, anchored+1, batches); err != nil {
				n.log.Warn("batches are published and not anchored yet", "from", anchored+1, "error", err)
			} else {
				anchored = batches
			}
		}
		select {
		case <-n.published:
		case <-retry.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *Node) anchor(ctx context.Context, first, last int64) error {
	var digests []string
	for number := first; number <= last; number++ {
		msg, err := n.own.read(number)
		if err != nil {
			return fmt.Errorf("anchoring: %w", err)
		}
		digest, gone := dropped(msg)
		if !gone {
			digest = signals.Digest(msg)
		}
		digests = append(digests, digest)
	}
	return n.cfg.Log.Anchor(ctx, first, digests)
}

// openRecords reads the records of what was published; done are the digests that own batches name. A proposal among
// them was published before a crash kept it from becoming a record.
func (n *Node) openRecords(done map[string]bool) error {
	if err := mkdir(filepath.Join(n.cfg.Dir, recordsDir)); err != nil {
		return err
	}
	waiting, err := filepath.Glob(filepath.Join(n.cfg.Dir, proposalsDir, "*.txt"))
	if err != nil {
		return fmt.Errorf("reading the proposals: %w", err)
	}
	for _, path := range waiting {
		msg, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading the proposals: %w", err)
		}
		text, err := textOf(msg)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		sum := sha256.Sum256([]byte(text))
		if digest := hex.EncodeToString(sum[:]); done[digest] {
			if err := os.Rename(path, filepath.Join(n.cfg.Dir, recordsDir, digest+".txt")); err != nil {
				return fmt.Errorf("keeping the record: %w", err)
			}
		}
	}
	paths, err := filepath.Glob(filepath.Join(n.cfg.Dir, recordsDir, "*.txt"))
	if err != nil {
		return fmt.Errorf("reading the records: %w", err)
	}
	for _, path := range paths {
		msg, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading the records: %w", err)
		}
		// Who approved was checked at the time; approvers go, and what they approved stays.
		text, err := textOf(msg)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		p, err := ParseProposal(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if p.Action != signals.Raise {
			continue
		}
		sum := sha256.Sum256([]byte(text))
		for i := range p.Entries {
			n.records[p.Entries[i].Pseudonym.String()] = &record{p, hex.EncodeToString(sum[:])}
		}
	}
	return nil
}

// textOf returns the text of a note, whoever signed it.
func textOf(msg []byte) (string, error) {
	opened, err := note.Open(msg, note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return unverified.Note.Text, nil
	}
	if err != nil {
		return "", err
	}
	return opened.Text, nil
}

// serveHead tells another member how far this one has come.
func (n *Node) serveHead(_ context.Context, from ed25519.PublicKey, _ []byte) (any, error) {
	file, _, err := n.from(from)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	head := &signals.Head{
		Consortium: file.Name, Publisher: n.Name(), Batches: n.own.batches, Digest: n.own.digest,
		Time: n.now().UTC(), Forms: n.cfg.Forms.Digest(),
	}
	n.mu.Unlock()
	return signals.SignHead(head, n.signer)
}

// serveBatch gives another member a batch.
func (n *Node) serveBatch(ctx context.Context, from ed25519.PublicKey, _ []byte) (any, error) {
	if _, _, err := n.from(from); err != nil {
		return nil, err
	}
	number, err := strconv.ParseInt(peer.Value(ctx, "number"), 10, 64)
	if err != nil || number < 1 {
		return nil, refused(400, "batch", "batches count from 1")
	}
	msg, err := n.own.read(number)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refused(404, "batch", "%s has not published a batch %d", n.Name(), number)
	}
	return msg, err
}

// admissible holds a batch to the consortium's rules, at its publisher as at everybody else.
func (n *Node) admissible(file *consortium.File, of *feed, b *signals.Batch) error {
	member, ok := file.Member(b.Publisher)
	if !ok {
		return fmt.Errorf("%s is no member of %s, version %d", b.Publisher, file.Name, file.Version)
	}
	if b.Consortium != file.Name {
		return fmt.Errorf("batch %d of %s is of the consortium %s", b.Number, b.Publisher, b.Consortium)
	}
	if err := of.follows(b); err != nil {
		return err
	}
	if ahead := b.Made.Sub(n.now()); ahead > maxSkew {
		return fmt.Errorf("batch %d of %s was made %s from now: one of the clocks is wrong", b.Number, b.Publisher,
			ahead.Round(time.Minute))
	}
	day, raised := of.counted(b)
	if day < of.day {
		return fmt.Errorf("batch %d of %s was made on %s, after one of %s: its clock went back", b.Number, b.Publisher,
			day, of.day)
	}
	if raised > member.DailyBudget {
		return fmt.Errorf("%s raises %d signals on %s and could have had %d evaluated: it publishes what it did not look at", b.Publisher, raised, day, member.DailyBudget)
	}
	for i := range b.Entries {
		if err := n.admissibleEntry(file, b, &b.Entries[i]); err != nil {
			return fmt.Errorf("batch %d of %s, entry %d: %w", b.Number, b.Publisher, i+1, err)
		}
	}
	return nil
}

func (n *Node) admissibleEntry(file *consortium.File, b *signals.Batch, e *signals.Entry) error {
	if e.Action != signals.Raise {
		return nil
	}
	epoch, ok := file.Epoch(e.Epoch)
	if !ok && slices.Contains(n.index.Epochs(), e.Epoch) {
		ok = true // an epoch of a version before, whose batches are still on their way
	}
	if !ok {
		return fmt.Errorf("epoch %d is none of %s, version %d", e.Epoch, file.Name, file.Version)
	}
	if epoch.Number != 0 && (b.Made.Before(epoch.From) || !b.Made.Before(epoch.Until)) {
		return fmt.Errorf("the batch was not made in epoch %d", e.Epoch)
	}
	if e.Month != signals.MonthOf(b.Made) {
		return fmt.Errorf("it is of month %s in a batch of %s", e.Month, signals.MonthOf(b.Made))
	}
	last, err := time.Parse(time.DateOnly, e.Expires)
	if err != nil || last.After(b.Made.AddDate(0, file.Grounds.RetentionMonths, 0)) {
		return fmt.Errorf("it stands for longer than the %d months of the consortium", file.Grounds.RetentionMonths)
	}
	return nil
}

const maxSkew = 5 * time.Minute
