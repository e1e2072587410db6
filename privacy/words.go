package privacy

import (
	"bytes"
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"tallystick/claim"
	"tallystick/privacy/text"
	"tallystick/privacy/token"
)

// scanTime is how long one text may be scanned. It takes milliseconds; what takes longer stays sealed alone, so that
// no record holds up the others.
const scanTime = 500 * time.Millisecond

// kindOfDomain says what values with a token are when they stand in a text, and domainOfKind which token a find gets,
// so that a name in a narrative and the same name in a field have one token.
var (
	kindOfDomain = map[string]text.Kind{
		"nam": text.Person, "emp": text.Organisation, "phn": text.Phone, "eml": text.Email, "nid": text.Document,
		"pid": text.Document,
		"vin": text.VIN, "plt": text.Plate, "pol": text.Policy, "net": text.IP, "dvc": text.IMEI,
	}
	domainOfKind = map[text.Kind]string{
		text.Person: "nam", text.Organisation: "nam", text.Phone: "phn", text.Email: "eml", text.SSN: "nid",
		text.ResidentID: "nid",
		text.NPI:        "nid", text.Document: "nid", text.VIN: "vin", text.Plate: "plt", text.Policy: "pol",
		text.IP:   "net",
		text.IMEI: "dvc",
	}
)

// scanTexts puts beside each generalised text a copy in which what identifies people is replaced by tokens, or by
// what it is where there is no token. A text that cannot be scanned has no copy and is listed as withheld.
func (p *Protector) scanTexts(keys *macs) error {
	if len(p.texts) == 0 {
		return nil
	}
	known := p.knownValues()
	for _, i := range p.texts {
		l := p.leaves[i]
		ctx, cancel := context.WithTimeout(context.Background(), scanTime)
		spans, err := text.Scan(ctx, string(l.value), known)
		cancel()
		if err != nil {
			p.out.Withheld = append(p.out.Withheld, l.place.rule.field.Coarser().Path)
			continue
		}
		copied, err := p.replaced(keys, l.value, spans)
		if err != nil {
			return err
		}
		if len(copied) == 0 {
			continue
		}
		derived := leaf{place: l.place.derived, value: copied, kind: claim.LeafString, does: doesDerive}
		if err := p.addLeaf(derived); err != nil {
			return err
		}
	}
	return nil
}

// knownValues are what the record itself says of people.
func (p *Protector) knownValues() []text.Known {
	var known []text.Known
	for i := range p.leaves {
		l := &p.leaves[i]
		rule := l.place.rule
		if rule == nil || !rule.direct || len(known) == text.MaxKnown {
			continue
		}
		kind := text.Document
		if rule.domain != nil && kindOfDomain[rule.domain.Name] != "" {
			kind = kindOfDomain[rule.domain.Name]
		} else if rule.field.Name() == "line1" {
			kind = text.Address
		}
		known = append(known, text.Known{Kind: kind, Value: string(l.value)})
	}
	return known
}

// replaced returns the text with its spans replaced, in the arena.
func (p *Protector) replaced(keys *macs, value []byte, spans []text.Span) ([]byte, error) {
	start, at, char := len(p.out.arena), 0, 0
	skip := func(to int) []byte {
		from := at
		for ; char < to && at < len(value); char++ {
			_, size := utf8.DecodeRune(value[at:])
			at += size
		}
		return value[from:at]
	}
	out := p.out.arena
	for _, span := range spans {
		out = append(out, skip(span.Start)...)
		found := skip(span.End)
		out = append(append(out, '['), span.Kind...)
		if domain := token.ByName(domainOfKind[span.Kind]); domain != nil {
			var outcome token.Outcome
			p.normal, outcome = p.norms.Append(p.normal[:0], domain, p.readAs(domain, span.Kind, found)...)
			if outcome == token.Named {
				var err error
				if out, err = keys.appendToken(append(out, ' '), domain, p.normal); err != nil {
					return nil, fmt.Errorf("make a token of what a text holds: %w", err)
				}
			}
		}
		out = append(out, ']')
	}
	out = append(out, value[at:]...)
	clear(p.normal[:cap(p.normal)])
	p.out.arena = out
	return out[start:], nil
}

// readAs returns what was found in a text with what it is read by, see token.Domain.Contexts: where a field of the
// record has the same, what that field is read by; else what its kind says.
func (p *Protector) readAs(domain *token.Domain, kind text.Kind, found []byte) [][]byte {
	parts := append(p.parts[:0], found)
	for i := range p.leaves {
		l := &p.leaves[i]
		if l.place.rule == nil || l.place.rule.domain != domain || !bytes.EqualFold(l.value, found) {
			continue
		}
		for _, context := range l.place.contexts {
			parts = append(parts, p.valueAt(context))
		}
		return parts
	}
	switch kind {
	case text.SSN:
		parts = append(parts, []byte("US"), []byte("ssn"))
	case text.ResidentID:
		parts = append(parts, []byte("CN"), []byte("id"))
	}
	p.parts = parts
	return parts
}
