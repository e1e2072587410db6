package learn

import (
	"cmp"
	"math"
	"slices"

	"tallystick/detectors/feature"
	"tallystick/detectors/model"
)

const (
	mainBins  = 256 // of a number at the most
	pairBins  = 16  // of an axis of a pair at the most
	maxLevels = 64  // of a category; the rest are other
	minLevel  = 4   // rows of a level, or it is other
)

// axisOf divides a column into bins by what it has in the rows. An axis without a cut or level says that the column is
// the same everywhere.
func axisOf(c *Column, rows []int, input, bins int) model.Axis {
	a := model.Axis{Input: input}
	if c.Kind == feature.Category {
		a.Levels = commonLevels(c, rows, min(bins, maxLevels))
		return a
	}
	values := make([]float64, 0, len(rows))
	for _, row := range rows {
		if v := c.numbers[row]; !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	distinct := slices.Compact(slices.Clone(values))
	if len(distinct) <= bins {
		for i := 1; i < len(distinct); i++ {
			a.Cuts = append(a.Cuts, between(distinct[i-1], distinct[i]))
		}
		return a
	}
	for i := 1; i < bins; i++ {
		at := i * len(values) / bins
		if at == 0 || values[at-1] == values[at] {
			for at < len(values) && at > 0 && values[at-1] == values[at] { // do not part what is equal
				at++
			}
		}
		if at == 0 || at >= len(values) {
			continue
		}
		if cut := between(values[at-1], values[at]); len(a.Cuts) == 0 || cut > a.Cuts[len(a.Cuts)-1] {
			a.Cuts = append(a.Cuts, cut)
		}
	}
	return a
}

// between returns a number over low and at or under high, a short one where it can.
func between(low, high float64) float64 {
	mid := low + (high-low)/2
	for digits := 0; digits < 6; digits++ {
		scale := math.Pow(10, float64(digits))
		if r := math.Round(mid*scale) / scale; r > low && r <= high {
			return r
		}
	}
	if mid <= low {
		return high
	}
	return mid
}

func commonLevels(c *Column, rows []int, most int) []string {
	counts := make([]int, len(c.levels))
	for _, row := range rows {
		if code := c.codes[row]; code >= 0 {
			counts[code]++
		}
	}
	var codes []int
	for code, n := range counts {
		if n >= minLevel {
			codes = append(codes, code)
		}
	}
	slices.SortFunc(codes, func(a, b int) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(c.levels[a], c.levels[b]))
	})
	codes = codes[:min(len(codes), most)]
	levels := make([]string, len(codes))
	for i, code := range codes {
		levels[i] = c.levels[code]
	}
	return levels
}

// binsOf returns the bin of each row.
func binsOf(c *Column, a *model.Axis, rows []int) []uint16 {
	out := make([]uint16, len(rows))
	if c.Kind == feature.Category {
		to := make([]uint16, len(c.levels))
		for i := range to {
			to[i] = 1
		}
		for k, level := range a.Levels {
			to[c.index[level]] = uint16(k + 2)
		}
		for i, row := range rows {
			if code := c.codes[row]; code >= 0 {
				out[i] = to[code]
			}
		}
		return out
	}
	for i, row := range rows {
		v := c.numbers[row]
		if math.IsNaN(v) {
			continue
		}
		at, same := slices.BinarySearch(a.Cuts, v)
		if same {
			at++
		}
		out[i] = uint16(at + 1)
	}
	return out
}
