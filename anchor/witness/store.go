package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
)

// store keeps one file an origin: the last checkpoint that was cosigned, whole, since a root alone cannot show later that
// a log misbehaved.
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
// write whose outcome is unknown the file is what counts. A file that does not verify is an error and never an empty tree,
// or damage would let a log start over.
func (s *store) last(origin string) (proof.Checkpoint, error) {
	msg, err := s.dir.ReadFile(fileOf(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return emptyTree(origin), nil
	}
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("reading the last checkpoint: %w", err)
	}
	opened, err := note.Open(msg, note.VerifierList(s.own))
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("the stored checkpoint %s is damaged or of another witness key: %w", fileOf(origin), err)
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

// keep replaces the last checkpoint durably. When it returns an error the old or the new one is in the file, and the
// caller must not give the cosignature away.
func (s *store) keep(origin string, cosigned []byte) error {
	return s.dir.WriteFile(fileOf(origin), cosigned)
}

// evidence keeps a checkpoint that the log signed and that contradicts what it signed before. Its name follows from its
// content, so that a log cannot fill the disk by repeating itself.
func (s *store) evidence(head proof.Checkpoint, msg []byte) error {
	name := fmt.Sprintf("evidence/%s/%d-%s", nameOf(head.Origin), head.Size, hex.EncodeToString(head.Root[:8]))
	err := s.dir.WriteOnce(name, msg)
	if errors.Is(err, durable.ErrConflict) {
		return nil // the same head with other signatures is kept already
	}
	return err
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
