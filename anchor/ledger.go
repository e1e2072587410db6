package anchor

import (
	"context"
	"errors"
)

// Ledger receives finished checkpoints, with their cosignatures, of one log. The log's directory is one, a smart
// contract can be another; a proof bundle is the same whatever the ledger. It may be called concurrently.
type Ledger interface {
	// Publish makes a checkpoint known. It returns nil once that is final by the ledger's own rules, ErrPending while
	// it is on its way, and another error if it was refused or could not be tried. The same call again is safe, after a
	// crash too. A checkpoint smaller than the head, or another root of its size, is refused.
	Publish(ctx context.Context, checkpoint []byte) error
	// Lookup returns the checkpoint of that size, or an error that is fs.ErrNotExist.
	Lookup(ctx context.Context, size uint64) ([]byte, error)
	// Head returns the newest final checkpoint, or an error that is fs.ErrNotExist if there is none.
	Head(ctx context.Context) ([]byte, error)
}

// ErrPending means that a ledger has a checkpoint and has not made it final yet. Publish it again to learn more.
var ErrPending = errors.New("published, not final yet")
