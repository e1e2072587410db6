package detectors

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/file"
	"github.com/goccy/go-yaml"

	"tallystick/claim"
)

type loader struct {
	rs   *RuleSet
	file string
	errs []string
	ids  map[string]string // rule id to where it stands
}

func (l *loader) fail(line int, format string, args ...any) {
	where := l.file
	if line > 0 {
		where = fmt.Sprintf("%s:%d", l.file, line)
	}
	l.errs = append(l.errs, where+": "+fmt.Sprintf(format, args...))
}

func (l *loader) head(f *fileForm) {
	rs := l.rs
	if f.RuleSet != "" {
		if rs.name != "" {
			l.fail(0, "a second ruleset head: only one file may carry it")
		}
		rs.name, rs.version = f.RuleSet, f.Version
		rs.id = fmt.Sprintf("%s@%d", rs.name, rs.version)
		if f.Version < 1 {
			l.fail(0, "version: must be 1 or more")
		}
		l.bands(f)
		l.ring(f.Ring)
	} else if f.Version != 0 || f.Base != nil || f.Bands != nil || f.Ring != nil {
		l.fail(0, "version, base, bands and ring stand in the file that names the ruleset")
	}
	for _, n := range f.Links {
		l.link(n)
	}
	for _, n := range f.Keys {
		l.key(n)
	}
}

func (l *loader) bands(f *fileForm) {
	if f.Base == nil || f.Bands == nil {
		l.fail(0, "base and bands are required: base is the log-odds before any reason, bands has review, investigate and hold")
		return
	}
	l.rs.base = *f.Base
	if !(math.Abs(*f.Base) <= 50) {
		l.fail(0, "base: log-odds from -50 to 50")
	}
	b := bands{f.Bands.Review, f.Bands.Investigate, f.Bands.Hold}
	if !(b.review > 0 && b.review < b.investigate && b.investigate < 1 && b.hold > 0 && b.hold <= 1) {
		l.fail(0, "bands: 0 < review < investigate < 1 and 0 < hold <= 1")
	}
	l.rs.bands = b
}

func (l *loader) ring(f *ringForm) {
	if f == nil {
		f = &ringForm{Groups: 3, Strength: 3, Household: 6}
	}
	if f.Groups < 3 || !(f.Strength > 0) || f.Household < 0 {
		l.fail(0, "ring: groups is 3 or more, strength above 0, household 0 or more")
	}
	l.rs.ring = ringBounds{groups: f.Groups, strength: f.Strength, household: f.Household}
}

func (l *loader) link(n namedNode) {
	var f linkForm
	if err := sound(func() error { return yaml.NodeToValue(n.node, &f, yaml.Strict()) }); err != nil {
		l.fail(n.line, "links.%s: %s", n.name, firstLine(err))
		return
	}
	if len(f.Fields) == 0 || !(f.Weight > 0) || math.IsInf(f.Weight, 1) || f.Hub < 2 {
		l.fail(n.line, "links.%s: fields must be named, weight above 0 and hub 2 or more", n.name)
		return
	}
	if len(l.rs.kinds) == 64 {
		l.fail(n.line, "links: at most 64 kinds")
		return
	}
	if f.Personal {
		l.rs.personal |= 1 << len(l.rs.kinds)
	}
	l.rs.kinds = append(l.rs.kinds, linkKind{name: n.name, fields: f.Fields, weight: f.Weight, hub: f.Hub,
		personal: f.Personal})
}

