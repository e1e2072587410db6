package privacy

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
	"tallystick/claim/fields"
)

// read goes once over the event: it checks it against the policy and collects the values.
func (p *Protector) read() error {
	p.reader = *bytes.NewBuffer(p.out.raw)
	p.dec.Reset(&p.reader)
	root := p.places.root
	if kind := p.dec.PeekKind(); kind != '{' {
		if noValue(kind) {
			return p.refused(nil, root)
		}
		return p.wrongType(root, "an object")
	}
	if err := p.readObject(root); err != nil {
		return err
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return p.refused(err, root)
	}
	return nil
}

// enter reads the token that opens an object or array.
func (p *Protector) enter(pl *place) error {
	p.depth++
	p.containers++
	if p.depth > p.shared.limits.Depth {
		return &claim.Problem{Code: claim.TooDeep, Path: pl.pattern(), Offset: p.dec.InputOffset()}
	}
	if p.containers > p.shared.limits.Leaves {
		return &claim.Problem{Code: claim.TooLarge, Path: pl.pattern(), Offset: p.dec.InputOffset(),
			Hint: "too many objects and arrays"}
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return p.refused(err, pl)
	}
	return nil
}

func (p *Protector) leave(pl *place) error {
	p.depth--
	if _, err := p.dec.ReadToken(); err != nil {
		return p.refused(err, pl)
	}
	return nil
}

// readObject reads the members of a named object.
func (p *Protector) readObject(pl *place) error {
	if err := p.enter(pl); err != nil {
		return err
	}
	if len(pl.composed) > 0 {
		p.objects = append(p.objects, pl)
	}
	expected := &pl.first
	n, start := 0, len(p.leaves)
	for ; p.dec.PeekKind() != '}'; n++ {
		member, name, err := p.readName(pl, expected)
		if err != nil {
			return err
		}
		switch {
		case pl.node.judged == isAttributes && p.dec.PeekKind() == 'n':
			err = p.found(p.checker.Attribute(string(name), 0))
		case member == nil:
			err = p.readUnnamedMember(pl, name)
		default:
			expected = &member.next
			err = p.readValue(member)
		}
		if err != nil {
			return err
		}
	}
	if err := p.found(p.judge(pl, n, p.leaves[start:])); err != nil {
		return err
	}
	return p.leave(pl)
}

// judge says what is wrong with an object of n members as a whole.
func (p *Protector) judge(pl *place, n int, leaves []leaf) *claim.Problem {
	var has present
	switch pl.node.judged {
	case isAttributes:
		return p.checker.List(pl.node.pattern, n)
	case isMoney, isAttribute:
		for i := range leaves {
			if rule := leaves[i].place.rule; rule != nil {
				has.add(rule.field, leaves[i].value)
			}
		}
	}
	return p.judgeMembers(pl.node, pl.name, has)
}

// present is what objects with rules of their own have in one record.
type present struct {
	values           int
	amount, currency bool
}

func (m *present) add(f *fields.Field, value []byte) {
	switch {
	case f.Type == fields.TypeCurrency:
		m.currency = true
	case f.Type == fields.TypeAmount:
		m.amount = true
		m.values++
	case f.Type != fields.TypeText || len(value) > 0:
		m.values++
	}
}

func (p *Protector) judgeMembers(n *node, name string, has present) *claim.Problem {
	switch n.judged {
	case isMoney:
		return p.checker.Money(n.pattern, has.amount, has.currency)
	case isAttribute:
		return p.checker.Attribute(name, has.values)
	}
	return nil
}

// found returns the error of a problem that was found where the decoder stands, nil for none.
func (p *Protector) found(problem *claim.Problem) error {
	if problem == nil {
		return nil
	}
	problem.Offset = p.dec.InputOffset()
	return problem
}

// readValue reads a value that the policy names.
func (p *Protector) readValue(pl *place) error {
	kind := p.dec.PeekKind()
	switch {
	case noValue(kind):
		return p.refused(nil, pl)
	case kind == 'n':
		return p.readNull(pl)
	case pl.rule != nil:
		if !pl.rule.field.Type.Takes(byte(kind)) {
			return p.wrongType(pl, pl.rule.field.Type.String())
		}
		return p.readLeaf(pl, kind)
	case pl.node.isObject():
		if kind != '{' {
			return p.wrongType(pl, "an object")
		}
		return p.readObject(pl)
	default:
		if kind != '[' {
			return p.wrongType(pl, "an array")
		}
		return p.readArray(pl)
	}
}

