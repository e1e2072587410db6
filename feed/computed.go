package feed

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"tallystick/claim"
)

// Computed is a column that is computed of others.
type Computed struct {
	Name       string
	Expression string // in the language of expr-lang.org, with the functions of [functions]

	line int
}

// computed is a computed column ready for use.
type computed struct {
	*Computed
	program *vm.Program
	needs   []string // columns
}

// functions are what expressions may call, beside the language's own. Nothing of nothing is nothing: with an absent
// argument they return nil.
//
//	cell("Loss date")             the text of a column, nil if it is absent
//	number("1.234,50", ",", ".")  a number; point and separator of thousands may be left away
//	day("31.12.2024", "02.01.2006")   a day; without a layout 2006-01-02
//	days(a, b), years(a, b)       from a to b: whole days; years of 365.2425 days
//	plus(a, n)                    the day n days after a
//	part("Swann, Ada", ",", 2)    the second part; -1 is the last
//	text(a, b, ...)               one text of those that are there, with blanks between
//	lookup("A", {"A": "own"}, "other")  the value of a table, or the last argument
func functions(cell func(string) any) map[string]any {
	return map[string]any{
		"cell": cell, "number": numberOf, "day": dateOf, "days": daysOf, "years": yearsOf, "plus": plusDays,
		"part": partOf, "text": textOfParts, "lookup": oneOf,
	}
}

var simpleName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// compileColumns compiles the computed columns of a mapping over the columns of a feed. known is nil where there is no
// feed yet.
func compileColumns(list []Computed, known []string) (all []computed, problems []error) {
	names := functions(nil)
	for i := range list {
		c := &list[i]
		at := "columns." + c.Name
		visit := &needs{functions: names}
		program, err := expr.Compile(c.Expression, expr.Patch(visit))
		if err != nil {
			problems = append(problems, &Problem{c.line, at, "not an expression: " + firstLine(err)})
			continue
		}
		for _, name := range visit.columns {
			if known != nil && !slices.Contains(known, name) {
				problems = append(problems,
					&Problem{c.line, at, fmt.Sprintf("the feed has no column %s among its %d", name, len(known))})
			}
		}
		all = append(all, computed{c, program, visit.columns})
		if known != nil {
			known = append(known, c.Name) // one may be computed of those before it
		}
	}
	return all, problems
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// needs collects the columns that an expression asks for.
type needs struct {
	functions map[string]any
	columns   []string
}

// Visit is called for each node.
func (n *needs) Visit(node *ast.Node) {
	switch node := (*node).(type) {
	case *ast.IdentifierNode:
		if _, function := n.functions[node.Value]; !function {
			n.add(node.Value)
		}
	case *ast.CallNode:
		if callee, ok := node.Callee.(*ast.IdentifierNode); ok && callee.Value == "cell" && len(node.Arguments) == 1 {
			if name, ok := node.Arguments[0].(*ast.StringNode); ok {
				n.add(name.Value)
			}
		}
	}
}

func (n *needs) add(name string) {
	if !slices.Contains(n.columns, name) {
		n.columns = append(n.columns, name)
	}
}

const badComputed = "cannot be computed of this row"

// compute takes a row and adds the computed columns to its cells.
func (r *Reader) compute(one row) *Rejection {
	r.row = one.cells
	if len(r.computed) == 0 {
		return nil
	}
	columns := r.table.columns()
	cell := func(name string) any {
		at := slices.Index(columns, name)
		if at < 0 {
			if at = slices.IndexFunc(r.computed, func(c computed) bool { return c.Name == name }); at >= 0 {
				at += len(columns)
			}
		}
		if at < 0 || at >= len(r.row) {
			return nil
		}
		s := strings.TrimSpace(r.row[at])
		if s == "" || slices.Contains(absent, s) || slices.Contains(r.mapping.Empty, s) {
			return nil
		}
		return s
	}
	r.row = slices.Clone(one.cells)
	for i := range r.computed {
		c := &r.computed[i]
		env := functions(cell)
		missing := false
		for _, name := range c.needs {
			value := cell(name)
			missing = missing || value == nil
			if simpleName.MatchString(name) {
				env[name] = value
			}
		}
		value, err := expr.Run(c.program, env)
		text, ok := written(value)
		switch {
		case err != nil && missing: // nothing of nothing
		case err != nil || !ok:
			return &Rejection{one.line, c.Name, "", claim.Invalid, badComputed}
		}
		if err != nil {
			text = ""
		}
		r.row = append(r.row, text)
	}
	return nil
}

// written writes a value as a cell.
func written(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", false
		}
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case time.Time:
		return v.Format(time.DateOnly), true
	}
	return "", false
}

