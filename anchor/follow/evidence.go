package follow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
)

const (
	evidenceFormat = "tallystick/split-view/v1"

	// maxEvidence is how many contradictions are kept of one log: one is proof enough, and whoever holds the log's key
	// could sign without end.
	maxEvidence = 16
	// maxEvidenceBytes holds two checkpoints of the size that is fetched, with every byte escaped, and a proof.
	maxEvidenceBytes = 16 * maxCheckpoint
	// maxPath is more than any consistency proof in a tree of 2^63 entries needs.
	maxPath = 128
)

// Evidence is two heads that one log signed and that cannot both be true. It convinces whoever has the log's key.
type Evidence struct {
	Format string    `json:"format"`
	Found  time.Time `json:"found"` // by the finder's clock; proves nothing
	Kept   string    `json:"kept"`  // the signed checkpoint that the finder had kept
	Shown  string    `json:"shown"` // the one that it was shown then
	// Of two sizes: Prefix is the root over the first entries, as many as the smaller head has, in the tree of the
	// larger one, and Path the RFC 6962 consistency proof of that. Of one size both are absent: the heads alone
	// contradict.
	Prefix *proof.Hash  `json:"prefix,omitempty"`
	Path   []proof.Hash `json:"path,omitempty"`
}

// Contradiction is what evidence proves.
type Contradiction struct {
	Kept, Shown proof.Checkpoint
}

// CheckEvidence reports which contradiction the evidence proves against the log of that key. It needs nobody's word.
func CheckEvidence(data []byte, vkey string) (Contradiction, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return Contradiction{}, fmt.Errorf("log key: %w", err)
	}
	if len(data) > maxEvidenceBytes {
		return Contradiction{}, fmt.Errorf("the evidence is longer than %d bytes", maxEvidenceBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var e Evidence
	if err := decoder.Decode(&e); err != nil {
		return Contradiction{}, fmt.Errorf("reading the evidence: %w", err)
	}
	if e.Format != evidenceFormat {
		return Contradiction{}, fmt.Errorf("no evidence in the format %s", evidenceFormat)
	}
	var c Contradiction
	if c.Kept, err = openHead(e.Kept, verifier); err != nil {
		return Contradiction{}, fmt.Errorf("the kept head: %w", err)
	}
	if c.Shown, err = openHead(e.Shown, verifier); err != nil {
		return Contradiction{}, fmt.Errorf("the shown head: %w", err)
	}
	return c, e.contradicts(c)
}

func openHead(msg string, verifier note.Verifier) (proof.Checkpoint, error) {
	opened, err := note.Open([]byte(msg), note.VerifierList(verifier))
	if err != nil {
		return proof.Checkpoint{}, err
	}
	head, err := proof.ParseCheckpoint(opened.Text)
	if err == nil && head.Origin != verifier.Name() {
		err = errors.New("is of another log")
	}
	return head, err
}

// contradicts checks that the two heads, whose signatures hold, cannot be of one history.
func (e *Evidence) contradicts(c Contradiction) error {
	small, large := c.Kept, c.Shown
	if small.Size > large.Size {
		small, large = large, small
	}
	switch {
	case small.Size == large.Size && small.Root == large.Root:
		return errors.New("both heads are the same")
	case small.Size == large.Size:
		return nil
	case small.Size == 0:
		return errors.New("an empty log contradicts nothing")
	case e.Prefix == nil || len(e.Path) > maxPath:
		return errors.New("the proof is missing")
	case *e.Prefix == small.Root:
		return errors.New("the larger head begins with the smaller one")
	}
	path := make([][]byte, len(e.Path))
	for i := range e.Path {
		path[i] = e.Path[i][:]
	}
	if merkle.VerifyConsistency(rfc6962.DefaultHasher, small.Size, large.Size, path, e.Prefix[:],
		large.Root[:]) != nil {
		return errors.New("the proof does not hold")
	}
	return nil
}

// evidenceBox keeps evidence in numbered files of a directory.
type evidenceBox struct{ dir *durable.Dir }

func evidenceName(n int) string { return fmt.Sprintf("evidence/%02d.json", n) }

// count returns how much is kept.
func (b evidenceBox) count() (int, error) {
	for n := range maxEvidence {
		if _, err := b.dir.ReadFile(evidenceName(n)); errors.Is(err, fs.ErrNotExist) {
			return n, nil
		} else if err != nil {
			return 0, fmt.Errorf("reading the evidence: %w", err)
		}
	}
	return maxEvidence, nil
}

// keep adds evidence, unless that of the same two heads is there or the box is full. It returns how much is kept.
func (b evidenceBox) keep(e Evidence) (int, error) {
	n, err := b.count()
	if err != nil {
		return 0, err
	}
	for i := range n {
		data, err := b.dir.ReadFile(evidenceName(i))
		if err != nil {
			return n, fmt.Errorf("reading the evidence: %w", err)
		}
		var old Evidence
		if json.Unmarshal(data, &old) == nil && textOf(old.Kept) == textOf(e.Kept) &&
			textOf(old.Shown) == textOf(e.Shown) {
			return n, nil
		}
	}
	if n == maxEvidence {
		return n, nil
	}
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return n, fmt.Errorf("writing the evidence: %w", err)
	}
	if err := b.dir.WriteFile(evidenceName(n), append(data, '\n')); err != nil {
		return n, fmt.Errorf("keeping the evidence: %w", err)
	}
	return n + 1, nil
}

// textOf is what of a note is signed: a head is one head, whatever signatures it comes with.
func textOf(msg string) string {
	text, _, _ := bytes.Cut([]byte(msg), []byte("\n\n"))
	return string(text)
}
