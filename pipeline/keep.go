package pipeline

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/renameio/v2"

	"tallystick/claim"
	"tallystick/journal"
)

// Keeper is a decider whose memory can be kept in a file, so that a start need not fold the whole journal.
//
// Keep writes the memory while claims are decided and observed. What it writes, together with every entry after the
// positions that were taken before the call, is the whole memory; some of these entries it may hold already, so Observe
// must bear to be told twice. Recall reads what Keep wrote into a decider that has observed nothing; after an error it
// still has not. A record that is not held had no entry at the positions: what it came to is observed afterwards, and
// may be something else than what was remembered. Fingerprint names what the memory depends on beside the journal, such
// as the rules: a memory kept under another one is of no use.
type Keeper interface {
	Decider
	Fingerprint() [sha256.Size]byte
	Keep(w io.Writer) error
	Recall(r io.Reader, held func(claim.SourceRef) bool) error
}

// StateFile is the name of the file in StateDirectory.
const StateFile = "state.tallystick"

// The file of a state is a line that names the form, a line of JSON, the bytes of the Keeper, and SHA-256 over all of
// that.
const (
	stateForm      = "tallystick state 1\n"
	stateBuffer    = 1 << 20
	foldedForState = 50_000 // entries that a start must have folded for the state to be kept at once
)

// stateHead is the line of JSON.
type stateHead struct {
	Fingerprint []byte           `json:"fingerprint"`
	Kept        time.Time        `json:"kept"`
	Partitions  []statePartition `json:"partitions"`
}

// statePartition is where a partition of the journal was folded to.
type statePartition struct {
	Position journal.Position `json:"position"`
	Last     claim.SourceRef  `json:"last"` // see partition.Last

	Placed *claim.Placement `json:"placed,omitempty"`
}

// errState is matched by what is said of a file that is of no use.
var errState = errors.New("not a state of this install")

// keeper returns the decider if its memory is to be kept, else nil.
func (pl *Pipeline) keeper() Keeper {
	if k, ok := pl.cfg.Decider.(Keeper); ok && pl.cfg.StateDirectory != "" {
		return k
	}
	return nil
}

func (pl *Pipeline) stateFile() string { return filepath.Join(pl.cfg.StateDirectory, StateFile) }

// stateFingerprint names what a state depends on beside the journal. Another version of the program may remember other
// things.
func (pl *Pipeline) stateFingerprint(k Keeper) []byte {
	sum := k.Fingerprint()
	h := sha256.New()
	fmt.Fprintf(h, "%x\n%q\n%q\n%q\n", sum, pl.cfg.Version, pl.cfg.Topics.Scored, JournalName)
	return h.Sum(nil)
}

// recall takes over the state that an earlier life kept and moves the heads to where it was kept. A file that is of no
// use is left alone: then the journal is folded from its beginning.
func (pl *Pipeline) recall(ctx context.Context, k Keeper) error {
	pl.removeLeftovers()
	unfit := func(err error) error {
		pl.cfg.Log.Warn("the kept state is of no use, folding the whole journal", "file", pl.stateFile(), "error", err)
		return nil
	}
	f, err := os.Open(pl.stateFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return unfit(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return unfit(err)
	}
	head, body, err := readState(f, info.Size())
	switch {
	case err != nil:
		return unfit(err)
	case !bytes.Equal(head.Fingerprint, pl.stateFingerprint(k)):
		return unfit(fmt.Errorf("%w: it was kept by another version of the program, under other rules or for another topic", errState))
	case len(head.Partitions) != len(pl.partitions):
		return unfit(fmt.Errorf("%w: it is of %d partitions, the journal has %d", errState, len(head.Partitions),
			len(pl.partitions)))
	}
	for i, at := range head.Partitions {
		// The beginning as well: a fold from the position does not miss what was deleted before it.
		for _, from := range []journal.Position{beginning(i), at.Position} {
			if _, err := journal.OpenFold(ctx, pl.journal, i, from); permanent(err) {
				return unfit(err)
			} else if err != nil {
				return fmt.Errorf("comparing the kept state with the journal: %w", err)
			}
		}
	}
	if err := k.Recall(obeying{ctx, body}, heldAt(head.Partitions)); ctx.Err() != nil {
		return context.Cause(ctx)
	} else if err != nil {
		return unfit(err)
	}
	for i, at := range head.Partitions {
		p := pl.partitions[i]
		p.mu.Lock()
		p.head, p.last, p.placed = at.Position, at.Last, at.Placed
		p.mu.Unlock()
	}
	pl.kept = positionsOf(head.Partitions)
	pl.m.stateKept.Set(float64(head.Kept.Unix()))
	return nil
}

// obeying is a reader that ends once ctx is done.
type obeying struct {
	ctx context.Context
	io.Reader
}

func (o obeying) Read(to []byte) (int, error) {
	if o.ctx.Err() != nil {
		return 0, context.Cause(o.ctx)
	}
	return o.Reader.Read(to)
}

// removeLeftovers removes what a process that was killed had written of a state.
func (pl *Pipeline) removeLeftovers() {
	left, _ := os.ReadDir(pl.cfg.StateDirectory) // there may be none yet
	for _, file := range left {
		if !strings.HasPrefix(file.Name(), "."+StateFile) {
			continue
		}
		if err := os.Remove(filepath.Join(pl.cfg.StateDirectory, file.Name())); err != nil {
			pl.cfg.Log.Warn("a state that was not finished could not be removed", "error", err)
		}
	}
}

// readState checks a file of that size to its end and returns its head and a reader of what the Keeper wrote.
func readState(f io.ReaderAt, size int64) (*stateHead, io.Reader, error) {
	size -= sha256.Size
	if size < int64(len(stateForm)) {
		return nil, nil, fmt.Errorf("%w: it is too short", errState)
	}
	sum := sha256.New()
	in := bufio.NewReaderSize(io.NewSectionReader(f, 0, size), stateBuffer)
	if _, err := io.Copy(sum, in); err != nil {
		return nil, nil, err
	}
	var want [sha256.Size]byte
	if _, err := f.ReadAt(want[:], size); err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(sum.Sum(nil), want[:]) {
		return nil, nil, fmt.Errorf("%w: it is damaged", errState)
	}
	in.Reset(io.NewSectionReader(f, 0, size))
	head, err := readStateHead(in)
	return head, in, err
}

// readStateHead reads what stands before the bytes of the Keeper.
func readStateHead(in *bufio.Reader) (*stateHead, error) {
	form := make([]byte, len(stateForm))
	if _, err := io.ReadFull(in, form); err != nil || string(form) != stateForm {
		return nil, fmt.Errorf("%w: it is of another form", errState)
	}
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("%w: its head does not end", errState)
	}
	var head stateHead
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fmt.Errorf("%w: its head is not readable: %w", errState, err)
	}
	return &head, nil
}

