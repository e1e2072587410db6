package proof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 hash: a commitment, a node or the root of a tree. Its JSON form is base64.
type Hash = tlog.Hash

// Checkpoint is the head of a log at a size: what a C2SP tlog-checkpoint says.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
}

// ParseCheckpoint reads the text of a checkpoint, without its signatures. It accepts the one spelling that
// [Checkpoint.Text] writes, followed by extension lines, which it ignores. The text proves nothing until its signature
// was checked.
func ParseCheckpoint(text string) (Checkpoint, error) {
	var parsed log.Checkpoint
	if _, err := parsed.Unmarshal([]byte(text)); err != nil {
		return Checkpoint{}, err
	}
	if len(parsed.Hash) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("invalid checkpoint - root of %d bytes, want %d", len(parsed.Hash),
			tlog.HashSize)
	}
	c := Checkpoint{Origin: parsed.Origin, Size: parsed.Size, Root: Hash(parsed.Hash)}
	// The library reads leading zeros and slack bits of base64 too: one head must have one text.
	if !strings.HasPrefix(text, c.Text()) {
		return Checkpoint{}, errors.New("invalid checkpoint - not in canonical form")
	}
	return c, nil
}

// Text returns the text that is signed.
func (c Checkpoint) Text() string {
	return string(log.Checkpoint{Origin: c.Origin, Size: c.Size, Hash: c.Root[:]}.Marshal())
}

// batchHeader is the first line of a log entry; it separates batch roots from anything else a log may hold.
const batchHeader = "tallystick/batch/v1"

// BatchEntry is one entry of an insurer's log: the root over the commitments of one batch.
type BatchEntry struct {
	Origin  string // of the log that holds the entry
	Number  uint64 // of the batch, which is also its index in the log
	Entries uint64 // commitments in the batch, at least 1
	Root    Hash   // RFC 6962 root over them
}

// Text returns the canonical text: five lines, each ended by a newline.
func (e BatchEntry) Text() string {
	return fmt.Sprintf("%s\n%s\n%d\n%d\n%s\n", batchHeader, e.Origin, e.Number, e.Entries, e.Root)
}

// ParseBatchEntry reads what [BatchEntry.Text] writes and accepts no other spelling.
func ParseBatchEntry(text string) (BatchEntry, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[0] != batchHeader {
		return BatchEntry{}, errors.New("invalid batch entry - want five lines that begin with " + batchHeader)
	}
	number, err := strconv.ParseUint(lines[2], 10, 64)
	if err != nil {
		return BatchEntry{}, errors.New("invalid batch entry - the batch number is no number")
	}
	entries, err := strconv.ParseUint(lines[3], 10, 64)
	if err != nil || entries == 0 {
		return BatchEntry{}, errors.New("invalid batch entry - the count of entries is no positive number")
	}
	root, err := tlog.ParseHash(lines[4])
	if err != nil {
		return BatchEntry{}, errors.New("invalid batch entry - the root is not 32 bytes in base64")
	}
	e := BatchEntry{Origin: lines[1], Number: number, Entries: entries, Root: root}
	if e.Origin == "" || e.Text() != text {
		return BatchEntry{}, errors.New("invalid batch entry - not in canonical form")
	}
	return e, nil
}
