package detectors

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// Most conditions compare one value with a constant. They are turned into functions of the environment once, at load;
// the machine that runs expressions takes some ten times as long for the same. What is not that plain is left to the
// machine. A test holds the two equal.

// quicken returns the condition as a function, or nil where it is left to the machine.
func quicken(n ast.Node) func(*environment) bool {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if x := quicken(n.Node); x != nil && (n.Operator == "not" || n.Operator == "!") {
			return func(e *environment) bool { return !x(e) }
		}
	case *ast.BinaryNode:
		return quickenBinary(n)
	case *ast.CallNode:
		return quickenCall[bool](n)
	case *ast.MemberNode:
		return quickenLeaf[bool](n)
	}
	return nil
}

func quickenBinary(n *ast.BinaryNode) func(*environment) bool {
	switch n.Operator {
	case "and", "&&":
		if l, r := quicken(n.Left), quicken(n.Right); l != nil && r != nil {
			return func(e *environment) bool { return l(e) && r(e) }
		}
		return nil
	case "or", "||":
		if l, r := quicken(n.Left), quicken(n.Right); l != nil && r != nil {
			return func(e *environment) bool { return l(e) || r(e) }
		}
		return nil
	case "in":
		c, ok := n.Right.(*ast.ConstantNode)
		if !ok {
			return nil
		}
		set, ok := c.Value.(map[string]struct{})
		if l := quickenText(n.Left); ok && l != nil {
			return func(e *environment) bool { _, ok := set[l(e)]; return ok }
		}
		return nil
	}
	if l, r := quickenInt(n.Left), quickenInt(n.Right); l != nil && r != nil {
		return compare(n.Operator, l, r)
	}
	if l, r := quickenFloat(n.Left), quickenFloat(n.Right); l != nil && r != nil {
		return compare(n.Operator, l, r)
	}
	if l, r := quickenText(n.Left), quickenText(n.Right); l != nil && r != nil {
		return compare(n.Operator, l, r)
	}
	return nil
}

func compare[T cmp.Ordered](operator string, l, r func(*environment) T) func(*environment) bool {
	switch operator {
	case "==":
		return func(e *environment) bool { return l(e) == r(e) }
	case "!=":
		return func(e *environment) bool { return l(e) != r(e) }
	case "<":
		return func(e *environment) bool { return l(e) < r(e) }
	case "<=":
		return func(e *environment) bool { return l(e) <= r(e) }
	case ">":
		return func(e *environment) bool { return l(e) > r(e) }
	case ">=":
		return func(e *environment) bool { return l(e) >= r(e) }
	default:
		return nil
	}
}

func quickenInt(n ast.Node) func(*environment) int {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return func(*environment) int { return n.Value }
	case *ast.CallNode:
		return quickenCall[int](n)
	case *ast.MemberNode, *ast.IdentifierNode:
		return quickenLeaf[int](n)
	case *ast.BinaryNode:
		l, r := quickenInt(n.Left), quickenInt(n.Right)
		if l == nil || r == nil {
			return nil
		}
		switch n.Operator {
		case "+":
			return func(e *environment) int { return l(e) + r(e) }
		case "-":
			return func(e *environment) int { return l(e) - r(e) }
		case "*":
			return func(e *environment) int { return l(e) * r(e) }
		}
	}
	return nil
}

// quickenFloat takes whole numbers too: where one side is a float, both are compared as floats.
func quickenFloat(n ast.Node) func(*environment) float64 {
	if whole := quickenInt(n); whole != nil {
		return func(e *environment) float64 { return float64(whole(e)) }
	}
	switch n := n.(type) {
	case *ast.FloatNode:
		return func(*environment) float64 { return n.Value }
	case *ast.CallNode:
		return quickenCall[float64](n)
	case *ast.MemberNode:
		return quickenLeaf[float64](n)
	}
	return nil
}

func quickenText(n ast.Node) func(*environment) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return func(*environment) string { return n.Value }
	case *ast.CallNode:
		return quickenCall[string](n)
	case *ast.MemberNode, *ast.IdentifierNode:
		return quickenLeaf[string](n)
	}
	return nil
}

// quickenCall returns a call of one of the direct functions with constants, where its result is a T.
func quickenCall[T any](n *ast.CallNode) func(*environment) T {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return nil
	}
	var numbers []int
	for _, arg := range n.Arguments {
		if a, ok := arg.(*ast.IntegerNode); ok {
			numbers = append(numbers, a.Value)
		}
	}
	switch f := quickCalls[name.Value].(type) {
	case func(*environment) func(int) T:
		if len(numbers) == 1 {
			a := numbers[0]
			return func(e *environment) T { return f(e)(a) }
		}
	case func(*environment) func(int, int) T:
		if len(numbers) == 2 {
			a, b := numbers[0], numbers[1]
			return func(e *environment) T { return f(e)(a, b) }
		}
	case func(*environment) func(string) T:
		if a, ok := n.Arguments[0].(*ast.StringNode); ok {
			return func(e *environment) T { return f(e)(a.Value) }
		}
	}
	return nil
}

var quickCalls = map[string]any{
	"answerInt":      func(e *environment) func(int) int { return e.AnswerInt },
	"answerFloat":    func(e *environment) func(int) float64 { return e.AnswerFloat },
	"answerBool":     func(e *environment) func(int) bool { return e.AnswerBool },
	"answerText":     func(e *environment) func(int) string { return e.AnswerText },
	"directKnown":    func(e *environment) func(int) bool { return e.Known },
	"directDays":     func(e *environment) func(int, int) int { return e.Days },
	"directMinutes":  func(e *environment) func(int, int) int { return e.Minutes },
	"directHour":     func(e *environment) func(int) int { return e.Hour },
	"directWeekend":  func(e *environment) func(int) bool { return e.Weekend },
	"directMultiple": func(e *environment) func(int, int) bool { return e.Multiple },
	"directText":     func(e *environment) func(string) string { return e.Text },
	"directNumber":   func(e *environment) func(string) float64 { return e.Number },
	"directFlag":     func(e *environment) func(string) bool { return e.Flag },
}

// quickenLeaf returns the value of a variable that is a T.
func quickenLeaf[T any](n ast.Node) func(*environment) T {
	at, ok := envFields[pathOf(n)]
	if !ok || at.Type != reflect.TypeFor[T]() {
		return nil
	}
	index := at.Index
	return func(e *environment) T {
		return *reflect.ValueOf(e).Elem().FieldByIndex(index).Addr().Interface().(*T)
	}
}

// envFields are those of an environment that are variables with a value of their own, by path; Index leads there from
// its top.
var envFields = func() map[string]reflect.StructField {
	to := map[string]reflect.StructField{}
	collectFields(reflect.TypeFor[environment](), "", nil, to)
	return to
}()

func collectFields(t reflect.Type, prefix string, index []int, to map[string]reflect.StructField) {
	for f := range t.Fields() {
		f.Index = slices.Concat(index, f.Index)
		tag := f.Tag.Get("expr")
		if tag != "" && f.Type.Kind() == reflect.Struct {
			collectFields(f.Type, prefix+tag+".", f.Index, to)
		} else if _, ok := leafByPath[prefix+tag]; ok {
			to[prefix+tag] = f
		}
	}
}
