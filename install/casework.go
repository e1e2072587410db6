package install

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"tallystick/audit"
	"tallystick/cases"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
	"tallystick/pipeline"
	"tallystick/privacy/keys/vault"
	"tallystick/privacy/keys/wrapkey"
)

// SetupCases makes the topics of cases and audit that are missing, and returns when the brokers know of them.
func SetupCases(ctx context.Context, c *Config) error {
	for _, j := range []journal.Config{c.casesJournal(), c.AuditJournal()} {
		if err := journal.CreateTopic(ctx, j,
			journal.TopicOptions{Partitions: 1, Replication: c.Kafka.Replication}); err != nil {
			return err
		}
	}
	if err := cases.CreateKeyTopic(ctx, c.Client(), c.Kafka.Topics.CaseKeys, c.Kafka.Replication); err != nil {
		return err
	}
	return await(ctx, 30*time.Second, func() (settled bool, err error) {
		err = c.haveCases(ctx)
		return err == nil, err
	})
}

// Casework is what people's commands on cases need: the cases, and the audit trail with its gate. Close ends it.
type Casework struct {
	Cases *cases.Cases
	Trail *audit.Trail
	stop  context.CancelFunc
	group *errgroup.Group
}

func OpenCasework(ctx context.Context, c *Config, log *slog.Logger) (*Casework, error) {
	if err := c.haveCases(ctx); err != nil {
		return nil, err
	}
	cfg, err := c.casesConfig(ctx, log)
	if err != nil {
		return nil, err
	}
	w := &Casework{}
	if w.Cases, err = cases.Open(ctx, cfg); err != nil {
		return nil, err
	}
	if w.Trail, err = audit.Open(ctx, audit.Config{Journal: c.AuditJournal(), Logger: log}); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop, w.group = stop, new(errgroup.Group)
	w.group.Go(func() error { return w.Cases.Run(running) })
	w.group.Go(func() error { return w.Trail.Run(running) })
	return w, nil
}

func (w *Casework) Close() error {
	w.stop()
	return w.group.Wait()
}

// haveCases says what to do where the topics were never made.
func (c *Config) haveCases(ctx context.Context) error {
	for _, topic := range []string{c.Kafka.Topics.Cases, c.Kafka.Topics.Audit, c.Kafka.Topics.CaseKeys} {
		if _, err := CountPartitions(ctx, c, topic); errors.Is(err, pipeline.ErrTopicMissing) {
			return fmt.Errorf("topic %s does not exist: `tallystick case setup` makes it", topic)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) casesConfig(ctx context.Context, log *slog.Logger) (cases.Config, error) {
	cfg := cases.Config{Journal: c.casesJournal(), Logger: log, State: c.Cases.State}
	if path := c.Cases.Codes; path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return cfg, fmt.Errorf("cases.codes: %w", err)
		}
		if cfg.Codes, err = cases.ParseCodes(data); err != nil {
			return cfg, fmt.Errorf("cases.codes: %s: %w", path, err)
		}
	}
	if path := c.Cases.Deadlines; path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return cfg, fmt.Errorf("cases.deadlines: %w", err)
		}
		if cfg.Deadlines, err = cases.ParseTable(data); err != nil {
			return cfg, fmt.Errorf("cases.deadlines: %s: %w", path, err)
		}
	}
	if c.Cases.KeyFile != "" || c.Cases.RoleID != "" {
		keys, err := c.caseKeys(ctx)
		if err != nil {
			return cfg, err
		}
		cfg.Keys = keys
	}
	if c.Cases.Exhibits != "" {
		folder, err := cases.NewFolder(c.Cases.Exhibits)
		if err != nil {
			return cfg, err
		}
		cfg.Exhibits = folder
	}
	return cfg, nil
}

// caseKeys opens the keys of notes and exhibits.
func (c *Config) caseKeys(ctx context.Context) (*cases.KeyTopic, error) {
	wrapper, err := c.caseWrapper(ctx)
	if err != nil {
		return nil, err
	}
	return cases.OpenKeyTopic(
		journal.Config{Addr: kafka.TCP(c.Kafka.Brokers...), Transport: c.Transport, Topic: c.Kafka.Topics.CaseKeys},
		wrapper,
	)
}

// wrapNames says where in Vault the key is that wraps those of notes and exhibits.
func (c *Config) wrapNames() wrapkey.Names {
	v := c.Keys.Vault
	return wrapkey.Names{Key: v.Prefix + "-casework", Transit: v.Mount, AppRole: v.AppRole}
}

// caseWrapper wraps by Vault, or by a file where there is none.
func (c *Config) caseWrapper(ctx context.Context) (cases.Wrapper, error) {
	if c.Cases.RoleID != "" {
		client, err := VaultClient(c)
		if err != nil {
			return nil, err
		}
		client.ClearToken()
		return wrapkey.Open(ctx, wrapkey.Config{
			Client: client, Names: c.wrapNames(), RoleID: c.Cases.RoleID,
			SecretID: func() (string, error) { return SecretFile("cases.secret_id_file", c.Cases.SecretID) },
		})
	}
	text, err := SecretFile("cases.key_file", c.Cases.KeyFile)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("cases.key_file: want 32 bytes in base64, such as `openssl rand -base64 32` prints")
	}
	defer clear(key)
	wrapper, err := cases.NewLocalWrapper(key)
	if err != nil {
		return nil, fmt.Errorf("cases.key_file: %w", err)
	}
	return wrapper, nil
}

