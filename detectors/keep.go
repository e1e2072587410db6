package detectors

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// The form in which a state is kept: records, each a byte that says what it is and then its fields; numbers are
// varints, texts have their length before them. Places, prefixes of tokens and currencies are numbered by the state;
// each stands before the first record that names its number. What is kept of a claim is what was recorded of it:
// windows and links are made again.
const (
	keptHash     = 'h' // the key of the hash of what is no token, 16 bytes; comes first
	keptApplied  = 'o' // partition, epoch, offset
	keptPlace    = 'l' // path and role at which the next place was met first
	keptPrefix   = 'p' // the next prefix
	keptInsurer  = 'i' // name, newest day; the records that follow are of its claims
	keptCurrency = 'u' // the insurer's next currency
	keptAwaited  = 'a' // number and revision of a claim that was raised before it came, and the cause
	keptClaim    = 'c' // see keeper.claim
	keptEnd      = 'e' // how many claims; comes last
)

// keptFlags are those that are kept of a claim.
const keptFlags = claimConfirmed | claimDecided

// keptNews says, in the place of the flag that no file has, that rules on news said something of the claim. The news
// itself is not kept: its journals are read from their beginnings.
const keptNews = claimStands

// keptPage is how many claims are written under one lock.
const keptPage = 64

// keeping is a state on its way into a file. Claims go in the order of their numbers; one that is removed before its
// turn goes first. Who keeps holds the state's lock for reading, who removes for writing.
type keeping struct {
	s        *State
	size     uint32 // of a page
	out      []byte // not written yet
	spare    []byte
	claims   int
	places   int
	prefixes int
	known    map[*book]int // currencies that are written
	book     *book         // whose records are being written
	// Of each book, where the claims are that were there at the beginning and have not been written.
	waiting map[*book]span
}

type span struct{ from, to uint32 }

// Fingerprint names the rules that the state was made for and how much it may hold. A state that was kept under another
// one lacks what these rules ask for, or what there was no room for.
func (s *State) Fingerprint() [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%x %d", s.rs.digest, s.max))
}

// Keep writes what the state remembers. Claims may be decided and observed meanwhile: the state is locked for a few
// claims at a time. What is written holds every claim that was recorded before the call, as it was then or as it is
// later; with the entries since then, observed after [State.Recall], that is the whole state. One Keep can run at a
// time.
func (s *State) Keep(w io.Writer) error { return s.keep(w, keptPage) }

func (s *State) keep(w io.Writer, page uint32) error {
	k := &keeping{s: s, size: page, known: map[*book]int{}, waiting: map[*book]span{}}
	insurers, err := k.begin()
	if err != nil {
		return err
	}
	defer k.end()
	for _, insurer := range insurers {
		for more := true; more; {
			more = k.page(insurer)
			if err := k.flush(w); err != nil {
				return err
			}
		}
	}
	k.out = binary.AppendUvarint(append(k.out, keptEnd), uint64(k.claims))
	return k.flush(w)
}

// begin notes what there is and returns the insurers.
func (k *keeping) begin() ([]string, error) {
	s := k.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keeping {
		return nil, errors.New("the state is being written already")
	}
	s.keeping = true
	k.out = append(append(k.out, keptHash), s.tokens.key[:]...)
	for _, p := range slices.Sorted(maps.Keys(s.applied)) {
		at := s.applied[p]
		k.out = binary.AppendUvarint(append(k.out, keptApplied), uint64(p))
		k.out = binary.AppendUvarint(k.out, uint64(at.epoch))
		k.out = binary.AppendVarint(k.out, at.offset)
	}
	insurers := slices.Sorted(maps.Keys(s.books))
	for _, insurer := range insurers {
		b := s.books[insurer]
		b.keeping, k.waiting[b] = k, span{0, uint32(b.claims.len())}
		k.turnTo(b)
		b.awaited.each(func(id string, raise awaitedRaise) {
			k.out = appendText(append(k.out, keptAwaited), id)
			k.out = binary.AppendVarint(k.out, int64(raise.revision))
			k.out = appendCause(k.out, raise.why)
		})
	}
	return insurers, nil
}

func (k *keeping) end() {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	k.s.keeping = false
	for b := range k.waiting {
		b.keeping = nil
	}
}

// flush writes what has been put together, without the lock.
func (k *keeping) flush(w io.Writer) error {
	k.s.mu.RLock()
	out := k.out
	k.out, k.spare = k.spare[:0], out
	k.s.mu.RUnlock()
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("writing the detectors' state: %w", err)
	}
	return nil
}

