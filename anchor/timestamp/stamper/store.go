package stamper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
)

// Kept is a stamp of one authority.
type Kept struct {
	Authority string    `json:"authority"`
	Before    time.Time `json:"before"`   // as its stamp says
	Response  []byte    `json:"response"` // TimeStampResp, DER
}

// Stamped is a head of the log with its stamps, as a file of the store has it.
type Stamped struct {
	Head   string `json:"head"` // text of the checkpoint, which is what is stamped
	Stamps []Kept `json:"stamps"`
}

// Store is a directory of stamps: a file a head, named by its size. One process writes; readers may read at any time.
type Store struct {
	root string
	dir  *durable.Dir
	mu   sync.Mutex
}

// OpenStore returns the store in a directory, which is made when the first stamp is kept.
func OpenStore(root string) *Store {
	return &Store{root: root, dir: durable.NewDir(durable.OS{}, root)}
}

const suffix = ".json"

// fileName is of a fixed width, so that names sort as sizes do.
func fileName(size uint64) string { return fmt.Sprintf("%020d%s", size, suffix) }

// Keep adds an authority's stamp on a head.
func (s *Store) Keep(head proof.Checkpoint, stamp Kept) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := s.read(head.Size)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if kept.Head != "" && kept.Head != head.Text() {
		return fmt.Errorf("the stamps kept for size %d are of another head: the directory belongs to another log, or the log has forked", head.Size)
	}
	kept.Head = head.Text()
	kept.Stamps = slices.DeleteFunc(kept.Stamps, func(k Kept) bool { return k.Authority == stamp.Authority })
	kept.Stamps = append(kept.Stamps, stamp)
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := s.dir.WriteFile(fileName(head.Size), append(data, '\n')); err != nil {
		return fmt.Errorf("keeping a time stamp: %w", err)
	}
	return nil
}

func (s *Store) read(size uint64) (Stamped, error) {
	data, err := s.dir.ReadFile(fileName(size))
	if err != nil {
		return Stamped{}, fmt.Errorf("reading time stamps: %w", err)
	}
	var kept Stamped
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&kept); err != nil {
		return Stamped{}, fmt.Errorf("the time stamps in %s are damaged: %w", fileName(size), err)
	}
	if head, err := proof.ParseCheckpoint(kept.Head); err != nil || head.Size != size {
		return Stamped{}, fmt.Errorf("the time stamps in %s are damaged: they are of no head of that size",
			fileName(size))
	}
	return kept, nil
}

// sizes lists the stamped heads, ascending.
func (s *Store) sizes() ([]uint64, error) {
	entries, err := os.ReadDir(s.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading time stamps: %w", err)
	}
	var sizes []uint64
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), suffix)
		if size, err := strconv.ParseUint(digits, 10, 64); ok && err == nil && fileName(size) == e.Name() {
			sizes = append(sizes, size)
		}
	}
	return sizes, nil
}

// lookBack bounds the heads among which the stamps of all authorities are sought; one that stamps none of so many is
// away.
const lookBack = 64

// For returns the oldest stamp of each authority on a head that holds the batch, which says most of when the batch
// existed; none if the batch is not stamped yet. The paths to the batch are left to whoever has the log.
func (s *Store) For(batch uint64) ([]proof.Stamp, error) {
	sizes, err := s.sizes()
	if err != nil {
		return nil, err
	}
	first, _ := slices.BinarySearch(sizes, batch+1)
	seen := map[string]bool{}
	var found []proof.Stamp
	for _, size := range sizes[first:min(len(sizes), first+lookBack)] {
		kept, err := s.read(size)
		if err != nil {
			return nil, err
		}
		for _, k := range kept.Stamps {
			if !seen[k.Authority] && len(found) < proof.MaxStamps {
				seen[k.Authority] = true
				found = append(found, proof.Stamp{Head: kept.Head, Response: k.Response})
			}
		}
	}
	return found, nil
}

// newest returns the size and time of an authority's newest stamp among the last heads; zero if there is none.
func (s *Store) newest(authority string) (size uint64, before time.Time, err error) {
	sizes, err := s.sizes()
	if err != nil {
		return 0, time.Time{}, err
	}
	for i := len(sizes) - 1; i >= max(0, len(sizes)-lookBack); i-- {
		kept, err := s.read(sizes[i])
		if err != nil {
			return 0, time.Time{}, err
		}
		for _, k := range kept.Stamps {
			if k.Authority == authority {
				return sizes[i], k.Before, nil
			}
		}
	}
	return 0, time.Time{}, nil
}
