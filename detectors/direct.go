package detectors

import (
	"time"

	"github.com/expr-lang/expr/ast"

	"tallystick/claim"
)

// direct holds functions of the types that expr-lang calls without a slice of boxed arguments. Functions of the rules
// that take variables are compiled to them with the numbers of the variables. They are bound to one environment.
type direct struct {
	AnswerInt   func(int) int        `expr:"answerInt"`
	AnswerFloat func(int) float64    `expr:"answerFloat"`
	AnswerBool  func(int) bool       `expr:"answerBool"`
	AnswerText  func(int) string     `expr:"answerText"`
	Known       func(int) bool       `expr:"directKnown"`
	Days        func(int, int) int   `expr:"directDays"`
	Minutes     func(int, int) int   `expr:"directMinutes"`
	Hour        func(int) int        `expr:"directHour"`
	Weekend     func(int) bool       `expr:"directWeekend"`
	Multiple    func(int, int) bool  `expr:"directMultiple"`
	Text        func(string) string  `expr:"directText"`
	Number      func(string) float64 `expr:"directNumber"`
	Flag        func(string) bool    `expr:"directFlag"`
}

func (e *environment) bind() {
	answer := func(q int) answer {
		a, ok := e.view.answer(q)
		e.need(ok)
		return a
	}
	e.direct = direct{
		AnswerInt:   func(q int) int { return int(answer(q).n) },
		AnswerFloat: func(q int) float64 { return answer(q).f },
		AnswerBool:  func(q int) bool { return answer(q).n != 0 },
		AnswerText:  func(q int) string { return answer(q).s },
		Known:       func(l int) bool { return e.known.has(leaf(l)) },
		Days: func(from, to int) int {
			n, ok := e.when(leaf(from)).DaysUntil(e.when(leaf(to)))
			e.need(ok)
			return n
		},
		Minutes: func(from, to int) int {
			d, ok := e.when(leaf(to)).Sub(e.when(leaf(from)))
			e.need(ok)
			return int(d / time.Minute)
		},
		Hour: func(at int) int {
			w := e.when(leaf(at))
			e.need(w.Precision() == claim.Instant)
			return w.Time().Hour()
		},
		Weekend: func(at int) bool {
			w := e.when(leaf(at))
			e.need(w.Precision() >= claim.Day)
			day := w.Time().Weekday()
			return day == time.Saturday || day == time.Sunday
		},
		Multiple: func(m, n int) bool { return multiple(e.moneyAt(leaf(m)), n) },
		Text: func(name string) string {
			v := e.event.Attributes[name].Text
			e.need(v != "")
			return v
		},
		Number: func(name string) float64 {
			v := e.event.Attributes[name].Number
			if v == nil {
				e.need(false)
				return 0
			}
			return *v
		},
		Flag: func(name string) bool {
			v := e.event.Attributes[name].Flag
			if v == nil {
				e.need(false)
				return false
			}
			return *v
		},
	}
}

// direct compiles a call to the function of direct, and says what is wrong with its arguments.
func (v calls) direct(node *ast.CallNode, f *Function) {
	if len(node.Arguments) != len(f.takes) {
		v.c.fail(node, "%s%s", f.Name, f.Signature)
		return
	}
	for i, arg := range node.Arguments {
		ok := false
		switch kind := f.takes[i]; kind {
		case 's':
			_, ok = arg.(*ast.StringNode)
		case 'n':
			_, ok = arg.(*ast.IntegerNode)
		default:
			var l leaf
			if l, ok = leafByPath[pathOf(arg)]; !ok {
				break
			}
			typ := variables[l].Type
			ok = kind == 'v' || kind == 't' && typ == "When" || kind == 'm' && typ == "Money"
			node.Arguments[i] = &ast.IntegerNode{Value: int(l)}
			if kind == 'v' {
				v.c.uses[l]-- // counted when it was visited, but asking does not need it
			}
		}
		if !ok {
			v.c.fail(node, "%s%s: takes variables of these types, and constants for the rest", f.Name, f.Signature)
			return
		}
	}
	node.Callee = &ast.IdentifierNode{Value: f.direct}
}
