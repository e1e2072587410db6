package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"

	"tallystick/journal/part"
)

// Sum computes the digest of a batch from its header and records, as every reader does: for who keeps batches elsewhere
// and must be able to check them there. It fails for records that are not of the header's form.
func Sum(h Header, records []Record) (Digest, error) {
	var d digester
	d.begin(h.appendTo(make([]byte, 0, headerSize)), h.Form)
	for i := range records {
		if err := d.add(records[i].Key, records[i].Value); err != nil {
			return Digest{}, fmt.Errorf("record %d: %w", i, err)
		}
	}
	return d.sum(), nil
}

// digester computes digests; it keeps its hash and memory. Not for concurrent use.
type digester struct {
	hash  hash.Hash
	form  Form
	buf   []byte
	parts []part.Part
}

// begin starts a digest with the header's value.
func (d *digester) begin(headerValue []byte, form Form) {
	if d.hash == nil {
		d.hash = sha256.New()
	}
	d.form = form
	d.hash.Reset()
	d.hash.Write([]byte(digestDomain))
	d.hash.Write(headerValue)
}

// add takes in one record: its key and the digests of its parts, so that it does not matter which of them were left
// out. No key and an empty key are the same.
func (d *digester) add(key, value []byte) (err error) {
	d.parts = d.parts[:0]
	if d.form == FormWhole {
		d.parts = append(d.parts, part.Part{Bytes: value})
	} else if d.parts, err = part.Cut(d.parts, value); err != nil {
		return err
	}
	d.buf = binary.BigEndian.AppendUint32(d.buf[:0], uint32(len(key)))
	d.buf = append(d.buf, key...)
	d.buf = binary.BigEndian.AppendUint32(d.buf, uint32(len(d.parts)))
	for i := range d.parts {
		digest := d.parts[i].Digest()
		d.buf = append(d.buf, digest[:]...)
	}
	d.hash.Write(d.buf)
	return nil
}

func (d *digester) sum() Digest {
	var out Digest
	d.hash.Sum(out[:0])
	return out
}
