package tilelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
)

// Errors that stop a log. Neither goes away by trying again.
var (
	// ErrConflict means that the log holds other entries than it is given: two histories must never both be signed.
	ErrConflict = errors.New("the log holds another history")
	// ErrGap means that entries are missing between the log's end and what it is given.
	ErrGap = errors.New("entries are missing before these")
	// ErrDamaged means that the directory does not hold what its signed head says.
	ErrDamaged = errors.New("the log's directory is damaged")
)

// Log appends to the log in a directory and signs its heads. The bytes it writes depend on the entries alone, so
// whoever repeats an interrupted run, or holds the same key elsewhere, signs the same heads.
type Log struct {
	*Reader
	key     *Key
	state   *durable.Dir // what nobody but the log may see
	release func() error

	mu   sync.Mutex
	head proof.Checkpoint // the newest signed head; Size 0: nothing signed yet
	msg  []byte           // its note, with the log's signature alone

	compared bundleOf // the bundle that Append compared with last
}

// bundleOf is a bundle that was read and checked under a head.
type bundleOf struct {
	head    proof.Checkpoint
	n       uint64
	entries []string
}

// Open takes over the log in dir with its key, creating it if dir holds none. It checks the newest signed head against
// the tiles before anything can be added.
//
// That head is kept in a directory beside dir, DIR.state, which only the owner can read: all of dir is published, and
// whoever saw a head that has no witnesses yet could show it to others as if it were the log's word.
func Open(dir string, key *Key) (*Log, error) {
	release, err := durable.Lock(filepath.Join(dir, filepath.FromSlash(lockFile)))
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	state, err := stateDir(dir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the log: %w", err), release())
	}
	log, err := open(durable.NewDir(durable.OS{}, dir), durable.NewDir(durable.OS{Private: true}, state), key)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	log.release = release
	return log, nil
}

// stateDir makes the directory of the state, for the log that a link leads to if dir is one.
func stateDir(dir string) (string, error) {
	at, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	if at, err = filepath.Abs(at); err != nil {
		return "", err
	}
	state := at + stateSuffix
	if err := os.MkdirAll(state, 0o700); err != nil {
		return "", fmt.Errorf("making a directory beside the log's for what is not published: %w", err)
	}
	if err := os.Chmod(state, 0o700); err != nil {
		return "", fmt.Errorf("keeping %s from others: %w", state, err)
	}
	if err := moveHead(filepath.Join(at, ".state", "signed"), state); err != nil {
		return "", fmt.Errorf("moving the signed head out of what is published: %w", err)
	}
	return state, nil
}

