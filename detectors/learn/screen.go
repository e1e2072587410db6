package learn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tallystick/detectors/feature"
	"tallystick/detectors/measure"
	"tallystick/detectors/model"
)

// leakAUC is what no single honest feature of a claim reaches by itself: one that does was filled after the decision.
const leakAUC = 0.92

// NothingIn is why a column is left out that says nothing, for most often the feed has nothing in it.
const NothingIn = "the same on every claim, or on each another"

// Screen says which columns must not be fitted on, judged by the rows: the calendar, which says nothing of another
// year; names and numbers that are each claim's own; what is the same everywhere; and what was filled in after the
// decision. What keep names stays whatever it looks like.
func Screen(t *Table, rows []int, fraud []bool, keep []string) []model.Leaver {
	var out []model.Leaver
	for _, c := range t.Columns {
		if slices.Contains(keep, c.Name) {
			continue
		}
		if why := c.wrong(rows, fraud); why != "" {
			out = append(out, model.Leaver{Feature: c.Name, Why: why})
		}
	}
	return out
}

func (c *Column) wrong(rows []int, fraud []bool) string {
	a := axisOf(c, rows, 0, 64)
	present := 0
	for _, row := range rows {
		if !c.missing(row) {
			present++
		}
	}
	switch {
	case oneBin(binsOf(c, &a, rows)):
		return NothingIn
	case c.calendar(rows):
		return "a calendar month, weekday or date: what it says of one year is not true of the next"
	case c.unique(rows, present):
		return "nearly every claim has one of its own"
	}
	if why := c.leaks(&a, rows, fraud, present); why != "" {
		return why
	}
	return ""
}

func oneBin(bins []uint16) bool {
	for _, bin := range bins {
		if bin != bins[0] {
			return false
		}
	}
	return true
}

var calendarWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("january february march april may june july august september october november december " +
		"monday tuesday wednesday thursday friday saturday sunday " +
		"januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag " +
		"一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月 星期一 星期二 星期三 星期四 星期五 星期六 星期日") {
		m[w] = true
		if r := []rune(w); r[0] < 0x300 && len(r) > 3 {
			m[string(r[:3])] = true
		}
	}
	return m
}()

// calendarNames are how a column of numbers is called that counts months or weeks of the year or the days of either.
var calendarNames = []string{"month", "weekday", "weekofmonth", "weekofyear", "dayofweek", "dayofmonth", "dayofyear",
	"quarterofyear", "calendar"}

// notCalendar are durations that merely have the word in them.
var notCalendar = []string{"months", "monthsas", "permonth", "monthly", "tenure", "since", "month_as", "age"}

func (c *Column) calendar(rows []int) bool {
	if c.Kind == feature.Category {
		words, all := 0, 0
		for _, level := range c.levels {
			all++
			if calendarWords[strings.ToLower(strings.TrimSuffix(level, "."))] {
				words++
			}
		}
		return all >= 2 && words*10 >= all*8
	}
	name := strings.ToLower(strings.TrimPrefix(c.Name, "attributes."))
	for _, n := range notCalendar {
		if strings.Contains(name, n) {
			return false
		}
	}
	whole, most := true, 0.0
	for _, row := range rows {
		if x := c.numbers[row]; !math.IsNaN(x) {
			whole = whole && x == math.Trunc(x) && x >= 0
			most = max(most, x)
		}
	}
	return whole && most <= 366 &&
		slices.ContainsFunc(calendarNames, func(n string) bool { return strings.Contains(name, n) })
}

// unique finds what numbers the claims or names them. A number may be different everywhere and still mean something, so
// it is one only where it runs with the rows.
func (c *Column) unique(rows []int, present int) bool {
	if present < 20 {
		return false
	}
	if c.Kind == feature.Category {
		counts := map[int32]int{}
		for _, row := range rows {
			if code := c.codes[row]; code >= 0 {
				counts[code]++
			}
		}
		return len(counts)*2 > present
	}
	last, rising, distinct := math.Inf(-1), 0, 0
	for _, row := range rows {
		x := c.numbers[row]
		if math.IsNaN(x) {
			continue
		}
		if x > last {
			rising++
		}
		if x != last {
			distinct++
		}
		last = x
	}
	return rising*100 >= present*95 && distinct*100 >= present*95
}

// leaks compares what the column alone knows with what a column can know: rates of its bins from every other row, told
// to the rest, both ways.
func (c *Column) leaks(a *model.Axis, rows []int, fraud []bool, present int) string {
	bins := binsOf(c, a, rows)
	n := a.Bins(c.Kind == feature.Category)
	all := 0
	for _, f := range fraud {
		if f {
			all++
		}
	}
	if all < 5 || all == len(rows) {
		return ""
	}
	base := float64(all) / float64(len(rows))
	var frauds, counts [2][]float64
	for k := range frauds {
		frauds[k], counts[k] = make([]float64, n), make([]float64, n)
	}
	for i, bin := range bins {
		counts[i&1][bin]++
		if fraud[i] {
			frauds[i&1][bin]++
		}
	}
	scores := make([]float64, len(rows))
	for i, bin := range bins {
		k := 1 - i&1
		scores[i] = (frauds[k][bin] + 2*base) / (counts[k][bin] + 2)
	}
	if auc := measure.AUC(scores, fraud); auc >= leakAUC {
		return fmt.Sprintf("by itself it tells fraud with an AUC of %.3f: it looks like a column that is filled after the decision", auc)
	}
	// A column that hardly any but frauds have, or that they lack.
	filled := 0
	for i, bin := range bins {
		if bin != 0 && fraud[i] {
			filled++
		}
	}
	for _, side := range [][2]int{{filled, present}, {all - filled, len(rows) - present}} {
		hits, claims := side[0], side[1]
		if claims == 0 || claims == len(rows) || hits*10 < all*3 {
			continue
		}
		if share := float64(hits) / float64(claims); share >= 0.9 && share >= 3*base {
			return fmt.Sprintf("%.0f %% of the claims that have it, or lack it, are fraud: it looks like a column that is filled after the decision", 100*share)
		}
	}
	return ""
}
