package detectors

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"tallystick/claim"
)

// longestKept bounds a text that is kept, in bytes.
const longestKept = 1 << 16

// ErrKept is matched by what Recall says of bytes that Keep did not write.
var ErrKept = errors.New("not a state as it is kept")

// Recall reads what Keep wrote under the same rule set into a state that has observed nothing and is not used yet. It
// may read beyond the end of what Keep wrote. Decisions and raises that come of a record which is not held are left
// out: they may never have counted, and the entry that does is observed later. After an error the state is as it was.
// An error matches ErrKept, or is one of reading.
func (s *State) Recall(r io.Reader, held func(claim.SourceRef) bool) error {
	fresh := NewState(s.rs, StateConfig{MaxClaims: s.max}) // asked how much it holds meanwhile, s answers at once
	if err := fresh.recall(r, held); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claims > 0 || len(s.applied) > 0 || len(s.books) > 0 {
		return errors.New("recalling the detectors' state: it has observed something already")
	}
	s.books, s.applied, s.claims, s.forgot = fresh.books, fresh.applied, fresh.claims, fresh.forgot
	s.tokens.key = fresh.tokens.key
	s.tokens.known.Store(fresh.tokens.known.Load())
	s.places.take(&fresh.places)
	s.numberListed()
	return nil
}

func (s *State) recall(r io.Reader, held func(claim.SourceRef) bool) error {
	k := recalling{s: s, held: held, r: bufio.NewReaderSize(r, longestKept)}
	for i := range s.rs.keys {
		k.wants |= s.rs.keys[i].wants
	}
	for k.err == nil && !k.done {
		k.record()
	}
	if k.err != nil {
		return fmt.Errorf("recalling the detectors' state after %d claims: %w", k.claims, k.err)
	}
	return nil
}

// recalling is a file on its way into a state. After an error all that it reads is zero.
type recalling struct {
	s      *State
	held   func(claim.SourceRef) bool
	r      *bufio.Reader
	book   *book
	places []*placeInfo
	wants  wants // what some key of the rule set has rules ask of it
	w      scratch
	claims int
	done   bool
	err    error
}

func (k *recalling) wrong(what string) {
	if k.err == nil {
		k.err = fmt.Errorf("%w: %s", ErrKept, what)
	}
}

func (k *recalling) check(ok bool, what string) {
	if !ok {
		k.wrong(what)
	}
}

func (k *recalling) failed(err error) {
	if k.err != nil || err == nil {
		return
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: it ends too early", ErrKept)
	}
	k.err = err
}

func (k *recalling) byte() byte {
	if k.err != nil {
		return 0
	}
	b, err := k.r.ReadByte()
	k.failed(err)
	return b
}

// bytes returns the next n bytes, longestKept at the most, until more is read; nil after an error.
func (k *recalling) bytes(n int) []byte {
	if k.err != nil {
		return nil
	}
	b, err := k.r.Peek(n)
	if err != nil {
		k.failed(err)
		return nil
	}
	k.r.Discard(n)
	return b
}