// moveHead takes over the head that earlier versions kept below the log's directory, which may be a disk of its own. A
// crash leaves both: then the new one counts.
func moveHead(old, state string) error {
	if _, err := os.Lstat(filepath.Join(state, signedFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	head, err := os.ReadFile(old)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := durable.NewDir(durable.OS{Private: true}, state).WriteFile(signedFile, head); err != nil {
		return err
	}
	return os.Remove(old)
}

func open(dir, state *durable.Dir, key *Key) (*Log, error) {
	reader, err := newReader(dir, key.VKey())
	if err != nil {
		return nil, err
	}
	l := &Log{Reader: reader, key: key, state: state}
	// The published checkpoint counts too: if the state directory was lost or put back from a copy, what the world has
	// seen still binds.
	for _, from := range []struct {
		dir  *durable.Dir
		name string
	}{{state, signedFile}, {dir, checkpointFile}} {
		msg, err := l.checkpointIn(from.dir, from.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("opening the log: %w", err)
		}
		if head, err := l.open(msg); err != nil {
			return nil, fmt.Errorf("opening the log: %w", err)
		} else if head.Size >= l.head.Size {
			if head.Size == l.head.Size && head.Size > 0 && head != l.head {
				return nil, fmt.Errorf("opening the log: two signed heads of size %d: %w", head.Size, ErrConflict)
			}
			l.head = head
		}
	}
	if l.head.Size == 0 {
		return l, nil
	}
	if l.msg, err = l.sign(l.head); err != nil {
		return nil, err
	}
	if _, err := tlog.TreeHash(int64(l.head.Size), l.hashes(l.head)); err != nil {
		return nil, fmt.Errorf("opening the log at size %d: %w: %w", l.head.Size, ErrDamaged, err)
	}
	return l, nil
}

// Close gives the directory free.
func (l *Log) Close() error {
	if l.release == nil {
		return nil
	}
	return l.release()
}

// Origin returns the origin of the log.
func (l *Log) Origin() string { return l.key.Name() }

// Size returns how many entries the newest signed head covers.
func (l *Log) Size() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head.Size
}

// Signed returns the newest signed head and its note, without cosignatures; the note is nil while the log is empty.
func (l *Log) Signed() (proof.Checkpoint, []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head, bytes.Clone(l.msg)
}

// Append adds entries, the first of which has the index first, and signs the new head. Entries that the log holds
// already are compared and left; so the same call after an error or a crash is safe and ends with the same bytes. An
// error other than [ErrConflict], [ErrGap] and [ErrDamaged] comes from the directory (full, read-only): the log stands
// as before.
func (l *Log) Append(ctx context.Context, first uint64, entries []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first > l.head.Size {
		return fmt.Errorf("appending at %d to a log of %d: %w", first, l.head.Size, ErrGap)
	}
	for len(entries) > 0 && first < l.head.Size {
		held, err := l.held(first)
		if err != nil {
			return fmt.Errorf("comparing entry %d: %w", first, err)
		}
		if held != entries[0] {
			return fmt.Errorf("entry %d: %w", first, ErrConflict)
		}
		first, entries = first+1, entries[1:]
	}
	if len(entries) == 0 {
		return nil
	}
	next, err := l.integrate(ctx, entries)
	if err != nil {
		return err
	}
	msg, err := l.sign(next)
	if err != nil {
		return err
	}
	// The new head is durable before anyone can see it. Until this line a crash leaves tiles that the next run writes
	// again with the same bytes; after it the next run goes on from here. A signature that leaves the process without
	// having been kept could be followed by a smaller or another one.
	if err := l.state.WriteFile(signedFile, msg); err != nil {
		return fmt.Errorf("keeping the signed head: %w", err)
	}
	l.head, l.msg = next, msg
	return nil
}

// held returns an entry that the log holds. A run that begins again sends the whole history once more, so the bundle is
// kept for the next entry.
func (l *Log) held(index uint64) (string, error) {
	n := index / tileWidth
	if l.compared.entries == nil || l.compared.head != l.head || l.compared.n != n {
		entries, err := l.bundle(n, l.head)
		if err != nil {
			return "", err
		}
		l.compared = bundleOf{head: l.head, n: n, entries: entries}
	}
	return l.compared.entries[index%tileWidth], nil
}

// integrate writes the bundles and tiles that the entries complete or widen, and returns the head of the new tree after
// reading it back.
func (l *Log) integrate(ctx context.Context, entries []string) (proof.Checkpoint, error) {
	oldSize := int64(l.head.Size)
	newSize := oldSize + int64(len(entries))
	if newSize > maxSize {
		return proof.Checkpoint{}, fmt.Errorf("a log of %d entries, limit %d", newSize, int64(maxSize))
	}
	if err := l.writeBundles(ctx, entries); err != nil {
		return proof.Checkpoint{}, err
	}
	hashes := &overlay{old: l.hashes(l.head), added: map[int64]tlog.Hash{}}
	for i, entry := range entries {
		n := oldSize + int64(i)
		stored, err := tlog.StoredHashes(n, []byte(entry), hashes)
		if err != nil {
			return proof.Checkpoint{}, fmt.Errorf("hashing entry %d: %w: %w", n, ErrDamaged, err)
		}
		for j, hash := range stored {
			hashes.added[tlog.StoredHashIndex(0, n)+int64(j)] = hash
		}
	}
	for _, tile := range tlog.NewTiles(tileHeight, oldSize, newSize) {
		if err := ctx.Err(); err != nil {
			return proof.Checkpoint{}, err
		}
		data, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return proof.Checkpoint{}, fmt.Errorf("making tile %s: %w", tilePath(tile), err)
		}
		if err := l.writeOnce(tilePath(tile), data); err != nil {
			return proof.Checkpoint{}, err
		}
	}
	root, err := tlog.TreeHash(newSize, hashes)
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("hashing the tree: %w", err)
	}
	next := proof.Checkpoint{Origin: l.key.Name(), Size: uint64(newSize), Root: root}
	return next, l.checkExtends(ctx, next)
}

// checkExtends reads the new tree and its entries back from the directory and proves that it begins with the old one.
// Nothing is signed unless a stranger could draw the same conclusion from the files.
func (l *Log) checkExtends(ctx context.Context, next proof.Checkpoint) error {
	path, err := l.Consistency(ctx, l.head.Size, next)
	if err == nil && l.head.Size > 0 {
		err = tlog.CheckTree(path, int64(next.Size), next.Root, int64(l.head.Size), l.head.Root)
	} else if err == nil {
		_, err = tlog.TreeHash(int64(next.Size), l.hashes(next))
	}
	if err != nil {
		return fmt.Errorf("checking the new tree: %w: %w", ErrDamaged, err)
	}
	for n := l.head.Size / tileWidth; n*tileWidth < next.Size; n++ {
		if _, err := l.bundle(n, next); err != nil {
			return fmt.Errorf("checking the new entries: %w: %w", ErrDamaged, err)
		}
	}
	return nil
}

