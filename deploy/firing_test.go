package deploy

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// history holds, for each series, its value at each minute before now; minute 0 is now, 60 is an hour ago.
type history map[string]func(minutesAgo float64) float64

func always(v float64) func(float64) float64 { return func(float64) float64 { return v } }

// counting is a counter that grows by so much a minute and did until so many minutes ago.
func counting(perMinute, until float64) func(float64) float64 {
	return func(ago float64) float64 { return 1e6 - perMinute*max(ago, until) }
}

// sinceMinutes is 0 until so many minutes ago and grows by one a second since.
func sinceMinutes(start float64) func(float64) float64 {
	return func(ago float64) float64 { return max(0, (start-ago)*60) }
}

// healthy is an install of one instance and one partition on a good day.
func healthy() history {
	const at = `job="tallystick",instance="a:9464"`
	return history{
		`up{` + at + `}`:                                                       always(1),
		`process_start_time_seconds{` + at + `}`:                               always(1000),
		`tallystick_partitions_owned{` + at + `}`:                              always(1),
		`tallystick_ready{` + at + `}`:                                         always(1),
		`tallystick_source_end{` + at + `,partition="0"}`:                      counting(1000, 0),
		`tallystick_source_position{` + at + `,partition="0"}`:                 counting(1000, 0),
		`tallystick_source_retention_left_seconds{` + at + `,partition="0"}`:   always(604000),
		`tallystick_source_retention_seconds{` + at + `}`:                      always(604800),
		`tallystick_source_retention_failures_total{` + at + `}`:               always(3),
		`tallystick_stage_seconds_bucket{` + at + `,stage="decide",le="0.5"}`:  counting(60, 0),
		`tallystick_stage_seconds_bucket{` + at + `,stage="decide",le="4"}`:    counting(60, 0),
		`tallystick_stage_seconds_bucket{` + at + `,stage="decide",le="+Inf"}`: counting(60, 0),
		`tallystick_state_claims{` + at + `}`:                                  always(200000),
		`tallystick_state_claims_limit{` + at + `}`:                            always(500000),
		`tallystick_state_keep_failures_total{` + at + `}`:                     always(2),
		`tallystick_keys_expire_seconds{` + at + `}`:                           always(550),
		`tallystick_keys_failures_total{` + at + `}`:                           always(1),
		`tallystick_dead_letters_total{` + at + `,code="missing"}`:             counting(2, 0),
		`tallystick_entries_total{` + at + `,kind="decided"}`:                  counting(1000, 0),
		`tallystick_outcomes_total{` + at + `,outcome="settle"}`:               counting(950, 0),
		`tallystick_outcomes_total{` + at + `,outcome="review"}`:               counting(50, 0),
		`tallystick_journal_superseded_total{` + at + `}`:                      always(2),
		`tallystick_journal_void_total{` + at + `,reason="stale"}`:             counting(1, 0),
		`tallystick_sink_writing_seconds{` + at + `,sink="clickhouse"}`:        always(1),
		`tallystick_sink_behind{` + at + `,sink="clickhouse",partition="0"}`:   always(900),
		`tallystick_anchor_open_seconds{` + at + `}`:                           always(50),
		`tallystick_anchor_waiting_seconds{` + at + `}`:                        always(2),
		`tallystick_witness_up{` + at + `,witness="w"}`:                        always(1),
	}
}

