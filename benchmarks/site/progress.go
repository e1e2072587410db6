package site

import (
	"context"
	"time"
)

// Sinks that everything must have gone through before a claim counts as done.
var Sinks = []string{"decisions", "clickhouse", "anchor"}

// Mark is how far an instance was at a moment, since its start.
type Mark struct {
	At      time.Time
	Decided float64 // source records with an entry in the journal
	Slowest float64 // the same, of the sink that is furthest behind
	CPU     time.Duration
	Values  map[string]float64 // see [Instance.Scrape]
}

// Mark asks the instance how far it is; an error says that it does not answer (yet).
func (p *Instance) Mark(ctx context.Context) (Mark, error) {
	values, err := p.Scrape(ctx)
	if err != nil {
		return Mark{}, err
	}
	entries := values["tallystick_entries_total"]
	m := Mark{At: time.Now(), CPU: p.CPU(), Decided: entries - values["tallystick_entries_total/raised"],
		Values: values}
	m.Slowest = m.Decided
	for _, sink := range Sinks {
		if entries > 0 {
			m.Slowest = min(m.Slowest, m.Decided*values["tallystick_sink_entries_total/"+sink]/entries)
		}
	}
	return m, nil
}
