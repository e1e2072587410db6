package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tallystick/journal"
)

// exportLine is one batch of the trail as a line of JSON. From it the digest can be computed again, see docs/design of
// the journal; entries stand as the bytes that were written, which are JSON themselves.
type exportLine struct {
	Prev    journal.Digest    `json:"prev"`
	From    int64             `json:"from"`
	To      int64             `json:"to"`
	Epoch   uint32            `json:"epoch,omitzero"`
	Created int64             `json:"created"` // ms since 1970
	Writer  string            `json:"writer"`  // hex
	Digest  journal.Digest    `json:"digest"`
	Entries []json.RawMessage `json:"entries"`
}

// Export writes the whole trail, a line a batch, and returns its head.
func Export(ctx context.Context, cfg journal.Config, w io.Writer) (Head, error) {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false) // the entries stay the bytes that they are
	pos, err := journal.Scan(ctx, cfg, 0, func(b journal.Batch) error {
		line := exportLine{
			Prev: b.Prev, From: b.From, To: b.To, Epoch: b.Epoch, Created: b.Created,
			Writer: hex.EncodeToString(b.Writer[:]), Digest: b.Digest,
		}
		for _, r := range b.Records {
			if _, err := Decode(r.Value); err != nil || len(r.Key) > 0 {
				return fmt.Errorf("offset %d is no entry of the trail: verify it first", r.Offset)
			}
			line.Entries = append(line.Entries, r.Value)
		}
		return out.Encode(line)
	})
	if err != nil {
		return Head{}, fmt.Errorf("exporting the audit trail: %w", err)
	}
	return Head{pos.To, pos.Digest}, nil
}

// maxExportLine bounds a line: a batch of 1 MB and what JSON adds.
const maxExportLine = 4 << 20

// VerifyExport checks what Export wrote, with nothing but the anchored heads.
func VerifyExport(r io.Reader, heads []Head) (Report, error) {
	c := newChecker(heads)
	at := journal.Genesis(Name, 0)
	var to int64
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxExportLine)
	for n := int64(1); lines.Scan(); n++ {
		batch, err := parseLine(lines.Bytes())
		if err != nil {
			c.report.find(-1, "line %d: %v", n, err)
			return c.end(), nil
		}
		if batch.Prev != at || batch.From != to {
			c.report.find(-1, "line %d does not follow the one before: a line was edited, removed or moved", n)
			return c.end(), nil
		}
		batch.Base = n
		if err := c.batch(batch); err != nil {
			return c.report, err
		}
		at, to = batch.Digest, batch.To
	}
	if err := lines.Err(); err != nil {
		return c.report, fmt.Errorf("reading the export: %w", err)
	}
	return c.end(), nil
}

// parseLine reads a batch and computes its digest again.
func parseLine(data []byte) (journal.Batch, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var line exportLine
	if err := d.Decode(&line); err != nil {
		return journal.Batch{}, fmt.Errorf("no batch of an audit trail: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return journal.Batch{}, errors.New("no batch of an audit trail: data after its end")
	}
	writer, err := hex.DecodeString(line.Writer)
	if err != nil || len(writer) != 16 || line.From < 0 || line.To < line.From {
		return journal.Batch{}, errors.New("no batch of an audit trail: writer or range")
	}
	b := journal.Batch{Header: journal.Header{
		Epoch: line.Epoch, Prev: line.Prev, From: line.From, To: line.To, Count: uint32(len(line.Entries)),
		Created: line.Created,
		Writer:  [16]byte(writer),
	}}
	for _, e := range line.Entries {
		b.Records = append(b.Records, journal.Record{Value: e})
	}
	if b.Digest, err = journal.Sum(b.Header, b.Records); err != nil || b.Digest != line.Digest {
		return b, errors.New("the digest is not that of its entries: they were edited")
	}
	return b, nil
}
