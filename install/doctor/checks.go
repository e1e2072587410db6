package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"tallystick/anchor/tilelog"
	"tallystick/detectors"
	"tallystick/install"
	"tallystick/journal"
	"tallystick/pipeline"
)

// check is one thing that doctor looks at. It returns what it saw.
type check struct {
	name  string
	needs string // the check without which this one would only say the same again
	run   func(context.Context, *install.Config) (string, error)
}

var checks = []check{
	{"rules", "", checkRules},
	{"field policy", "", checkPolicy},
	{"keys", "", CheckKeys},
	{"kafka", "", CheckKafkaConnection},
	{"kafka rights", "kafka", CheckKafkaRights},
	{"topics", "kafka rights", checkTopics},
	{"partitioner", "topics", checkPartitioner},
	{"journal", "topics", checkJournal},
	{"closings", "topics", checkClosings},
	{"clickhouse", "", checkClickHouse},
	{"log", "", checkLog},
	{"state", "", checkState},
	{"witnesses", "", checkWitnesses},
	{"time stamps", "", checkStamps},
}

// errUnused says that the configuration leaves a part out.
var errUnused = errors.New("not configured")

func Examine(ctx context.Context, c *install.Config, out io.Writer) error {
	failed := 0
	wrong := map[string]bool{} // or not looked at
	for _, ch := range checks {
		if wrong[ch.needs] {
			wrong[ch.name] = true
			fmt.Fprintf(out, "-     %-14s not looked at: see %s\n", ch.name, ch.needs)
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		saw, err := ch.run(ctx, c)
		cancel()
		switch {
		case errors.Is(err, errUnused):
			fmt.Fprintf(out, "-     %-14s %s\n", ch.name, err)
		case err != nil:
			failed++
			wrong[ch.name] = true
			fmt.Fprintf(out, "WRONG %-14s %v\n", ch.name, err)
		default:
			fmt.Fprintf(out, "ok    %-14s %s\n", ch.name, saw)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(checks))
	}
	return nil
}

func checkRules(_ context.Context, c *install.Config) (string, error) {
	set, err := install.LoadRuleSet(c.Rules)
	if err != nil {
		return "", err
	}
	cases := detectors.TestRules(set)
	for _, t := range cases {
		if !t.OK() {
			return "", fmt.Errorf("a test beside the rules fails; see `tallystick rules test`: %s", t)
		}
	}
	seen := fmt.Sprintf("%s: %d rules, %d test cases pass", set, len(set.Rules()), len(cases))
	policy, err := install.LoadPolicy(c.Policy)
	if err != nil {
		return seen, nil // the next check says why
	}
	if lacking := set.Lacking(policy.TokenPaths()); len(lacking) > 0 {
		return "", fmt.Errorf("the field policy makes no token at %s: conditions on it are never known to hold; correct the rules or the policy", strings.Join(lacking, ", "))
	}
	return seen, nil
}

func checkPolicy(_ context.Context, c *install.Config) (string, error) {
	if _, err := install.LoadPlaceholders(c.Placeholders); err != nil {
		return "", err
	}
	p, err := install.LoadPolicy(c.Policy)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d fields named, anything else is sealed", len(p.Fields())), nil
}

func CheckKeys(ctx context.Context, c *install.Config) (string, error) {
	if c.Keys.Service == "vault" {
		if err := AskVault(ctx, c); err != nil {
			return "", explainVault(c, err)
		}
	}
	keys, err := install.OpenKeys(ctx, c, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil && c.Keys.Service == "vault" {
		return "", explainVault(c, err)
	}
	if err != nil {
		return "", err
	}
	defer keys.Close()
	for _, name := range c.Insurers {
		if _, err := keys.Insurer(name); err != nil {
			return "", fmt.Errorf("insurer %s: %w", name, err)
		}
	}
	if _, err := keys.Sealing(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s has keys for %d insurers", c.Keys.Service, len(c.Insurers)), nil
}

func checkTopics(ctx context.Context, c *install.Config) (string, error) {
	client := c.Client()
	meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{}})
	if err != nil {
		return "", fmt.Errorf("kafka.brokers: no broker answers: %w", err)
	}
	t := c.Kafka.Topics
	n, err := install.CountPartitions(ctx, c, t.Claims)
	if err != nil {
		return "", err
	}
	for _, name := range []string{t.Scored, t.Keys, t.DeadLetters} {
		m, err := install.CountPartitions(ctx, c, name)
		if err != nil {
			return "", err
		}
		if m != n {
			return "", fmt.Errorf("topic %s has %d partitions, %s has %d: make them the same", name, m, t.Claims, n)
		}
	}
	if _, err := install.CountPartitions(ctx, c, t.Decisions); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d brokers, %d partitions", len(meta.Brokers), n), nil
}

// checkPartitioner says which partitioner fits what producers sent. Another one than the install's is no fault: it
// costs a way.
func checkPartitioner(ctx context.Context, c *install.Config) (string, error) {
	fit, err := pipeline.Fits(ctx, c.PipelineConfig(), 200)
	if err != nil {
		return "", err
	}
	own := c.Kafka.Partitioner
	if fit.Seen == 0 {
		return own + "; no claims lie in the topic to compare it with", nil
	}
	saw := fmt.Sprintf("%s: %d of the %d newest claims lie at home", own, fit.AtHome[own], fit.Seen)
	for _, name := range pipeline.Partitioners {
		if name != own && fit.AtHome[name] > fit.AtHome[own] {
			saw += fmt.Sprintf("; %s fits %d: the others are forwarded; have producers place by %s, or change kafka.partitioner (docs/runbooks.md#tallystickforwarding)",
				name, fit.AtHome[name], own)
		}
	}
	return saw, nil
}

func checkJournal(ctx context.Context, c *install.Config) (string, error) {
	n, err := install.CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return "", err
	}
	return "the topic keeps what is appended", journal.CheckTopic(ctx, c.Scored(), n)
}