// SetupWrapping makes in Vault the key that wraps those of notes and exhibits, and returns the id of the role that may
// use it. Where cases.secret_id_file does not exist a new secret id is written there.
func (c *Config) SetupWrapping(ctx context.Context, client *api.Client) (roleID string, err error) {
	n := c.wrapNames()
	if roleID, err = wrapkey.Setup(ctx, client, n); err != nil || c.Cases.SecretID == "" {
		return roleID, err
	}
	// The file is taken first: a secret id that nobody keeps would stay valid all the same.
	f, err := os.OpenFile(c.Cases.SecretID, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return roleID, nil
	}
	if err != nil {
		return "", fmt.Errorf("cases.secret_id_file: %w", err)
	}
	credentials, err := vault.NewCredentials(ctx, client, VaultNames(c), n.Key)
	if err != nil {
		return "", errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	_, err = f.WriteString(credentials.SecretID + "\n")
	return roleID, errors.Join(err, f.Close())
}

// Relay opens cases for what is decided and tells of people's answers, until ctx ends.
func (w *Casework) Relay(ctx context.Context, c *Config) error {
	partitions, err := CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	cfg := cases.RelayConfig{Journal: c.Scored(), Threshold: c.Cases.Threshold, Read: readFinding}
	for p := range partitions {
		g.Go(func() error { return w.Cases.Relay(ctx, cfg, p) })
	}
	g.Go(func() error { return w.Cases.RelayAnswers(ctx, "decisions", &answeredDecisions{c}) })
	return g.Wait()
}

// readFinding is what a case needs of an entry of the journal of claims. It is the one place that knows the entry's
// form.
func readFinding(partition int, r journal.Record) (cases.Finding, bool, error) {
	var e claim.Entry
	if err := entry.Decode(r.Value, &e); err != nil {
		return cases.Finding{}, false, err
	}
	if e.Decision == nil {
		return cases.Finding{}, false, nil
	}
	d := e.Decision
	f := cases.Finding{
		ClaimRef: cases.ClaimRef{
			Insurer: e.Insurer,
			Claim:   e.Claim,
		}, Revision: e.Revision, Line: string(e.Line), Score: d.Score, Base: d.Base,
		Outcome: string(d.Outcome), Hold: d.Hold, At: e.At, Place: cases.Place{Partition: partition, Offset: r.Offset},
	}
	for _, reason := range d.Reasons {
		f.Reasons = append(f.Reasons, cases.Reason{Rule: reason.Rule, Weight: reason.Weight})
	}
	for _, ring := range d.Rings {
		ref := cases.RingRef{ID: ring.ID, Size: len(ring.Claims)}
		for _, m := range ring.Claims[:min(len(ring.Claims), cases.MaxMembers)] {
			ref.Members = append(ref.Members, cases.ClaimRef(m))
		}
		f.Rings = append(f.Rings, ref)
	}
	readOpen(e.Values, &f)
	return f, true, nil
}

// readOpen takes what a queue shows from the fields that the entry has in clear.
func readOpen(values []claim.Value, f *cases.Finding) {
	var money cases.Money
	region, known := "", false
	for i := range values {
		text := string(values[i].Bytes)
		switch values[i].Path.Text {
		case "amounts.claimed.amount":
			if d, err := claim.ParseAmount(text); err == nil {
				money.Amount, known = d, true
			}
		case "amounts.claimed.currency":
			money.Currency = text
		case "loss.time":
			f.Loss = text
		case "loss.place.country":
			f.Jurisdiction = text
		case "loss.place.region":
			region = text
		}
	}
	if known && money.Currency != "" {
		f.Money = &money
	}
	if region != "" && len(region) <= 3 && f.Jurisdiction != "" {
		f.Jurisdiction += "-" + region
	}
}

// answeredDecisions publishes people's answers on the public topic of decisions.
type answeredDecisions struct{ c *Config }

// Publish implements cases.Outcomes. The version names the entry of the journal of cases, so that a consumer that has
// seen it passes over a second copy.
func (a *answeredDecisions) Publish(ctx context.Context, o cases.Outcome) error {
	d := claim.PublicDecision{
		Schema: claim.PublicVersion, Insurer: o.Claim.Insurer, Claim: o.Claim.Claim, Revision: o.Claim.Revision,
		Version: fmt.Sprintf(
			"case-%d",
			o.Seq,
		), Supersedes: claim.DecisionVersion(o.Claim.Place.Partition, o.Claim.Place.Offset),
		Score: o.Claim.Score, Decision: claim.Investigate, Action: claim.Hold, DecidedAt: o.At,
		Reasons: []claim.PublicReason{},
	}
	if o.Verdict == cases.Clear {
		d.Decision, d.Action = claim.Settle, claim.Release
	}
	for _, code := range o.Reasons {
		d.Reasons = append(d.Reasons, claim.PublicReason{Rule: "person-" + string(o.Verdict) + "@1", Text: code})
	}
	value, err := d.Encode()
	if err != nil {
		return fmt.Errorf("encoding a person's decision: %w", err)
	}
	w := &kafka.Writer{
		Addr: kafka.TCP(
			a.c.Kafka.Brokers...), Transport: a.c.Transport, Topic: a.c.Topics().Public(d.Insurer),
		Balancer:     kafka.Murmur2Balancer{},
		RequiredAcks: kafka.RequireAll, BatchSize: 1,
	}
	defer w.Close()
	if err := w.WriteMessages(ctx, kafka.Message{Key: claim.Key(d.Insurer, d.Claim), Value: value}); err != nil {
		return fmt.Errorf("publishing a person's decision: %w", err)
	}
	return nil
}
