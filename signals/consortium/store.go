package consortium

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/google/renameio/v2"
)

// Store is a node's copy of the file in force. Safe for concurrent use.
type Store struct {
	path string

	mu      sync.Mutex
	changed time.Time
	msg     []byte
	file    *File
}

// OpenStore reads the file at path.
func OpenStore(path string) (*Store, error) {
	s := &Store{path: path}
	_, err := s.Current()
	return s, err
}

// Current returns the version in force. When the file was replaced by a version that follows, it is taken; by any other
// one, the error says so and the node stops being of use until the file is put right.
func (s *Store) Current() (*File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, fmt.Errorf("the consortium's file: %w", err)
	}
	if s.file != nil && info.ModTime().Equal(s.changed) {
		return s.file, nil
	}
	msg, err := os.ReadFile(s.path)
	if err != nil {
		return nil, fmt.Errorf("the consortium's file: %w", err)
	}
	file, err := Open(msg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	if s.msg != nil {
		if err := Follow(s.msg, msg); err != nil {
			return nil, fmt.Errorf("%s: %w", s.path, err)
		}
	}
	s.changed, s.msg, s.file = info.ModTime(), msg, file
	return file, nil
}

// Adopt puts a version in force at path: the first, or one that follows the one there.
func Adopt(path string, msg []byte) (*File, error) {
	file, err := Open(msg)
	if err != nil {
		return nil, err
	}
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("the consortium's file in force: %w", err)
	default:
		if err := Follow(old, msg); err != nil {
			return nil, err
		}
	}
	if err := renameio.WriteFile(path, msg, 0o600); err != nil {
		return nil, fmt.Errorf("putting the consortium's file in force: %w", err)
	}
	return file, nil
}