func (k *recalling) fixed64() uint64 {
	if b := k.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// uint reads a number up to most.
func (k *recalling) uint(most uint64) uint64 {
	if k.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(k.r)
	k.failed(err)
	k.check(v <= most, "a number is out of range")
	if k.err != nil {
		return 0
	}
	return v
}

func (k *recalling) int(least, most int64) int64 {
	if k.err != nil {
		return 0
	}
	v, err := binary.ReadVarint(k.r)
	k.failed(err)
	k.check(v >= least && v <= most, "a number is out of range")
	if k.err != nil {
		return 0
	}
	return v
}

func (k *recalling) int32() int32 { return int32(k.int(math.MinInt32, math.MaxInt32)) }

func (k *recalling) text() string { return string(k.bytes(int(k.uint(longestKept)))) }

func (k *recalling) line() claim.Line {
	b := k.bytes(int(k.uint(longestKept)))
	for _, l := range allLines {
		if string(b) == string(l) {
			return l
		}
	}
	return claim.Line(b)
}

func (k *recalling) cause() cause {
	return cause{partition: k.int32(), epoch: uint32(k.uint(math.MaxUint32)),
		offset: k.int(math.MinInt64, math.MaxInt64)}
}

// record reads one record.
func (k *recalling) record() {
	s := k.s
	switch kind := k.byte(); kind {
	case keptHash:
		copy(s.tokens.key[:], k.bytes(len(s.tokens.key)))
	case keptApplied:
		partition := int(k.uint(math.MaxInt32))
		s.applied[partition] = position{epoch: uint32(k.uint(math.MaxUint32)),
			offset: k.int(math.MinInt64, math.MaxInt64)}
	case keptPlace:
		k.place()
	case keptPrefix:
		before := len(s.tokens.known.Load().texts)
		no := s.tokens.prefix(k.text())
		k.check(k.err != nil || int(no) == int(firstPrefix)+before, "a prefix stands there twice or is none")
	case keptInsurer:
		b := s.book(k.text())
		b.newest = max(b.newest, k.int32())
		k.book = b
	case keptEnd:
		k.check(k.uint(math.MaxUint32) == uint64(k.claims), "claims are missing")
		k.done = true
	case keptCurrency, keptAwaited, keptClaim:
		if k.book == nil {
			k.wrong("there is no insurer")
			return
		}
		switch kind {
		case keptCurrency:
			k.check(k.book.addCurrency(k.text()), "a currency stands there twice")
		case keptAwaited:
			id := k.text()
			k.book.awaited.add(id, awaitedRaise{int(k.int32()), k.cause()})
		default:
			k.claim(k.book)
		}
	default:
		k.wrong("a record is of no kind that there is")
	}
}

func (k *recalling) place() {
	path, role := k.text(), claim.Role(k.text())
	if k.err != nil {
		return
	}
	in := k.s.places.of(&claim.Token{Path: path, Role: role})
	k.check(int(in.no) == len(k.places)+1, "a place stands there twice")
	k.places = append(k.places, in)
}

// claim reads a claim and records it.
func (k *recalling) claim(b *book) {
	id := k.text()
	c := claimRec{next: noClaim, flags: claimFlags(k.byte()), ring: ringState(k.byte())}
	hasNews := c.flags&keptNews != 0
	c.flags &^= keptNews
	k.check(c.flags&^keptFlags == 0, "a claim has a flag that there is not")
	k.check(c.ring < ringStates && c.ring != ringNamed, "a claim is in no state that is kept")
	c.flags |= claimLive
	c.revision = k.int32()
	c.logodds = math.Float64frombits(k.fixed64())
	c.source = k.cause()
	c.lossMinute = k.int(math.MinInt64, math.MaxInt64)
	c.lossDay = k.int32()
	for i := range c.ids {
		c.ids[i] = k.fixed64()
	}
	f := facts{amount: int64(k.uint(uint64(largestAmount))), day: k.int32(),
		currency: uint16(k.uint(uint64(len(b.currencies))))}
	line := k.line()
	f.lineNo = lineNo(line)
	var ringedBy cause
	if c.ring.inRing() {
		if ringedBy = k.cause(); c.ring == ringSaid && !k.held(ringedBy.source()) {
			c.ring = ringTransitions[c.ring][ringGivenUp]
		}
	}
	if c.is(claimDecided) && !k.held(c.source.source()) {
		c.flags &^= claimDecided
	}
	var news said
	if hasNews {
		news = said{math.Float64frombits(k.fixed64()), k.fixed64()}
	}
	var changed []uint16
	for range k.uint(uint64(len(k.places))) {
		changed = append(changed, k.placeNo())
	}
	k.slots()
	if k.err != nil {
		return
	}
	k.claims++
	if b.claim(id) != noClaim {
		return // a revision that came while the state was written: its entry will be observed
	}
	b.lookup(k.w.drafted)
	b.create(k.w.drafted)
	no := b.room()
	have := b.claims.at(no)
	c.generation = have.generation
	*have, *b.facts.at(no) = c, f
	b.enter(no, id, line, &k.w, changed)
	if c.ring.inRing() {
		b.extra(no).ringedBy = ringedBy
	}
	b.say(no, news)
	k.s.stand(b, no, id)
	k.s.claims++
	k.s.forget(b)
}

func (k *recalling) placeNo() uint16 {
	no := uint16(k.uint(uint64(len(k.places))))
	k.check(no > 0, "a place has no number")
	return no
}

// mostSlots bounds the slots of one claim, far above what the limits of a claim allow.
const mostSlots = math.MaxUint16

// slots reads the slots of a claim into k.w.drafted.
func (k *recalling) slots() {
	drafts := k.w.drafted[:0]
	prefixes := uint64(len(k.s.tokens.known.Load().texts))
	for range k.uint(mostSlots) {
		if k.err != nil {
			return
		}
		d := drafted{slot: slot{place: k.placeNo()}}
		if k.err != nil {
			return
		}
		d.wants = k.places[d.place-1].wants
		d.kind, d.flags = int8(k.byte()), slotFlags(k.byte())
		k.check(d.kind >= -1 && int(d.kind) < len(k.s.rs.kinds) && d.flags&slotMember != 0,
			"a token joins nothing that there is")
		if d.flags&slotAgain != 0 {
			first := int(k.uint(mostSlots))
			if first >= len(drafts) || drafts[first].flags&slotAgain != 0 {
				k.wrong("a token is named that is not there")
				return
			}
			d.first = int32(first)
			d.id, d.hash = drafts[first].id, drafts[first].hash
			drafts = append(drafts, d)
			continue
		}
		d.id.prefix = uint16(k.uint(uint64(firstPrefix) + prefixes - 1))
		k.check(d.id.prefix != composed, "a token has no prefix")
		copy(d.id.bits[:], k.bytes(tokenBytes))
		if d.id.prefix == misshapen {
			d.text = k.text()
		}
		d.hash = uint32(d.id.hash())
		drafts = append(drafts, d)
	}
	for range k.uint(mostSlots) {
		if k.err != nil {
			return
		}
		d := drafted{slot: slot{kind: -1, flags: slotMember}, wants: k.wants}
		copy(d.id.bits[:], k.bytes(tokenBytes))
		d.hash = uint32(d.id.hash())
		drafts = append(drafts, d)
	}
	k.w.drafted = drafts
}
