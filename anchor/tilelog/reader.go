package tilelog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
)

// Reader reads a log's directory without its key. What it returns is checked against the checkpoint that it is asked to
// prove for, so damaged tiles give errors and never wrong proofs.
type Reader struct {
	dir      *durable.Dir
	verifier note.Verifier
}

// OpenReader returns a reader of the log in dir that was signed by vkey.
func OpenReader(dir, vkey string) (*Reader, error) {
	return newReader(durable.NewDir(durable.OS{}, dir), vkey)
}

func newReader(dir *durable.Dir, vkey string) (*Reader, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	return &Reader{dir: dir, verifier: verifier}, nil
}

// Head returns the newest published checkpoint with its cosignatures; fs.ErrNotExist if none was published yet.
func (r *Reader) Head(context.Context) ([]byte, error) {
	return r.checkpoint(checkpointFile)
}

// Lookup returns the published checkpoint of that size; fs.ErrNotExist if there is none.
func (r *Reader) Lookup(_ context.Context, size uint64) ([]byte, error) {
	msg, err := r.checkpoint(historyPath(size))
	if err != nil {
		return nil, err
	}
	if head, err := r.open(msg); err != nil || head.Size != size {
		return nil, fmt.Errorf("checkpoint of size %d: the file holds another one", size)
	}
	return msg, nil
}

func (r *Reader) checkpoint(name string) ([]byte, error) { return r.checkpointIn(r.dir, name) }

func (r *Reader) checkpointIn(dir *durable.Dir, name string) ([]byte, error) {
	msg, err := dir.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if _, err := r.open(msg); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return msg, nil
}

// open returns the head in a checkpoint that the log's key signed.
func (r *Reader) open(msg []byte) (proof.Checkpoint, error) {
	opened, err := note.Open(msg, note.VerifierList(r.verifier))
	if err != nil {
		return proof.Checkpoint{}, err
	}
	head, err := proof.ParseCheckpoint(opened.Text)
	if err != nil {
		return proof.Checkpoint{}, err
	}
	if head.Origin != r.verifier.Name() || head.Size > maxSize || head.Text() != opened.Text {
		return proof.Checkpoint{}, fmt.Errorf("not a checkpoint of the log %s", r.verifier.Name())
	}
	return head, nil
}

// Entry returns the entry at index of the log of that head, checked against it.
func (r *Reader) Entry(_ context.Context, index uint64, head proof.Checkpoint) (string, error) {
	if index >= head.Size {
		return "", fmt.Errorf("entry %d of a log of %d: %w", index, head.Size, fs.ErrNotExist)
	}
	entries, err := r.bundle(index/tileWidth, head)
	if err != nil {
		return "", fmt.Errorf("reading entry %d: %w", index, err)
	}
	return entries[index%tileWidth], nil
}

// Entries reads the whole log of that head, each entry checked against it: an audit of the directory. It yields an
// error and stops at the first entry that is missing or does not belong there.
func (r *Reader) Entries(ctx context.Context, head proof.Checkpoint) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for n := uint64(0); n*tileWidth < head.Size; n++ {
			entries, err := r.bundle(n, head)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield("", fmt.Errorf("reading from entry %d: %w", n*tileWidth, err))
				return
			}
			for _, entry := range entries {
				if !yield(entry, nil) {
					return
				}
			}
		}
	}
}

// Inclusion returns the audit path of an entry in the log of that head.
func (r *Reader) Inclusion(_ context.Context, index uint64, head proof.Checkpoint) ([]proof.Hash, error) {
	if index >= head.Size {
		return nil, fmt.Errorf("entry %d of a log of %d: %w", index, head.Size, fs.ErrNotExist)
	}
	path, err := tlog.ProveRecord(int64(head.Size), int64(index), r.hashes(head))
	if err != nil {
		return nil, fmt.Errorf("proving entry %d: %w", index, err)
	}
	return path, nil
}

// Consistency returns the RFC 6962 proof that the log of that head begins with its first oldSize entries; it is empty
// for no entries and for all.
func (r *Reader) Consistency(_ context.Context, oldSize uint64, head proof.Checkpoint) ([]proof.Hash, error) {
	if oldSize > head.Size {
		return nil, fmt.Errorf("proof from size %d to the smaller %d", oldSize, head.Size)
	}
	if oldSize == 0 || oldSize == head.Size {
		return nil, nil
	}
	path, err := tlog.ProveTree(int64(head.Size), int64(oldSize), r.hashes(head))
	if err != nil {
		return nil, fmt.Errorf("proving the way from size %d: %w", oldSize, err)
	}
	return path, nil
}

// hashes returns the stored hashes of the tree of that head. The library checks each tile against the root.
func (r *Reader) hashes(head proof.Checkpoint) tlog.HashReader {
	if head.Size == 0 {
		return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			if len(indexes) > 0 {
				return nil, errors.New("no hashes in an empty tree")
			}
			return nil, nil
		})
	}
	return tlog.TileHashReader(tlog.Tree{N: int64(head.Size), Hash: head.Root}, tiles{r.dir})
}

// bundle returns the entries of the nth bundle in the log of that head. A bundle is not covered by the head directly,
// so each entry is compared with its leaf hash.
func (r *Reader) bundle(n uint64, head proof.Checkpoint) ([]string, error) {
	width := min(head.Size-n*tileWidth, tileWidth)
	data, err := readTile(r.dir, tlog.Tile{H: tileHeight, L: -1, N: int64(n), W: int(width)})
	if err != nil {
		return nil, err
	}
	entries, err := splitBundle(data)
	if err != nil || uint64(len(entries)) < width {
		return nil, fmt.Errorf("entry bundle %d is cut short", n)
	}
	entries = entries[:width]
	indexes := make([]int64, width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, int64(n*tileWidth)+int64(i))
	}
	leaves, err := r.hashes(head).ReadHashes(indexes)
	if err != nil {
		return nil, err
	}
	for i, entry := range entries {
		if tlog.RecordHash([]byte(entry)) != leaves[i] {
			return nil, fmt.Errorf("entry bundle %d does not belong to the log's checkpoint", n)
		}
	}
	return entries, nil
}

// tiles serves the hash tiles of a directory to the library.
type tiles struct{ dir *durable.Dir }

func (tiles) Height() int { return tileHeight }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(wanted))
	for i, tile := range wanted {
		content, err := readTile(t.dir, tile)
		if err != nil {
			return nil, err
		}
		if len(content) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %s is cut short", tilePath(tile))
		}
		data[i] = content[:tile.W*tlog.HashSize]
	}
	return data, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// readTile reads a tile, or the full one if the partial one was cleaned up, as the specification allows.
func readTile(dir *durable.Dir, tile tlog.Tile) ([]byte, error) {
	data, err := dir.ReadFile(tilePath(tile))
	if errors.Is(err, fs.ErrNotExist) && tile.W < tileWidth {
		full := tile
		full.W = tileWidth
		if data, fullErr := dir.ReadFile(tilePath(full)); fullErr == nil {
			return data, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading tile %s: %w", tilePath(tile), err)
	}
	return data, nil
}
