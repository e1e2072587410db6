package signals

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
)

// Limits of what a member sends at once.
const (
	MaxBatchEntries = 1000
	MaxBatchBytes   = 1 << 20
)

// Batch is what a member publishes at once. Batches are numbered from 1 and each names the digest of the one before, so
// none can be left out or put between.
type Batch struct {
	Consortium string    `json:"consortium"`
	Publisher  string    `json:"publisher"`
	Number     int64     `json:"number"`
	Previous   string    `json:"previous"` // digest; of the first: 64 zeros
	Made       time.Time `json:"made"`
	Entries    []Entry   `json:"entries"`
}

// NoBatch is what the first batch names as the one before.
var NoBatch = strings.Repeat("0", 2*sha256.Size)

// Head says how far a member has come. It is signed anew at each request, so its time tells that the copy is fresh.
type Head struct {
	Consortium string    `json:"consortium"`
	Publisher  string    `json:"publisher"`
	Batches    int64     `json:"batches"`
	Digest     string    `json:"digest"` // of the last batch
	Time       time.Time `json:"time"`
	Forms      string    `json:"forms"` // digest of the normal forms that it uses
}

// The first lines of what is signed, so that nothing is taken for something else.
const (
	batchHeader = "tallystick signals batch v1"
	headHeader  = "tallystick signals head v1"
)

// SignBatch checks a batch and signs it.
func SignBatch(b *Batch, signer note.Signer) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	return SignText(batchHeader, b, signer)
}

// OpenBatch checks who signed a batch, and the batch.
func OpenBatch(msg []byte, publisher note.Verifier) (*Batch, error) {
	b := new(Batch)
	if len(msg) > MaxBatchBytes {
		return nil, fmt.Errorf("a batch of %s has %d bytes: at most %d", publisher.Name(), len(msg), MaxBatchBytes)
	}
	if err := OpenText(msg, batchHeader, b, publisher); err != nil {
		return nil, fmt.Errorf("a batch of %s: %w", publisher.Name(), err)
	}
	if b.Publisher != publisher.Name() {
		return nil, fmt.Errorf("a batch that %s signed is of another publisher", publisher.Name())
	}
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("batch %d of %s: %w", b.Number, b.Publisher, err)
	}
	return b, nil
}

func (b *Batch) check() error {
	if b.Number < 1 || !digestForm.MatchString(b.Previous) || (b.Number == 1) != (b.Previous == NoBatch) {
		return errors.New("batches count from 1, and each names the digest of the one before")
	}
	if len(b.Entries) < 1 || len(b.Entries) > MaxBatchEntries {
		return fmt.Errorf("%d entries: a batch has 1 to %d", len(b.Entries), MaxBatchEntries)
	}
	for i := range b.Entries {
		if err := b.Entries[i].Check(); err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
	}
	return nil
}

// SignHead signs a head.
func SignHead(h *Head, signer note.Signer) ([]byte, error) { return SignText(headHeader, h, signer) }

// OpenHead checks who signed a head, and the head.
func OpenHead(msg []byte, publisher note.Verifier) (*Head, error) {
	h := new(Head)
	if err := OpenText(msg, headHeader, h, publisher); err != nil {
		return nil, fmt.Errorf("the head of %s: %w", publisher.Name(), err)
	}
	if h.Publisher != publisher.Name() || h.Batches < 0 || !digestForm.MatchString(h.Digest) ||
		(h.Batches == 0) != (h.Digest == NoBatch) {
		return nil, fmt.Errorf("the head of %s says what cannot be", publisher.Name())
	}
	return h, nil
}

// SignText writes a value as one line of JSON under a header that says what it is, and signs it as a note.
func SignText(header string, value any, signers ...note.Signer) ([]byte, error) {
	body, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", header, err)
	}
	msg, err := note.Sign(&note.Note{Text: header + "\n" + string(body) + "\n"}, signers...)
	if err != nil {
		return nil, fmt.Errorf("signing %s: %w", header, err)
	}
	return msg, nil
}

// OpenText checks that all of the verifiers signed a note, that it is what the header says, and reads its value.
func OpenText(msg []byte, header string, value any, verifiers ...note.Verifier) error {
	opened, err := note.Open(msg, note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != len(verifiers) {
		return errors.New("a signature is missing")
	}
	body, ok := strings.CutPrefix(opened.Text, header+"\n")
	if !ok {
		return fmt.Errorf("it is signed, and not as %q", header)
	}
	return json.Unmarshal([]byte(body), value, json.RejectUnknownMembers(true))
}

// Digest names a signed text by all of its bytes.
func Digest(msg []byte) string {
	sum := sha256.Sum256(msg)
	return hex.EncodeToString(sum[:])
}
