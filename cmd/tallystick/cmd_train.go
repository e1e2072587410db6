package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"tallystick/detectors/backtest"
	"tallystick/detectors/feature"
	"tallystick/detectors/history"
	"tallystick/detectors/learn"
	"tallystick/detectors/model"
)

func trainCommand(g *globals) *cobra.Command {
	var past pastFlags
	var judge judgeFlags
	var out string
	o := learn.Options{Version: 1}
	cmd := &cobra.Command{
		Use:   "train FEED.csv",
		Short: "Fit a score on past claims and their outcomes",
		Long: `Train reads past claims through a mapping, runs them in the order of time through the features that
the stream has, and fits a score on those whose outcome is known: tables over features and pairs of
them, and a logistic regression, mixed and calibrated by forward validation. It needs no server: it
tokenises under keys that it throws away.

The model is a readable file. A claim that nobody reviewed is unknown, not legitimate. An outcome
counts from the day on which it was known, so --known-at or --outcome-delay is needed. A column
that looks as if it was filled after the decision is named and left out; --keep overrules that.

With --install it learns from the journal of the configured install and the outcomes that it was told of,
row by row as they were served.

With --last or --from, it fits on what was known before and judges by what came then.`,
		Example: "  tallystick train --map new-feed.yaml --label is_fraud --outcome-delay 180d -o model.json claims.csv\n" +
			"  tallystick train --map fraud_oracle --label FraudFound_P --outcome-delay 0d --from 1996 \\\n" +
			"    -o model.json fraud_oracle.csv.gz",
		Args: past.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			claims, err := past.read(cmd, g, args)
			if err != nil {
				return err
			}
			say := cmd.ErrOrStderr()
			claims.tell(say)
			h := claims.history
			from, ok, err := judge.since(h)
			if err != nil {
				return err
			}
			part := history.Part{}
			if ok {
				part = h.Since(from)
			} else {
				part.Fit, part.Table = h.Known(), h.Table(nil)
			}
			o.Log = func(format string, args ...any) { fmt.Fprintf(say, format+"\n", args...) }
			m, err := fitPart(cmd, h, part, o)
			if err != nil {
				return err
			}
			if err := writeModel(m, out); err != nil {
				return err
			}
			digest, err := m.Digest()
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s, %s: %d features, SHA-256 %s\n", out, m.Name(), len(m.Inputs), digest)
			fmt.Fprintf(cmd.OutOrStdout(),
				"fitted on %d claims, %d of them fraud, %s to %s; in forward validation AUC %.4f, average precision %.4f\n",
				m.Data.Claims, m.Data.Fraud, m.Data.From, m.Data.To, m.Chosen.AUC, m.Chosen.Precision)
			if m.Chosen.Slope == 1 && m.Chosen.Shift == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), m.Chosen.Calibration)
			}
			for _, l := range worthSaying(m.Left) {
				fmt.Fprintf(cmd.OutOrStdout(), "left out: %s: %s\n", l.Feature, l.Why)
			}
			if err := past.sayPolicy(cmd.OutOrStdout(), m); err != nil {
				return err
			}
			if !ok {
				return nil
			}
			how := fmt.Sprintf("fitted on what was known before %s, judged by what came from then on",
				from.Format(time.DateOnly))
			r, err := judgePart(h, part, m, "Held out", how, judge.capacity)
			if err != nil {
				return err
			}
			return r.Text(cmd.OutOrStdout())
		},
	}
	past.add(cmd)
	judge.add(cmd)
	cmd.Flags().StringVarP(&out, "output", "o", "model.json", "file of the model")
	cmd.Flags().StringVar(&o.ID, "id", "fraud", "name of the model")
	cmd.Flags().IntVar(&o.Version, "version", 1, "version of the model")
	cmd.Flags().StringSliceVar(&o.Keep, "keep", nil, "features to keep though they look like filled after the decision")
	cmd.Flags().StringSliceVar(&o.Drop, "drop", nil, "features to leave out")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "of the bags; the same seed and rows give the same model")
	return cmd
}

// judgeFlags say which claims are held out to judge by.
type judgeFlags struct {
	from     string
	last     float64
	capacity float64
}

func (j *judgeFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&j.from, "from", "", "judge by the claims from this day, month or year on")
	cmd.Flags().Float64Var(&j.last, "last", 0, "judge by the last share of the claims in time, such as 0.3")
	cmd.Flags().Float64Var(&j.capacity, "capacity", 0,
		"claims that the team looks at a day; default one in twenty of those judged")
	cmd.MarkFlagsMutuallyExclusive("from", "last")
}