func checkClosings(ctx context.Context, c *install.Config) (string, error) {
	if c.Anchor.Directory == "" {
		return "", fmt.Errorf("anchor.directory: %w", errUnused)
	}
	return "the topic keeps what is appended", journal.CheckTopic(ctx, c.Closings(), 1)
}

func checkClickHouse(ctx context.Context, c *install.Config) (string, error) {
	db, err := install.OpenAnalytics(ctx, c)
	if err != nil {
		return "", explainClickHouse(c, err)
	}
	if db == nil {
		return "", fmt.Errorf("clickhouse.addr: %w", errUnused)
	}
	defer db.Close()
	if err := db.CheckSchema(ctx); err != nil {
		return "", explainClickHouse(c, err)
	}
	return "the schema is this version's", nil
}

func checkLog(_ context.Context, c *install.Config) (string, error) {
	if c.Anchor.Directory == "" {
		return "", fmt.Errorf("anchor.directory: %w", errUnused)
	}
	key, err := tilelog.LoadKey(c.Anchor.KeyFile)
	if err != nil {
		return "", err
	}
	if key.Name() != c.Anchor.Origin {
		return "", fmt.Errorf("anchor.origin is %s, but the key in %s is for %s", c.Anchor.Origin, c.Anchor.KeyFile,
			key.Name())
	}
	if _, err := checkDirectory(c.Anchor.Directory); err != nil {
		return "", fmt.Errorf("anchor.directory: %w", err)
	}
	return "verifiers need the key " + key.VKey(), nil
}

func checkState(_ context.Context, c *install.Config) (string, error) {
	if c.State.Directory == "" {
		return "", fmt.Errorf("state.directory: %w: each start folds the whole journal", errUnused)
	}
	there, err := checkDirectory(c.State.Directory)
	if err != nil {
		return "", fmt.Errorf("state.directory: %w", err)
	}
	if !there {
		return "the directory will be made", nil
	}
	info, err := os.Stat(filepath.Join(c.State.Directory, pipeline.StateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "nothing is kept yet", nil
	}
	if err != nil {
		return "", fmt.Errorf("state.directory: %w", err)
	}
	return fmt.Sprintf("kept at %s, %d bytes", info.ModTime().UTC().Format(time.RFC3339), info.Size()), nil
}

// checkDirectory looks whether a directory can be written or, if it is not there yet, made. It leaves the making to the
// command that runs, whose directory it must be.
func checkDirectory(dir string) (there bool, err error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return false, err
	}
	for there = true; ; there, at = false, filepath.Dir(at) {
		_, err := os.Stat(at)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			return false, err
		}
	}
	probe := filepath.Join(at, ".doctor")
	err = os.WriteFile(probe, nil, 0o600)
	switch {
	case err == nil:
		return there, os.Remove(probe)
	case there:
		return false, fmt.Errorf("it cannot be written: %w", err)
	default:
		return false, fmt.Errorf("it is not there and cannot be made: %w", err)
	}
}

func checkWitnesses(ctx context.Context, c *install.Config) (string, error) {
	if c.Anchor.Directory == "" || len(c.Anchor.Witnesses) == 0 {
		return "", fmt.Errorf("anchor.witnesses: %w: verifiers will say \"unwitnessed\"", errUnused)
	}
	answered := 0
	var errs []error
	for _, w := range c.Anchor.Witnesses {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, nil)
		if err != nil {
			return "", fmt.Errorf("anchor.witnesses: %w", err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		res.Body.Close()
		answered++
	}
	if answered < c.Anchor.Quorum {
		return "", fmt.Errorf("%d of %d witnesses answer, and the quorum is %d: checkpoints wait: %w", answered,
			len(c.Anchor.Witnesses), c.Anchor.Quorum, errors.Join(errs...))
	}
	return fmt.Sprintf("%d of %d answer, quorum %d", answered, len(c.Anchor.Witnesses), c.Anchor.Quorum), nil
}

// checkStamps looks at the list of time authorities; the authorities themselves are asked by the run, which waits for
// none.
func checkStamps(_ context.Context, c *install.Config) (string, error) {
	if c.Anchor.Directory == "" || len(c.Anchor.Stamps.Authorities) == 0 {
		return "", fmt.Errorf("anchor.stamps.authorities: %w: proofs will say \"not time-stamped\"", errUnused)
	}
	trust, err := install.LoadTrust(c.Anchor.Stamps.Trust)
	if err != nil {
		return "", fmt.Errorf("anchor.stamps.trust_file: %w", err)
	}
	if _, err := checkDirectory(c.Anchor.Stamps.Directory); err != nil {
		return "", fmt.Errorf("anchor.stamps.directory: %w", err)
	}
	ends := trust.Ends()
	if time.Until(ends) < install.TrustWarning {
		return "", fmt.Errorf("anchor.stamps.trust_file: a certificate ends at %s: put the authority's next one beside it, and keep the old one for the stamps that it made", ends.Format(time.DateOnly))
	}
	return fmt.Sprintf("%d authorities, their certificates last until %s", len(c.Anchor.Stamps.Authorities),
		ends.Format(time.DateOnly)), nil
}