// TestAlertsFireWhenTheyShould evaluates every alert with Prometheus's own engine: on a good day none fires, and on a
// bad one those that are named do, no others.
func TestAlertsFireWhenTheyShould(t *testing.T) {
	const at = `job="tallystick",instance="a:9464"`
	days := map[string]struct {
		change history
		gone   []string // names of series that are not there
		fires  []string
	}{
		"a good day": {},
		"an instance is away, another decides": {
			change: history{`up{` + at + `}`: always(0),
				`tallystick_partitions_owned{job="tallystick",instance="b:9464"}`: always(1)},
			fires: []string{"TallystickDown"},
		},
		"nothing runs": {
			change: history{`up{` + at + `}`: always(0)}, gone: []string{"tallystick_"},
			fires: []string{"TallystickDown", "TallystickNobodyDecides"},
		},
		"it starts again and again": {
			change: history{`process_start_time_seconds{` + at + `}`: func(ago float64) float64 {
				return float64(-int(ago / 5))
			}},
			fires: []string{"TallystickRestarts"},
		},
		"it waits for keys": {
			change: history{
				`tallystick_ready{` + at + `}`:               always(0),
				`tallystick_keys_expire_seconds{` + at + `}`: func(ago float64) float64 { return 60 * (ago - 2) },
				`tallystick_keys_failures_total{` + at + `}`: counting(4, 0),
			},
			fires: []string{"TallystickKeysExpire", "TallystickNotReady"},
		},
		"a partition stands still": {
			change: history{`tallystick_source_position{` + at + `,partition="0"}`: counting(1000, 20)},
			fires:  []string{"TallystickStuck"},
		},
		"an owner that lost a partition goes on showing its last position": {
			change: history{`tallystick_source_position{job="tallystick",instance="b:9464",partition="0"}`: always(5)},
		},
		"claims come faster than they are decided": {
			change: history{`tallystick_source_position{` + at + `,partition="0"}`: func(ago float64) float64 {
				return 1e6 - 60000 - 500*ago
			}},
			fires: []string{"TallystickBehind"},
		},
		"claims are about to be deleted": {
			change: history{`tallystick_source_retention_left_seconds{` + at + `,partition="0"}`: always(150000)},
			fires:  []string{"TallystickClaimsExpire"},
		},
		"claims are kept for ever": {
			change: history{`tallystick_source_retention_seconds{` + at + `}`: always(0)},
			gone:   []string{"tallystick_source_retention_left_seconds"},
		},
		"the retention cannot be asked": {
			change: history{`tallystick_source_retention_failures_total{` + at + `}`: counting(2, 0)},
			fires:  []string{"TallystickRetentionUnknown"},
		},
		"batches are slow": {
			change: history{`tallystick_stage_seconds_bucket{` + at + `,stage="decide",le="0.5"}`: counting(50, 0)},
			fires:  []string{"TallystickSlow"},
		},
		"windows are full": {
			change: history{`tallystick_state_claims{` + at + `}`: always(499000)},
			fires:  []string{"TallystickStateFull"},
		},
		"the disk of the state is full": {
			change: history{`tallystick_state_keep_failures_total{` + at + `}`: counting(0.1, 0)},
			fires:  []string{"TallystickStateNotKept"},
		},
		"a producer sends what cannot be decided": {
			change: history{`tallystick_dead_letters_total{` + at + `,code="missing"}`: counting(200, 0)},
			fires:  []string{"TallystickDeadLetters"},
		},
		"a producer has another partitioner": {
			change: history{`tallystick_entries_total{` + at + `,kind="forwarded"}`: counting(300, 0)},
			fires:  []string{"TallystickForwarding"},
		},
		"four times as much is held": {
			change: history{`tallystick_outcomes_total{` + at + `,outcome="review"}`: func(ago float64) float64 {
				return 1e8 - 250*min(ago, 4320) - 50*max(0, ago-4320)
			}},
			fires: []string{"TallystickUnusualOutcomes"},
		},
		"two owners append": {
			change: history{`tallystick_journal_superseded_total{` + at + `}`: counting(2, 0)},
			fires:  []string{"TallystickOwnersContend"},
		},
		"somebody else writes to the journal": {
			change: history{`tallystick_journal_void_total{` + at + `,reason="foreign"}`: counting(1, 0)},
			fires:  []string{"TallystickForeignRecords"},
		},
		"ClickHouse is away": {
			change: history{
				`tallystick_sink_writing_seconds{` + at + `,sink="clickhouse"}`: sinceMinutes(90),
				`tallystick_sink_behind{` + at + `,sink="clickhouse",partition="0"}`: func(ago float64) float64 {
					return max(0, 1000*(90-ago))
				},
			},
			fires: []string{"TallystickSinkAway", "TallystickSinkBehind"},
		},
		"nothing is closed": {
			change: history{`tallystick_anchor_open_seconds{` + at + `}`: sinceMinutes(30)},
			fires:  []string{"TallystickBatchStaysOpen"},
		},
		"the time authority is away": {
			change: history{`tallystick_stamp_failed{` + at + `,authority="a"}`: always(1)},
			fires:  []string{"TallystickNotStamped"},
		},
		"the time authority's certificate ends": {
			change: history{`tallystick_stamp_trust_seconds{` + at + `}`: always(86400)},
			fires:  []string{"TallystickStampTrustEnds"},
		},
		"claims of another kind come": {
			change: history{`tallystick_model_stability_index{` + at + `,model="fraud@3",place="live"}`: always(0.4)},
			fires:  []string{"TallystickScoreDrifts"},
		},
		"the witness is away": {
			change: history{`tallystick_witness_up{` + at + `,witness="w"}`: always(0),
				`tallystick_anchor_waiting_seconds{` + at + `}`: sinceMinutes(60)},
			fires: []string{"TallystickNotAnchored", "TallystickWitnessAway"},
		},
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e7, Timeout: time.Minute})
	seen := map[string]bool{}
	for name, day := range days {
		t.Run(name, func(t *testing.T) {
			h := healthy()
			maps.DeleteFunc(h, func(series string, _ func(float64) float64) bool {
				return slices.ContainsFunc(day.gone, func(name string) bool { return strings.HasPrefix(series, name) })
			})
			maps.Copy(h, day.change)
			var fired []string
			for _, a := range alerts(t) {
				if h.fires(t, engine, a) {
					fired = append(fired, a.Alert)
					seen[a.Alert] = true
				}
			}
			slices.Sort(fired)
			if !slices.Equal(fired, day.fires) {
				t.Errorf("fires %v, want %v", fired, day.fires)
			}
		})
	}
	for _, a := range alerts(t) {
		if !seen[a.Alert] {
			t.Errorf("no day makes %s fire", a.Alert)
		}
	}
}