// noValue reports that what comes next in the input is an error.
func noValue(kind jsontext.Kind) bool { return kind == 0 || kind == '}' || kind == ']' }

// readArray reads a list. Of one without elements, or without any that may be kept, the open part says nothing.
func (p *Protector) readArray(pl *place) error {
	if err := p.enter(pl); err != nil {
		return err
	}
	list, n := len(p.out.OpenLists), 0
	p.out.OpenLists = append(p.out.OpenLists, claim.List{Path: pl.path})
	for ; p.dec.PeekKind() != ']'; n++ {
		if n >= p.shared.limits.Leaves {
			return &claim.Problem{Code: claim.TooLarge, Path: pl.pattern(), Offset: p.dec.InputOffset(),
				Hint: "too many elements"}
		}
		if err := p.readValue(p.places.elem(pl, n)); err != nil {
			return err
		}
	}
	if err := p.found(p.checker.List(pl.node.pattern, n)); err != nil {
		return err
	}
	if rule := pl.node.elem.rule; n > 0 && (rule == nil || rule.action == Keep) {
		p.out.OpenLists[list].Len = n
	} else {
		p.out.OpenLists = p.out.OpenLists[:list]
	}
	return p.leave(pl)
}

// readNull passes over an absent value. An absent element leaves its position.
func (p *Protector) readNull(pl *place) error {
	if _, err := p.dec.ReadToken(); err != nil {
		return p.refused(err, pl)
	}
	return nil
}

// readName reads a member's name and returns its place, nil if the policy does not name it. The member that came next
// last time is tried first, and then remembered for next time.
func (p *Protector) readName(pl *place, expected **place) (member *place, name []byte, err error) {
	v, err := p.dec.ReadValue()
	if err != nil {
		return nil, nil, p.refused(err, pl)
	}
	if member = *expected; member != nil && len(v) == len(member.name)+2 && string(v[1:len(v)-1]) == member.name {
		return member, nil, nil
	}
	if name, _, err = p.scalar(v, pl); err != nil {
		return nil, nil, err
	}
	if member = p.places.member(pl, name); member != nil {
		*expected = member
	}
	return member, name, nil
}

// readScalar reads a single value or a name. value is the decoded text of a string, the number as it stands, or nil.
func (p *Protector) readScalar(pl *place) (value, quoted []byte, err error) {
	v, err := p.dec.ReadValue()
	if err != nil {
		return nil, nil, p.refused(err, pl)
	}
	return p.scalar(v, pl)
}

// scalar returns what stands in v, which the decoder has just read, in memory of the record.
func (p *Protector) scalar(v jsontext.Value, pl *place) (value, quoted []byte, err error) {
	end := int(p.dec.InputOffset())
	quoted = p.out.raw[end-len(v) : end]
	switch quoted[0] {
	case '"':
		value = quoted[1 : len(quoted)-1]
		if bytes.IndexByte(value, '\\') < 0 {
			return value, quoted, nil
		}
		start := len(p.out.arena)
		if p.out.arena, err = jsontext.AppendUnquote(p.out.arena, quoted); err != nil {
			return nil, nil, p.refused(err, pl)
		}
		return p.out.arena[start:], quoted, nil
	case 't', 'f':
		return nil, quoted, nil
	default:
		return quoted, quoted, nil
	}
}

func (p *Protector) readLeaf(pl *place, kind jsontext.Kind) error {
	value, _, err := p.readScalar(pl)
	if err != nil {
		return err
	}
	if err := p.found(p.checker.Value(pl.rule.field, value)); err != nil {
		return err
	}
	pl.record, pl.leaf = p.record, int32(len(p.leaves))
	if err := p.addLeaf(leaf{place: pl, value: value, kind: leafKind(kind),
		does: p.doesWith(pl.rule, value)}); err != nil {
		return err
	}
	if pl.rule.identity != notIdentity && pl.rule.identity != isRole {
		p.id[pl.rule.identity] = pl.leaf
	}
	if pl.rule.action == Generalise {
		if pl.rule.field.Class == fields.FreeText { // once all that the record says of people is read
			p.texts = append(p.texts, pl.leaf)
			return nil
		}
		return p.generalise(pl, value)
	}
	return nil
}

