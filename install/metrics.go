package install

import (
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tallystick/pipeline"
)

// The pipeline counts what it does; here is what an operator asks of the install as a whole, read from the parts at
// each scrape. docs/metrics.md lists all of it. No label ever holds data of a claim.

// observe publishes what the parts say of themselves. Call it once, after everything is wired.
func (in *Instance) observe() {
	gauge := func(o prometheus.GaugeOpts, value func() float64) {
		in.metrics.MustRegister(prometheus.NewGaugeFunc(o, value))
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_build_info",
		Help: "1, with the version of the binary and of the Go that built it."}, []string{"version", "go"})
	build.WithLabelValues(BuildVersion(), runtime.Version()).Set(1)
	in.metrics.MustRegister(build)
	gauge(prometheus.GaugeOpts{Name: "tallystick_ready",
		Help: "1 if the instance decides claims: keys are there, state is loaded, the consumer group is joined."},
		func() float64 { return Truth(in.ready() == nil) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_state_loaded",
		Help: "1 once windows and links were loaded from the journal after the start."},
		func() float64 { return Truth(in.Pipeline.Heads() != nil) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_state_claims",
		Help: "Claims in the detectors' windows and links."},
		func() float64 { return float64(in.state.Stats().Claims) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_state_claims_limit",
		Help: "Most claims that windows and links hold (max_state_claims); then the oldest go."},
		func() float64 { return float64(in.cfg.MaxState) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_state_bytes",
		Help: "Estimate of the memory of windows and links."},
		func() float64 { return float64(in.state.Stats().Bytes) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_state_forgotten",
		Help: "Claims dropped from windows and links by age or by the ceiling."},
		func() float64 { return float64(in.state.Stats().Forgot) })
	in.metrics.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "tallystick_claims_unsearched_total",
			Help: "Claims joined with more others than are searched for a ring."},
			func() float64 { return float64(in.engine.Bounded().Unsearched) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "tallystick_claims_padded_total",
			Help: "Claims with more tokens than windows and links keep."},
			func() float64 { return float64(in.engine.Bounded().Padded) }))
	gauge(prometheus.GaugeOpts{Name: "tallystick_known_revisions",
		Help: "Revisions of claims by which duplicates are told: all of the journal, at 60 to 70 bytes each; nothing bounds them."}, func() float64 { return float64(in.desk.Revisions()) })
	in.metrics.MustRegister(newSinkMetrics(in.Pipeline))
	in.observeNews(gauge)
	in.metrics.MustRegister(newModelMetrics(in))
	if in.Anchor != nil {
		in.observeAnchor(gauge)
	}
}

func (in *Instance) observeAnchor(gauge func(prometheus.GaugeOpts, func() float64)) {
	closer, publisher := in.Anchor.closer, in.Anchor.publisher
	gauge(prometheus.GaugeOpts{Name: "tallystick_anchor_open_entries",
		Help: "Entries that are decided and in no closed batch yet."},
		func() float64 { n, _ := closer.Open(); return float64(n) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_anchor_open_seconds",
		Help: "Age of the oldest entry in no closed batch; 0 if there is none."},
		func() float64 { _, at := closer.Open(); return Since(at) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_anchor_batches_closed",
		Help: "Batches that are closed, of all instances."}, func() float64 { return float64(closer.Batches()) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_anchor_batches_signed",
		Help: "Batches in the newest head that the log has signed."},
		func() float64 { return float64(publisher.State().Signed) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_anchor_batches_published",
		Help: "Batches in the newest head that every ledger holds with its quorum of witnesses; 0 until the first after a start."}, func() float64 { return float64(publisher.State().Published) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_anchor_waiting_seconds",
		Help: "How long a signed head has waited for witnesses or ledgers; 0 if none waits."},
		func() float64 { return Since(publisher.State().Waiting) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_anchor_failed",
		Help: "1 if the last attempt to publish failed."},
		func() float64 { return Truth(publisher.State().Err != nil) })
	if in.Anchor.Chain != nil {
		observeChain(in.Anchor.Chain, gauge)
	}
	if in.Anchor.stamps != nil {
		in.metrics.MustRegister(newStampMetrics(in.Anchor.stamps, in.cfg.Anchor.Stamps.Trust))
	}
	if in.Anchor.witnesses != nil {
		in.metrics.MustRegister(newWitnessMetrics(in.Anchor))
	}
}

// countWithheld returns what counts the kept values that are sealed. A path is one of the registry, so there are few.
func countWithheld(reg prometheus.Registerer) func(path string) {
	sealed := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_kept_values_sealed_total",
		Help: "Values that the policy keeps and that were sealed because they lack their field's form or hold an identifier, by path."},
		[]string{"path"})
	reg.MustRegister(sealed)
	return func(path string) { sealed.WithLabelValues(path).Inc() }
}

func Truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Since is 0 for the zero time.
func Since(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return time.Since(t).Seconds()
}

// sinkMetrics are made anew at each scrape, so that partitions which other instances own now do not linger.
type sinkMetrics struct {
	pipeline *pipeline.Pipeline

	mu      sync.Mutex
	behind  *prometheus.GaugeVec
	writing *prometheus.GaugeVec
}

func newSinkMetrics(p *pipeline.Pipeline) *sinkMetrics {
	return &sinkMetrics{
		pipeline: p,
		behind: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_sink_behind",
			Help: "Decided records that a sink lacks, in each partition that this instance feeds it."},
			[]string{"sink", "partition"}),
		writing: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_sink_writing_seconds",
			Help: "How long the write in progress has taken, its retries included; 0 if there is none."},
			[]string{"sink"}),
	}
}

func (m *sinkMetrics) Describe(ch chan<- *prometheus.Desc) {
	m.behind.Describe(ch)
	m.writing.Describe(ch)
}

func (m *sinkMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.behind.Reset()
	for _, s := range m.pipeline.SinkProgress() {
		for p, n := range s.Behind {
			m.behind.WithLabelValues(s.Name, strconv.Itoa(p)).Set(float64(n))
		}
		m.writing.WithLabelValues(s.Name).Set(Since(s.Writing))
	}
	m.behind.Collect(ch)
	m.writing.Collect(ch)
}

// witnessMetrics are read from the quorum at each scrape.
type witnessMetrics struct {
	anchor *anchoring

	mu   sync.Mutex
	up   *prometheus.GaugeVec
	size *prometheus.GaugeVec
	age  *prometheus.GaugeVec
}

func newWitnessMetrics(a *anchoring) *witnessMetrics {
	return &witnessMetrics{
		anchor: a,
		up: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_witness_up",
			Help: "1 if the key of the witness cosigned when it was last asked, or has not been asked since the start."}, []string{"witness", "key"}),
		size: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_witness_size",
			Help: "Batches in the newest head that the witness has cosigned since the start."},
			[]string{"witness", "key"}),
		age: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_witness_seconds",
			Help: "Time since the witness last cosigned; 0 if it has not since the start."},
			[]string{"witness", "key"}),
	}
}

func (m *witnessMetrics) Describe(ch chan<- *prometheus.Desc) {
	m.up.Describe(ch)
	m.size.Describe(ch)
	m.age.Describe(ch)
}

func (m *witnessMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.anchor.witnesses.Status() {
		m.up.WithLabelValues(s.Name, s.Key).Set(Truth(s.Err == nil))
		m.size.WithLabelValues(s.Name, s.Key).Set(float64(s.Size))
		m.age.WithLabelValues(s.Name, s.Key).Set(Since(s.At))
	}
	m.up.Collect(ch)
	m.size.Collect(ch)
	m.age.Collect(ch)
}
