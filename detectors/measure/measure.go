package measure

import (
	"cmp"
	"math"
	"slices"
)

// descending returns the places of the scores, highest first.
func descending(scores []float64) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return order
}

// AUC is the chance that a fraud is scored above an honest claim; equal scores count half. It is NaN where one of the
// two is missing.
func AUC(scores []float64, fraud []bool) float64 {
	order := descending(scores)
	var positives, negatives, won float64
	for i := 0; i < len(order); {
		j := i
		var p, n float64
		// what is no number equals nothing, not even itself
		for ; j < len(order) && (j == i || scores[order[j]] == scores[order[i]]); j++ {
			if fraud[order[j]] {
				p++
			} else {
				n++
			}
		}
		won += n*positives + n*p/2
		positives += p
		negatives += n
		i = j
	}
	return won / (positives * negatives)
}

// AveragePrecision is the precision at each recall, weighed by the step in recall, as scikit-learn has it: equal scores
// are one step. It is NaN without a fraud.
func AveragePrecision(scores []float64, fraud []bool) float64 {
	order := descending(scores)
	var sum, hits, seen float64
	for i := 0; i < len(order); {
		j, before := i, hits
		for ; j < len(order) && (j == i || scores[order[j]] == scores[order[i]]); j++ {
			seen++
			if fraud[order[j]] {
				hits++
			}
		}
		sum += (hits - before) * hits / seen
		i = j
	}
	return sum / hits
}

// At is what a team finds that looks at the n claims scored highest.
type At struct {
	Looked    int     `json:"looked"`
	Threshold float64 `json:"threshold"` // the lowest score looked at
	Fraud     int     `json:"fraud"`
	Innocent  int     `json:"innocent"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// AtCapacity returns what is found among the n claims scored highest.
func AtCapacity(scores []float64, fraud []bool, n int) At {
	order := descending(scores)
	n = min(n, len(order))
	all := 0
	for _, f := range fraud {
		if f {
			all++
		}
	}
	a := At{Looked: n}
	for _, i := range order[:n] {
		if fraud[i] {
			a.Fraud++
		}
		a.Threshold = scores[i]
	}
	a.Innocent = n - a.Fraud
	if n > 0 {
		a.Precision = float64(a.Fraud) / float64(n)
	}
	if all > 0 {
		a.Recall = float64(a.Fraud) / float64(all)
	}
	return a
}

// Brier is the mean square of what the probabilities were off.
func Brier(probabilities []float64, fraud []bool) float64 {
	var sum float64
	for i, p := range probabilities {
		sum += (p - truth(fraud[i])) * (p - truth(fraud[i]))
	}
	return sum / float64(len(fraud))
}

// LogLoss is the mean surprise, in nats.
func LogLoss(probabilities []float64, fraud []bool) float64 {
	var sum float64
	for i, p := range probabilities {
		p = min(max(p, 1e-12), 1-1e-12)
		if fraud[i] {
			sum -= math.Log(p)
		} else {
			sum -= math.Log(1 - p)
		}
	}
	return sum / float64(len(fraud))
}

func truth(fraud bool) float64 {
	if fraud {
		return 1
	}
	return 0
}

// Bin is a group of claims with like probabilities.
type Bin struct {
	Claims int     `json:"claims"`
	Said   float64 `json:"said"` // mean probability
	Was    float64 `json:"was"`  // share of fraud
}

// Calibration returns n groups of equal size, by probability.
func Calibration(probabilities []float64, fraud []bool, n int) []Bin {
	order := descending(probabilities)
	slices.Reverse(order)
	var bins []Bin
	for b := range n {
		part := order[b*len(order)/n : (b+1)*len(order)/n]
		if len(part) == 0 {
			continue
		}
		bin := Bin{Claims: len(part)}
		for _, i := range part {
			bin.Said += probabilities[i] / float64(len(part))
			bin.Was += truth(fraud[i]) / float64(len(part))
		}
		bins = append(bins, bin)
	}
	return bins
}

// Point is a point of a curve.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Curves returns the ROC curve and precision over recall, each of at most about 200 points.
func Curves(scores []float64, fraud []bool) (roc, precision []Point) {
	order := descending(scores)
	var p, n float64
	for _, f := range fraud {
		p += truth(f)
		n += 1 - truth(f)
	}
	var hits, misses float64
	step := max(len(order)/200, 1)
	roc = append(roc, Point{})
	for k, i := range order {
		if fraud[i] {
			hits++
		} else {
			misses++
		}
		if k%step == 0 || k == len(order)-1 {
			roc = append(roc, Point{misses / n, hits / p})
			precision = append(precision, Point{hits / p, hits / (hits + misses)})
		}
	}
	return roc, precision
}
