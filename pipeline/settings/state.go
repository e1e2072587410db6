package settings

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tallystick/claim"
	"tallystick/journal"
)

// Name is the logical name of the journal.
const Name = "settings"

// Limits of what is kept.
const (
	MaxBlob   = 4 << 20
	chunk     = 512 << 10
	mostBlobs = 32
	maxText   = 500
)

// Ref names a blob.
type Ref struct {
	Name   string `json:"name"` // id@version
	Digest string `json:"digest"`
}

// Cut says from which score on what should happen. It takes the place of the rule set's bands.
type Cut struct {
	Review      float64 `json:"review"`
	Investigate float64 `json:"investigate"`
	Hold        float64 `json:"hold"`
	Capacity    float64 `json:"capacity,omitzero"` // claims a day for which it was chosen; 0 if it was not
}

// Active is what an install decides under from a number on.
type Active struct {
	Number int64     `json:"number"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitzero"`
	Model  *Ref      `json:"model,omitzero"`
	Shadow *Ref      `json:"shadow,omitzero"`
	Cut    *Cut      `json:"cut,omitzero"`
	Draw   float64   `json:"draw,omitzero"` // share of what would settle that people look at all the same
}

// Check says what is wrong with it.
func (a *Active) Check() error {
	c := a.Cut
	switch {
	case a.By == "" || len(a.By) > maxText || len(a.Reason) > maxText:
		return fmt.Errorf("who and why: want a name, and at most %d bytes of each", maxText)
	case c != nil && !(c.Review > 0 && c.Review < c.Investigate && c.Investigate < 1 && c.Hold > 0 && c.Hold <= 1):
		return fmt.Errorf("cut: want 0 < review < investigate < 1 and 0 < hold <= 1, not %v, %v, %v", c.Review,
			c.Investigate, c.Hold)
	case !(a.Draw >= 0 && a.Draw <= 0.5):
		return fmt.Errorf("draw: want a share of 0 to 0.5, not %v", a.Draw)
	}
	return nil
}

// State is the fold of the journal.
type State struct {
	active []Active // ascending by number
	blobs  map[claim.Hash][]byte
	order  []claim.Hash // of the blobs, the oldest first
	parts  map[claim.Hash][][]byte
}

// NewState returns the state of an empty journal.
func NewState() *State {
	return &State{blobs: map[claim.Hash][]byte{}, parts: map[claim.Hash][][]byte{}}
}

// Active returns what is in force; the zero value before anything was activated.
func (s *State) Active() Active {
	if len(s.active) == 0 {
		return Active{}
	}
	return s.active[len(s.active)-1]
}

// History returns all that was in force, the latest last.
func (s *State) History() []Active { return slices.Clone(s.active) }

// Blob returns the bytes of a blob.
func (s *State) Blob(r *Ref) ([]byte, error) {
	var digest claim.Hash
	if err := parseDigest(r.Digest, &digest); err != nil {
		return nil, err
	}
	data, ok := s.blobs[digest]
	if !ok {
		return nil, fmt.Errorf("%s: the journal of settings does not have its bytes any more", r.Name)
	}
	return data, nil
}

// Apply folds a batch. A record that none of ours wrote ends the fold: nobody may write settings by hand.
func (s *State) Apply(batch journal.Batch) error {
	for i := range batch.Records {
		r := &batch.Records[i]
		if err := s.record(r.Value); err != nil {
			return fmt.Errorf("settings: record at offset %d: %w", r.Offset, err)
		}
	}
	return nil
}

func (s *State) record(value []byte) error {
	if len(value) > 0 && value[0] == blobMark {
		return s.part(value)
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.DisallowUnknownFields()
	var a Active
	if err := dec.Decode(&a); err != nil {
		return errors.New("neither a part of a blob nor an activation")
	}
	if err := a.Check(); err != nil {
		return err
	}
	if want := s.Active().Number + 1; a.Number != want {
		return fmt.Errorf("activation %d follows %d", a.Number, want-1)
	}
	s.active = append(s.active, a)
	return nil
}

// A part of a blob: the mark, the blob's digest, the part's number and how many there are, each two bytes, and the
// bytes.
const (
	blobMark = 'b'
	partHead = 1 + 32 + 2 + 2
	mostPart = MaxBlob/chunk + 1
)

func encodePart(digest claim.Hash, no, of int, data []byte) []byte {
	out := append([]byte{blobMark}, digest[:]...)
	out = binary.BigEndian.AppendUint16(out, uint16(no))
	out = binary.BigEndian.AppendUint16(out, uint16(of))
	return append(out, data...)
}

func (s *State) part(value []byte) error {
	if len(value) < partHead || len(value) > partHead+chunk {
		return fmt.Errorf("a part of a blob of %d bytes", len(value))
	}
	digest := claim.Hash(value[1:33])
	no, of := int(binary.BigEndian.Uint16(value[33:])), int(binary.BigEndian.Uint16(value[35:]))
	if of < 1 || of > mostPart || no >= of {
		return fmt.Errorf("part %d of %d of a blob", no+1, of)
	}
	if _, have := s.blobs[digest]; have {
		return nil
	}
	parts := s.parts[digest]
	if len(parts) != of {
		parts = make([][]byte, of)
	}
	parts[no] = bytes.Clone(value[partHead:])
	s.parts[digest] = parts
	if len(s.parts) > mostBlobs { // of blobs that nobody finished
		clear(s.parts)
	}
	if slices.ContainsFunc(parts, func(p []byte) bool { return p == nil }) {
		return nil
	}
	delete(s.parts, digest)
	data := slices.Concat(parts...)
	if sha256.Sum256(data) != digest || len(data) > MaxBlob {
		return errors.New("the parts of a blob do not have its digest")
	}
	s.blobs[digest] = data
	s.order = append(s.order, digest)
	s.makeRoom()
	return nil
}

// makeRoom forgets the oldest blobs that nothing in force names.
func (s *State) makeRoom() {
	used := map[string]bool{}
	for _, a := range s.active[max(0, len(s.active)-2):] {
		for _, r := range []*Ref{a.Model, a.Shadow} {
			if r != nil {
				used[r.Digest] = true
			}
		}
	}
	for i := 0; i < len(s.order) && len(s.order) > mostBlobs; {
		if used[fmt.Sprintf("%x", s.order[i][:])] {
			i++
			continue
		}
		delete(s.blobs, s.order[i])
		s.order = slices.Delete(s.order, i, i+1)
	}
}

func parseDigest(text string, to *claim.Hash) error {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != len(to) {
		return errors.New("a digest is 64 hexadecimal digits")
	}
	*to = claim.Hash(data)
	return nil
}