// doesWith seals a value that is kept unless it has its field's form.
func (p *Protector) doesWith(r *rule, value []byte) does {
	if r.does != doesKeep || r.field.Clear(value) {
		return r.does
	}
	p.out.Withheld = append(p.out.Withheld, r.field.Path)
	return doesSeal
}

func (p *Protector) addLeaf(l leaf) error {
	if len(p.leaves) >= p.shared.limits.Leaves {
		return &claim.Problem{Code: claim.TooLarge, Path: l.place.pattern(), Offset: p.dec.InputOffset(),
			Hint: "too many values"}
	}
	p.leaves = append(p.leaves, l)
	return nil
}

// generalise adds the coarser value beside the place of the exact one, if there is one.
func (p *Protector) generalise(pl *place, value []byte) error {
	kind := claim.LeafNumber
	if pl.rule.field.Type == fields.TypeWhen {
		value = yearOf(value)
	} else {
		kind = claim.LeafString
		start := len(p.out.arena)
		p.out.arena = appendArea(p.out.arena, value)
		value = p.out.arena[start:]
	}
	if len(value) == 0 {
		return nil
	}
	return p.addLeaf(leaf{place: pl.derived, value: value, kind: kind, does: doesDerive})
}

// yearOf returns the year of a claim.When, nil before the year 1000: a JSON number does not begin with a zero.
func yearOf(when []byte) []byte {
	if when[0] == '0' {
		return nil
	}
	return when[:len("2006")]
}

// appendArea appends the first three characters of a postcode, and always leaves off at least the last two.
func appendArea(dst, postcode []byte) []byte {
	start := len(dst)
	for _, c := range postcode {
		switch {
		case 'a' <= c && c <= 'z':
			dst = append(dst, c-'a'+'A')
		case '0' <= c && c <= '9' || 'A' <= c && c <= 'Z':
			dst = append(dst, c)
		case c >= utf8.RuneSelf:
			return dst[:start]
		}
	}
	return dst[:start+max(0, min(3, len(dst)-start-2))]
}

func leafKind(kind jsontext.Kind) claim.LeafKind {
	switch kind {
	case '"':
		return claim.LeafString
	case 't':
		return claim.LeafTrue
	case 'f':
		return claim.LeafFalse
	default:
		return claim.LeafNumber
	}
}

// pattern returns the path with [] for every index; of an unnamed value, that of the nearest named place.
func (pl *place) pattern() string {
	for pl.node == nil {
		pl = pl.parent
	}
	return pl.node.pattern
}

func (p *Protector) wrongType(pl *place, want string) error { return p.wrongTypeAt(pl.pattern(), want) }

func (p *Protector) wrongTypeAt(pattern, want string) error {
	return &claim.Problem{Code: claim.WrongType, Path: pattern, Offset: p.dec.InputOffset(), Hint: "it must be " + want}
}

// refused says in fixed words why the decoder stopped: its own errors quote what they met. It reads on if err is not
// known yet.
func (p *Protector) refused(err error, pl *place) error {
	if err == nil {
		_, err = p.dec.ReadToken()
	}
	problem := &claim.Problem{Code: claim.NotJSON, Path: pl.pattern(), Offset: p.dec.InputOffset(), Hint: "malformed"}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		problem.Offset = syntactic.ByteOffset
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		problem.Code, problem.Hint = claim.DuplicateName, ""
	case !utf8.Valid(p.out.raw):
		problem.Code, problem.Offset, problem.Hint = claim.NotUTF8, firstInvalid(p.out.raw), ""
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		problem.Hint = "truncated"
	}
	return problem
}

func firstInvalid(b []byte) int64 {
	at := 0
	for at < len(b) {
		r, size := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return int64(at)
}
