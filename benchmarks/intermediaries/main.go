package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"tallystick/benchmarks/report"
	"tallystick/intermediary"
	"tallystick/intermediary/market"
)

// What a figure must reach.
const (
	gateRecall    = 0.9
	gatePrecision = 0.8
)

func main() {
	from := flag.Uint64("seed", 1000, "first seed; those below 100 were looked at")
	n := flag.Int("seeds", 10, "how many")
	flag.Parse()
	if err := run(*from, *n); err != nil {
		fmt.Fprintln(os.Stderr, "intermediaries:", err)
		os.Exit(1)
	}
}

func run(from uint64, n int) error {
	var r report.Report
	r.Note("load average %s; %d markets from seed %d", report.LoadAverage(), n, from)
	var schemes, found, wrong, events int
	missed, accused := map[string]int{}, map[string]int{}
	var folding time.Duration
	for seed := from; seed < from+uint64(n); seed++ {
		m := market.New("alpha", seed)
		suspects, took, err := suspects(m)
		if err != nil {
			return err
		}
		folding, events, schemes = folding+took, events+len(m.Events), schemes+len(m.Truth)
		for name, scheme := range m.Truth {
			if suspects[name] {
				found++
			} else {
				missed[scheme]++
			}
		}
		for name := range suspects {
			if m.Truth[name] == "" {
				wrong++
				accused[m.Alike[name]]++
			}
		}
	}
	r.Note("missed by scheme: %v; wrongly suspected by look-alike: %v", missed, accused)
	recall, precision := float64(found)/float64(schemes), float64(found)/float64(max(1, found+wrong))
	r.Note("recall %.4f, gate %.2f; precision %.4f, gate %.2f", recall, gateRecall, precision, gatePrecision)
	r.Add("intermediary_recall", recall, "of 1", "gate", recall/gateRecall)
	r.Add("intermediary_precision", precision, "of 1", "gate", precision/gatePrecision)
	r.Add("intermediary_events_per_s", float64(events)/folding.Seconds(), "events/s", "none", 0)
	if err := r.Print(os.Stdout); err != nil {
		return err
	}
	if recall < gateRecall || precision < gatePrecision {
		return errors.New("a figure is below its gate")
	}
	return nil
}

// suspects folds a market as a journal brings it, and says who is suspected and how long that took.
func suspects(m market.Market) (map[string]bool, time.Duration, error) {
	values := make([][]byte, len(m.Events))
	for i := range m.Events {
		data, err := intermediary.Encode(&m.Events[i])
		if err != nil {
			return nil, 0, err
		}
		values[i] = data
	}
	start := time.Now()
	var b intermediary.Book
	for _, value := range values {
		e, err := intermediary.Decode(value)
		if err != nil {
			return nil, 0, err
		}
		b.Add(e, value)
	}
	out := map[string]bool{}
	for _, s := range b.Scores(market.End, false) {
		if s.Score >= intermediary.Suspect {
			out[s.Name] = true
		}
	}
	return out, time.Since(start), nil
}
