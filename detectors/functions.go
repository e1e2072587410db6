package detectors

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// Function is a function that expressions can call.
type Function struct {
	Name      string
	Signature string // parameters and result, as the documentation shows them
	Doc       string

	window bool // its first argument is a selector and its second, where it has one, a number of days: both constants
	kind   queryKind
	impl   func(args ...any) (any, error)
	typ    any // pointer to a func type; the first parameter is the environment
}

// Functions lists what expressions can call beside the operators of expr-lang. A function that needs a value which the
// claim lacks, or has less precisely than asked, makes its condition unknown.
func Functions() []Function { return append([]Function(nil), functions...) }

var functions = []Function{
	{Name: "has", Signature: "(variable) bool", Doc: "whether the claim has the variable; does not make the condition unknown",
		impl: func(args ...any) (any, error) { return args[0].(*environment).known.has(leaf(args[1].(int))), nil }, typ: new(func(*environment, int) bool)},
	{Name: "days", Signature: "(from When, to When) int", Doc: "calendar days from one date to another, negative when to is earlier; both known to the day",
		impl: func(args ...any) (any, error) {
			n, ok := args[1].(*claim.When).DaysUntil(*args[2].(*claim.When))
			return n, args[0].(*environment).need(ok)
		}, typ: new(func(*environment, *claim.When, *claim.When) int)},
	{Name: "minutes", Signature: "(from When, to When) int", Doc: "minutes from one instant to another; both instants",
		impl: func(args ...any) (any, error) {
			d, ok := args[2].(*claim.When).Sub(*args[1].(*claim.When))
			return int(d / time.Minute), args[0].(*environment).need(ok)
		}, typ: new(func(*environment, *claim.When, *claim.When) int)},
	{Name: "hour", Signature: "(at When) int", Doc: "hour of the day, 0 to 23, in the zone the instant was given with",
		impl: func(args ...any) (any, error) {
			w := args[1].(*claim.When)
			return w.Time().Hour(), args[0].(*environment).need(w.Precision() == claim.Instant)
		}, typ: new(func(*environment, *claim.When) int)},
	{Name: "weekend", Signature: "(at When) bool", Doc: "whether the day is a Saturday or Sunday in its own zone",
		impl: func(args ...any) (any, error) {
			w := args[1].(*claim.When)
			d := w.Time().Weekday()
			return d == time.Saturday || d == time.Sunday, args[0].(*environment).need(w.Precision() >= claim.Day)
		}, typ: new(func(*environment, *claim.When) bool)},
	{Name: "ratio", Signature: "(a Money, b Money) Decimal", Doc: "a divided by b, exactly; both of one currency and b not zero",
		impl: func(args ...any) (any, error) {
			a, b := args[1].(*claim.Money), args[2].(*claim.Money)
			if a.Currency != b.Currency || b.Amount.IsZero() {
				return udecimal.Zero, args[0].(*environment).need(false)
			}
			return a.Amount.Div(b.Amount)
		}, typ: new(func(*environment, *claim.Money, *claim.Money) udecimal.Decimal)},
	{Name: "amount", Signature: "(m Money) Decimal", Doc: "the amount without its currency",
		impl: func(args ...any) (any, error) { return args[1].(*claim.Money).Amount, nil }, typ: new(func(*environment, *claim.Money) udecimal.Decimal)},
	{Name: "quotient", Signature: "(a Decimal, b Decimal) Decimal", Doc: "a divided by b, exactly; b not zero",
		impl: func(args ...any) (any, error) {
			a, b := args[1].(udecimal.Decimal), args[2].(udecimal.Decimal)
			if b.IsZero() {
				return udecimal.Zero, args[0].(*environment).need(false)
			}
			return a.Div(b)
		}, typ: new(func(*environment, udecimal.Decimal, udecimal.Decimal) udecimal.Decimal)},
	{Name: "multipleOf", Signature: "(m Money, n int) bool", Doc: "whether the amount is a positive multiple of n",
		impl: func(args ...any) (any, error) {
			return multiple(args[1].(*claim.Money).Amount, args[2].(int)), nil
		}, typ: new(func(*environment, *claim.Money, int) bool)},
	{Name: "text", Signature: "(attribute string) string", Doc: "the text of an attribute",
		impl: func(args ...any) (any, error) {
			v := args[0].(*environment).event.Attributes[args[1].(string)].Text
			return v, args[0].(*environment).need(v != "")
		}, typ: new(func(*environment, string) string)},
	{Name: "number", Signature: "(attribute string) float", Doc: "the number of an attribute",
		impl: func(args ...any) (any, error) {
			v := args[0].(*environment).event.Attributes[args[1].(string)].Number
			if v == nil {
				return 0.0, args[0].(*environment).need(false)
			}
			return *v, nil
		}, typ: new(func(*environment, string) float64)},
	{Name: "flag", Signature: "(attribute string) bool", Doc: "the flag of an attribute",
		impl: func(args ...any) (any, error) {
			v := args[0].(*environment).event.Attributes[args[1].(string)].Flag
			if v == nil {
				return false, args[0].(*environment).need(false)
			}
			return *v, nil
		}, typ: new(func(*environment, string) bool)},

	{Name: "claims", Signature: "(key, days) int", Doc: "other claims with the same key in the days up to this claim's", window: true, kind: countClaims},
	{Name: "policies", Signature: "(key, days) int", Doc: "other policies among them; unknown when more than 64 claims share the key", window: true, kind: countPolicies},
	{Name: "persons", Signature: "(key, days) int", Doc: "other claimants among them; unknown when more than 64 claims share the key", window: true, kind: countPersons},
	{Name: "lines", Signature: "(key, days) int", Doc: "lines of business among them", window: true, kind: countLines},
	{Name: "total", Signature: "(key, days) Decimal", Doc: "sum of the amounts claimed among them; unknown when their currencies differ", window: true, kind: sumAmounts},
	{Name: "mean", Signature: "(key, days) Decimal", Doc: "mean of the amounts claimed among them; unknown when there are none or their currencies differ", window: true, kind: meanAmount},
	{Name: "deviation", Signature: "(key, days) float", Doc: "standard deviations by which this claim's amount exceeds their mean; unknown below 30 claims", window: true, kind: zScore},
	{Name: "age", Signature: "(key) int", Doc: "days since the earliest remembered claim with the key; unknown when there is none", window: true, kind: keyAge},
	{Name: "business", Signature: "(selector) bool", Doc: "whether an agent, handler, vendor, repairer, provider or attorney holds the token there in any claim", window: true, kind: heldByBusiness},
	{Name: "colleagues", Signature: "(selector) bool", Doc: "whether all who share the token there within a year have this claimant's employer; unknown when more than 64 claims share it", window: true, kind: allColleagues},
	{Name: "changed", Signature: "(selector) bool", Doc: "whether an earlier revision of this claim had another token there", window: true, kind: changedToken},
	{Name: "token", Signature: "(selector) string", Doc: "the token there, for facts", window: true, kind: showToken},
}

