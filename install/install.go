package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"tallystick/analytics"
	"tallystick/claim"
	"tallystick/claim/signed"
	"tallystick/detectors"
	"tallystick/detectors/rule"
	"tallystick/journal"
	"tallystick/pipeline"
	"tallystick/pipeline/desk"
	"tallystick/pipeline/settings"
	"tallystick/privacy"
	"tallystick/privacy/erasure"
	"tallystick/privacy/token"
)

// Instance is a wired instance: what `run` runs.
type Instance struct {
	cfg       *Config
	log       *slog.Logger
	metrics   *prometheus.Registry
	keys      keyService
	Pipeline  *pipeline.Pipeline
	outbound  *pipeline.Outbound
	Db        *analytics.DB
	Anchor    *anchoring
	engine    *detectors.Engine
	state     *detectors.State
	desk      *desk.Desk
	claims    *retentionWatch
	news      []newsFollower
	ruleSet   *detectors.RuleSet
	remembers bool // what is known of parties, for models
	erasures  *erasure.Follower
}

// Run opens an instance and decides claims until ctx is done. It answers for its health from the first moment: it may
// wait for Vault long before it decides anything.
func Run(ctx context.Context, c *Config, log *slog.Logger) error {
	metrics := prometheus.NewRegistry()
	var opened atomic.Pointer[Instance]
	ready := func() error {
		if in := opened.Load(); in != nil {
			return in.ready()
		}
		return errors.New("starting: keys, ClickHouse and the log are being opened")
	}
	g, gctx := errgroup.WithContext(ctx)
	serving, stop := context.WithCancel(context.WithoutCancel(ctx)) // until the end of the drain
	defer stop()
	g.Go(func() error { return Serve(serving, c.HTTP, metrics, ready) })
	g.Go(func() error {
		defer stop()
		in, err := Open(gctx, c, log, metrics)
		if err != nil {
			return err
		}
		defer in.Close()
		opened.Store(in)
		return in.Run(gctx)
	})
	err := g.Wait()
	if cause := context.Cause(ctx); cause != nil && (errors.Is(err, cause) || errors.Is(err, context.Canceled)) {
		return nil // asked to stop
	}
	return err
}

// Open wires an instance. Whatever was opened is closed again when it fails.
func Open(ctx context.Context, c *Config, log *slog.Logger, metrics *prometheus.Registry) (in *Instance, err error) {
	in = &Instance{cfg: c, log: log, metrics: metrics}
	defer func() {
		if err != nil {
			in.Close()
		}
	}()
	in.metrics.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if in.keys, err = OpenKeys(ctx, c, log, in.metrics); err != nil {
		return in, err
	}
	policy, err := LoadPolicy(c.Policy)
	if err != nil {
		return in, err
	}
	placeholders, err := LoadPlaceholders(c.Placeholders)
	if err != nil {
		return nil, err
	}
	protection, err := privacy.New(privacy.Config{Policy: policy, Placeholders: placeholders, Keys: in.keys,
		Limits: privacy.Limits{Bytes: c.MaxBytes}})
	if err != nil {
		return in, err
	}
	ruleSet, err := LoadRuleSet(c.Rules)
	if err != nil {
		return in, err
	}
	if lacking := ruleSet.Lacking(policy.TokenPaths()); len(lacking) > 0 {
		log.Warn("the field policy makes no token where rules ask for one: conditions on it are never known to hold",
			"places", lacking)
	}
	in.state = detectors.NewState(ruleSet, detectors.StateConfig{MaxClaims: c.MaxState})
	businesses, err := LoadBusinesses(c.Businesses)
	if err != nil {
		return in, err
	}
	in.state.Register(businesses)
	in.engine = detectors.NewEngine(ruleSet, in.state, detectors.Config{})
	// Before anything is folded: what was erased must not come back.
	if in.erasures, err = OpenErasures(ctx, c, log); err != nil {
		return in, err
	}
	producers, err := LoadProducers(c)
	if err != nil {
		return in, err
	}
	in.desk, err = desk.New(desk.Config{
		Protection: protection, Keys: in.keys, Engine: in.engine, State: in.state, Limits: claim.Limits{}, Log: log,
		Withheld: countWithheld(in.metrics), Producers: producers, Erased: in.erasures,
		Left:       countErased(in.metrics, in.erasures),
		SealedOnly: c.Intake == "sealed-only",
	})
	if err != nil {
		return in, err
	}
	pcfg := c.PipelineConfig()
	pcfg.Decider, pcfg.Log, pcfg.Metrics, pcfg.Session = in.desk, log, in.metrics, c.Kafka.Session
	pcfg.StateDirectory, pcfg.KeepEvery, pcfg.Version = c.State.Directory, c.State.KeepEvery, BuildVersion()
	pcfg.Erasures = in.erasures
	in.outbound = pipeline.NewOutbound(pcfg)
	pcfg.Sinks = []pipeline.Sink{in.outbound}
	if in.Db, err = OpenAnalytics(ctx, c); err != nil {
		return in, err
	}
	if in.Db != nil {
		if err := in.Db.CheckSchema(ctx); err != nil {
			return in, err
		}
		pcfg.Sinks = append(pcfg.Sinks, &AnalyticsSink{in.Db, in.Db.Sink(analytics.SinkOptions{Log: log})})
	}
	if c.Anchor.Directory != "" {
		heads := func() []journal.Position { return in.Pipeline.Heads() }
		if in.Anchor, err = openAnchoring(ctx, c, heads, log); err != nil {
			return in, err
		}
		pcfg.Sinks = append(pcfg.Sinks, in.Anchor)
	}
	if in.Pipeline, err = pipeline.New(pcfg); err != nil {
		return in, err
	}
	in.claims = newRetentionWatch(c, in.Pipeline, log, in.metrics)
	in.news = newsFollowers(in)
	in.ruleSet = ruleSet
	in.desk.Use(in.using(settings.NewState()))
	in.observe()
	return in, nil
}

