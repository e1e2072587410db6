package feed

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tallystick/claim"
)

// Memory knows which revisions of claims were brought, in this import and in those before it that remember in the same
// file. It holds digests of numbers and contents, no claim: some 100 bytes of memory for each revision, 52 of the file.
// The pipeline takes a revision once, so what would be another content under it is known here before it is sent. It is
// not safe for concurrent use.
type Memory struct {
	path  string
	sent  map[digest]said // by claim and revision
	last  map[digest]int  // revision of a claim that is highest
	fresh []byte          // not yet in the file
}

// digest is the first half of a SHA-256: two claims of a feed do not meet in it.
type digest [16]byte

// said is what was brought as a revision.
type said struct {
	content digest
	line    int // of this import; 0: an earlier one
}

var memoryHead = []byte("tallystick sent 1\n")

const memoryRecord = 16 + 4 + 16 // claim, revision, content

func digestOf(data []byte) digest {
	sum := sha256.Sum256(data)
	return digest(sum[:16])
}

// NewMemory returns a memory of one import.
func NewMemory() *Memory {
	return &Memory{sent: make(map[digest]said), last: make(map[digest]int)}
}

// OpenMemory reads what is remembered in a file, which need not exist. A record at its end that a crash cut off is
// dropped: what it told of is sent again, as a duplicate.
func OpenMemory(path string) (*Memory, error) {
	m := NewMemory()
	m.path = path
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was sent: %w", err)
	}
	defer func() { _ = file.Close() }()
	in := bufio.NewReaderSize(file, 1<<16)
	head := make([]byte, len(memoryHead))
	if _, err := io.ReadFull(in, head); err != nil || !bytes.Equal(head, memoryHead) {
		return nil, fmt.Errorf("read what was sent: %s is not such a file; it may be deleted, and then nothing is remembered", path)
	}
	var record [memoryRecord]byte
	for {
		if _, err := io.ReadFull(in, record[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return m, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what was sent: %w", err)
		}
		id, revision := digest(record[:16]), int(binary.BigEndian.Uint32(record[16:20]))
		m.sent[id.of(revision)] = said{content: digest(record[20:])}
		m.last[id] = max(m.last[id], revision)
	}
}

// of is the digest of a claim's revision.
func (d digest) of(revision int) digest {
	return digestOf(binary.BigEndian.AppendUint32(d[:], uint32(revision)))
}

// What is known of an event's revision.
type standing int

const (
	newRevision  standing = iota
	sameHere              // this import brought the same content
	otherHere             // this import brought other content
	sameBefore            // an earlier import sent the same content
	otherBefore           // an earlier import sent other content
	revisedSince          // an earlier import sent the same content, as a later revision
)

// standing tells what is known of an event with a content, which is its digest without the revision. The line is that
// of the row that brought it in this import.
func (m *Memory) standing(e *claim.Event, content digest) (standing, int) {
	id := digestOf(claim.Key(e.Insurer, e.ID))
	before, ok := m.sent[id.of(e.Revision)]
	if !ok {
		return newRevision, 0
	}
	same := before.content == content
	switch {
	case before.line > 0 && same:
		return sameHere, before.line
	case before.line > 0:
		return otherHere, before.line
	case same:
		return sameBefore, 0
	case m.sent[id.of(m.last[id])].content == content:
		return revisedSince, 0
	}
	return otherBefore, 0
}

// next returns the revision after the last of a claim.
func (m *Memory) next(e *claim.Event) int { return m.last[digestOf(claim.Key(e.Insurer, e.ID))] + 1 }

// latest returns the last revision of a claim.
func (m *Memory) latest(e *claim.Event) int { return m.last[digestOf(claim.Key(e.Insurer, e.ID))] }

// note remembers an event of this import.
func (m *Memory) note(e *claim.Event, content digest, line int) {
	id := digestOf(claim.Key(e.Insurer, e.ID))
	m.sent[id.of(e.Revision)] = said{content, max(line, 1)}
	m.last[id] = max(m.last[id], e.Revision)
	if m.path != "" {
		m.fresh = append(m.fresh, id[:]...)
		m.fresh = binary.BigEndian.AppendUint32(m.fresh, uint32(e.Revision))
		m.fresh = append(m.fresh, content[:]...)
	}
}

// empty tells whether no earlier import is remembered.
func (m *Memory) empty() bool { return len(m.last) == 0 }

// save writes what was noted since the last call, once its claims are acknowledged.
func (m *Memory) save() error {
	if m.path == "" || len(m.fresh) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(m.path), 0o700); err != nil {
		return fmt.Errorf("remember what was sent: %w", err)
	}
	file, err := os.OpenFile(m.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("remember what was sent: %w", err)
	}
	size, err := file.Seek(0, io.SeekEnd)
	data := m.fresh
	if size == 0 {
		data = append(bytes.Clone(memoryHead), data...)
	} else if rest := (size - int64(len(memoryHead))) % memoryRecord; err == nil && rest != 0 { // cut off by a crash
		_, err = file.Seek(-rest, io.SeekEnd)
	}
	if err == nil {
		_, err = file.Write(data)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("remember what was sent: %w", err)
	}
	m.fresh = m.fresh[:0]
	return nil
}