// The typed ways in which an expression reads the answer of a window function.
var answerFunctions = []expr.Option{
	expr.Function("answerInt", func(a ...any) (any, error) {
		v, ok := a[0].(*environment).view.answer(a[1].(int))
		return int(v.n), a[0].(*environment).need(ok)
	}, new(func(*environment, int) int)),
	expr.Function("answerDecimal", func(a ...any) (any, error) {
		v, ok := a[0].(*environment).view.answer(a[1].(int))
		d, err := udecimal.NewFromInt64(v.n, amountDigits)
		if err != nil {
			return udecimal.Zero, fmt.Errorf("reading a window: %w", err)
		}
		return d, a[0].(*environment).need(ok)
	}, new(func(*environment, int) udecimal.Decimal)),
	expr.Function("answerFloat", func(a ...any) (any, error) {
		v, ok := a[0].(*environment).view.answer(a[1].(int))
		return v.f, a[0].(*environment).need(ok)
	}, new(func(*environment, int) float64)),
	expr.Function("answerBool", func(a ...any) (any, error) {
		v, ok := a[0].(*environment).view.answer(a[1].(int))
		return v.n != 0, a[0].(*environment).need(ok)
	}, new(func(*environment, int) bool)),
	expr.Function("answerText", func(a ...any) (any, error) {
		v, ok := a[0].(*environment).view.answer(a[1].(int))
		return v.s, a[0].(*environment).need(ok)
	}, new(func(*environment, int) string)),
	expr.Function("compareDecimals", func(a ...any) (any, error) {
		return a[0].(udecimal.Decimal).Cmp(a[1].(udecimal.Decimal)), nil
	}, new(func(udecimal.Decimal, udecimal.Decimal) int)),
	expr.Function("compareTimes", func(a ...any) (any, error) {
		l, r := a[1].(*claim.When), a[2].(*claim.When)
		if l.Precision() == claim.Instant && r.Precision() == claim.Instant {
			return l.Time().Compare(r.Time()), nil
		}
		n, ok := r.DaysUntil(*l)
		return n, a[0].(*environment).need(ok)
	}, new(func(*environment, *claim.When, *claim.When) int)),
}

var answerFunction = map[queryKind]string{
	countClaims: "answerInt", countPolicies: "answerInt", countPersons: "answerInt", countLines: "answerInt",
	sumAmounts: "answerDecimal", meanAmount: "answerDecimal", zScore: "answerFloat", keyAge: "answerInt", heldByBusiness: "answerBool", allColleagues: "answerBool",
	changedToken: "answerBool", showToken: "answerText",
}

var functionByName = func() map[string]*Function {
	m := map[string]*Function{}
	for i := range functions {
		m[functions[i].Name] = &functions[i]
	}
	return m
}()

// need notes that a function could not answer.
func (e *environment) need(ok bool) error {
	if !ok {
		e.unknown = true
	}
	return nil
}

func multiple(d udecimal.Decimal, n int) bool {
	if n <= 0 || !d.IsPos() {
		return false
	}
	rest, err := d.Mod(udecimal.MustFromInt64(int64(n), 0))
	return err == nil && rest.IsZero()
}

// show formats the value of a fact.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return fmt.Sprint(v)
	case *int:
		return fmt.Sprint(*v)
	case bool:
		return fmt.Sprint(v)
	case *bool:
		return fmt.Sprint(*v)
	case float64:
		return showFloat(v)
	case *float64:
		return showFloat(*v)
	case udecimal.Decimal:
		return v.RoundHAZ(4).String()
	case *claim.When:
		return v.String()
	case *claim.Money:
		return v.Amount.String() + " " + v.Currency
	case []string:
		return strings.Join(v, " ")
	default:
		return fmt.Sprintf("(%T)", v)
	}
}

func showFloat(f float64) string {
	return fmt.Sprint(math.Round(f*100) / 100)
}
