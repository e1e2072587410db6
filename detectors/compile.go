package detectors

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// compiler turns one expression into a program. It notes which variables must be known and resolves the constants of
// window functions to numbers of queries, so that the state is asked once a claim.
type compiler struct {
	rs    *RuleSet
	uses  [maxLeaves]int // how often each variable is named outside of has
	asked bool           // it asks a window
	event bool           // it needs the claim, beyond the variables in uses: attributes, or whether it has a variable
	lines uint16         // of the rule it belongs to; 0 for all
	errs  []error
}

var baseOptions = func() []expr.Option {
	opts := []expr.Option{expr.Env(environment{})}
	for _, name := range []string{"mean", "now", "date", "duration", "timezone", "repeat", "toJSON", "fromJSON",
		"toBase64", "fromBase64"} {
		opts = append(opts, expr.DisableBuiltin(name))
	}
	for i := range functions {
		if f := &functions[i]; f.impl != nil {
			opts = append(opts, expr.Function(f.Name, f.impl, f.typ))
		}
	}
	return append(opts, innerFunctions...)
}()

func (c *compiler) compile(source string, condition bool) (*vm.Program, known, error) {
	opts := append([]expr.Option(nil), baseOptions...)
	opts = append(opts, expr.Patch(calls{c}), expr.Patch(comparisons{c}))
	if condition {
		opts = append(opts, expr.AsBool(), expr.WarnOnAny())
	} else {
		opts = append(opts, expr.AsAny())
	}
	program, err := expr.Compile(source, opts...)
	if len(c.errs) > 0 {
		return nil, known{}, errors.Join(c.errs...)
	}
	var needs known
	for l, n := range c.uses {
		if n > 0 {
			needs.add(leaf(l))
		}
	}
	return program, needs, err
}

func (c *compiler) fail(n ast.Node, format string, args ...any) {
	c.errs = append(c.errs, &file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...),
		Column: n.Location().From})
}

// calls gives the functions their environment and turns window functions into numbered queries; it notes the variables.
type calls struct{ c *compiler }

// Visit is called for children before their parents.
func (v calls) Visit(n *ast.Node) {
	switch node := (*n).(type) {
	case *ast.CallNode:
		v.call(n, node)
	case *ast.MemberNode, *ast.IdentifierNode:
		path := pathOf(node)
		if l, ok := leafByPath[path]; ok && path != "" {
			v.c.uses[l]++
		}
	}
}

func (v calls) call(n *ast.Node, node *ast.CallNode) {
	name, ok := node.Callee.(*ast.IdentifierNode)
	if !ok {
		return
	}
	f := functionByName[name.Value]
	switch {
	case f == nil:
		if innerNames[name.Value] {
			v.c.fail(node, "unknown name %s", name.Value)
		}
	case f.window:
		v.window(n, node, f)
	case f.direct != "":
		v.c.event = v.c.event || f.takes == "s" || f.takes == "v" && !ofState(node.Arguments)
		v.direct(node, f)
	default:
		node.Arguments = append([]ast.Node{&ast.IdentifierNode{Value: "$env"}}, node.Arguments...)
	}
}

// ofState reports whether the variables named are those that need no claim at hand.
func ofState(arguments []ast.Node) bool {
	return !slices.ContainsFunc(arguments, func(n ast.Node) bool {
		l, ok := leafByPath[pathOf(n)]
		return ok && !stateLeaves.has(l)
	})
}

// innerNames are the functions that only the compiler may call.
var innerNames = func() map[string]bool {
	names := map[string]bool{"answerDecimal": true, "compareDecimals": true, "compareTimes": true}
	t := reflect.TypeFor[direct]()
	for i := range t.NumField() {
		names[t.Field(i).Tag.Get("expr")] = true
	}
	return names
}()

