package pipeline

import "github.com/prometheus/client_golang/prometheus"

// metrics of a pipeline. No label ever holds data of a claim.
type metrics struct {
	entries    *prometheus.CounterVec
	dead       *prometheus.CounterVec
	outcomes   *prometheus.CounterVec
	batches    prometheus.Counter
	superseded prometheus.Counter
	late       prometheus.Counter
	voids      *prometheus.CounterVec
	stage      *prometheus.HistogramVec
	position   *prometheus.GaugeVec
	sourceEnd  *prometheus.GaugeVec
	owned      prometheus.Gauge

	stateKept     prometheus.Gauge
	stateFailures prometheus.Counter

	sinkRows    *prometheus.CounterVec
	sinkErrors  *prometheus.CounterVec
	sinkSeconds *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	buckets := prometheus.ExponentialBuckets(0.0005, 2, 15)
	m := &metrics{
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_entries_total",
			Help: "Entries appended to the journal, by kind."}, []string{"kind"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_dead_letters_total",
			Help: "Records refused, by reason code."}, []string{"code"}),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_outcomes_total",
			Help: "Decisions, by outcome."}, []string{"outcome"}),
		batches: prometheus.NewCounter(prometheus.CounterOpts{Name: "tallystick_journal_batches_total",
			Help: "Batches appended to the journal."}),
		superseded: prometheus.NewCounter(prometheus.CounterOpts{Name: "tallystick_journal_superseded_total",
			Help: "Appends that lost to another owner and did not count."}),
		late: prometheus.NewCounter(prometheus.CounterOpts{Name: "tallystick_late_raises_total",
			Help: "Claims scored anew outside of a decision: for news, or because other instances decided members of their ring at the same moment."}),
		voids: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_journal_void_total",
			Help: "Record batches in the journal that do not count, seen while folding, by reason."},
			[]string{"reason"}),
		stage: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tallystick_stage_seconds",
			Help: "Time of a batch in a stage.", Buckets: buckets}, []string{"stage"}),
		position: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_source_position",
			Help: "Offset of claims up to which all records are decided."}, []string{"partition"}),
		sourceEnd: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_source_end",
			Help: "End offset of claims when last fetched."}, []string{"partition"}),
		owned: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tallystick_partitions_owned",
			Help: "Partitions this instance decides."}),
		stateKept: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tallystick_state_kept_timestamp_seconds",
			Help: "When the state was kept in its file, in Unix time; 0 when never."}),
		stateFailures: prometheus.NewCounter(prometheus.CounterOpts{Name: "tallystick_state_keep_failures_total",
			Help: "Times that the state could not be kept in its file."}),
		sinkRows: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_sink_entries_total",
			Help: "Entries written to a sink, repeats included."}, []string{"sink"}),
		sinkErrors: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_sink_errors_total",
			Help: "Failed calls of a sink."}, []string{"sink"}),
		sinkSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tallystick_sink_write_seconds",
			Help: "Time of a write to a sink, retries included.", Buckets: buckets}, []string{"sink"}),
	}
	reg.MustRegister(m.entries, m.dead, m.outcomes, m.batches, m.superseded, m.late, m.voids, m.stage, m.position,
		m.sourceEnd,
		m.owned, m.stateKept, m.stateFailures, m.sinkRows, m.sinkErrors, m.sinkSeconds)
	return m
}
