package privacy

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
	"tallystick/claim/fields"
)

// unnamed is a value whose path the policy does not name. Its name may itself identify someone, so it is shown under an
// opaque path, such as attributes.unknown[0], and what is sealed there is the JSON text {"path":...,"value":...}.
type unnamed struct {
	path  []byte // the real one
	kind  claim.LeafKind
	value []byte // decoded
}

func (p *Protector) readUnnamedMember(anchor *place, name []byte) error {
	p.path = append(p.path[:0], anchor.path...)
	p.path = appendName(p.path, name)
	if anchor.node.judged != isAttributes {
		return p.readUnnamed(anchor, nil)
	}
	if !claim.ValidAttributeName(string(name)) {
		return p.found(p.checker.Attribute(string(name), 0))
	}
	return p.readUnnamed(anchor, p.shared.policy.attribute)
}

// readUnnamed reads the value at p.path, and whatever is below it. at is what the schema has there, nil for nothing.
func (p *Protector) readUnnamed(anchor *place, at *node) error {
	here := len(p.path)
	kind := p.dec.PeekKind()
	switch {
	case kind == 'n':
		if _, err := p.dec.ReadToken(); err != nil {
			return p.refused(err, anchor)
		}
		return nil
	case at == nil || noValue(kind):
	case at.rule == nil && kind != '{':
		return p.wrongTypeAt(at.pattern, "an object")
	case at.rule != nil && !at.rule.field.Type.Takes(byte(kind)):
		return p.wrongTypeAt(at.pattern, at.rule.field.Type.String())
	}
	switch kind {
	case '{':
		if err := p.enter(anchor); err != nil {
			return err
		}
		var has present
		for p.dec.PeekKind() != '}' {
			name, _, err := p.readScalar(anchor)
			if err != nil {
				return err
			}
			below, before := at.member(name), len(p.unnamed)
			p.path = appendName(p.path[:here], name)
			if err := p.readUnnamed(anchor, below); err != nil {
				return err
			}
			if below != nil && len(p.unnamed) > before { // else it is absent
				has.add(below.stands(), p.unnamed[before].value)
			}
		}
		if at != nil {
			if err := p.found(p.judgeMembers(at, "a", has)); err != nil {
				return err
			}
		}
		return p.leave(anchor)
	case '[':
		if err := p.enter(anchor); err != nil {
			return err
		}
		for i := 0; p.dec.PeekKind() != ']'; i++ {
			p.path = append(p.path[:here], '[')
			p.path = append(strconv.AppendInt(p.path, int64(i), 10), ']')
			if err := p.readUnnamed(anchor, nil); err != nil {
				return err
			}
		}
		return p.leave(anchor)
	default:
		return p.readUnnamedLeaf(anchor, at)
	}
}

// member returns the node of a member, nil if there is none.
func (n *node) member(name []byte) *node {
	if n == nil {
		return nil
	}
	return n.members[string(name)]
}

// stands returns the field that a value stands for: of money that is its amount.
func (n *node) stands() *fields.Field {
	if n.rule == nil {
		n = n.members["amount"]
	}
	return n.rule.field
}

func (p *Protector) readUnnamedLeaf(anchor *place, at *node) error {
	kind := p.dec.PeekKind()
	value, quoted, err := p.readScalar(anchor)
	if err != nil {
		return err
	}
	if at != nil {
		if err := p.found(p.checker.Value(at.rule.field, value)); err != nil {
			return err
		}
	}
	arena := p.out.arena
	if len(arena) > 4*p.shared.limits.Bytes { // one long name above many values
		return &claim.Problem{Code: claim.TooLarge, Path: anchor.pattern(), Offset: p.dec.InputOffset(),
			Hint: "too much below unnamed fields"}
	}
	start := len(arena)
	arena = append(arena, p.path...)
	end := len(arena)
	arena = append(arena, `{"path":`...)
	if arena, err = jsontext.AppendQuote(arena, arena[start:end]); err != nil {
		return p.refused(err, anchor)
	}
	arena = append(arena, `,"value":`...)
	arena = append(append(arena, quoted...), '}')
	p.out.arena = arena
	p.unnamed = append(p.unnamed, unnamed{path: arena[start:end], kind: leafKind(kind), value: value})
	return p.addLeaf(leaf{
		place: p.places.hidden(anchor, p.record), value: arena[end:], kind: claim.LeafString, does: doesHide,
	})
}

// appendName appends a member's name to a path: .name if it is plain, else ["name"] in JSON's quoting, so that no two
// members have one path.
func appendName(path, name []byte) []byte {
	if !plainName(name) {
		path = append(path, '[')
		path, _ = jsontext.AppendQuote(path, name) // the decoder has checked that it is UTF-8
		return append(path, ']')
	}
	if len(path) > 0 {
		path = append(path, '.')
	}
	return append(path, name...)
}

func plainName(name []byte) bool {
	return len(name) > 0 && bytes.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	}) < 0
}
