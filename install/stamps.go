package install

import (
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tallystick/anchor"
	"tallystick/anchor/proof"
	"tallystick/anchor/timestamp"
	"tallystick/anchor/timestamp/stamper"
)

// StampsConfig says which authorities time-stamp the log's heads.
type StampsConfig struct {
	Authorities []string      `koanf:"authorities"` // addresses (RFC 3161 over HTTP); empty turns it off
	Trust       string        `koanf:"trust_file"`  // certificates of whom we believe the time, PEM
	Directory   string        `koanf:"directory"`   // of the stamps
	Every       time.Duration `koanf:"every"`       // between two stamps of an authority
}

// TrustWarning is how long before a certificate of the trust list ends people are told to renew it.
const TrustWarning = 60 * 24 * time.Hour

func (s *StampsConfig) check(bad func(key string, value any, want string)) {
	if len(s.Authorities) == 0 {
		return
	}
	names := map[string]bool{}
	for _, address := range s.Authorities {
		a, err := stamper.NewAuthority(address)
		if err != nil {
			bad("anchor.stamps.authorities", "one of them", err.Error()) // not shown: it may hold a password
			continue
		}
		if names[a.Name()] {
			bad("anchor.stamps.authorities", a.Name(), "is there twice")
		}
		names[a.Name()] = true
	}
	if len(s.Authorities) > proof.MaxStamps {
		bad("anchor.stamps.authorities", len(s.Authorities), fmt.Sprintf("want %d at the most", proof.MaxStamps))
	}
	if s.Trust == "" {
		bad("anchor.stamps.trust_file", `""`,
			"want a file with the certificates of the authorities, or of those who vouch for them, in PEM")
	}
	if s.Directory == "" {
		bad("anchor.stamps.directory", `""`, "want a directory of this log's stamps alone")
	}
	if s.Every < time.Second {
		bad("anchor.stamps.every", s.Every, "want 1s or more")
	}
}

// LoadTrust reads a list of time authorities.
func LoadTrust(name string) (*timestamp.Trust, error) {
	list, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the list of time authorities: %w", err)
	}
	trust, err := timestamp.ParseTrust(list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return trust, nil
}

// openStamps returns what has heads stamped; nil if no authority is configured.
func openStamps(s *StampsConfig, log stamper.Heads, logger *slog.Logger) (*stamper.Stamper, error) {
	if len(s.Authorities) == 0 {
		return nil, nil
	}
	cfg := stamper.Config{
		Heads: log, Store: stamper.OpenStore(s.Directory), Every: s.Every, Logger: logger,
		Trust: func() (*timestamp.Trust, error) { return LoadTrust(s.Trust) },
	}
	if _, err := cfg.Trust(); err != nil {
		return nil, fmt.Errorf("anchor.stamps.trust_file: %w", err)
	}
	for _, address := range s.Authorities {
		a, err := stamper.NewAuthority(address)
		if err != nil {
			return nil, fmt.Errorf("anchor.stamps.authorities: %w", err)
		}
		cfg.Authorities = append(cfg.Authorities, a)
	}
	return stamper.New(cfg)
}

// StampStore is where proofs find stamps; nil if none are kept.
func (c *Config) StampStore() anchor.StampStore {
	if c.Anchor.Stamps.Directory == "" {
		return nil
	}
	return stamper.OpenStore(c.Anchor.Stamps.Directory)
}

// stampMetrics shows how far each authority has come.
type stampMetrics struct {
	stamper   *stamper.Stamper
	trustFile string

	mu     sync.Mutex
	age    *prometheus.GaugeVec
	size   *prometheus.GaugeVec
	failed *prometheus.GaugeVec
	trust  prometheus.Gauge
}

func newStampMetrics(s *stamper.Stamper, trustFile string) *stampMetrics {
	return &stampMetrics{
		stamper: s, trustFile: trustFile,
		age: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_stamp_seconds",
			Help: "Time since an authority's newest time stamp on the log; 0 if there is none yet."},
			[]string{"authority"}),
		size: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_stamp_batches",
			Help: "Batches in the newest head that an authority has time-stamped."}, []string{"authority"}),
		failed: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_stamp_failed",
			Help: "1 if the last attempt to have a head time-stamped by an authority failed."}, []string{"authority"}),
		trust: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tallystick_stamp_trust_seconds",
			Help: "Time until the first certificate of the trusted time authorities ends; below 0: one has ended, or the list cannot be read."}),
	}
}

// Describe implements [prometheus.Collector].
func (m *stampMetrics) Describe(ch chan<- *prometheus.Desc) {
	m.age.Describe(ch)
	m.size.Describe(ch)
	m.failed.Describe(ch)
	m.trust.Describe(ch)
}

// Collect implements [prometheus.Collector].
func (m *stampMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.stamper.State() {
		m.age.WithLabelValues(s.Authority).Set(Since(s.At))
		m.size.WithLabelValues(s.Authority).Set(float64(s.Size))
		m.failed.WithLabelValues(s.Authority).Set(Truth(s.Err != nil))
	}
	m.trust.Set(-1)
	if trust, err := LoadTrust(m.trustFile); err == nil {
		m.trust.Set(time.Until(trust.Ends()).Seconds())
	}
	m.age.Collect(ch)
	m.size.Collect(ch)
	m.failed.Collect(ch)
	m.trust.Collect(ch)
}
