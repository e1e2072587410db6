package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
)

// store keeps one file an origin: the last checkpoint that was cosigned, whole, since a root alone cannot show later
// that a log misbehaved.
type store struct {
	dir *durable.Dir
	own note.Verifier

	mu     sync.Mutex
	origin map[string]*sync.Mutex
}

// lock makes a check of an origin's head and its replacement one step.
func (s *store) lock(origin string) (unlock func()) {
	s.mu.Lock()
	m := s.origin[origin]
	if m == nil {
		if s.origin == nil {
			s.origin = map[string]*sync.Mutex{}
		}
		m = new(sync.Mutex)
		s.origin[origin] = m
	}
	s.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// last returns the head that was cosigned last; the empty tree if there is none. It reads the file each time: after a
// write whose outcome is unknown the file is what counts. A file that does not verify is an error and never an empty
// tree, or damage would let a log start over.
func (s *store) last(origin string) (proof.Checkpoint, error) {
	msg, err := s.lastNote(origin)
	if errors.Is(err, fs.ErrNotExist) {
		return emptyTree(origin), nil
	}
	if err != nil {
		return proof.Checkpoint{}, err
	}
	opened, err := note.Open(msg, note.VerifierList(s.own))
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("the stored checkpoint %s is damaged or of another witness key: %w",
			fileOf(origin), err)
	}
	head, err := proof.ParseCheckpoint(opened.Text)
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("the stored checkpoint %s: %w", fileOf(origin), err)
	}
	if head.Origin != origin {
		return proof.Checkpoint{}, fmt.Errorf("the stored checkpoint %s is of another log", fileOf(origin))
	}
	return head, nil
}

// lastNote returns the checkpoint that was cosigned last as it was kept; fs.ErrNotExist if there is none.
func (s *store) lastNote(origin string) ([]byte, error) {
	msg, err := s.dir.ReadFile(fileOf(origin))
	if err != nil {
		return nil, fmt.Errorf("reading the last checkpoint: %w", err)
	}
	return msg, nil
}

// keep replaces the last checkpoint durably. When it returns an error the old or the new one is in the file, and the
// caller must not give the cosignature away.
func (s *store) keep(origin string, cosigned []byte) error {
	return s.dir.WriteFile(fileOf(origin), cosigned)
}

// maxEvidence is how many contradictions are kept of one log: one is proof enough, and whoever holds a log's key could
// sign without end.
const maxEvidence = 16

// evidence keeps a checkpoint that the log signed and that contradicts the last one cosigned, and beside it that one,
// which later ones replace. A head is kept once, whatever signatures it comes with; beyond [maxEvidence] nothing is.
func (s *store) evidence(head proof.Checkpoint, msg []byte) error {
	for n := range maxEvidence {
		name := fmt.Sprintf("evidence/%s/%02d", nameOf(head.Origin), n)
		kept, err := s.dir.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			cosigned, err := s.lastNote(head.Origin)
			if err != nil {
				return err
			}
			// The other half first: with a crash in between the next contradiction takes the same place.
			if err := s.dir.WriteFile(name+"-cosigned", cosigned); err != nil {
				return err
			}
			return s.dir.WriteFile(name, msg)
		case err != nil:
			return fmt.Errorf("reading the evidence: %w", err)
		case strings.HasPrefix(string(kept), head.Text()):
			return nil
		}
	}
	return fmt.Errorf("%d contradictions of this log are kept already", maxEvidence)
}

func fileOf(origin string) string { return "last/" + nameOf(origin) }

// nameOf makes a file name of an origin, which may hold anything.
func nameOf(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:16])
}

func emptyTree(origin string) proof.Checkpoint {
	return proof.Checkpoint{Origin: origin, Root: proof.FoldRoot(nil)}
}