func numberOf(text any, more ...string) (any, error) {
	if text == nil {
		return nil, nil
	}
	m := marks{}
	if len(more) > 0 {
		m.decimal = more[0]
	}
	if len(more) > 1 {
		m.group = more[1]
	}
	s, ok := written(text)
	number, reason := m.plain(strings.TrimSpace(s))
	if !ok || reason != "" {
		return nil, fmt.Errorf("not a number")
	}
	return strconv.ParseFloat(number, 64)
}

func dateOf(text any, layout ...string) (any, error) {
	if text == nil {
		return nil, nil
	}
	form := time.DateOnly
	if len(layout) > 0 {
		form = layout[0]
	}
	s, ok := text.(string)
	t, err := time.Parse(form, s)
	if !ok || err != nil {
		return nil, fmt.Errorf("not a day")
	}
	return t, nil
}

// dayOf takes a day as day makes it, or as text in ISO 8601.
func dayOf(v any) (time.Time, bool, error) {
	if v == nil {
		return time.Time{}, false, nil
	}
	if s, ok := v.(string); ok {
		t, err := time.Parse(time.DateOnly, s[:min(len(s), 10)])
		if err != nil {
			return t, false, fmt.Errorf("not a day")
		}
		return t, true, nil
	}
	t, ok := v.(time.Time)
	if !ok {
		return t, false, fmt.Errorf("not a day")
	}
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), true, nil
}

func daysOf(a, b any) (any, error) {
	from, ok, err := dayOf(a)
	to, also, err2 := dayOf(b)
	if err != nil || err2 != nil {
		return nil, fmt.Errorf("not a day")
	}
	if !ok || !also {
		return nil, nil
	}
	return int(to.Sub(from) / (24 * time.Hour)), nil
}

func yearsOf(a, b any) (any, error) {
	n, err := daysOf(a, b)
	if n == nil || err != nil {
		return nil, err
	}
	return math.Round(float64(n.(int))/365.2425*10_000) / 10_000, nil
}

func plusDays(a any, n any) (any, error) {
	day, ok, err := dayOf(a)
	if err != nil || !ok || n == nil {
		return nil, err
	}
	number, err := numberOf(n)
	if err != nil {
		return nil, err
	}
	f := number.(float64)
	if math.Abs(f) > 1e6 {
		return nil, fmt.Errorf("too many days")
	}
	return day.AddDate(0, 0, int(f)), nil
}

func partOf(text any, by string, n int) (any, error) {
	s, ok := text.(string)
	if !ok {
		return nil, nil
	}
	parts := strings.Split(s, by)
	if n < 0 {
		n = len(parts) + n + 1
	}
	if n < 1 || n > len(parts) || strings.TrimSpace(parts[n-1]) == "" {
		return nil, nil
	}
	return strings.TrimSpace(parts[n-1]), nil
}

func textOfParts(parts ...any) any {
	var list []string
	for _, p := range parts {
		if s, ok := written(p); ok && s != "" {
			list = append(list, s)
		}
	}
	if list == nil {
		return nil
	}
	return strings.Join(list, " ")
}

func oneOf(value any, table map[string]any, otherwise any) any {
	if s, ok := written(value); ok {
		if to, ok := table[s]; ok && s != "" {
			return to
		}
	}
	return otherwise
}