// page puts the next claims of an insurer and reports whether there are more.
func (k *keeping) page(insurer string) bool {
	k.s.mu.RLock()
	defer k.s.mu.RUnlock()
	b := k.s.books[insurer]
	turn := k.waiting[b]
	end := min(turn.from+k.size, turn.to)
	for no := turn.from; no < end; no++ {
		if b.claims.at(no).is(claimLive) {
			k.claim(b, no)
		}
	}
	k.waiting[b] = span{end, turn.to}
	return end < turn.to
}

// leaves puts a claim that is about to be removed, if its turn has not come.
func (k *keeping) leaves(b *book, no uint32) {
	if k == nil {
		return
	}
	if turn := k.waiting[b]; no >= turn.from && no < turn.to {
		k.claim(b, no)
	}
}

// turnTo makes sure that records are read as of the book.
func (k *keeping) turnTo(b *book) {
	if k.book == b {
		return
	}
	k.book = b
	k.out = appendText(append(k.out, keptInsurer), b.insurer)
	k.out = binary.AppendVarint(k.out, int64(b.newest))
}

// claim puts the record of a claim and, before it, whatever it names that has no record yet.
func (k *keeping) claim(b *book, no uint32) {
	k.turnTo(b)
	k.define(b)
	k.claims++
	c, f := b.claims.at(no), b.facts.at(no)
	out := appendText(append(k.out, keptClaim), b.number(no))
	flags, news := c.flags&keptFlags, b.saidOf(no)
	if news != (said{}) {
		flags |= keptNews
	}
	ring := c.ring
	if !ring.inRing() {
		ring = ringUnknown
	}
	out = append(out, byte(flags), byte(ring))
	out = binary.AppendVarint(out, int64(c.revision))
	out = binary.LittleEndian.AppendUint64(out, math.Float64bits(c.logodds))
	out = appendCause(out, c.source)
	out = binary.AppendVarint(out, c.lossMinute)
	out = binary.AppendVarint(out, int64(c.lossDay))
	for _, id := range c.ids {
		out = binary.LittleEndian.AppendUint64(out, id)
	}
	out = binary.AppendUvarint(out, uint64(f.amount))
	out = binary.AppendVarint(out, int64(f.day))
	out = binary.AppendUvarint(out, uint64(f.currency))
	out = appendText(out, string(b.line(no)))
	if ring.inRing() {
		out = appendCause(out, b.rare[no].ringedBy)
	}
	if flags&keptNews != 0 {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(news.weight))
		out = binary.LittleEndian.AppendUint64(out, news.by)
	}
	changed := b.changed(no)
	out = binary.AppendUvarint(out, uint64(len(changed)))
	for _, place := range changed {
		out = binary.AppendUvarint(out, uint64(place))
	}
	list := b.lists.at(c.slots, 2*uint32(c.tokens))
	out = binary.AppendUvarint(out, uint64(c.tokens))
	for i := 0; i < len(list); i += 2 {
		sl := unpack(list[i], list[i+1])
		out = binary.AppendUvarint(out, uint64(sl.place))
		out = append(out, byte(sl.kind), byte(sl.flags))
		if sl.flags&slotAgain != 0 {
			first := 0
			for list[first] != sl.key {
				first += 2
			}
			out = binary.AppendUvarint(out, uint64(first/2))
			continue
		}
		id := &b.keys.at(sl.key).id
		out = binary.AppendUvarint(out, uint64(id.prefix))
		out = append(out, id.bits[:]...)
		if id.prefix == misshapen {
			out = appendText(out, b.misshapen[sl.key])
		}
	}
	keys := b.composedOf(c)
	out = binary.AppendUvarint(out, uint64(len(keys)))
	for _, key := range keys {
		out = append(out, b.keys.at(key).id.bits[:]...)
	}
	k.out = out
}

// define puts the places, prefixes and currencies that are new.
func (k *keeping) define(b *book) {
	p := &k.s.places
	p.mu.Lock()
	for _, first := range p.first[k.places:] {
		k.out = appendText(append(k.out, keptPlace), first.path)
		k.out = appendText(k.out, string(first.role))
	}
	k.places = len(p.first)
	p.mu.Unlock()
	prefixes := k.s.tokens.known.Load().texts
	for _, text := range prefixes[k.prefixes:] {
		k.out = appendText(append(k.out, keptPrefix), text)
	}
	k.prefixes = len(prefixes)
	if known := k.known[b]; known < len(b.currencies) {
		codes := make([]string, len(b.currencies)) // by their numbers, which begin at 1
		for code, no := range b.currencies {
			codes[no-1] = code
		}
		for _, code := range codes[known:] {
			k.out = appendText(append(k.out, keptCurrency), code)
		}
		k.known[b] = len(codes)
	}
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

func appendCause(to []byte, c cause) []byte {
	to = binary.AppendVarint(to, int64(c.partition))
	to = binary.AppendUvarint(to, uint64(c.epoch))
	return binary.AppendVarint(to, c.offset)
}
