package privacy

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
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
	return p.readUnnamed(anchor)
}

// readUnnamed reads the value at p.path, and whatever is below it.
func (p *Protector) readUnnamed(anchor *place) error {
	at := len(p.path)
	switch kind := p.dec.PeekKind(); kind {
	case 'n':
		if _, err := p.dec.ReadToken(); err != nil {
			return p.refused(err, anchor)
		}
		return nil
	case '{':
		if err := p.enter(anchor); err != nil {
			return err
		}
		for p.dec.PeekKind() != '}' {
			name, _, err := p.readScalar(anchor)
			if err != nil {
				return err
			}
			p.path = appendName(p.path[:at], name)
			if err := p.readUnnamed(anchor); err != nil {
				return err
			}
		}
		return p.leave(anchor)
	case '[':
		if err := p.enter(anchor); err != nil {
			return err
		}
		for i := 0; p.dec.PeekKind() != ']'; i++ {
			p.path = append(p.path[:at], '[')
			p.path = append(strconv.AppendInt(p.path, int64(i), 10), ']')
			if err := p.readUnnamed(anchor); err != nil {
				return err
			}
		}
		return p.leave(anchor)
	default:
		return p.readUnnamedLeaf(anchor, kind)
	}
}

func (p *Protector) readUnnamedLeaf(anchor *place, kind jsontext.Kind) error {
	value, quoted, err := p.readScalar(anchor)
	if err != nil {
		return err
	}
	arena := p.out.arena
	if len(arena) > 4*p.shared.limits.Bytes { // one long name above many values
		return &claim.Problem{Code: claim.TooLarge, Path: anchor.pattern(), Offset: p.dec.InputOffset(), Hint: "too much below unnamed fields"}
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