// since returns the moment from which on claims are held out, and whether any are.
func (j *judgeFlags) since(h *history.History) (time.Time, bool, error) {
	switch {
	case j.from != "":
		w, err := parseWhen(j.from)
		return w, true, err
	case j.last < 0 || j.last >= 1:
		return time.Time{}, false, usageError{errors.New("--last: want a share such as 0.3")}
	case j.last > 0:
		return h.Last(j.last), true, nil
	}
	return time.Time{}, false, nil
}

// fitPart fits on the rows of a part and says of which days they are.
func fitPart(cmd *cobra.Command, h *history.History, p history.Part, o learn.Options) (*model.Model, error) {
	m, err := learn.Fit(cmd.Context(), p.Table, p.Fit, h.Fraud(p.Fit), o)
	if err != nil {
		return nil, err
	}
	from, to := h.Span(p.Fit)
	m.Data.From, m.Data.To = from.Format(time.DateOnly), to.Format(time.DateOnly)
	return m, nil
}

// scoreRows returns the log-odds of rows of a table.
func scoreRows(t *learn.Table, rows []int, m *model.Model) ([]float64, error) {
	names := m.Features()
	values := make([]feature.Value, len(names))
	out := make([]float64, len(rows))
	for k, row := range rows {
		if !t.Values(names, row, values) {
			return nil, errors.New("the model wants a feature that these claims do not have: it was fitted on another mapping")
		}
		out[k] = m.Score(values)
	}
	return out, nil
}

// judged turns the rows that are judged into what a report is made of.
func judged(h *history.History, rows []int, logOdds []float64) []backtest.Claim {
	out := make([]backtest.Claim, len(rows))
	fraud := h.Fraud(rows)
	for k, row := range rows {
		c := &h.Claims[row]
		out[k] = backtest.Claim{Insurer: c.Insurer, ID: c.ID, Line: string(c.Event.Line), At: c.At,
			Score: model.Probability(logOdds[k]), Fraud: fraud[k]}
		if !c.Event.Amounts.Claimed.IsZero() {
			out[k].Amount = c.Event.Amounts.Claimed.Amount.InexactFloat64()
		}
	}
	return out
}

func judgePart(h *history.History, p history.Part, m *model.Model, title, how string,
	capacity float64) (*backtest.Report, error) {
	scores, err := scoreRows(p.Table, p.Judge, m)
	if err != nil {
		return nil, err
	}
	r, err := backtest.New(title, how, judged(h, p.Judge, scores), capacity)
	if err != nil {
		return nil, err
	}
	r.Left = worthSaying(m.Left)
	return r, nil
}

// worthSaying drops features that were left out because no claim of the feed has them.
func worthSaying(left []model.Leaver) []model.Leaver {
	return slices.DeleteFunc(slices.Clone(left), func(l model.Leaver) bool { return l.Why == learn.NothingIn })
}

func writeModel(m *model.Model, path string) error {
	f, err := renameio.NewPendingFile(path)
	if err != nil {
		return fmt.Errorf("writing the model: %w", err)
	}
	defer f.Cleanup() //nolint:errcheck // nothing is left to do after the file was put in place
	if err := m.Write(f); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// tell says what became of the rows.
func (p *pastClaims) tell(w io.Writer) {
	h := p.history
	known := h.Known()
	frauds := 0
	for _, f := range h.Fraud(known) {
		if f {
			frauds++
		}
	}
	fmt.Fprintf(w, "%d claims, %d with a known outcome, %d of them fraud\n", len(h.Claims), len(known), frauds)
	for reason, n := range p.rejected {
		fmt.Fprintf(w, "%7d rows refused: %s\n", n, reason)
	}
}

// sayPolicy says what the field policy of an install must keep so that the model sees there what it saw here.
func (p *pastFlags) sayPolicy(w io.Writer, m *model.Model) error {
	if p.policy != "" || p.install {
		return nil
	}
	mapping, err := loadMapping(p.mapping)
	if err != nil {
		return err
	}
	used := m.Features()
	text := attributePolicy(mapping, func(name string) bool {
		return slices.ContainsFunc(used, func(f string) bool {
			return f == "attributes."+name ||
				f == "attributes."+name+".days"
		})
	})
	if text != "" {
		fmt.Fprintf(w, "The model reads attributes that the built-in field policy seals. To use it, an install keeps them by a policy file with\nextends: default\nfields:\n%s", text)
	}
	return nil
}

// readModel reads a model file.
func readModel(path string) (*model.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the model: %w", err)
	}
	defer f.Close()
	m, err := model.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}
