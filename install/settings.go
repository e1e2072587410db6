package install

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/detectors"
	"tallystick/detectors/model"
	"tallystick/journal"
	"tallystick/journal/statelog"
	"tallystick/pipeline"
	"tallystick/pipeline/desk"
	"tallystick/pipeline/settings"
)

// lookForSettings is how often a journal of settings that is missing is looked for: it is made with the first model.
const lookForSettings = 5 * time.Second

// followSettings tells the desk what it decides under, from the beginning of the journal until ctx is done. It calls
// settled once, when what was in force when it began is in use.
func (in *Instance) followSettings(ctx context.Context, settled func()) error {
	for {
		_, err := CountPartitions(ctx, in.cfg, in.cfg.Kafka.Topics.Settings)
		switch {
		case err == nil:
			return in.foldSettings(ctx, settled)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, pipeline.ErrTopicMissing):
			settled()
		default:
			in.log.Warn("asking for the journal of settings, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookForSettings):
		}
	}
}

func (in *Instance) foldSettings(ctx context.Context, settled func()) error {
	state := settings.NewState()
	fold, err := journal.OpenFold(ctx, in.cfg.Settings(), 0, journal.Position{})
	if err != nil {
		return fmt.Errorf("opening the journal of settings: %w", err)
	}
	if err := fold.CatchUp(ctx, state.Apply); err != nil {
		return fmt.Errorf("folding the journal of settings: %w", err)
	}
	for {
		if err := in.take(ctx, state); err != nil {
			return err
		}
		settled()
		batch, err := fold.Next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("folding the journal of settings: %w", err)
		}
		if err := state.Apply(batch); err != nil {
			return err
		}
	}
}

// take puts into use what is in force, once what it needs is at hand.
func (in *Instance) take(ctx context.Context, state *settings.State) error {
	if state.Active().Number == in.desk.Using().Number {
		return nil
	}
	u := in.using(state)
	if u.Scoring != nil && (u.Scoring.Model != nil || u.Scoring.Shadow != nil) && !in.remembers {
		in.log.Info("what is known of parties is read from the journal; claims are decided as before until it is")
		if err := in.rememberParties(ctx); err != nil {
			return err
		}
		in.remembers = true
	}
	in.desk.Use(u)
	a := state.Active()
	log := in.log.With("number", a.Number, "by", a.By, "model", nameOf(a.Model), "shadow", nameOf(a.Shadow))
	if u.Err != nil {
		log.Error("settings were activated that this instance cannot use: it takes no claims", "error", u.Err)
		return nil
	}
	log.Info("settings were activated: partitions use them from their next claim on")
	return nil
}

func nameOf(r *settings.Ref) string {
	if r == nil {
		return ""
	}
	return r.Name
}

// using makes of what is in force what the desk decides under.
func (in *Instance) using(state *settings.State) *desk.Using {
	a := state.Active()
	u := &desk.Using{Number: a.Number, Draw: a.Draw, Scoring: &detectors.Scoring{},
		Settings: []claim.Setting{{Name: "ruleset", Digest: in.ruleSet.Digest()}}}
	scorer := func(what string, r *settings.Ref) *detectors.Scorer {
		if r == nil {
			return nil
		}
		s, digest, err := ReadScorer(state, r)
		if err != nil {
			u.Err = errors.Join(u.Err, fmt.Errorf("%s %s: %w", what, r.Name, err))
			return nil
		}
		u.Settings = append(u.Settings, claim.Setting{Name: what, Digest: digest})
		return s
	}
	u.Scoring.Model, u.Scoring.Shadow = scorer("model", a.Model), scorer("shadow", a.Shadow)
	u.Model = nameOf(a.Model)
	if c := a.Cut; c != nil {
		u.Scoring.Cut = &detectors.Cut{Review: c.Review, Investigate: c.Investigate, Hold: c.Hold}
	}
	slices.SortFunc(u.Settings, func(a, b claim.Setting) int { return strings.Compare(a.Name, b.Name) })
	return u
}

// ReadScorer reads a model out of the journal of settings.
func ReadScorer(state *settings.State, r *settings.Ref) (*detectors.Scorer, claim.Hash, error) {
	var digest claim.Hash
	data, err := state.Blob(r)
	if err != nil {
		return nil, digest, err
	}
	m, err := model.Parse(data)
	if err != nil {
		return nil, digest, err
	}
	s, err := detectors.NewScorer(m)
	if err != nil {
		return nil, digest, err
	}
	raw, err := hex.DecodeString(r.Digest)
	if err != nil {
		return nil, digest, fmt.Errorf("the digest of %s: %w", r.Name, err)
	}
	copy(digest[:], raw)
	return s, digest, nil
}