// heldAt tells whether a record had its entry in the journal at the positions of a state.
func heldAt(parts []statePartition) func(claim.SourceRef) bool {
	return func(s claim.SourceRef) bool {
		if s.Partition < 0 || s.Partition >= len(parts) {
			return false
		}
		at := parts[s.Partition].Position
		return s.Epoch < at.Epoch || s.Epoch == at.Epoch && s.Offset < at.To
	}
}

func positionsOf(parts []statePartition) []journal.Position {
	var at []journal.Position
	for _, p := range parts {
		at = append(at, p.Position)
	}
	return at
}

// startKeeping keeps the state beside the work, if it is to be kept. The function that it returns ends that and, where
// the run ended well, keeps the state a last time.
func (pl *Pipeline) startKeeping(ctx context.Context, atOnce bool) (last func(well bool)) {
	k := pl.keeper()
	if k == nil {
		return func(bool) {}
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); pl.keepRegularly(ctx, k, atOnce) }()
	return func(well bool) {
		stop()
		<-done
		if well {
			pl.keep(context.WithoutCancel(ctx), k)
		}
	}
}

// keepRegularly keeps the state every KeepEvery, at first at once if the start had much to fold.
func (pl *Pipeline) keepRegularly(ctx context.Context, k Keeper, atOnce bool) {
	if atOnce {
		pl.keep(ctx, k)
	}
	tick := time.NewTicker(pl.cfg.KeepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			pl.keep(ctx, k)
		case <-pl.erased: // what was kept before still names who was erased
			pl.kept = nil
			pl.keep(ctx, k)
		}
	}
}

// observe tells the decider of an entry that it did not decide.
func (pl *Pipeline) observe(e *claim.Entry) {
	pl.cfg.Decider.Observe(e)
	if e.Kind != claim.Erased || e.Claim == "" {
		return
	}
	select {
	case pl.erased <- struct{}{}:
	default:
	}
}

// keep writes the state unless nothing moved since it was kept. It stops when ctx is done.
func (pl *Pipeline) keep(ctx context.Context, k Keeper) {
	start := time.Now()
	head := stateHead{Fingerprint: pl.stateFingerprint(k), Kept: start}
	for _, p := range pl.partitions { // before anything is written: see Keeper
		p.mu.Lock()
		head.Partitions = append(head.Partitions, statePartition{p.head, p.last, p.placed})
		p.mu.Unlock()
	}
	at := positionsOf(head.Partitions)
	if slices.Equal(at, pl.kept) {
		return
	}
	size, err := pl.writeState(ctx, k, &head)
	if err != nil && ctx.Err() != nil {
		return
	}
	if err != nil {
		pl.m.stateFailures.Inc()
		pl.cfg.Log.Warn("the state could not be kept; the next start has more of the journal to fold", "file",
			pl.stateFile(), "error", err)
		return
	}
	pl.kept = at
	pl.m.stateKept.Set(float64(head.Kept.Unix()))
	pl.cfg.Log.Info("state kept", "file", pl.stateFile(), "bytes", size, "took",
		time.Since(start).Round(time.Millisecond))
}

func (pl *Pipeline) writeState(ctx context.Context, k Keeper, head *stateHead) (size int64, err error) {
	line, err := json.Marshal(head)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(pl.cfg.StateDirectory, 0o700); err != nil {
		return 0, err
	}
	f, err := renameio.NewPendingFile(pl.stateFile(), renameio.WithTempDir(pl.cfg.StateDirectory),
		renameio.WithStaticPermissions(0o600))
	if err != nil {
		return 0, err
	}
	defer f.Cleanup() // does nothing once the file has its name
	w := &stateWriter{ctx: ctx, to: f, sum: sha256.New()}
	out := bufio.NewWriterSize(w, stateBuffer)
	out.WriteString(stateForm)
	out.Write(append(line, '\n'))
	if err := k.Keep(out); err != nil {
		return 0, err
	}
	if err := out.Flush(); err != nil {
		return 0, err
	}
	if _, err := f.Write(w.sum.Sum(nil)); err != nil {
		return 0, err
	}
	return w.size + sha256.Size, f.CloseAtomicallyReplace()
}

// stateWriter counts and sums what it writes, until ctx is done.
type stateWriter struct {
	ctx  context.Context
	to   io.Writer
	sum  hash.Hash
	size int64
}

// Write is io.Writer.
func (w *stateWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.to.Write(p)
	w.sum.Write(p[:n])
	w.size += int64(n)
	return n, err
}