// Run decides claims until ctx is done.
func (in *Instance) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	// What runs beside the pipeline ends after it: sinks still drain when it stops fetching.
	beside, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	settled := make(chan struct{})
	g.Go(func() error { return in.followSettings(beside, sync.OnceFunc(func() { close(settled) })) })
	g.Go(func() error {
		defer stop()
		select {
		case <-settled: // what partitions use is at hand before one is taken
		case <-gctx.Done():
			return nil
		}
		return in.Pipeline.Run(gctx)
	})
	g.Go(func() error { in.claims.run(beside); return nil })
	g.Go(func() error { return in.erasures.Run(beside) })
	g.Go(func() error { return in.followNews(beside) })
	if in.Anchor != nil {
		g.Go(func() error { return in.Anchor.run(beside) })
	}
	err := g.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (in *Instance) ready() error {
	if err := in.keys.Ready(); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := in.desk.Ready(); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return in.Pipeline.Ready()
}

func (in *Instance) Close() {
	var errs []error
	if in.outbound != nil {
		errs = append(errs, in.outbound.Close())
	}
	if in.Anchor != nil {
		errs = append(errs, in.Anchor.close())
	}
	if in.Db != nil {
		errs = append(errs, in.Db.Close())
	}
	if in.keys != nil {
		errs = append(errs, in.keys.Close())
	}
	if err := errors.Join(errs...); err != nil {
		in.log.Warn("closing", "error", err)
	}
}

// LoadPlaceholders reads an install's own placeholders; without a file there are those built in alone.
func LoadPlaceholders(path string) (*token.Placeholders, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the placeholders: %w", err)
	}
	p, err := token.LoadPlaceholders(text)
	if err != nil {
		return nil, fmt.Errorf("placeholders: %s: %w", path, err)
	}
	return p, nil
}

// LoadProducers reads the keys of who may send claims of each insurer; nil where the install takes claims of any
// producer.
func LoadProducers(c *Config) (signed.Keys, error) {
	if c.Producers == "" {
		return nil, nil
	}
	keys, err := signed.ReadDirectory(c.Producers, c.Insurers)
	if err != nil {
		return nil, fmt.Errorf("producers: %w", err)
	}
	return keys, nil
}

func LoadPolicy(path string) (*privacy.Policy, error) {
	if path == "" {
		path = "default"
	}
	if slices.Contains(privacy.PolicyNames, path) {
		return privacy.NamedPolicy(path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the field policy: %w", err)
	}
	return privacy.LoadPolicy(privacy.Source{Name: path, Text: text})
}

func LoadRuleSet(path string) (*detectors.RuleSet, error) {
	if path == "" {
		return detectors.LoadRules(rule.FS)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the rule set: %w", err)
	}
	return detectors.LoadFiles(detectors.File{Name: path, Data: data})
}

// OpenAnalytics returns nil where no ClickHouse is configured.
func OpenAnalytics(ctx context.Context, c *Config) (*analytics.DB, error) {
	ch := &c.ClickHouse
	if ch.Addr == "" {
		return nil, nil
	}
	o := analytics.Options{Addr: ch.Addr, Database: ch.Database, Username: ch.Username,
		Protocol: analytics.Protocol(ch.Protocol)}
	if ch.TLS {
		config, err := Trusting("clickhouse.ca_file", ch.CAFile)
		if err != nil {
			return nil, err
		}
		o.TLS = config
	}
	if ch.PasswordFile != "" {
		password, err := SecretFile("clickhouse.password_file", ch.PasswordFile)
		if err != nil {
			return nil, err
		}
		o.Password = analytics.NewSecret(password)
	}
	return analytics.Open(ctx, o)
}

// SecretFile reads a secret from a file that only its owner can read.
func SecretFile(key, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s: %s can be read by others: chmod 600 it", key, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}
