package detectors

import (
	"fmt"
	"math"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// Function is a function that expressions can call.
type Function struct {
	Name      string
	Signature string // parameters and result, as the documentation shows them
	Doc       string

	direct string // the field of direct that it is compiled to
	takes  string // a letter an argument of a direct one: v variable, t time, m money, n whole number, s text
	window bool   // its first argument is a selector and its second, where it has one, a number of days: both constants
	kind   queryKind
	impl   func(args ...any) (any, error)
	typ    any // pointer to a func type; the first parameter is the environment
}

// Functions lists what expressions can call beside the operators of expr-lang. A function that needs a value which the
// claim lacks, or has less precisely than asked, makes its condition unknown.
func Functions() []Function { return append([]Function(nil), functions...) }

var functions = []Function{
	{Name: "has", Signature: "(variable) bool",
		Doc: "whether the claim has the variable; does not make the condition unknown", direct: "directKnown",
		takes: "v"},
	{Name: "days", Signature: "(from When, to When) int",
		Doc:    "calendar days from one date to another, negative when to is earlier; both known to the day",
		direct: "directDays", takes: "tt"},
	{Name: "minutes", Signature: "(from When, to When) int", Doc: "minutes from one instant to another; both instants",
		direct: "directMinutes", takes: "tt"},
	{Name: "hour", Signature: "(at When) int", Doc: "hour of the day, 0 to 23, in the zone the instant was given with",
		direct: "directHour", takes: "t"},
	{Name: "weekend", Signature: "(at When) bool", Doc: "whether the day is a Saturday or Sunday in its own zone",
		direct: "directWeekend", takes: "t"},
	{Name: "multipleOf", Signature: "(m Money, n int) bool",
		Doc: "whether the amount is a positive multiple of n hundred minor units of its currency (ISO 4217): 1000 is 1,000.00 dollars, 100,000 yen, 100.000 dinars", direct: "directMultiple", takes: "mn"},
	{Name: "text", Signature: "(attribute string) string", Doc: "the text of an attribute", direct: "directText",
		takes: "s"},
	{Name: "number", Signature: "(attribute string) float", Doc: "the number of an attribute", direct: "directNumber",
		takes: "s"},
	{Name: "flag", Signature: "(attribute string) bool", Doc: "the flag of an attribute", direct: "directFlag",
		takes: "s"},
	{Name: "ratio", Signature: "(a Money, b Money) Decimal",
		Doc: "a divided by b, exactly; both of one currency and b not zero",
		impl: func(args ...any) (any, error) {
			a, b := args[1].(*claim.Money), args[2].(*claim.Money)
			if a.Currency != b.Currency || b.Amount.IsZero() {
				args[0].(*environment).need(false)
				return udecimal.Zero, nil
			}
			return a.Amount.Div(b.Amount)
		}, typ: new(func(*environment, *claim.Money, *claim.Money) udecimal.Decimal)},
	{Name: "amount", Signature: "(m Money) Decimal", Doc: "the amount without its currency",
		impl: func(args ...any) (any, error) { return args[1].(*claim.Money).Amount, nil },
		typ:  new(func(*environment, *claim.Money) udecimal.Decimal)},
	{Name: "quotient", Signature: "(a Decimal, b Decimal) Decimal", Doc: "a divided by b, exactly; b not zero",
		impl: func(args ...any) (any, error) {
			a, b := args[1].(udecimal.Decimal), args[2].(udecimal.Decimal)
			if b.IsZero() {
				args[0].(*environment).need(false)
				return udecimal.Zero, nil
			}
			return a.Div(b)
		}, typ: new(func(*environment, udecimal.Decimal, udecimal.Decimal) udecimal.Decimal)},

	{Name: "claims", Signature: "(key, days) int", Doc: "other claims with the same key in the days up to this claim's",
		window: true, kind: countClaims},
	{Name: "policies", Signature: "(key, days) int", Doc: "other policies among them; 65 stands for 65 or more",
		window: true, kind: countPolicies},
	{Name: "persons", Signature: "(key, days) int", Doc: "other claimants among them; 65 stands for 65 or more",
		window: true, kind: countPersons},
	{Name: "lines", Signature: "(key, days) int", Doc: "lines of business among them", window: true, kind: countLines},
	{Name: "total", Signature: "(key, days) Decimal",
		Doc: "sum of the amounts claimed among them; unknown when their currencies differ", window: true,
		kind: sumAmounts},
	{Name: "mean", Signature: "(key, days) Decimal",
		Doc:    "mean of the amounts claimed among them; unknown when there are none or their currencies differ",
		window: true, kind: meanAmount},
	{Name: "deviation", Signature: "(key, days) float",
		Doc:    "standard deviations by which this claim's amount exceeds their mean; unknown below 30 claims",
		window: true, kind: zScore},
	{Name: "age", Signature: "(key) int",
		Doc: "days since the earliest remembered claim with the key; unknown when there is none", window: true,
		kind: keyAge},
	{Name: "business", Signature: "(selector) bool",
		Doc: "whether the token there is a business's: registered as such, or held by an agent, handler, vendor, repairer, provider or attorney in three claims or more, over a week or longer, and in half of all that share it", window: true, kind: heldByBusiness},
	{Name: "posing", Signature: "(selector) bool",
		Doc:    "whether another claim names the token there as a business's, which too few do for it to be one",
		window: true, kind: namedBusiness},
	{Name: "hub", Signature: "(selector) bool",
		Doc:    "whether more claims share the token there than its kind of link allows, so that it joins none",
		window: true, kind: overHub},
	{Name: "colleagues", Signature: "(selector) bool",
		Doc: "whether all who share the token there within a year have this claimant's employer", window: true,
		kind: allColleagues},
	{Name: "changed", Signature: "(selector) bool",
		Doc: "whether an earlier revision of this claim had another token there", window: true, kind: changedToken},
	{Name: "token", Signature: "(selector) string",
		Doc: "the path of the token there, for facts: the token itself stands with its party alone", window: true,
		kind: showToken},
}

// What expressions call by names that rules cannot use, beside what direct holds.
var innerFunctions = []expr.Option{
	expr.Function("answerDecimal", func(a ...any) (any, error) {
		e := a[0].(*environment)
		v, ok := e.view.answer(a[1].(int))
		e.need(ok)
		d, err := udecimal.NewFromInt64(v.n, amountDigits)
		if err != nil {
			return udecimal.Zero, fmt.Errorf("reading a window: %w", err)
		}
		return d, nil
	}, new(func(*environment, int) udecimal.Decimal)),
	expr.Function("compareDecimals", func(a ...any) (any, error) {
		return a[0].(udecimal.Decimal).Cmp(a[1].(udecimal.Decimal)), nil
	}, new(func(udecimal.Decimal, udecimal.Decimal) int)),
	expr.Function("compareTimes", func(a ...any) (any, error) {
		l, r := a[1].(*claim.When), a[2].(*claim.When)
		if l.Precision() == claim.Instant && r.Precision() == claim.Instant {
			return l.Time().Compare(r.Time()), nil
		}
		n, ok := r.DaysUntil(*l)
		a[0].(*environment).need(ok)
		return n, nil
	}, new(func(*environment, *claim.When, *claim.When) int)),
}

var answerFunction = map[queryKind]string{
	countClaims: "answerInt", countPolicies: "answerInt", countPersons: "answerInt", countLines: "answerInt",
	sumAmounts: "answerDecimal", meanAmount: "answerDecimal", zScore: "answerFloat", keyAge: "answerInt",
	heldByBusiness: "answerBool", namedBusiness: "answerBool", overHub: "answerBool", allColleagues: "answerBool",
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
func (e *environment) need(ok bool) {
	if !ok {
		e.unknown = true
	}
}

// multiple reports whether an amount is a positive multiple of n hundred minor units of its currency, so that what is
// round in dollars is as round in yen and in dinars. A currency without a minor unit that is known has cents.
func multiple(m claim.Money, n int) bool {
	if n <= 0 || !m.Amount.IsPos() {
		return false
	}
	decimals, ok := claim.MinorUnits(m.Currency)
	if !ok || decimals < 0 {
		decimals = 2
	}
	of, err := udecimal.NewFromInt64(int64(n)*100, uint8(decimals))
	if err != nil {
		return false
	}
	rest, err := m.Amount.Mod(of)
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
