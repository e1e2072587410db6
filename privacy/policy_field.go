package privacy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

func addComposed(p *Policy, base string, e entry) error {
	if err := e.allow("compose", "domain"); err != nil {
		return err
	}
	how, ok := forms[e.words["compose"]]
	if !ok {
		return e.errorf("compose: %q is not one of %s", e.words["compose"], strings.Join(slices.Sorted(maps.Keys(forms)), ", "))
	}
	if len(e.of) != how.parts {
		return e.errorf("of: %s takes %d fields, got %d", e.words["compose"], how.parts, len(e.of))
	}
	domain, err := e.domain(true)
	if err != nil {
		return err
	}
	object, err := p.root.at(base)
	if err != nil {
		return e.errorf("%w", err)
	}
	c := composed{name: e.path, form: how.form, domain: domain}
	for _, part := range e.of {
		if !patternOK.MatchString(part) || strings.Contains(part, "[]") {
			return e.errorf("of: %q is not a field of the same object", part)
		}
		c.parts = append(c.parts, strings.Split(part, "."))
	}
	object.composed = append(object.composed, c)
	path := base
	if c.name != "." {
		path = joinPath(base, c.name)
	}
	p.tokens = append(p.tokens, path)
	return nil
}

func addField(p *Policy, pattern string, e entry) error {
	if err := e.allow("class", "action", "type", "domain", "by", "as", "country", "max", "within"); err != nil {
		return err
	}
	class, err := oneOf(e, "class", ClassDirect, ClassQuasi, ClassSensitive, ClassText, ClassOpen)
	if err != nil {
		return err
	}
	action, err := oneOf(e, "action", Keep, Tokenise, Seal, Generalise, Scan, Drop)
	if err != nil {
		return err
	}
	if class == ClassDirect && action == Keep || class == ClassText && action == Keep {
		return e.errorf("class %s cannot have action keep", class)
	}
	typ, ok := valueTypes[or(e.words["type"], "string")]
	if !ok {
		return e.errorf("type: %q is not one of %s", e.words["type"], strings.Join(slices.Sorted(maps.Keys(valueTypes)), ", "))
	}
	r := &rule{action: action, does: doing[action], typ: typ, max: maxText}
	if r.domain, err = e.domain(action == Tokenise); err != nil {
		return err
	}
	if err := generalised(r, e); err != nil {
		return err
	}
	if err := bounded(r, e); err != nil {
		return err
	}
	if country := e.words["country"]; country != "" {
		if r.domain == nil || r.domain.norm != normPhone || !patternOK.MatchString(country) {
			return e.errorf("country: it names the field with a phone number's country, such as address.country")
		}
		r.country = strings.Split(country, ".")
	}
	n, err := p.root.at(pattern)
	if err != nil {
		return e.errorf("%w", err)
	}
	if n.rule != nil {
		return e.errorf("named twice")
	}
	if typ == typeObject {
		if action != Seal || n.elem != nil {
			return e.errorf("type object: the object's own action is seal; its members are named one by one")
		}
		if n.members == nil {
			n.members = map[string]*node{}
		}
	} else {
		if n.members != nil || n.elem != nil {
			return e.errorf("it has fields below it, so it cannot be a single value")
		}
		n.rule = r
	}
	if r.domain != nil {
		p.tokens = append(p.tokens, pattern)
	}
	p.fields = append(p.fields, Field{
		Path: pattern, Class: class, Action: action, Type: or(e.words["type"], "string"),
		Domain: e.words["domain"], As: r.as, Line: e.line,
	})
	return nil
}

func bounded(r *rule, e entry) (err error) {
	if text, ok := e.words["max"]; ok {
		if r.max, err = strconv.Atoi(text); err != nil || r.max < 1 || r.typ != typeString || r.action == Keep {
			return e.errorf("max: the bytes of a string that is not kept, 1 or more")
		}
	}
	if text, ok := e.words["within"]; ok {
		if r.within, err = strconv.ParseFloat(text, 64); err != nil || !(r.within > 0) || r.typ != typeNumber {
			return e.errorf("within: the largest size of a number, above zero")
		}
	}
	return nil
}

func generalised(r *rule, e entry) error {
	if r.action != Generalise {
		if e.words["as"] != "" || e.words["by"] != "" {
			return e.errorf("by and as belong to action generalise")
		}
		return nil
	}
	by, ok := generalisers[e.words["by"]]
	if !ok {
		return e.errorf("by: %q is not one of %s", e.words["by"], strings.Join(slices.Sorted(maps.Keys(generalisers)), ", "))
	}
	r.by, r.as = by, e.words["as"]
	if !patternOK.MatchString(r.as) || strings.ContainsAny(r.as, ".[") {
		return e.errorf("as: the name of the generalised value is missing, such as birthYear")
	}
	if want := map[generaliser]valueType{generaliseYear: typeWhen, generaliseArea: typeString}[by]; r.typ != want {
		return e.errorf("generalise by year takes type when, by area type string")
	}
	return nil
}

func (e entry) allow(keys ...string) error {
	for _, key := range slices.Sorted(maps.Keys(e.words)) {
		if !slices.Contains(keys, key) {
			return e.errorf("unknown key %q, allowed are %s", key, strings.Join(keys, ", "))
		}
	}
	return nil
}

func (e entry) domain(needed bool) (*Domain, error) {
	name := e.words["domain"]
	if !needed {
		if name != "" {
			return nil, e.errorf("domain belongs to action token")
		}
		return nil, nil
	}
	d := domainByName[name]
	if d == nil {
		return nil, e.errorf("domain: %q is not one of %s", name, strings.Join(slices.Sorted(maps.Keys(domainByName)), ", "))
	}
	if (d.norm == normNone) != (e.words["compose"] != "") {
		return nil, e.errorf("domain %s: per, adr and bnk are for composed tokens and for nothing else", name)
	}
	return d, nil
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