// now is when alerts are evaluated.
var now = time.Unix(1_800_000_000, 0)

// fires reports whether the alert has been true for as long as it must be, looking once a minute.
func (h history) fires(t *testing.T, engine *promql.Engine, a alert) bool {
	t.Helper()
	var wait time.Duration
	if a.For != "" {
		d, err := model.ParseDuration(a.For)
		if err != nil {
			t.Fatal(err)
		}
		wait = time.Duration(d)
	}
	query, err := engine.NewRangeQuery(t.Context(), h, nil, a.Expr, now.Add(-wait), now, time.Minute)
	if err != nil {
		t.Fatalf("%s: %v", a.Alert, err)
	}
	defer query.Close()
	result := query.Exec(t.Context())
	matrix, err := result.Matrix()
	if err != nil {
		t.Fatalf("%s: %v", a.Alert, err)
	}
	return slices.ContainsFunc(matrix, func(s promql.Series) bool { return len(s.Floats) == int(wait/time.Minute)+1 })
}

// Querier makes the history one that Prometheus's engine reads.
func (h history) Querier(from, to int64) (storage.Querier, error) {
	return historyQuerier{h, from, to}, nil
}

type historyQuerier struct {
	history  history
	from, to int64
}

func (q historyQuerier) Select(_ context.Context, _ bool, hints *storage.SelectHints,
	matchers ...*labels.Matcher) storage.SeriesSet {
	from, to := q.from, q.to
	if hints != nil {
		from, to = hints.Start, hints.End
	}
	set := &seriesSet{at: -1}
	for name, value := range q.history {
		ls, err := parser.ParseMetric(name)
		if err != nil {
			return storage.ErrSeriesSet(err)
		}
		if slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(ls.Get(m.Name)) }) {
			continue
		}
		var found samples
		const step = int64(time.Minute/time.Millisecond) / 2
		for ms := from - from%step; ms <= to; ms += step {
			ago := now.Sub(time.UnixMilli(ms)).Minutes()
			found = append(found, sample{ms, value(ago)})
		}
		set.all = append(set.all, series{ls, found})
	}
	slices.SortFunc(set.all, func(a, b series) int { return labels.Compare(a.ls, b.ls) })
	return set
}

func (historyQuerier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string,
	annotations.Annotations, error) {
	return nil, nil, nil
}

func (historyQuerier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string,
	annotations.Annotations, error) {
	return nil, nil, nil
}

func (historyQuerier) Close() error { return nil }

type seriesSet struct {
	all []series
	at  int
}

func (s *seriesSet) Next() bool                        { s.at++; return s.at < len(s.all) }
func (s *seriesSet) At() storage.Series                { return s.all[s.at] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

type series struct {
	ls      labels.Labels
	samples samples
}

func (s series) Labels() labels.Labels { return s.ls }
func (s series) Iterator(chunkenc.Iterator) chunkenc.Iterator {
	return storage.NewListSeriesIterator(s.samples)
}

type samples []sample

func (s samples) Get(i int) chunks.Sample { return s[i] }
func (s samples) Len() int                { return len(s) }

type sample struct {
	ms    int64
	value float64
}

func (s sample) T() int64                      { return s.ms }
func (s sample) F() float64                    { return s.value }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }
