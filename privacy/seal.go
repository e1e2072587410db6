package privacy

import (
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"tallystick/claim"
)

const nonceSize = 12

// A data key serves one party of one record and is then forgotten. It encrypts twice: the fields, and zeros to draw
// salts.
var (
	fieldsNonce = make([]byte, nonceSize)
	saltNonce   = []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
)

// padTo is the size in bytes of which sealed fields are a multiple, so that their length tells little of them.
const padTo = 32

// sealing is the memory of sealing, used again.
type sealing struct {
	slots  []slot
	random []byte
	plain  []byte
	aad    []byte
	salts  []byte
}

// slot is one party of the record with its sealed values in order.
type slot struct {
	party  *party
	leaves []int32
}

// seal encrypts what is not kept, each party's values under a fresh key of their own, and wraps those keys.
func (p *Protector) seal() error {
	p.groupByParty()
	s := &p.sealing
	if len(s.slots) == 0 {
		return nil
	}
	minute, err := p.shared.minutes.current()
	if err != nil {
		return err
	}
	const each = SecretSize + KeyIDSize + nonceSize
	s.random = slices.Grow(s.random[:0], each*len(s.slots))[:each*len(s.slots)]
	_, _ = rand.Read(s.random) // never fails: it ends the process instead
	defer clear(s.random)
	for i := range s.slots {
		random := s.random[i*each : (i+1)*each]
		key, id, nonce := random[:SecretSize], random[SecretSize:SecretSize+KeyIDSize], random[SecretSize+KeyIDSize:]
		if err := p.sealParty(&s.slots[i], key, id); err != nil {
			return fmt.Errorf("seal: %w", err)
		}
		p.wrap(minute, s.slots[i].party.name, key, id, nonce)
	}
	return nil
}

// groupByParty fills the slots, sorted by the party's name; the values of each are sorted by path.
func (p *Protector) groupByParty() {
	s := &p.sealing
	s.slots = s.slots[:0]
	for _, o := range p.order {
		l := &p.leaves[o]
		if l.does != doesToken && l.does != doesSeal && l.does != doesHide {
			continue
		}
		owner := l.place.party
		if owner.record != p.record {
			owner.record, owner.slot = p.record, int32(len(s.slots))
			s.slots = oneMore(s.slots)
			fresh := &s.slots[owner.slot]
			fresh.party, fresh.leaves = owner, fresh.leaves[:0]
		}
		at := &s.slots[owner.slot]
		at.leaves = append(at.leaves, o)
	}
	slices.SortFunc(s.slots, func(a, b slot) int { return strings.Compare(a.party.name, b.party.name) })
}

// oneMore lengthens a slice by one, keeping what an earlier use left there so that its memory is used again.
func oneMore[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var zero T
	return append(s, zero)
}

// sealParty encrypts one party's paths and values as one.
func (p *Protector) sealParty(from *slot, key, id []byte) error {
	out, s := p.out, &p.sealing
	aead, err := newGCM(key)
	if err != nil {
		return err
	}
	s.salts = drawSalts(s.salts, aead, len(from.leaves))
	out.Parties = oneMore(out.Parties)
	to := &out.Parties[len(out.Parties)-1]
	to.Section, to.Leaves = claim.Section{Party: from.party.name}, to.Leaves[:0]
	to.Count = len(from.leaves)
	to.Key = p.keep(id)
	s.plain = s.plain[:0]
	for i, at := range from.leaves {
		l := &p.leaves[at]
		path, ok := within(to.Party, l.place.path)
		if !ok {
			return fmt.Errorf("%s does not lie in %s", l.place.path, to.Party)
		}
		s.plain = claim.AppendCanonical(s.plain, path, l.kind, l.value)
		to.Leaves = append(to.Leaves, claim.Leaf{Path: l.place.path, Kind: l.kind, Value: l.value,
			Salt: saltAt(s.salts, i)})
	}
	s.plain = pad(s.plain)
	s.aad = append(append(s.aad[:0], id...), to.Party...)
	start := len(out.arena)
	out.arena = aead.Seal(out.arena, fieldsNonce, s.plain, s.aad)
	to.Data = out.arena[start:len(out.arena):len(out.arena)]
	clear(s.plain)
	return nil
}

// within returns what a sealed path says beside its party, whose name need not be encrypted with every field.
func within(party, path string) (rest string, ok bool) {
	if party == claim.RecordParty {
		return path, true
	}
	rest, ok = strings.CutPrefix(path, party)
	if !ok || len(rest) < 2 || rest[0] != '.' {
		return "", false
	}
	return rest[1:], true
}

// without is the inverse of within.
func without(party, rest string) string {
	if party == claim.RecordParty {
		return rest
	}
	return party + "." + rest
}

// pad adds zeros up to a multiple of padTo. No path is empty, so a zero where a path's length stands ends the fields.
func pad(b []byte) []byte {
	for len(b)%padTo != 0 {
		b = append(b, 0)
	}
	return b
}

// wrap encrypts a data key under the wrapping key of the minute.
func (p *Protector) wrap(minute *wrappingKey, party string, key, id, nonce []byte) {
	out, s := p.out, &p.sealing
	s.aad = appendWrapAAD(s.aad[:0], id, out.Insurer, out.Claim, party)
	start := len(out.arena)
	out.arena = append(out.arena, nonce...)
	out.arena = minute.aead.Seal(out.arena, nonce, key, s.aad)
	out.Keys = append(out.Keys, WrappedKey{
		Minute: minute.Minute, Key: [KeyIDSize]byte(id), Insurer: out.Insurer, Claim: out.Claim, Party: party,
		Wrapped: out.arena[start:len(out.arena):len(out.arena)],
	})
}

// appendWrapAAD appends what a wrapped key is bound to. None of the names can hold a zero byte.
func appendWrapAAD(dst, id []byte, insurer, claimID, party string) []byte {
	dst = append(dst, "tallystick wrap v1\x00"...)
	dst = append(dst, id...)
	dst = append(append(dst, insurer...), 0)
	dst = append(append(dst, claimID...), 0)
	return append(dst, party...)
}

// keep copies b to memory of the record.
func (p *Protector) keep(b []byte) []byte {
	start := len(p.out.arena)
	p.out.arena = append(p.out.arena, b...)
	return p.out.arena[start:len(p.out.arena):len(p.out.arena)]
}

// drawSalts returns n salts in the memory of dst: the AES-256-GCM encryption of zeros under a nonce of their own, which
// is an AES-256-CTR key stream, such as [claim.SaltStream] is of a shorter key. So salts need no key of their own and
// are erased with the data key; who is shown some of them learns nothing of the others or of the fields.
func drawSalts(dst []byte, aead cipher.AEAD, n int) []byte {
	dst = slices.Grow(dst[:0], n*claim.SaltSize+aead.Overhead())[:n*claim.SaltSize]
	clear(dst)
	return aead.Seal(dst[:0], saltNonce, dst, nil)[:n*claim.SaltSize]
}

func saltAt(salts []byte, i int) [claim.SaltSize]byte {
	return [claim.SaltSize]byte(salts[i*claim.SaltSize:])
}
