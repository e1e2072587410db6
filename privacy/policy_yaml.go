package privacy

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tallystick/claim/fields"
)

// Source is the text of a policy file.
type Source struct {
	Name string // for error messages
	Text []byte
}

// LoadPolicy reads a policy from one or more files: a later file adds paths and shapes and replaces the entries it
// names again, be it a field of a shape at one of its places, such as claimant.occupation. Errors name file, line and
// path and say what is allowed.
//
// A file with extends: default begins from the default policy, so that an install writes down only what it adds.
func LoadPolicy(sources ...Source) (*Policy, error) {
	b := policyBuilder{
		shapes: map[string][]entry{},
		fields: map[string]entry{},
	}
	for _, source := range sources {
		if err := b.read(source); err != nil {
			return nil, fmt.Errorf("field policy %s: %w", source.Name, err)
		}
	}
	return b.build()
}

// entry is one line of a policy file.
type entry struct {
	source string
	line   int
	path   string            // pattern, relative within a shape; "." is the shape's own object
	words  map[string]string // class, action, domain, ...
	of     []string          // parts of a composed token
}

func (e entry) errorf(format string, args ...any) error {
	return fmt.Errorf("field policy %s:%d: %s: %w", e.source, e.line, e.path, fmt.Errorf(format, args...))
}

type policyBuilder struct {
	shapes map[string][]entry
	fields map[string]entry
	order  []string
}

