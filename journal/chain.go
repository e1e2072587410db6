package journal

import (
	"fmt"

	"tallystick/journal/fetch"
)

// Record is one entry of a batch. No key and an empty key are the same, as are no value and an empty one.
type Record struct {
	// Offset is the record's Kafka offset; ignored by Append.
	Offset     int64
	Key, Value []byte
}

// Batch is one valid batch.
type Batch struct {
	Partition int
	// Base is the Kafka offset of the header record.
	Base int64
	Header
	Records []Record
	Digest  Digest
	// Next is the position after this batch: what a sink stores once it has taken the batch.
	Next Position
}

// VoidReason says why records do not count. The values are fixed and few, fit for a metric's label.
type VoidReason string

const (
	// VoidForeign: the Kafka batch does not begin with a journal header.
	VoidForeign VoidReason = "foreign"
	// VoidMalformed: its header cannot be read, or a record is not of the form that it says.
	VoidMalformed VoidReason = "malformed"
	// VoidShort: its header and its number of records differ.
	VoidShort VoidReason = "short"
	// VoidTransactional: it was written in a Kafka transaction or an old message format.
	VoidTransactional VoidReason = "transactional"
	// VoidStale: its predecessor is not the last valid batch; a stalled writer, or the second copy of a batch sent
	// twice.
	VoidStale VoidReason = "stale"
	// VoidRange: its predecessor is right, but its range or epoch does not follow. A faulty writer.
	VoidRange VoidReason = "range"
	// VoidAhead: it claims a state that the journal has not reached. A faulty writer, since a fork is an error.
	VoidAhead VoidReason = "ahead"
)

// Void is one Kafka batch that does not count.
type Void struct {
	Partition int
	Base      int64
	Records   int
	Reason    VoidReason
	// Header as it was read; the zero Header if it cannot be read.
	Header Header
}

// chain is the fold itself: a pure function from Kafka batches to valid batches. It does no I/O.
type chain struct {
	topic     string
	partition int
	pos       Position
	digest    digester
	older     Digest // the genesis that this partition had in version 1; zero where nobody asks
}

// take folds one Kafka batch. It returns the valid batch or, with ok false, why the batch is void.
// The batch's records must lie at or after the chain's offset; the offset moves past them.
func (c *chain) take(kb *fetch.Batch) (b Batch, ok bool, reason VoidReason, err error) {
	n := len(kb.Records)
	if kb.Base < c.pos.Offset || n == 0 {
		// Every offset that a position holds is the end of a Kafka batch. One that now lies inside a batch was cut off
		// and written over.
		return Batch{}, false, "",
			c.fail(ErrForked, fmt.Sprintf("a batch begins at %d and ends after the position", kb.Base))
	}
	if c.pos.Base < 0 && c.older != (Digest{}) && isOlder(&kb.Records[0], c.older) {
		return Batch{}, false, "", c.fail(ErrVersion, "its batches are of version 1")
	}
	h, reason := c.inspect(kb)
	c.pos.Offset = kb.Records[n-1].Offset + 1
	var digest Digest
	if reason == "" {
		if digest, err = c.sum(kb, h.Form); err != nil {
			reason = VoidMalformed
		}
	}
	if reason != "" {
		return Batch{}, false, reason, nil
	}
	records := make([]Record, n-1)
	for i := range records {
		r := &kb.Records[i+1]
		records[i] = Record{Offset: r.Offset, Key: orNil(r.Key), Value: orNil(r.Value)}
	}
	return c.accept(kb.Base, h, digest, records), true, "", nil
}

// inspect reads the header and applies the rule.
func (c *chain) inspect(kb *fetch.Batch) (Header, VoidReason) {
	if kb.Transactional || kb.Legacy {
		return Header{}, VoidTransactional
	}
	first := &kb.Records[0]
	h, err := decodeHeader(first.Key, first.Value)
	switch {
	case err == errForeign:
		return h, VoidForeign
	case err != nil:
		return h, VoidMalformed
	case first.Offset != kb.Base || int64(h.Count) != int64(len(kb.Records)-1):
		return h, VoidShort
	}
	return h, c.rule(h)
}

// rule is the whole of the protocol: which headers count.
func (c *chain) rule(h Header) VoidReason {
	if h.Prev != c.pos.Digest {
		if h.Epoch > c.pos.Epoch || h.Epoch == c.pos.Epoch && h.From > c.pos.To {
			return VoidAhead
		}
		return VoidStale
	}
	switch {
	case h.From != c.pos.To:
		return VoidRange
	case h.Kind == KindData && h.Epoch == c.pos.Epoch && h.To >= h.From:
		return ""
	case h.Kind == KindEpoch && h.Epoch == c.pos.Epoch+1 && h.Epoch != 0:
		return ""
	}
	return VoidRange
}

// accept moves the state to a batch that counts.
func (c *chain) accept(base int64, h Header, d Digest, records []Record) Batch {
	c.pos = Position{Offset: base + 1 + int64(h.Count), Base: base, Digest: d, To: h.To, Epoch: h.Epoch}
	return Batch{Partition: c.partition, Base: base, Header: h, Records: records, Digest: d, Next: c.pos}
}

// sum is the digest of a batch whose header was read.
func (c *chain) sum(kb *fetch.Batch, form Form) (Digest, error) {
	c.digest.begin(kb.Records[0].Value, form)
	for i := range kb.Records[1:] {
		if err := c.digest.add(kb.Records[i+1].Key, kb.Records[i+1].Value); err != nil {
			return Digest{}, err
		}
	}
	return c.digest.sum(), nil
}

// isOlder reports whether a header is that of the first batch of this partition as version 1 wrote it.
func isOlder(r *fetch.Record, genesis Digest) bool {
	return string(r.Key) == "TSJ1" && len(r.Value) == 82 && r.Value[0] == 1 && Digest(r.Value[6:38]) == genesis
}

func (c *chain) fail(cause error, detail string) error {
	return &ChainError{Topic: c.topic, Partition: c.partition, Position: c.pos, Cause: cause, Detail: detail}
}

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
