package privacy

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"

	"tallystick/claim"
	"tallystick/privacy/token"
)

// compose adds the tokens that are made of several values of one object.
func (p *Protector) compose() {
	for _, object := range p.objects {
		for _, c := range object.composed {
			for _, part := range c.parts {
				if part.record == p.record {
					p.leaves = append(p.leaves, leaf{place: c.place, does: doesCompose, composed: c})
					break
				}
			}
		}
	}
}

// sort puts the values in the order of their paths: it marks each value's rank in a set of bits and reads them off,
// since a place has one value at most.
func (p *Protector) sort() {
	p.places.rankAll()
	n := len(p.places.all)
	p.byRank = slices.Grow(p.byRank[:0], n)[:n]
	p.ranks = slices.Grow(p.ranks[:0], n/64+1)[:n/64+1]
	clear(p.ranks)
	for i := range p.leaves {
		rank := p.leaves[i].place.rank
		p.byRank[rank] = int32(i)
		p.ranks[rank/64] |= 1 << (rank % 64)
	}
	p.order = p.order[:0]
	for word, set := range p.ranks {
		for ; set != 0; set &= set - 1 {
			p.order = append(p.order, p.byRank[word*64+bits.TrailingZeros64(set)])
		}
	}
}

// contentPrefix names the canonical form: then follow, for every value in the order of its real path, path, kind and
// value, path and value each behind its length as a uvarint. Absent values, empty objects and empty arrays have no
// part.
const contentPrefix = "tallystick content v1\n"

// canonicalContent writes the canonical form of all values, named or not, kept or not.
func (p *Protector) canonicalContent() []byte {
	slices.SortFunc(p.unnamed, func(a, b unnamed) int { return bytes.Compare(a.path, b.path) })
	b, rest := append(p.canonical[:0], contentPrefix...), p.unnamed
	for _, o := range p.order {
		l := &p.leaves[o]
		if l.does >= doesDerive {
			continue
		}
		for len(rest) > 0 && string(rest[0].path) < l.place.path {
			b = claim.AppendCanonical(b, rest[0].path, rest[0].kind, rest[0].value)
			rest = rest[1:]
		}
		b = claim.AppendCanonical(b, l.place.path, l.kind, l.value)
	}
	for _, u := range rest {
		b = claim.AppendCanonical(b, u.path, u.kind, u.value)
	}
	p.canonical = b
	return b
}

// listOpen lists the values that stay in clear.
func (p *Protector) listOpen() {
	for _, o := range p.order {
		if l := &p.leaves[o]; l.does == doesKeep || l.does == doesDerive {
			p.out.Values = append(p.out.Values, claim.Value{Path: l.place.at, Kind: l.kind, Bytes: l.value})
		}
	}
}

// listTokens makes the tokens. Their text is one string for the record, cut into pieces.
func (p *Protector) listTokens(keys *macs) error {
	out := p.out
	p.spans = p.spans[:0]
	for _, o := range p.order {
		l := &p.leaves[o]
		if l.normal.to == l.normal.from {
			continue
		}
		from := len(out.text)
		var err error
		if out.text, err = keys.appendToken(out.text, l.domain(), p.normal[l.normal.from:l.normal.to]); err != nil {
			return fmt.Errorf("make a token: %w", err)
		}
		p.spans = append(p.spans, span{from, len(out.text)})
		out.Tokens = append(out.Tokens, claim.Token{Path: l.place.path, Role: p.role(l.place.party)})
	}
	clear(p.normal[:cap(p.normal)])
	text := string(out.text)
	for i, s := range p.spans {
		out.Tokens[i].Value = text[s.from:s.to]
	}
	return nil
}

// role returns what a party is in this record.
func (p *Protector) role(of *party) claim.Role {
	if of.asOf != p.record {
		of.as, of.asOf = roleOf(p.valueAt(of.role)), p.record
	}
	return of.as
}

// normalise puts the normal forms of all that gets a token into p.normal, and says beside each party what of it is a
// placeholder.
func (p *Protector) normalise() {
	p.normal, p.stood = p.normal[:0], p.stood[:0]
	for i := range p.leaves {
		l := &p.leaves[i]
		if l.does != doesToken && l.does != doesCompose {
			continue
		}
		p.parts = p.parts[:0]
		if l.does == doesToken {
			p.parts = append(p.parts, l.value)
			for _, context := range l.place.contexts {
				p.parts = append(p.parts, p.valueAt(context))
			}
		} else {
			for _, part := range l.composed.parts {
				p.parts = append(p.parts, p.valueAt(part))
			}
		}
		from := len(p.normal)
		var outcome token.Outcome
		p.normal, outcome = p.norms.Append(p.normal, l.domain(), p.parts...)
		l.normal = span{from, len(p.normal)}
		if outcome == token.Placeholder {
			l.hollow = true
			p.standsIn(l.place.party, l.domain())
		}
	}
	for _, of := range p.stood {
		from := len(p.out.arena)
		for _, d := range token.Domains() {
			if of.stood&(1<<d.Number()) == 0 {
				continue
			}
			if len(p.out.arena) > from {
				p.out.arena = append(p.out.arena, ' ')
			}
			p.out.arena = append(p.out.arena, d.StandsFor()...)
		}
		p.leaves = append(p.leaves, leaf{place: of.placeholders, value: p.out.arena[from:], kind: claim.LeafString,
			does: doesDerive})
	}
}

// standsIn notes that a party has a placeholder for a kind of identifier.
func (p *Protector) standsIn(of *party, d *token.Domain) {
	if of.stoodIn != p.record {
		of.stoodIn, of.stood = p.record, 0
		p.stood = append(p.stood, of)
	}
	of.stood |= 1 << d.Number()
}

func (l *leaf) domain() *token.Domain {
	if l.does == doesToken {
		return l.place.rule.domain
	}
	return l.composed.dom
}
