package privacy

import (
	"maps"
	"slices"
	"strings"

	"tallystick/claim"
	"tallystick/claim/fields"
	"tallystick/privacy/token"
)

func addComposed(p *Policy, base string, e entry) error {
	if err := e.allow("compose", "domain"); err != nil {
		return err
	}
	domain, err := e.domain(true)
	if err != nil {
		return err
	}
	if how, parts := domain.Composed(); how != e.words["compose"] {
		return e.errorf("compose: domain %s is composed as %q", domain.Name, how)
	} else if len(e.of) != parts {
		return e.errorf("of: %s takes %d fields, got %d", how, parts, len(e.of))
	}
	path := base
	if e.path != "." {
		path = joinPath(base, e.path)
	}
	if f := fields.ByPath(path); f == nil || f.Type != fields.TypeToken {
		return e.errorf("no token of several fields has the place %s", path)
	}
	c := composed{name: e.path, domain: domain}
	for _, part := range e.of {
		if !patternOK.MatchString(part) || strings.Contains(part, "[]") {
			return e.errorf("of: %q is not a field of the same object", part)
		}
		c.parts = append(c.parts, strings.Split(part, "."))
	}
	object := p.root.at(base)
	object.composed = append(object.composed, c)
	p.tokens = append(p.tokens, path)
	return nil
}

func addField(p *Policy, pattern string, e entry) error {
	if err := e.allow("class", "action", "domain", "country", "kind"); err != nil {
		return err
	}
	action, err := oneOf(e, "action", Keep, Tokenise, Seal, Generalise, Scan, Drop)
	if err != nil {
		return err
	}
	f := fields.ByPath(pattern)
	switch {
	case f != nil && f.Derived, !claim.KnownPath(pattern):
		return e.errorf("the claim event has no such field; docs/claim-event.md lists them")
	case claim.KnownPath(pattern + "[]"):
		return e.errorf("it is a list; name its elements, as %s[]", pattern)
	}
	n := p.root.at(pattern)
	if n.named {
		return e.errorf("named twice")
	}
	n.named = true
	if f == nil || !f.Leaf() {
		if action != Seal {
			return e.errorf("it holds fields, so its own action is seal; they are named one by one")
		}
		n.object()
		p.fields = append(p.fields, Field{Path: pattern, Class: fields.Sensitive, Action: action, Line: e.line})
		return nil
	}
	r := &rule{field: f, action: action, does: doing[action]}
	class, err := e.class(f)
	if err != nil {
		return err
	}
	r.direct = class == fields.Direct
	if action == Keep && (class == fields.Direct || class == fields.FreeText) {
		return e.errorf("it is of class %s and cannot be kept", class)
	}
	if r.domain, err = e.domain(action == Tokenise); err != nil {
		return err
	}
	if action == Generalise {
		coarser := f.Coarser()
		if coarser == nil {
			return e.errorf("generalise: there is nothing coarser for it")
		}
		r.as = coarser.Name()
	}
	if err := e.contexts(r); err != nil {
		return err
	}
	n.rule = r
	if r.domain != nil {
		p.tokens = append(p.tokens, pattern)
	}
	p.fields = append(p.fields, Field{
		Path: pattern, Class: class, Action: action, Domain: e.words["domain"], As: r.as, Line: e.line,
	})
	return nil
}

// contexts reads which fields say how a value is read.
func (e entry) contexts(r *rule) error {
	most := 0
	if r.domain != nil {
		most = r.domain.Contexts()
	}
	for i, key := range [...]string{"country", "kind"} {
		at := e.words[key]
		switch {
		case at == "":
			continue
		case i >= most && key == "country":
			return e.errorf("country: it names the field with the country of a phone number, plate or official number, such as address.country")
		case i >= most:
			return e.errorf("kind: it names the field with the type of an official number, such as type")
		case !patternOK.MatchString(at):
			return e.errorf("%s: %q is not a field of the same object", key, at)
		}
		for len(r.contexts) <= i {
			r.contexts = append(r.contexts, nil)
		}
		r.contexts[i] = strings.Split(at, ".")
	}
	return nil
}

// class is that of the registry; of an attribute the policy says it.
func (e entry) class(f *fields.Field) (fields.Class, error) {
	text, ok := e.words["class"]
	if !ok {
		return f.Class, nil
	}
	class, ok := fields.ParseClass(text)
	if !ok {
		return 0, e.errorf("class: %q is not one of direct, quasi, sensitive, text, open", text)
	}
	if class != f.Class && !strings.HasPrefix(f.Path, "attributes.") {
		return 0, e.errorf("class: it is %s; only an attribute's class is said here", f.Class)
	}
	return class, nil
}

func (e entry) allow(keys ...string) error {
	for _, key := range slices.Sorted(maps.Keys(e.words)) {
		if !slices.Contains(keys, key) {
			return e.errorf("unknown key %q, allowed are %s", key, strings.Join(keys, ", "))
		}
	}
	return nil
}

func (e entry) domain(needed bool) (*token.Domain, error) {
	name := e.words["domain"]
	if !needed {
		if name != "" {
			return nil, e.errorf("domain belongs to action token")
		}
		return nil, nil
	}
	d := token.ByName(name)
	if d == nil {
		return nil, e.errorf("domain: %q is not one of %s", name, strings.Join(domainNames(), ", "))
	}
	if how, _ := d.Composed(); (how != "") != (e.words["compose"] != "") {
		return nil, e.errorf("domain %s: per, adr and bnk are for composed tokens and for nothing else", name)
	}
	return d, nil
}

func domainNames() (names []string) {
	for _, d := range token.Domains() {
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return names
}

func oneOf[T ~string](e entry, key string, allowed ...T) (T, error) {
	if v := T(e.words[key]); slices.Contains(allowed, v) {
		return v, nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return "", e.errorf("%s: %q is not one of %s", key, e.words[key], strings.Join(names, ", "))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