func (v calls) window(n *ast.Node, node *ast.CallNode, f *Function) {
	want, days := 2, f.kind.constant()
	if days > 0 {
		want = 1
	}
	if len(node.Arguments) != want {
		v.c.fail(node, "%s%s", f.Name, f.Signature)
		return
	}
	sel, ok := node.Arguments[0].(*ast.StringNode)
	if !ok {
		v.c.fail(node, "%s: the key must be a constant text", f.Name)
		return
	}
	q := query{kind: f.kind, days: days, key: -1}
	if no, ok := v.c.rs.keyNo[sel.Value]; ok && (want == 2 || f.kind == keyAge) {
		q.key = no
	} else if err := checkSelector(sel.Value); err != nil {
		v.c.fail(node, "%s: %v", f.Name, err)
		return
	} else {
		q.selector = sel.Value
	}
	if want == 2 {
		days, ok := node.Arguments[1].(*ast.IntegerNode)
		if !ok || days.Value < 1 || days.Value > windowDays {
			v.c.fail(node, "%s: the days must be a constant from 1 to %d", f.Name, windowDays)
			return
		}
		q.days = int32(days.Value)
	}
	v.c.asked = true
	call := &ast.CallNode{Callee: &ast.IdentifierNode{Value: answerFunction[f.kind]},
		Arguments: []ast.Node{&ast.IntegerNode{Value: v.c.rs.queryNo(q, v.c.lines)}}}
	if answerFunction[f.kind] == "answerDecimal" {
		call.Arguments = append([]ast.Node{&ast.IdentifierNode{Value: "$env"}}, call.Arguments...)
	}
	ast.Patch(n, call)
}

// queryNo returns the number of a query that rules for the lines ask.
func (rs *RuleSet) queryNo(q query, lines uint16) int {
	if lines == 0 {
		lines = 1<<(len(allLines)+1) - 1
	}
	for i, have := range rs.queries {
		have.lines = 0
		if have == q {
			rs.queries[i].lines |= lines
			return i
		}
	}
	q.lines = lines
	rs.queries = append(rs.queries, q)
	return len(rs.queries) - 1
}

func pathOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value
	case *ast.MemberNode:
		p, ok := n.Property.(*ast.StringNode)
		if !ok {
			return ""
		}
		if base := pathOf(n.Node); base != "" {
			return base + "." + p.Value
		}
	}
	return ""
}

// comparisons lets decimals be compared with numbers, exactly, and times with times.
type comparisons struct{ c *compiler }

var (
	decimalType = reflect.TypeFor[udecimal.Decimal]()
	whenType    = reflect.TypeFor[*claim.When]()
)

// Visit rewrites a < b as compare(a, b) < 0.
func (v comparisons) Visit(n *ast.Node) {
	b, ok := (*n).(*ast.BinaryNode)
	if !ok {
		return
	}
	switch b.Operator {
	case "<", "<=", ">", ">=", "==", "!=":
	default:
		return
	}
	name, args := "", []ast.Node{b.Left, b.Right}
	switch {
	case typeIs(b.Left, decimalType) || typeIs(b.Right, decimalType):
		name = "compareDecimals"
		args[0], args[1] = decimalLiteral(args[0]), decimalLiteral(args[1])
	case typeIs(b.Left, whenType) && typeIs(b.Right, whenType):
		name = "compareTimes"
		args = append([]ast.Node{&ast.IdentifierNode{Value: "$env"}}, args...)
	default:
		return
	}
	ast.Patch(n, &ast.BinaryNode{Operator: b.Operator, Left: &ast.CallNode{Callee: &ast.IdentifierNode{Value: name},
		Arguments: args},
		Right: &ast.IntegerNode{Value: 0}})
}

func typeIs(n ast.Node, t reflect.Type) bool { return n.Type() == t }

// decimalLiteral turns a number as it is written into the decimal of that text: 0.95 is 95/100, not the nearest float.
func decimalLiteral(n ast.Node) ast.Node {
	var s string
	switch n := n.(type) {
	case *ast.IntegerNode:
		s = strconv.Itoa(n.Value)
	case *ast.FloatNode:
		s = strconv.FormatFloat(n.Value, 'f', -1, 64)
	default:
		return n
	}
	d, err := udecimal.Parse(s)
	if err != nil {
		return n
	}
	out := &ast.ConstantNode{Value: d}
	out.SetLocation(n.Location())
	return out
}
