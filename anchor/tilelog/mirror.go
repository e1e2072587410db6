package tilelog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
)

// maxBundle is the longest that an entry bundle can be.
const maxBundle = tileWidth * (2 + maxEntry)

// Source is where somebody else's log is published.
type Source interface {
	// Fetch returns the file at a path below the log's place, such as tile/0/000. A file that is not there is
	// fs.ErrNotExist, one longer than limit bytes an error. What it returns is not trusted.
	Fetch(ctx context.Context, path string, limit int64) ([]byte, error)
}

// Mirror is a copy of somebody else's log, in the same layout, made without the log's key. Nothing is written to it
// that does not belong to a head which the caller has accepted, and whoever reads it with a [Reader] checks it again.
// Its methods must take turns.
type Mirror struct{ *Reader }

// NewMirror returns the copy in dir of the log that vkey signs.
func NewMirror(dir *durable.Dir, vkey string) (*Mirror, error) {
	reader, err := newReader(dir, vkey)
	if err != nil {
		return nil, err
	}
	return &Mirror{reader}, nil
}

// Open returns the head in a checkpoint that the log's key signed. It does not look at witnesses.
func (m *Mirror) Open(msg []byte) (proof.Checkpoint, error) { return m.open(msg) }

// Prefix returns the root over the first size entries of the log of that head, and the RFC 6962 proof that the log
// begins with them; 0 < size < head.Size. It reads tiles of the copy if own is set and those of the source for the
// rest, and checks them against the head, so that a wrong tile is an error and never a wrong root.
func (m *Mirror) Prefix(
	ctx context.Context, from Source, own bool, head proof.Checkpoint, size uint64,
) (proof.Hash, []proof.Hash, error) {
	if size == 0 || size >= head.Size || head.Size > maxSize {
		return proof.Hash{}, nil, fmt.Errorf("the first %d entries of a log of %d", size, head.Size)
	}
	hashes := m.remote(ctx, from, own, head)
	root, err := tlog.TreeHash(int64(size), hashes)
	if err != nil {
		return proof.Hash{}, nil, fmt.Errorf("reading the way from size %d to %d: %w", size, head.Size, err)
	}
	path, err := tlog.ProveTree(int64(head.Size), int64(size), hashes)
	if err != nil {
		return proof.Hash{}, nil, fmt.Errorf("proving the way from size %d to %d: %w", size, head.Size, err)
	}
	return root, path, nil
}

// Copy brings the tiles and entries of a head that extends the published one into the directory, each checked against
// the head and durable before the next is asked for. After an error or a crash the same call goes on where it stopped.
func (m *Mirror) Copy(ctx context.Context, from Source, head proof.Checkpoint) error {
	var have uint64
	if msg, err := m.Head(ctx); err == nil {
		published, err := m.open(msg)
		if err != nil {
			return fmt.Errorf("reading the copy's head: %w", err)
		}
		have = published.Size
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the copy's head: %w", err)
	}
	err := m.copyTiles(ctx, m.remote(ctx, from, true, head), from, have, head)
	if errors.Is(err, errOwnTile) {
		// A tile of the copy is damaged: all are asked for again, and the good ones replace it.
		err = m.copyTiles(ctx, m.remote(ctx, from, false, head), from, have, head)
	}
	return err
}

