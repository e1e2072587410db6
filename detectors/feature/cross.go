package feature

import "strings"

// crosses are pairs of features that say more together than each by itself, known from practice: a driver who admits
// the fault under full cover, or soon after moving; an old make at a high price. Where the field knows none of them by
// name, fitting looks for pairs by itself.
var crosses = [][2]func(name string) bool{
	{named("loss.fault"), named("policy.product")},
	{named("loss.fault"), having("addresschange", "days.address.")},
	{named("vehicle.make"), having("vehicleprice", "vehicle.marketvalue", "price")},
}

func named(name string) func(string) bool { return func(s string) bool { return s == name } }

func having(any ...string) func(string) bool {
	return func(s string) bool {
		s = strings.ToLower(s)
		for _, a := range any {
			if strings.Contains(s, a) {
				return true
			}
		}
		return false
	}
}

// Crosses returns the places, in a list of features, of those that are to be looked at together. Of several that would
// do the first is taken.
func Crosses(names []string) [][2]int {
	first := func(fits func(string) bool) int {
		for i, n := range names {
			if fits(n) {
				return i
			}
		}
		return -1
	}
	var out [][2]int
	for _, c := range crosses {
		if a, b := first(c[0]), first(c[1]); a >= 0 && b >= 0 && a != b {
			out = append(out, [2]int{a, b})
		}
	}
	return out
}