var patternOK = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\[\])?(\.[A-Za-z][A-Za-z0-9]*(\[\])?)*$`)

func (b *policyBuilder) read(source Source) error {
	file, err := parser.ParseBytes(source.Text, 0)
	if err != nil {
		return errors.New(strings.TrimSpace(err.Error()))
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return errors.New("it must hold one YAML document with version, shapes and fields")
	}
	top, err := members(file.Docs[0].Body)
	if err != nil {
		return err
	}
	version := false
	for _, m := range top {
		if m.key != "extends" {
			continue
		}
		if text, err := scalar(m.value); err != nil || text != "default" {
			return fmt.Errorf("line %d: extends can only name the policy default", m.line)
		}
		if len(b.order) > 0 {
			return fmt.Errorf("line %d: extends belongs to the first file", m.line)
		}
		if err := b.read(Source{Name: "default.yaml", Text: defaultPolicy}); err != nil {
			return err
		}
	}
	for _, m := range top {
		switch m.key {
		case "extends":
		case "version":
			if text, err := scalar(m.value); err != nil || text != "1" {
				return fmt.Errorf("line %d: version must be 1", m.line)
			}
			version = true
		case "shapes":
			if err := b.readShapes(source.Name, m.value); err != nil {
				return err
			}
		case "fields":
			entries, err := readEntries(source.Name, m.value)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if _, again := b.fields[e.path]; !again {
					b.order = append(b.order, e.path)
				}
				b.fields[e.path] = e
			}
		default:
			return fmt.Errorf("line %d: unknown key %q, allowed are version, extends, shapes, fields", m.line, m.key)
		}
	}
	if !version {
		return errors.New("line 1: version: 1 is missing")
	}
	return nil
}

func (b *policyBuilder) readShapes(source string, value ast.Node) error {
	shapes, err := members(value)
	if err != nil {
		return err
	}
	for _, s := range shapes {
		entries, err := readEntries(source, s.value)
		if err != nil {
			return err
		}
		b.shapes[s.key] = entries
	}
	return nil
}

func readEntries(source string, value ast.Node) ([]entry, error) {
	list, err := members(value)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, 0, len(list))
	for _, m := range list {
		e := entry{source: source, line: m.line, path: m.key, words: map[string]string{}}
		if m.key != "." && !patternOK.MatchString(m.key) {
			return nil, fmt.Errorf("line %d: path %q must be names of letters and digits parted by dots, [] after an array", m.line, m.key)
		}
		if slices.Contains(splitPattern(m.key), "unknown") {
			return nil, fmt.Errorf("line %d: the name unknown is reserved for what the policy does not name", m.line)
		}
		words, err := members(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.key, err)
		}
		for _, w := range words {
			if w.key == "of" {
				if e.of, err = stringList(w.value); err != nil {
					return nil, fmt.Errorf("line %d: %s: of: %w", w.line, m.key, err)
				}
				continue
			}
			if e.words[w.key], err = scalar(w.value); err != nil {
				return nil, fmt.Errorf("line %d: %s: %s: %w", w.line, m.key, w.key, err)
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

type member struct {
	key   string
	value ast.Node
	line  int
}

// members returns the entries of a YAML mapping; the parser has refused doubled keys.
func members(n ast.Node) ([]member, error) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case *ast.NullNode:
		return nil, nil
	default:
		return nil, fmt.Errorf("line %d: a mapping is expected", line(n))
	}
	list := make([]member, 0, len(values))
	for _, v := range values {
		key, ok := v.Key.(ast.Node)
		if !ok {
			return nil, fmt.Errorf("line %d: a plain key is expected", line(v))
		}
		text, err := scalar(key)
		if err != nil {
			return nil, err
		}
		list = append(list, member{text, v.Value, line(key)})
	}
	return list, nil
}

func stringList(n ast.Node) (list []string, err error) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, errors.New("a list is expected, such as [name, birthDate]")
	}
	for _, v := range seq.Values {
		text, err := scalar(v)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, nil
}

func scalar(n ast.Node) (string, error) {
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value, nil
	}
	if s, ok := n.(ast.ScalarNode); ok {
		return s.GetToken().Value, nil
	}
	return "", fmt.Errorf("line %d: a single value is expected", line(n))
}

func line(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

func (b *policyBuilder) build() (*Policy, error) {
	p := &Policy{root: &node{members: map[string]*node{}}}
	for _, path := range b.order {
		if err := b.add(p, "", b.fields[path], 0); err != nil {
			return nil, err
		}
	}
	for path, id := range identities {
		n := p.root.at(path)
		if n.rule == nil || n.rule.action != Keep {
			return nil, fmt.Errorf("field policy: %s must be named with action keep: a record's identity is made of it",
				path)
		}
		n.rule.identity = id
	}
	p.complete()
	if err := cmp.Or(finish(p.attribute), finish(p.root)); err != nil {
		return nil, err
	}
	sortFields(p.fields)
	return p, nil
}

// add puts an entry, or all entries of the shape it refers to, below the pattern base.
func (b *policyBuilder) add(p *Policy, base string, e entry, depth int) error {
	pattern := joinPath(base, e.path)
	if e.path == "." {
		pattern = base
	}
	if name, ok := e.words["shape"]; ok {
		shape, found := b.shapes[name]
		switch {
		case len(e.words) != 1 || e.of != nil:
			return e.errorf("shape stands alone: class and action are those of the shape's fields")
		case !found:
			return e.errorf("no shape %q, there are %s", name, strings.Join(slices.Sorted(maps.Keys(b.shapes)), ", "))
		case depth > 8:
			return e.errorf("shape %q contains itself", name)
		}
		for _, inner := range shape {
			if err := b.add(p, pattern, inner, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if _, ok := e.words["compose"]; ok {
		return addComposed(p, base, e)
	}
	if own, ok := b.fields[pattern]; ok && depth > 0 && own.source != e.source {
		return nil // a later file names this place of the shape by its full path
	}
	return addField(p, pattern, e)
}

// complete seals what the schema has and the policy does not name.
func (p *Policy) complete() {
	p.attribute = (&node{}).at(fields.Attribute)
	all := []*node{p.attribute}
	for name, n := range p.root.at(fields.Attributes).members {
		n.pattern = fields.Attributes + "." + name
		all = append(all, n)
	}
	for i := range fields.All() {
		f := &fields.All()[i]
		if !f.Leaf() {
			continue
		}
		if rest, ok := strings.CutPrefix(f.Path, fields.Attribute+"."); ok {
			for _, n := range all {
				n.at(rest).sealed(f)
				n.judged = isAttribute
			}
			continue
		}
		p.root.at(f.Path).sealed(f)
	}
	p.root.at(fields.Attributes).judged = isAttributes
}

func (n *node) sealed(f *fields.Field) {
	if n.rule == nil {
		n.rule = &rule{field: f, action: Seal, does: doesSeal}
	}
}

// finish checks what can be checked only when all entries are in.
func finish(n *node) error {
	for _, c := range n.composed {
		for _, part := range c.parts {
			if n.follow(part) == nil {
				return fmt.Errorf("field policy: %s: composed of %s, which is not a field", or(n.pattern, "the event"),
					strings.Join(part, "."))
			}
		}
	}
	if n.elem != nil {
		return finish(n.elem)
	}
	if amount, code := n.members["amount"], n.members["currency"]; amount != nil && amount.rule != nil &&
		amount.rule.field.Type == fields.TypeAmount {
		n.judged = isMoney
		if amount.rule.action != code.rule.action {
			return fmt.Errorf("field policy: %s: amount and currency have one action, since half a money says nothing",
				n.pattern)
		}
	}
	for _, m := range n.members {
		if m.rule != nil {
			for _, context := range m.rule.contexts {
				if context != nil && n.follow(context) == nil {
					return fmt.Errorf("field policy: %s: no field %s", m.pattern, strings.Join(context, "."))
				}
			}
		}
		if err := finish(m); err != nil {
			return err
		}
	}
	return nil
}

// follow returns the scalar below an object, nil if there is none.
func (n *node) follow(path []string) *node {
	for _, name := range path {
		if n = n.members[name]; n == nil {
			return nil
		}
	}
	if n.rule == nil {
		return nil
	}
	return n
}
