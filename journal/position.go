package journal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Position is the state of a fold, and all that a reader must keep to go on later. The zero Position stands for the
// beginning. Positions are comparable and marshal, in JSON too, to one short line of text.
type Position struct {
	// Offset is the next Kafka offset to read.
	Offset int64
	// Base is the Kafka offset of the last valid batch, or -1 before the first. Opening a fold reads that batch again
	// and compares its digest.
	Base int64
	// Digest names the last valid batch, or is the genesis before the first.
	Digest Digest
	// To is the end of the source that is covered: the next source offset.
	To int64
	// Epoch counts the resets of the source.
	Epoch uint32
}

// IsZero reports whether p is the zero Position, the beginning of a journal.
func (p Position) IsZero() bool { return p == Position{} }

const positionText = "tsj2"

// String is the text form.
func (p Position) String() string {
	return fmt.Sprintf("%s:%d:%d:%s:%d:%d", positionText, p.Offset, p.Base, p.Digest, p.Epoch, p.To)
}

// MarshalText writes "tsj2:offset:base:digest:epoch:to".
func (p Position) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Position) UnmarshalText(text []byte) error {
	f := strings.Split(string(text), ":")
	if len(f) != 6 || f[0] != positionText {
		return fmt.Errorf("reading a position: %q is not %s:offset:base:digest:epoch:to", text, positionText)
	}
	var q Position
	var errs [5]error
	q.Offset, errs[0] = strconv.ParseInt(f[1], 10, 64)
	q.Base, errs[1] = strconv.ParseInt(f[2], 10, 64)
	errs[2] = q.Digest.UnmarshalText([]byte(f[3]))
	epoch, err := strconv.ParseUint(f[4], 10, 32)
	q.Epoch, errs[3] = uint32(epoch), err
	q.To, errs[4] = strconv.ParseInt(f[5], 10, 64)
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("reading a position: %w", err)
	}
	*p = q
	return nil
}
