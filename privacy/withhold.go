package privacy

import (
	"bytes"
	"unicode/utf8"

	"tallystick/claim/fields"
)

// ownIdentifiers are what identifies somebody in one record, in the form in which kept values are searched for it:
// letters and digits alone, folded. Its memory is used again.
type ownIdentifiers struct {
	text  []byte
	each  []ownIdentifier
	value []byte // of the kept value that is searched
}

type ownIdentifier struct {
	span
	digits bool // it has some: what has none cannot hold it
}

const (
	leastOwn       = 6 // characters of an identifier that is searched for; shorter ones stand in words by chance
	leastOwnNumber = 9 // of one that is searched for in numbers, which are long by themselves
	phoneTail      = 7 // digits of a phone number by which it is known without country and area
)

// withhold seals what the policy keeps and what holds an identifier that the record itself has in another place: one
// broken column of a feed writes them where they do not belong. Values that the record is known by stay.
func (p *Protector) withhold() {
	own := &p.own
	own.text, own.each = own.text[:0], own.each[:0]
	for i := range p.leaves {
		if l := &p.leaves[i]; l.place.rule != nil && l.place.rule.direct && !l.hollow {
			p.addOwn(l)
		}
	}
	if len(own.each) > 0 {
		for i := range p.leaves {
			if l := &p.leaves[i]; l.does == doesKeep && p.holdsOwn(l) {
				l.does = doesSeal
				p.out.Withheld = append(p.out.Withheld, l.place.rule.field.Path)
			}
		}
	}
	clear(own.text)
	clear(own.value[:cap(own.value)])
}

func (p *Protector) addOwn(l *leaf) {
	own := &p.own
	from := len(own.text)
	own.text = p.norms.Letters(own.text, l.value)
	own.add(from)
	domain := l.place.rule.domain
	switch {
	case domain == nil:
	case domain.Names() && bytes.IndexByte(l.value, ',') >= 0:
		p.turned, _ = p.norms.Append(p.turned[:0], domain, l.value)
		at := len(own.text)
		own.text = p.norms.Letters(own.text, p.turned)
		own.add(at)
	case domain.Phones() && len(own.text)-from > phoneTail:
		own.add(len(own.text) - phoneTail)
	}
}

func (o *ownIdentifiers) add(from int) {
	if text := o.text[from:]; weight(text) >= leastOwn {
		o.each = append(o.each, ownIdentifier{span{from, len(o.text)}, hasDigit(text)})
	}
}

// weight counts characters. One of Chinese, Japanese or Korean script says as much as some letters.
func weight(text []byte) int {
	n := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if n++; r >= '⺀' {
			n += 2
		}
		text = text[size:]
	}
	return n
}

func hasDigit(text []byte) bool {
	for _, c := range text {
		if '0' <= c && c <= '9' {
			return true
		}
	}
	return false
}

func (p *Protector) holdsOwn(l *leaf) bool {
	rule, least := l.place.rule, leastOwn
	switch rule.field.Type {
	case fields.TypeText:
		if rule.identity != notIdentity || rule.field.Form.Strict || rule.field.Form.Words != nil {
			return false
		}
	case fields.TypeNumber, fields.TypeInteger:
		if least = leastOwnNumber; rule.identity != notIdentity {
			return false
		}
	default:
		return false
	}
	if len(l.value) < leastOwn {
		return false
	}
	own := &p.own
	own.value = p.norms.Letters(own.value[:0], l.value)
	digits := hasDigit(own.value)
	for _, o := range own.each {
		size := o.to - o.from
		if size <= len(own.value) && size >= least && (digits || !o.digits) &&
			bytes.Contains(own.value, own.text[o.from:o.to]) {
			return true
		}
	}
	return false
}
