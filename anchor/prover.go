package anchor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/claim"
	"tallystick/claim/entry"
)

// ProveRequest says what to prove of which record.
type ProveRequest struct {
	Record    *entry.Committed        // all that the record's commitment covers
	Opened    map[string][]claim.Leaf // the sealed values of parties that two officers opened, by party
	Paths     []string                // what to show
	Partition int                     // of the record in the journal
	Offset    int64
	Closing   Closing // the batch that holds the record
}

// LogReader is what a Prover needs of the log; tilelog.Reader is one. It may be used concurrently.
type LogReader interface {
	// Head returns the newest published checkpoint with its cosignatures, or an error that is fs.ErrNotExist.
	Head(ctx context.Context) ([]byte, error)
	// Entry returns the entry at index of the log of that head, checked against it.
	Entry(ctx context.Context, index uint64, head proof.Checkpoint) (string, error)
	// Inclusion returns the audit path of the entry at index in the log of that head.
	Inclusion(ctx context.Context, index uint64, head proof.Checkpoint) ([]Hash, error)
}

// StampStore keeps time stamps on heads of the log; stamper.Store is one. It may be used concurrently.
type StampStore interface {
	// For returns the stamps that say most of when a batch existed, without the paths to the batch; none if there is
	// none yet.
	For(batch uint64) ([]proof.Stamp, error)
}

// Prover makes proof bundles. It may be used concurrently if its parts may.
type Prover struct {
	Log         LogReader
	Commitments Commitments
	Policy      proof.Policy // with which a bundle is verified before it is handed out
	Stamps      StampStore   // nil: bundles carry no time stamps
}

// ErrNotPublished is returned while the record's batch is not under a published checkpoint: the proof must wait.
var ErrNotPublished = errors.New("the record's batch is not in a published checkpoint yet")

// Prove builds a bundle and verifies it, so that one that would not convince anybody never leaves.
func (p *Prover) Prove(ctx context.Context, req ProveRequest) ([]byte, *proof.Report, error) {
	b := proof.Bundle{Version: proof.Version, Record: proof.Record{Partition: req.Partition, Offset: req.Offset}}
	if err := proveRecord(&b, req.Record, req.Opened, req.Paths); err != nil {
		return nil, nil, err
	}
	var err error
	if b.Batch, err = p.proveBatch(ctx, req, b.Record.Commitment()); err != nil {
		return nil, nil, fmt.Errorf("proving the record in batch %d: %w", req.Closing.Batch, err)
	}
	checkpoint, err := p.Log.Head(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("batch %d: %w", req.Closing.Batch, ErrNotPublished)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the checkpoint: %w", err)
	}
	head, err := headOf(checkpoint)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the checkpoint: %w", err)
	}
	if req.Closing.Batch >= head.Size {
		return nil, nil, fmt.Errorf("batch %d, published are %d: %w", req.Closing.Batch, head.Size, ErrNotPublished)
	}
	if b.Entry, err = p.Log.Entry(ctx, req.Closing.Batch, head); err != nil {
		return nil, nil, err
	}
	b.Log.Index, b.Checkpoint = req.Closing.Batch, string(checkpoint)
	if b.Log.Hashes, err = p.Log.Inclusion(ctx, req.Closing.Batch, head); err != nil {
		return nil, nil, err
	}
	if b.Stamps, err = p.proveStamps(ctx, req.Closing.Batch); err != nil {
		return nil, nil, fmt.Errorf("proving batch %d in the stamped heads: %w", req.Closing.Batch, err)
	}
	bundle, err := b.Marshal()
	if err != nil {
		return nil, nil, fmt.Errorf("writing the bundle: %w", err)
	}
	report, err := proof.Verify(bundle, p.Policy)
	if err != nil {
		return nil, nil, fmt.Errorf("checking the bundle before it is handed out: %w", err)
	}
	return bundle, report, nil
}

// proveStamps returns the stamps on the batch with the paths to it.
func (p *Prover) proveStamps(ctx context.Context, batch uint64) ([]proof.Stamp, error) {
	if p.Stamps == nil {
		return nil, nil
	}
	stamps, err := p.Stamps.For(batch)
	if err != nil {
		return nil, err
	}
	for i := range stamps {
		head, err := proof.ParseCheckpoint(stamps[i].Head)
		if err != nil {
			return nil, err
		}
		if stamps[i].Hashes, err = p.Log.Inclusion(ctx, batch, head); err != nil {
			return nil, err
		}
	}
	return stamps, nil
}

// proveBatch rebuilds the tree of the batch and finds the record in it by its place in the journal.
func (p *Prover) proveBatch(ctx context.Context, req ProveRequest, commitment Hash) (proof.Inclusion, error) {
	tree, index := &memoryTree{}, -1
	for _, r := range req.Closing.Ranges {
		for c, err := range p.Commitments.Range(ctx, r) {
			if err != nil {
				return proof.Inclusion{}, err
			}
			if r.Partition == req.Partition && c.Offset == req.Offset {
				if c.Hash != commitment {
					return proof.Inclusion{}, fmt.Errorf("the journal's commitment at partition %d, offset %d: %w",
						req.Partition, req.Offset, ErrRootMismatch)
				}
				index = int(tree.size)
			}
			if err := tree.add(tlog.RecordHash(c.Hash[:])); err != nil {
				return proof.Inclusion{}, err
			}
		}
	}
	if index < 0 {
		return proof.Inclusion{}, fmt.Errorf("partition %d, offset %d is not in the batch", req.Partition, req.Offset)
	}
	root, err := tree.root()
	if err != nil {
		return proof.Inclusion{}, err
	}
	if root != req.Closing.Root {
		return proof.Inclusion{}, ErrRootMismatch
	}
	hashes, err := tree.path(index)
	return proof.Inclusion{Index: uint64(index), Hashes: hashes}, err
}