var namePattern = regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`)

func (l *loader) key(n namedNode) {
	var f keyForm
	if err := sound(func() error { return yaml.NodeToValue(n.node, &f, yaml.Strict()) }); err != nil {
		l.fail(n.line, "keys.%s: %s", n.name, firstLine(err))
		return
	}
	if !namePattern.MatchString(n.name) || leafByPath[n.name] != 0 {
		l.fail(n.line, "keys.%s: a name is letters and digits, begins with a small letter and is not a variable",
			n.name)
		return
	}
	if _, ok := l.rs.keyNo[n.name]; ok {
		l.fail(n.line, "keys.%s: defined twice", n.name)
		return
	}
	k := keyDef{name: n.name}
	for _, p := range f.Of {
		part, err := parsePart(p.s)
		if err != nil {
			l.fail(p.line, "keys.%s: %v", n.name, err)
			return
		}
		if part.selector != "" {
			part.number = l.rs.partSelector(part.selector)
		} else {
			k.needs.add(part.variable)
		}
		k.parts = append(k.parts, part)
	}
	if len(k.parts) == 0 {
		l.fail(n.line, "keys.%s: of must list at least one variable or token", n.name)
		return
	}
	if f.Members.s != "" {
		c := compiler{rs: l.rs}
		program, needs, err := c.compile(f.Members.s, true)
		if err != nil {
			l.fail(f.Members.line, "keys.%s: members: %s", n.name, exprError(err))
			return
		}
		if c.asked {
			l.fail(f.Members.line, "keys.%s: members: may not ask windows", n.name)
			return
		}
		k.members = &condition{name: "members", needs: needs, program: program, quick: quicken(program.Node()),
			source: f.Members.s}
	}
	l.rs.keyNo[n.name] = len(l.rs.keys)
	l.rs.keys = append(l.rs.keys, k)
}

func (rs *RuleSet) partSelector(s string) uint16 {
	if i := slices.Index(rs.partSelectors, s); i >= 0 {
		return uint16(i)
	}
	rs.partSelectors = append(rs.partSelectors, s)
	return uint16(len(rs.partSelectors) - 1)
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func (l *loader) rule(f *ruleForm) {
	if !idPattern.MatchString(f.ID.s) {
		l.fail(f.ID.line, "id: small letters, digits and dashes, beginning with a letter")
		return
	}
	at := func(line int, format string, args ...any) { l.fail(line, f.ID.s+": "+format, args...) }
	if before, ok := l.ids[f.ID.s]; ok {
		at(f.ID.line, "defined before at %s", before)
		return
	}
	where := fmt.Sprintf("%s:%d", l.file, f.ID.line)
	l.ids[f.ID.s] = where
	r := &rule{id: f.ID.s, ref: fmt.Sprintf("%s@%d", f.ID.s, f.Version), title: f.Title, indicators: f.Indicators,
		weight: f.Weight,
		shadow: f.Shadow, where: where, tests: f.Tests, ringOnly: true}
	if f.Version < 1 {
		at(f.ID.line, "version: must be 1 or more")
	}
	if f.Title == "" {
		at(f.ID.line, "title: is required")
	}
	if f.Weight == 0 || !(f.Weight >= -5 && f.Weight <= 5) {
		at(f.ID.line, "weight: log-odds from -5 to 5, not 0")
	}
	for _, n := range f.Indicators {
		if n < 1 || n > 53 {
			at(f.ID.line, "indicators: 1 to 53")
		}
	}
	for _, n := range f.Lines {
		no := lineNo(claim.Line(n.s))
		if int(no) == len(allLines) {
			at(n.line, "lines: one of motor, health, property, life, travel, device")
			continue
		}
		r.lines |= 1 << no
	}
	if f.Tests.Hit == nil || f.Tests.Near == nil || f.Tests.Null == nil {
		at(f.ID.line, "tests: hit, near and null are required")
	}
	l.conditions(r, f, at)
	l.facts(r, f, at)
	l.reason(r, f, at)
	l.rs.rules = append(l.rs.rules, r)
}

func (l *loader) conditions(r *rule, f *ruleForm, at func(int, string, ...any)) {
	if len(f.When) == 0 {
		at(f.ID.line, "when: at least one named condition")
	}
	for _, n := range f.When {
		var t text
		if err := sound(func() error { return yaml.NodeToValue(n.node, &t) }); err != nil {
			at(n.line, "when.%s: an expression is wanted", n.name)
			continue
		}
		c := compiler{rs: l.rs, lines: r.lines}
		program, needs, err := c.compile(t.s, true)
		if err != nil {
			at(n.line, "when.%s: %s", n.name, exprError(err))
			continue
		}
		r.uses(&needs, &c)
		r.conditions = append(r.conditions, condition{n.name, needs, program, quicken(program.Node()), t.s})
	}
}

// uses notes what an expression of the rule asks for.
func (r *rule) uses(needs *known, c *compiler) {
	r.reads, r.outside = r.reads.union(needs), r.outside || c.asked || c.event
	r.ringOnly = r.ringOnly && !r.outside && needs.within(&ringLeaves)
}

func (l *loader) facts(r *rule, f *ruleForm, at func(int, string, ...any)) {
	for _, ff := range f.Facts {
		c := compiler{rs: l.rs, lines: r.lines}
		program, needs, err := c.compile(ff.Value.s, false)
		if err != nil {
			at(ff.Value.line, "facts.%s: %s", ff.Name.s, exprError(err))
			continue
		}
		if !namePattern.MatchString(ff.Name.s) {
			at(ff.Name.line, "facts: a name is letters and digits and begins with a small letter")
			continue
		}
		if slices.ContainsFunc(r.facts, func(o fact) bool { return o.name == ff.Name.s }) {
			at(ff.Name.line, "facts: %s is named twice", ff.Name.s)
			continue
		}
		r.uses(&needs, &c)
		r.facts = append(r.facts, fact{ff.Name.s, ff.Threshold.s, needs, program})
	}
}

// reason splits the template at {names of facts}.
func (l *loader) reason(r *rule, f *ruleForm, at func(int, string, ...any)) {
	rest := f.Reason.s
	if rest == "" {
		at(f.ID.line, "reason: is required")
	}
	for rest != "" {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			r.reason = append(r.reason, piece{rest, -1})
			return
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			at(f.Reason.line, "reason: a { without its }")
			return
		}
		name := rest[open+1 : open+end]
		i := slices.IndexFunc(r.facts, func(x fact) bool { return x.name == name })
		if i < 0 {
			at(f.Reason.line, "reason: {%s} is not a fact of this rule", name)
			return
		}
		if open > 0 {
			r.reason = append(r.reason, piece{rest[:open], -1})
		}
		r.reason = append(r.reason, piece{"", i})
		rest = rest[open+end+1:]
	}
}

func (l *loader) snooze(f *snoozeForm) {
	i := slices.IndexFunc(l.rs.rules, func(r *rule) bool { return r.id == f.Rule.s })
	if i < 0 {
		l.fail(f.Rule.line, "snoozes: no rule has this id")
		return
	}
	until, err := time.Parse(time.RFC3339, f.Until.s)
	if err != nil {
		l.fail(f.Until.line, "snoozes: until is a time with its zone, such as 2026-01-31T00:00:00Z")
		return
	}
	if (f.Token == "") == (f.Claim == "") {
		l.fail(f.Rule.line, "snoozes: name either a token or a claim (insurer/claim)")
		return
	}
	if f.Reason == "" {
		l.fail(f.Rule.line, "snoozes: reason is required")
		return
	}
	insurer, id, ok := strings.Cut(f.Claim, "/")
	if f.Claim != "" && !ok {
		l.fail(f.Rule.line, "snoozes: claim is insurer/claim")
		return
	}
	l.rs.snoozes = append(l.rs.snoozes, snooze{i, f.Token, claim.ClaimRef{Insurer: insurer, Claim: id}, until})
}

func firstLine(err error) string {
	s := err.Error()
	if i := strings.IndexByte(s, '\n'); i > 0 {
		return s[:i]
	}
	return s
}

var noField = regexp.MustCompile(`^type \S+ has no field (\w+)`)

// exprError says what is wrong with an expression, with the column, on one line.
func exprError(err error) string {
	var fe *file.Error
	if errors.As(err, &fe) {
		s := fmt.Sprintf("%s (column %d)", fe.Message, fe.Column+1)
		if m := noField.FindStringSubmatch(fe.Message); m != nil {
			s = fmt.Sprintf("no variable %s here (column %d)", m[1], fe.Column+1)
		}
		if strings.Contains(s, "unknown name") || strings.Contains(s, "no variable") {
			s += "; docs/rules.md lists the variables and functions"
		}
		return s
	}
	return firstLine(err)
}
