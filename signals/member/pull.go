package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tallystick/signals"
	"tallystick/signals/consortium"
)

// Pull visits each other member once and takes what it has published since. One that cannot be reached, or whose
// batches do not hold, is in the error, and the others are visited all the same.
func (n *Node) Pull(ctx context.Context) error {
	n.pulling.Lock()
	defer n.pulling.Unlock()
	file, err := n.file()
	if err != nil {
		return err
	}
	if err := n.takeEpochs(file); err != nil {
		return err
	}
	var errs []error
	for _, m := range file.Members {
		if m.Name == n.Name() {
			continue
		}
		o, err := n.other(m)
		if err == nil {
			visit, cancel := context.WithTimeout(ctx, 20*time.Second)
			err = n.visit(visit, file, m, o)
			cancel()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", m.Name, err))
		}
		n.mu.Lock()
		if o != nil {
			o.problem = ""
			if err != nil {
				o.problem = err.Error()
			}
		}
		n.mu.Unlock()
	}
	return errors.Join(errs...)
}

// visit compares another member's signed head with the copy and fetches what is missing.
func (n *Node) visit(ctx context.Context, file *consortium.File, m consortium.Member, o *other) error {
	verifier, err := m.Verifier()
	if err != nil {
		return err
	}
	msg, err := o.client.Get(ctx, "/v1/head")
	if err != nil {
		return err
	}
	head, err := signals.OpenHead(msg, verifier)
	if err != nil {
		return err
	}
	if head.Consortium != file.Name {
		return fmt.Errorf("it is of the consortium %s", head.Consortium)
	}
	if skew := n.now().Sub(head.Time); skew.Abs() > maxSkew {
		return fmt.Errorf("its clock shows %s and this one %s: one of them is wrong",
			head.Time.UTC().Format(time.RFC3339), n.now().UTC().Format(time.RFC3339))
	}
	if head.Batches < o.feed.batches {
		return fmt.Errorf("it has signed %d batches and says now that it has %d: its history was set back",
			o.feed.batches, head.Batches)
	}
	for o.feed.batches < head.Batches {
		if err := n.fetch(ctx, file, m, o); err != nil {
			return err
		}
	}
	if o.feed.digest != head.Digest {
		return fmt.Errorf("batch %d is another one than the one it signed before: it has signed two histories",
			head.Batches)
	}
	n.mu.Lock()
	wasStale := n.now().Sub(o.contact) >= StaleAfter
	o.contact, o.forms = n.now(), head.Forms
	n.mu.Unlock()
	if head.Forms != n.cfg.Forms.Digest() {
		n.log.Warn("a member uses other normal forms, so matches with it are missed", "member", m.Name)
	}
	if wasStale { // of what was looked up meanwhile, its signals did not count
		o.news = nil
		return n.judgeAll(m.Name)
	}
	for len(o.news) > 0 {
		if err := n.news(o.news[0]); err != nil {
			return err
		}
		o.news = o.news[1:]
	}
	return nil
}

// judgeAll judges all watched claims by what one publisher says.
func (n *Node) judgeAll(publisher string) error {
	for _, key := range n.watch.keys() {
		if _, err := n.judge(key.insurer, key.claim, []string{publisher}); err != nil {
			return err
		}
	}
	return nil
}

// fetch takes the next batch of another member.
func (n *Node) fetch(ctx context.Context, file *consortium.File, m consortium.Member, o *other) error {
	verifier, err := m.Verifier()
	if err != nil {
		return err
	}
	msg, err := o.client.Get(ctx, fmt.Sprintf("/v1/batches/%d", o.feed.batches+1))
	if err != nil {
		return err
	}
	if digest, gone := dropped(msg); gone {
		if err := writeDurably(o.feed.path(o.feed.batches+1), msg); err != nil {
			return fmt.Errorf("keeping batch %d: %w", o.feed.batches+1, err)
		}
		n.mu.Lock()
		o.feed.batches, o.feed.digest = o.feed.batches+1, digest
		n.mu.Unlock()
		return nil
	}
	batch, err := signals.OpenBatch(msg, verifier)
	if err != nil {
		return err
	}
	if err := n.admissible(file, o.feed, batch); err != nil {
		return err
	}
	known := n.index.Epochs()
	kept := *batch
	kept.Entries = slices.DeleteFunc(slices.Clone(batch.Entries), func(e signals.Entry) bool {
		return !slices.Contains(known, e.Epoch)
	})
	if err := n.index.Check(&kept); err != nil {
		return fmt.Errorf("batch %d: %w", batch.Number, err)
	}
	// A crash before the next line fetches the batch again; one after it finds the batch in the copy.
	if err := o.feed.keep(batch, msg); err != nil {
		return err
	}
	if err := n.index.Apply(&kept); err != nil {
		return fmt.Errorf("batch %d: %w", batch.Number, err)
	}
	n.mu.Lock()
	o.feed.took(batch, msg)
	n.mu.Unlock()
	o.news = append(o.news, batch)
	return nil
}