// rememberParties reads the whole journal for what is known of parties. What is decided meanwhile is remembered as it
// comes.
func (in *Instance) rememberParties(ctx context.Context) error {
	in.state.Remember()
	n, err := CountPartitions(ctx, in.cfg, in.cfg.Kafka.Topics.Scored)
	if err != nil {
		return err
	}
	var decoder entry.Decoder
	for p := range n {
		_, err := journal.Scan(ctx, in.cfg.Scored(), p, func(b journal.Batch) error {
			for i := range b.Records {
				e, err := decoder.Decode(b.Records[i].Value)
				if err == nil {
					err = in.state.RememberEntry(e)
				}
				if err != nil {
					in.log.Warn("an entry is not remembered for models", "partition", p, "offset", b.Records[i].Offset,
						"error", err)
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("reading what is known of parties from partition %d of the journal: %w", p, err)
		}
	}
	return nil
}

// modelMetrics are read from the models in use at each scrape.
type modelMetrics struct {
	in *Instance

	mu        sync.Mutex
	number    prometheus.Gauge
	stability *prometheus.GaugeVec
	decisions *prometheus.GaugeVec
}

func newModelMetrics(in *Instance) *modelMetrics {
	return &modelMetrics{
		in: in,
		number: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tallystick_settings_number",
			Help: "Number of the settings that new claims are decided under; 0 before any."}),
		stability: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_model_stability_index",
			Help: "Population stability index of the latest 5,000 scores against those at fitting; over 0.25 the claims are others. 0 below 200 scores."},
			[]string{"model", "place"}),
		decisions: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_model_decisions",
			Help: "Claims by what the model alone would have them be, since this instance took to it; place is live or shadow."},
			[]string{"model", "place", "outcome"}),
	}
}

func (m *modelMetrics) Describe(ch chan<- *prometheus.Desc) {
	m.number.Describe(ch)
	m.stability.Describe(ch)
	m.decisions.Describe(ch)
}

func (m *modelMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stability.Reset()
	m.decisions.Reset()
	u := m.in.desk.Using()
	m.number.Set(float64(u.Number))
	if u.Scoring != nil {
		m.read("live", u.Scoring.Model)
		m.read("shadow", u.Scoring.Shadow)
	}
	m.number.Collect(ch)
	m.stability.Collect(ch)
	m.decisions.Collect(ch)
}

func (m *modelMetrics) read(place string, s *detectors.Scorer) {
	if s == nil {
		return
	}
	psi, _ := s.Drift.Stability()
	m.stability.WithLabelValues(s.Name(), place).Set(psi)
	for o, n := range s.Drift.Outcomes() {
		m.decisions.WithLabelValues(s.Name(), place, string(o)).Set(float64(n))
	}
}

// WithSettings opens the journal of settings for who changes them, and makes its topic if it is missing.
func WithSettings(ctx context.Context, c *Config, do func(*settings.Log) error) error {
	err := journal.CreateTopic(ctx, c.Settings(), journal.TopicOptions{Partitions: 1, Replication: c.Kafka.Replication})
	if err != nil {
		return err
	}
	log, err := statelog.Open(ctx, statelog.Config{Journal: c.Settings()}, settings.NewState())
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	running, stop := context.WithCancel(ctx)
	g.Go(func() error { return log.Run(running) })
	g.Go(func() error {
		defer stop()
		return do(log)
	})
	return g.Wait()
}

// ReadSettings folds the journal of settings to its present end. A journal that is missing is an empty one.
func ReadSettings(ctx context.Context, c *Config) (*settings.State, error) {
	state := settings.NewState()
	if _, err := CountPartitions(ctx, c, c.Kafka.Topics.Settings); errors.Is(err, pipeline.ErrTopicMissing) {
		return state, nil
	} else if err != nil {
		return nil, err
	}
	if _, err := journal.Scan(ctx, c.Settings(), 0, state.Apply); err != nil {
		return nil, fmt.Errorf("folding the journal of settings: %w", err)
	}
	return state, nil
}