func (m *Mirror) copyTiles(ctx context.Context, hashes tlog.HashReader, from Source, have uint64,
	head proof.Checkpoint) error {
	for level := 0; head.Size>>(level*tileHeight) > 0; level++ {
		before, after := have>>(level*tileHeight), head.Size>>(level*tileHeight)
		if before == after {
			continue
		}
		for n := before / tileWidth; n*tileWidth < after; n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			tile := tlog.Tile{H: tileHeight, L: level, N: int64(n), W: int(min(after-n*tileWidth, tileWidth))}
			data, err := tlog.ReadTileData(tile, hashes)
			if err != nil {
				return fmt.Errorf("copying tile %s: %w", tilePath(tile), err)
			}
			if level == 0 {
				if err := m.copyBundle(ctx, from, tile, data); err != nil {
					return fmt.Errorf("copying entries from %d on: %w", n*tileWidth, err)
				}
			}
			if err := m.keep(tilePath(tile), data); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyBundle copies the entries whose hashes the tile holds, unless they are there.
func (m *Mirror) copyBundle(ctx context.Context, from Source, tile tlog.Tile, leaves []byte) error {
	tile.L = -1
	if data, err := m.dir.ReadFile(tilePath(tile)); err == nil {
		if bundle, err := bundleFor(data, leaves); err == nil {
			return m.keep(tilePath(tile), bundle)
		}
	}
	data, err := fetchTile(ctx, from, tile, maxBundle)
	if err != nil {
		return err
	}
	bundle, err := bundleFor(data, leaves)
	if err != nil {
		return err
	}
	return m.keep(tilePath(tile), bundle)
}

// bundleFor returns the bundle of exactly those entries whose hashes the leaves are; data may hold more at its end, as
// a full bundle does that stands for a partial one.
func bundleFor(data, leaves []byte) ([]byte, error) {
	entries, err := splitBundle(data)
	if err != nil {
		return nil, err
	}
	count := len(leaves) / tlog.HashSize
	if len(entries) < count {
		return nil, fmt.Errorf("%d entries where there are %d", len(entries), count)
	}
	var bundle []byte
	for i, entry := range entries[:count] {
		if tlog.RecordHash([]byte(entry)) != tlog.Hash(leaves[i*tlog.HashSize:][:tlog.HashSize]) {
			return nil, errors.New("an entry does not belong to the log's checkpoint")
		}
		bundle = appendEntry(bundle, entry)
	}
	return bundle, nil
}

// keep writes what was checked against a head. Other content under its name is damage, and is replaced.
func (m *Mirror) keep(name string, data []byte) error {
	err := m.dir.WriteOnce(name, data)
	if errors.Is(err, durable.ErrConflict) {
		err = m.dir.WriteFile(name, data)
	}
	if err != nil {
		return fmt.Errorf("keeping a copy: %w", err)
	}
	return nil
}

// Publish makes a checkpoint the head of the copy. The caller has copied all that it covers.
func (m *Mirror) Publish(msg []byte) error {
	head, err := m.open(msg)
	if err != nil {
		return fmt.Errorf("publishing the copy: %w", err)
	}
	// History first, as in [Log.Publish].
	for _, name := range []string{historyPath(head.Size), checkpointFile} {
		if err := m.dir.WriteFile(name, msg); err != nil {
			return fmt.Errorf("publishing the copy: %w", err)
		}
	}
	return nil
}

func (m *Mirror) remote(ctx context.Context, from Source, own bool, head proof.Checkpoint) tlog.HashReader {
	r := &remoteTiles{ctx: ctx, from: from, fetched: map[tlog.Tile][]byte{}}
	if own {
		r.own = m.dir
	}
	checked := tlog.TileHashReader(tlog.Tree{N: int64(head.Size), Hash: head.Root}, r)
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		r.failed, r.usedOwn = false, false
		hashes, err := checked.ReadHashes(indexes)
		switch {
		case err == nil || r.failed:
			return hashes, err
		case r.usedOwn:
			return nil, fmt.Errorf("%w: %w", errOwnTile, err)
		}
		return nil, fmt.Errorf("the tiles do not belong to the log's checkpoint: %w", err)
	})
}

// errOwnTile means that tiles, among them one of the copy, do not lead to the head.
var errOwnTile = errors.New("a tile of the copy may be damaged")

// remoteTiles serves the tiles of a source to the library, which checks them. Its lifetime is one operation's.
type remoteTiles struct {
	ctx     context.Context
	from    Source
	own     *durable.Dir // asked first; nil: never
	fetched map[tlog.Tile][]byte

	failed  bool // the last read failed, so that the library checked nothing
	usedOwn bool // the last read took a tile of the copy
}

// maxFetched bounds the tiles in memory. Parents are asked for again with each tile; a log of 2^40 entries has five
// levels.
const maxFetched = 64

func (r *remoteTiles) Height() int { return tileHeight }

func (r *remoteTiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(wanted))
	for i, tile := range wanted {
		var err error
		if data[i], err = r.read(tile); err != nil {
			r.failed = true
			return nil, err
		}
	}
	return data, nil
}

func (r *remoteTiles) read(tile tlog.Tile) ([]byte, error) {
	if data, ok := r.fetched[tile]; ok {
		return data, nil
	}
	size := tile.W * tlog.HashSize
	if r.own != nil {
		if data, err := r.own.ReadFile(tilePath(tile)); err == nil {
			r.usedOwn = true
			if len(data) != size {
				return nil, fmt.Errorf("%w: %s has %d bytes, not %d", errOwnTile, tilePath(tile), len(data), size)
			}
			return data, nil
		}
	}
	data, err := fetchTile(r.ctx, r.from, tile, tileWidth*tlog.HashSize)
	if err != nil {
		return nil, err
	}
	if len(data) < size {
		return nil, fmt.Errorf("tile %s is cut short", tilePath(tile))
	}
	if len(r.fetched) >= maxFetched {
		clear(r.fetched)
	}
	r.fetched[tile] = data[:size]
	return data[:size], nil
}

func (*remoteTiles) SaveTiles([]tlog.Tile, [][]byte) {}

// fetchTile fetches a tile, or the full one if the partial one was cleaned up, as the specification allows.
func fetchTile(ctx context.Context, from Source, tile tlog.Tile, limit int64) ([]byte, error) {
	data, err := from.Fetch(ctx, tilePath(tile), limit)
	if errors.Is(err, fs.ErrNotExist) && tile.W < tileWidth {
		full := tile
		full.W = tileWidth
		if data, fullErr := from.Fetch(ctx, tilePath(full), limit); fullErr == nil {
			return data, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("fetching tile %s: %w", tilePath(tile), err)
	}
	return data, nil
}
