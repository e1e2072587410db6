package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tallystick/anchor/follow"
	"tallystick/anchor/proof"
	"tallystick/install"
)

// following is what the flags of follow say.
type following struct {
	url, dir, http, evidence string
	policy                   proof.Policy
	every                    time.Duration
	once                     bool
}

func followCommand() *cobra.Command {
	var fl following
	cmd := &cobra.Command{
		Use:   "follow",
		Short: "Mirror another insurer's log and watch that it has one history",
		Long: `Follow looks at another insurer's log again and again: it checks the signature of each head,
that it extends the last one kept, and that the witnesses you trust have cosigned it, copies
tiles and entries, and publishes its copy in DIR/log, which any static web server can serve.

If the log ever signs two histories, both heads and the proof are kept in DIR/state/evidence
(16 at the most), a line that begins with ALERT is logged, and the command ends with exit code 3,
now and at every later start, until you move the evidence away. Give the evidence to others: they
check it with --check-evidence and the log's key, and need not believe you.

With --once it looks once: exit code 0 if all is well, 3 if a person must look at what the log
did (two histories, an older head, no signature, no quorum), 1 if it could not be reached or read.`,
		Example: `  tallystick follow --url https://acme.example/log --key 'acme.example/claims+4a7c...+AQ...' \
    --witness 'witness.example+9f01...+BA...' --quorum 1 --dir /var/lib/follow/acme
  tallystick follow --check-evidence 00.json --key 'acme.example/claims+4a7c...+AQ...'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fl.evidence != "" && fl.policy.LogKey != "" {
				return checkEvidence(cmd.OutOrStdout(), fl.evidence, fl.policy.LogKey)
			}
			if fl.url == "" || fl.dir == "" || fl.policy.LogKey == "" {
				return usageError{errors.New("--url, --key and --dir are required, or --check-evidence and --key")}
			}
			if len(fl.policy.Witnesses) > 0 && !cmd.Flags().Changed("quorum") {
				fl.policy.Quorum = len(fl.policy.Witnesses)
			}
			if err := fl.policy.Check(); err != nil {
				return usageError{err}
			}
			if fl.every < time.Second {
				return usageError{errors.New("--every: want a second or more")}
			}
			return fl.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&fl.url, "url", "", "where the log is published: http(s)://host/prefix, or a folder")
	cmd.Flags().StringVar(&fl.policy.LogKey, "key", "", "the log's verifier key (C2SP vkey)")
	cmd.Flags().StringArrayVar(&fl.policy.Witnesses, "witness", nil,
		"verifier key of a witness you trust; may be repeated")
	cmd.Flags().IntVar(&fl.policy.Quorum, "quorum", 0, "how many of the witnesses must have signed; default all")
	cmd.Flags().StringVar(&fl.dir, "dir", "", "the folder of this log's follower; one process at a time")
	cmd.Flags().DurationVar(&fl.every, "every", time.Minute, "time between two looks")
	cmd.Flags().BoolVar(&fl.once, "once", false, "look once and say what was found")
	cmd.Flags().StringVar(&fl.http, "http", "", "address for /metrics, /healthz and /readyz; empty: none")
	cmd.Flags().StringVar(&fl.evidence, "check-evidence", "", "check a file of evidence in place of following")
	return cmd
}

func (fl *following) run(ctx context.Context, out io.Writer) error {
	source, err := follow.OpenSource(fl.url)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	f, err := follow.Open(follow.Config{Dir: fl.dir, Source: source, Policy: fl.policy, Every: fl.every,
		Log: logger("info")})
	if err != nil {
		return err
	}
	if fl.once {
		err = f.Round(ctx)
		s := f.Status()
		if err == nil {
			_, err = fmt.Fprintf(out, "%s: size %d, copied to %s/log; witnesses needed %d\n", s.Origin, s.Seen, fl.dir,
				fl.policy.Quorum)
		}
	} else {
		err = runFollower(ctx, f, fl.http)
	}
	if follow.IsAlert(err) {
		err = fmt.Errorf("%w: ALERT: %w", errNotVerified, err)
	}
	return errors.Join(err, f.Close())
}

// runFollower follows until ctx is done and serves the follower's metrics.
func runFollower(ctx context.Context, f *follow.Follower, http string) error {
	metrics := prometheus.NewRegistry()
	observeFollower(f, metrics)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return f.Run(ctx) })
	g.Go(func() error { return install.Serve(ctx, http, metrics, func() error { return f.Status().Err }) })
	return g.Wait()
}

func observeFollower(f *follow.Follower, metrics prometheus.Registerer) {
	gauge := func(o prometheus.GaugeOpts, value func(follow.Status) float64) {
		metrics.MustRegister(prometheus.NewGaugeFunc(o, func() float64 { return value(f.Status()) }))
	}
	gauge(prometheus.GaugeOpts{Name: "tallystick_follow_seen",
		Help: "Of a follower: entries in the newest head of the followed log that was accepted."},
		func(s follow.Status) float64 { return float64(s.Seen) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_follow_copied",
		Help: "Of a follower: entries in the newest head of which all is copied."},
		func(s follow.Status) float64 { return float64(s.Copied) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_follow_good_seconds",
		Help: "Of a follower: time since the last look without an error; 0 if there was none since the start."},
		func(s follow.Status) float64 { return install.Since(s.Good) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_follow_failed",
		Help: "Of a follower: 1 if the last look ended with an error."},
		func(s follow.Status) float64 { return install.Truth(s.Err != nil) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_follow_alert",
		Help: "Of a follower: 1 if a person must look: two histories, an older head, no signature or no quorum."},
		func(s follow.Status) float64 { return install.Truth(s.Evidence > 0 || follow.IsAlert(s.Err)) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_follow_evidence",
		Help: "Of a follower: contradictions of the followed log that are kept as evidence; 16 at the most."},
		func(s follow.Status) float64 { return float64(s.Evidence) })
}

// checkEvidence says what a file of evidence proves.
func checkEvidence(out io.Writer, name, vkey string) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("reading the evidence: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, bundleLimit))
	if err != nil {
		return fmt.Errorf("reading the evidence: %w", err)
	}
	c, err := follow.CheckEvidence(data, vkey)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotVerified, err)
	}
	_, err = fmt.Fprintf(out, `PROVED: the key of the log %s has signed two histories.
  size %d with root %s
  size %d with root %s
The larger one, if they differ in size, does not begin with the smaller one.
NOT PROVED: which of them is true, who was shown which, and when.
`, c.Kept.Origin, c.Kept.Size, c.Kept.Root, c.Shown.Size, c.Shown.Root)
	return err
}
