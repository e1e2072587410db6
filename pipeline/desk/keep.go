package desk

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"tallystick/claim"
)

// What a desk remembers is kept as the known revisions and after them the state of its detectors. Revisions stand in
// blocks: how many there are as a varint, then each with the bytes of seenSize; a block of none is the last.
const (
	keptBlock = 512
	seenSize  = 16 + 16 + 4 + 4 + 8 // id, content, partition, epoch and offset of the source
)

var errKept = errors.New("not the revisions of a desk as they are kept")

// keptForm names the form. Another form, or another way to remember, needs another name.
const keptForm = "tallystick desk 4\n"

// Fingerprint names what the memory depends on beside the journal.
func (d *Desk) Fingerprint() [32]byte {
	state := d.cfg.State.Fingerprint()
	return sha256.Sum256(append([]byte(keptForm), state[:]...))
}

// Keep writes which revisions the desk knows and the state of its detectors. See [pipeline.Keeper].
func (d *Desk) Keep(w io.Writer) error {
	if err := d.known.keep(w); err != nil {
		return fmt.Errorf("writing the known revisions: %w", err)
	}
	return d.cfg.State.Keep(w)
}

// Recall reads what Keep wrote into a desk that has observed nothing. After an error it still has. Revisions that were
// decided from records which are not held are left out, and so are the state's decisions on them: they may never have
// counted. See [pipeline.Keeper].
func (d *Desk) Recall(r io.Reader, held func(claim.SourceRef) bool) error {
	in := bufio.NewReaderSize(r, 1<<18)
	fresh := newKnown()
	if err := fresh.recall(in, held); err != nil {
		return fmt.Errorf("recalling the known revisions: %w", err)
	}
	if err := d.cfg.State.Recall(in, held); err != nil {
		return err
	}
	d.known.take(fresh)
	return nil
}

// take takes over what a memory knows that nobody else uses.
func (k *known) take(from *known) {
	for i := range k.shards {
		to, s := &k.shards[i], &from.shards[i]
		to.Lock()
		to.first, to.pages, to.used, to.free, to.len = s.first, s.pages, s.used, s.free, s.len
		to.Unlock()
	}
}

// keep writes the revisions. Each shard is locked for a block at a time: what comes meanwhile may be left out.
func (k *known) keep(w io.Writer) error {
	var block []byte
	flush := func() error {
		n := len(block) / seenSize
		if n == 0 {
			return nil
		}
		head := binary.AppendUvarint(nil, uint64(n))
		_, err := w.Write(append(head, block...))
		block = block[:0]
		return err
	}
	for i := range k.shards {
		shard := &k.shards[i]
		shard.Lock()
		for begin, no := range shard.first {
			for ; no != 0; no = shard.at(no).next {
				block = shard.at(no).append(block, begin)
			}
			if len(block) < keptBlock*seenSize {
				continue
			}
			shard.Unlock()
			err := flush()
			shard.Lock() // a map may change while one ranges over it
			if err != nil {
				shard.Unlock()
				return err
			}
		}
		shard.Unlock()
	}
	if err := flush(); err != nil {
		return err
	}
	_, err := w.Write([]byte{0})
	return err
}

func (s *seen) append(to []byte, begin uint32) []byte {
	to = binary.BigEndian.AppendUint32(to, begin)
	to = append(to, s.id[:]...)
	to = append(to, s.content[:]...)
	to = binary.LittleEndian.AppendUint32(to, uint32(s.source.partition))
	to = binary.LittleEndian.AppendUint32(to, s.source.epoch)
	return binary.LittleEndian.AppendUint64(to, uint64(s.source.offset))
}

// recall reads the revisions from records that are held into a memory that knows none and that nobody uses.
func (k *known) recall(r *bufio.Reader, held func(claim.SourceRef) bool) error {
	var one [seenSize]byte
	for {
		n, err := binary.ReadUvarint(r)
		if err != nil {
			return endsEarly(err)
		}
		if n == 0 {
			return nil
		}
		if n > math.MaxUint32 {
			return fmt.Errorf("%w: a block of %d", errKept, n)
		}
		for range n {
			if _, err := io.ReadFull(r, one[:]); err != nil {
				return endsEarly(err)
			}
			id := revisionID(one[:16])
			shard := k.shard(id)
			if shard.find(id) != nil {
				return fmt.Errorf("%w: a revision stands there twice", errKept)
			}
			from := source{int32(binary.LittleEndian.Uint32(one[32:])), binary.LittleEndian.Uint32(one[36:]),
				int64(binary.LittleEndian.Uint64(one[40:]))}
			if !held(claim.SourceRef{Partition: int(from.partition), Epoch: from.epoch, Offset: from.offset}) {
				continue
			}
			have := shard.add(id)
			have.content, have.source = [16]byte(one[16:32]), from
		}
	}
}

func endsEarly(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", errKept)
	}
	return err
}
