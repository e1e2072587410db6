package cases

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/google/renameio/v2"
	"github.com/klauspost/compress/zstd"

	"tallystick/journal"
)

// keptVersion is the version of the kept state's form. A file of another version is not read: the journal is folded.
const keptVersion = 1

// errKept says that a kept state is not to be used.
var errKept = errors.New("reading the kept state of cases")

// keptHead begins a kept state.
type keptHead struct {
	Version  int
	Position journal.Position
	Seq      int64
	Faults   int64
	Cases    int
	ByRing   map[string]ID
	ByClaim  map[string]ID
	People   map[string]Person
	Relayed  map[string]string
	Commands []keptCommand
	Closed   []ID
}

type keptCommand struct {
	ID     string
	Answer Answer
}

// keptCase is a case with its log.
type keptCase struct {
	Case   Case
	Viewed map[string]time.Time
	Top    int
	Log    []keptEntry
}

type keptEntry struct {
	Seq, Offset int64
	Raw         []byte
	Sum         [8]byte
}

// write writes the state as it is at a position. The state must not change meanwhile.
func (s *state) write(w io.Writer, at journal.Position) error {
	head := keptHead{
		Version: keptVersion, Position: at, Seq: s.seq, Faults: s.faults, Cases: len(s.cases), ByRing: s.byRing,
		ByClaim: s.byClaim,
		People:  s.people, Relayed: s.relayed, Closed: s.closed,
	}
	for _, id := range s.done.inOrder() {
		a := s.done.answers[id]
		a.Err = nil
		head.Commands = append(head.Commands, keptCommand{id, a})
	}
	out := gob.NewEncoder(w)
	if err := out.Encode(head); err != nil {
		return err
	}
	for _, c := range s.cases {
		k := keptCase{Case: *c, Viewed: c.viewed, Top: c.top, Log: make([]keptEntry, len(c.log))}
		for i, e := range c.log {
			k.Log[i] = keptEntry{e.seq, e.offset, e.raw, e.sum}
		}
		if err := out.Encode(k); err != nil {
			return err
		}
	}
	return nil
}

// read reads what write wrote.
func (s *state) read(r io.Reader) (journal.Position, error) {
	in := gob.NewDecoder(r)
	var head keptHead
	if err := in.Decode(&head); err != nil {
		return head.Position, err
	}
	if head.Version != keptVersion || head.Cases < 0 {
		return head.Position, fmt.Errorf("version %d, this program reads %d", head.Version, keptVersion)
	}
	s.seq, s.faults, s.closed = head.Seq, head.Faults, head.Closed
	fill(s.byRing, head.ByRing)
	fill(s.byClaim, head.ByClaim)
	fill(s.people, head.People)
	fill(s.relayed, head.Relayed)
	for _, c := range head.Commands {
		s.done.add(c.ID, c.Answer)
	}
	for i := range head.Cases {
		var k keptCase
		if err := in.Decode(&k); err != nil {
			return head.Position, err
		}
		c := &k.Case
		if c.ID != ID(i+1) || len(c.Claims) == 0 || k.Top < 0 || k.Top >= len(c.Claims) {
			return head.Position, errors.New("a case is damaged")
		}
		c.viewed, c.top, c.log = k.Viewed, k.Top, make([]entry, len(k.Log))
		for j, e := range k.Log {
			c.log[j] = entry{e.Seq, e.Offset, e.Raw, e.Sum}
		}
		s.cases = append(s.cases, c)
		s.account(c, 1)
	}
	for _, id := range s.closed {
		if s.get(id) == nil {
			return head.Position, errors.New("a closed case is missing")
		}
	}
	// Who watches from before this state has to read anew.
	s.changes.base = head.Seq
	return head.Position, nil
}

func fill[K comparable, V any](to, from map[K]V) {
	for k, v := range from {
		to[k] = v
	}
}

// keepState writes the state to a file, whole or not at all.
func keepState(path string, s *state, at journal.Position) error {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o600))
	if err != nil {
		return fmt.Errorf("keeping the state of cases: %w", err)
	}
	defer f.Cleanup()
	z, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("keeping the state of cases: %w", err)
	}
	w := bufio.NewWriterSize(z, 1<<20)
	if err := errors.Join(s.write(w, at), w.Flush(), z.Close()); err != nil {
		return fmt.Errorf("keeping the state of cases: %w", err)
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("keeping the state of cases: %w", err)
	}
	return nil
}

// keptState reads a kept state; a new one and the beginning of the journal if there is none.
func keptState(path string) (*state, journal.Position, error) {
	s := newState()
	if path == "" {
		return s, journal.Position{}, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, journal.Position{}, nil
	}
	if err != nil {
		return nil, journal.Position{}, fmt.Errorf("reading the kept state of cases: %w", err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, journal.Position{}, fmt.Errorf("reading the kept state of cases: %w", err)
	}
	defer z.Close()
	at, err := s.read(bufio.NewReaderSize(z, 1<<20))
	if err != nil {
		return nil, journal.Position{}, fmt.Errorf("%w %s: %w", errKept, path, err)
	}
	return s, at, nil
}