// writeBundles writes the entry bundles that the entries complete or widen.
func (l *Log) writeBundles(ctx context.Context, entries []string) error {
	size := l.head.Size
	var bundle []byte
	if width := size % tileWidth; width > 0 {
		held, err := l.bundle(size/tileWidth, l.head)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		for _, entry := range held {
			bundle = appendEntry(bundle, entry)
		}
	}
	for i, entry := range entries {
		if len(entry) == 0 || len(entry) > maxEntry {
			return fmt.Errorf("entry %d has %d bytes, allowed are 1 to %d", size, len(entry), maxEntry)
		}
		bundle = appendEntry(bundle, entry)
		size++
		if full := size%tileWidth == 0; !full && i < len(entries)-1 {
			continue
		}
		width := (size-1)%tileWidth + 1
		tile := tlog.Tile{H: tileHeight, L: -1, N: int64((size - 1) / tileWidth), W: int(width)}
		if err := l.writeOnce(tilePath(tile), bundle); err != nil {
			return err
		}
		bundle = nil
	}
	return nil
}

// writeOnce writes a tile or bundle. Other content under its name means that another history was begun here.
func (l *Log) writeOnce(name string, data []byte) error {
	err := l.dir.WriteOnce(name, data)
	if errors.Is(err, durable.ErrConflict) {
		return fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return err
}

func (l *Log) sign(head proof.Checkpoint) ([]byte, error) {
	msg, err := note.Sign(&note.Note{Text: head.Text()}, l.key.signer)
	if err != nil {
		return nil, fmt.Errorf("signing the head of size %d: %w", head.Size, err)
	}
	return msg, nil
}

// Publish makes a checkpoint, with the cosignatures it has gathered, the one that the world sees. It must be one that
// this log signed and not smaller than the published one; the same size again replaces its cosignatures. It is durable
// when Publish returns nil, and the same call again is safe.
func (l *Log) Publish(ctx context.Context, msg []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	head, err := l.open(msg)
	if err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	if head.Size > l.head.Size {
		return fmt.Errorf("publishing size %d, signed up to %d: %w", head.Size, l.head.Size, ErrGap)
	}
	if err := l.checkPrefix(ctx, head); err != nil {
		return err
	}
	published, err := l.Head(ctx)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("publishing: %w", err)
	}
	if err == nil {
		if old, _ := l.open(published); old.Size > head.Size {
			return fmt.Errorf("publishing size %d after %d: %w", head.Size, old.Size, ErrConflict)
		}
	}
	// History first: a crash between the two leaves a checkpoint that can be looked up and is published by the next
	// call.
	if err := l.dir.WriteFile(historyPath(head.Size), msg); err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	if err := l.dir.WriteFile(checkpointFile, msg); err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	return nil
}

// checkPrefix checks that a head is one of this log's own history.
func (l *Log) checkPrefix(ctx context.Context, head proof.Checkpoint) error {
	if head == l.head {
		return nil
	}
	if head.Size == 0 || head.Size == l.head.Size {
		return fmt.Errorf("publishing a head of size %d: %w", head.Size, ErrConflict)
	}
	path, err := l.Consistency(ctx, head.Size, l.head)
	if err != nil {
		return err
	}
	if tlog.CheckTree(path, int64(l.head.Size), l.head.Root, int64(head.Size), head.Root) != nil {
		return fmt.Errorf("publishing a head of size %d: %w", head.Size, ErrConflict)
	}
	return nil
}

// overlay adds hashes that are not written yet to those of the old tree.
type overlay struct {
	old   tlog.HashReader
	added map[int64]tlog.Hash
}

func (o *overlay) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var fromOld []int64
	for _, index := range indexes {
		if _, ok := o.added[index]; !ok {
			fromOld = append(fromOld, index)
		}
	}
	var read []tlog.Hash
	if len(fromOld) > 0 {
		var err error
		if read, err = o.old.ReadHashes(fromOld); err != nil {
			return nil, err
		}
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if hash, ok := o.added[index]; ok {
			hashes[i] = hash
			continue
		}
		hashes[i], read = read[0], read[1:]
	}
	return hashes, nil
}
