package logbook

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
)

// Cosigner gathers cosignatures; *witness.Quorum is one.
type Cosigner interface {
	// Cosign returns the checkpoint with enough cosignatures, or an error and nothing.
	Cosign(ctx context.Context, checkpoint []byte, prove witness.Prover) ([]byte, error)
}

// Book is a member's log. It implements the node's Anchor.
type Book struct {
	log      *tilelog.Log
	cosigner Cosigner // nil: checkpoints are published without witnesses

	mu        sync.Mutex
	published uint64 // entries under a checkpoint that was published since the start
}

// Open takes the log in a directory over. cosigner may be nil.
func Open(dir, keyFile string, cosigner Cosigner) (*Book, error) {
	key, err := tilelog.LoadKey(keyFile)
	if err != nil {
		return nil, err
	}
	log, err := tilelog.Open(dir, key)
	if err != nil {
		return nil, fmt.Errorf("opening the log of signals in %s: %w", dir, err)
	}
	return &Book{log: log, cosigner: cosigner}, nil
}

// Close gives the directory free.
func (b *Book) Close() error { return b.log.Close() }

// Entry is what stands in the log of a batch.
func Entry(number int64, digest string) string {
	return fmt.Sprintf("tallystick signals batch v1\n%d %s\n", number, digest)
}

// Anchor takes batches into the log, the first of which has that number, and publishes a cosigned checkpoint. What the
// log holds already is compared: another digest is [tilelog.ErrConflict], and then the member has signed two histories.
func (b *Book) Anchor(ctx context.Context, first int64, digests []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if first < 1 {
		return errors.New("batches count from 1")
	}
	entries := make([]string, len(digests))
	for i, digest := range digests {
		entries[i] = Entry(first+int64(i), digest)
	}
	if err := b.log.Append(ctx, uint64(first-1), entries); err != nil {
		return fmt.Errorf("anchoring batches from %d: %w", first, err)
	}
	head, msg := b.log.Signed()
	if head.Size == b.published {
		return nil
	}
	// A crash from here on leaves entries without a published checkpoint; the next call publishes them.
	if b.cosigner != nil {
		var err error
		msg, err = b.cosigner.Cosign(ctx, msg, func(ctx context.Context, old uint64) ([]proof.Hash, error) {
			return b.log.Consistency(ctx, old, head)
		})
		if err != nil {
			return fmt.Errorf("having the checkpoint of %d batches witnessed: %w", head.Size, err)
		}
	}
	if err := b.log.Publish(ctx, msg); err != nil {
		return fmt.Errorf("publishing the checkpoint of %d batches: %w", head.Size, err)
	}
	b.published = head.Size
	return nil
}
