package intermediary

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Reason is one thing that speaks against an intermediary.
type Reason struct {
	Rule   string  `json:"rule"`
	Weight float64 `json:"weight"` // 0 to 1
	Text   string  `json:"text"`
}

// Score is how much speaks against one intermediary or platform, from 0 to 100, and why. It decides nothing.
type Score struct {
	Figures
	Score   int
	Reasons []Reason
}

// Suspect is the score from which somebody should look.
const Suspect = 50

// Scores returns those of every intermediary, or of every platform, as of a day, the highest first. Each is held
// against what the others of the same insurer show, so that a bad year of all is nobody's fault.
func (b *Book) Scores(asOf time.Time, platforms bool) []Score {
	all := b.Figures(asOf, platforms)
	total := map[string]Figures{}
	for _, f := range all {
		t := total[f.Insurer]
		t.Issued, t.Lapsed, t.Losses, t.Late, t.AfterLoss = t.Issued+f.Issued, t.Lapsed+f.Lapsed, t.Losses+f.Losses,
			t.Late+f.Late, t.AfterLoss+f.AfterLoss
		total[f.Insurer] = t
	}
	out := make([]Score, len(all))
	for i, f := range all {
		out[i] = score(f, total[f.Insurer])
	}
	slices.SortStableFunc(out, func(a, b Score) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

func score(f, total Figures) Score {
	s := Score{Figures: f}
	add := func(rule string, weight float64, format string, args ...any) {
		s.Reasons = append(s.Reasons, Reason{rule, weight, fmt.Sprintf(format, args...)})
	}
	others := total.Issued - f.Issued
	rate := func(all, own int) float64 { return (float64(all-own) + 1) / (float64(others) + 20) }
	if f.Kept >= 3 && f.KeptShare >= 0.03 {
		add("premium-kept", grown(0.6, f.KeptShare, 0.03, 0.3),
			"Of the premiums of %d policies that were collected %d days ago and more, %.0f %% did not arrive; %d policies lack some.",
			f.Collected, grace, 100*f.KeptShare, f.Kept)
	}
	if base := rate(total.Lapsed, f.Lapsed); f.Lapsed >= 5 && share(f.Lapsed, f.Issued) >= 2*base &&
		tail(f.Lapsed, f.Issued, base) < 1e-3 {
		add("lapse-at-once", 0.6,
			"%d of %d policies ended within %d days and their commission stayed; of the others' it is %.0f %%.",
			f.Lapsed, f.Issued, early, 100*base)
	}
	if f.Shared >= 3 && share(f.Shared, f.Issued) >= 0.01 {
		add("inflated-business", grown(0.6, float64(f.Shared), 3, 12),
			"%d policies of different customers were paid from one account and ended within %d days after their commission.",
			f.Shared, early)
	}
	if f.Replaced >= 2 && share(f.Replaced, f.Issued) >= 0.01 {
		add("churning", grown(0.6, float64(f.Replaced), 2, 10),
			"%d customers were given a third policy in place of a second in place of a first, each within %d months.",
			f.Replaced, churnSpan/30)
	}
	if f.AfterLoss >= 2 && share(f.AfterLoss, f.Late) >= 0.2 {
		add("written-after-loss", grown(0.6, float64(f.AfterLoss), 2, 6),
			"%d policies were written into the books after a loss, with cover that began before it; %d were written late in all.",
			f.AfterLoss, f.Late)
	}
	if base := rate(total.Losses, f.Losses); f.Losses >= 4 && share(f.Losses, f.Issued) >= 2.5*base &&
		tail(f.Losses, f.Issued, base) < 1e-3 {
		add("early-losses", 0.55,
			"%d losses within %d days of %d new policies, on days without a storm; of the others' it is %.1f in a hundred.",
			f.Losses, soonLoss, f.Issued, 100*base)
	}
	if f.Orphans >= 3 {
		add("no-policy", 0.5, "Money was booked for %d policies that nobody issued.", f.Orphans)
	}
	rest := 1.0
	for _, r := range s.Reasons {
		rest *= 1 - r.Weight
	}
	s.Score = int(math.Round(100 * (1 - rest)))
	return s
}

// grown goes from least to 0.95 as a figure goes from one threshold to another.
func grown(least, value, from, to float64) float64 {
	return min(0.95, least+(0.95-least)*max(0, value-from)/(to-from))
}

func share(part, whole int) float64 { return float64(part) / float64(max(whole, 1)) }

// tail is how likely it is that k or more of n happen where each does with probability p.
func tail(k, n int, p float64) float64 {
	if k > n {
		k = n
	}
	if p <= 0 {
		return 0
	}
	lf := func(n int) float64 { v, _ := math.Lgamma(float64(n) + 1); return v }
	sum := 0.0
	for i := k; i <= n; i++ {
		sum += math.Exp(lf(n) - lf(i) - lf(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(1, sum)
}
