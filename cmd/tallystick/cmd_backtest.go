package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/detectors/backtest"
	"tallystick/detectors/feature"
	"tallystick/detectors/history"
	"tallystick/detectors/learn"
	"tallystick/detectors/measure"
	"tallystick/detectors/model"
	"tallystick/internal/plain"
)

func backtestCommand(g *globals) *cobra.Command {
	var past pastFlags
	var judge judgeFlags
	var modelFile, html, jsonFile, scores, rows string
	var folds int
	o := learn.Options{ID: "backtest", Version: 1}
	cmd := &cobra.Command{
		Use:   "backtest FEED.csv",
		Short: "Judge a score by what became of past claims",
		Long: `Backtest runs past claims in the order of time through the features that the stream has, scores them
and compares the scores with what became of the claims: area under the curve, average precision,
what a team of the given capacity would have found, whom it would have troubled, and calibration.

With --model it judges that model, by all claims or by those of --from or --last. Without, it fits
one on what was known before --from or --last; or, with --folds, one for each part of the claims on
all other parts. What became of a claim counts from the day on which it was known, for the memory of
parties too.`,
		Example: "  tallystick backtest --map new-feed.yaml --label is_fraud --outcome-delay 180d --last 0.3 \\\n" +
			"    --html report.html claims.csv\n" +
			"  tallystick backtest --map new-feed.yaml --label is_fraud --outcome-delay 0d --folds 5 claims.csv\n" +
			"  tallystick backtest --map new-feed.yaml --label is_fraud --outcome-delay 180d \\\n" +
			"    --model model.json --from 2026 claims.csv",
		Args: past.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen := 0
			for _, is := range []bool{judge.from != "" || judge.last > 0, folds > 0} {
				if is {
					chosen++
				}
			}
			switch {
			case folds == 1 || folds < 0 || folds > 100:
				return usageError{errors.New("--folds: want 2 to 100")}
			case modelFile == "" && chosen != 1:
				return usageError{errors.New("say what to judge by: --last 0.3, --from 2026-01-01 or --folds 5; with --model all claims are judged")}
			case modelFile != "" && folds > 0:
				return usageError{errors.New("--folds fits models of its own and does not go with --model")}
			}
			claims, err := past.read(cmd, g, args)
			if err != nil {
				return err
			}
			claims.tell(cmd.ErrOrStderr())
			h := claims.history
			o.Log = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			b := &backtesting{cmd: cmd, h: h, o: o, judge: judge}
			if rows != "" {
				f, err := os.Create(rows)
				if err != nil {
					return fmt.Errorf("writing the rows: %w", err)
				}
				defer f.Close()
				b.rows = csv.NewWriter(f)
				defer b.rows.Flush()
			}
			var r *backtest.Report
			switch {
			case modelFile != "":
				r, err = b.ofModel(modelFile)
			case folds > 0:
				r, err = b.ofFolds(folds)
			default:
				r, err = b.ofTime()
			}
			if err != nil {
				return err
			}
			r.Unreviewed = b.unreviewed
			for path, write := range map[string]func(io.Writer) error{html: r.HTML, jsonFile: r.JSON,
				scores: b.writeScores} {
				if path == "" {
					continue
				}
				if err := writeFile(path, write); err != nil {
					return err
				}
			}
			return r.Text(cmd.OutOrStdout())
		},
	}
	past.add(cmd)
	judge.add(cmd)
	cmd.Flags().StringVar(&modelFile, "model", "", "model file to judge")
	cmd.Flags().IntVar(&folds, "folds", 0,
		"judge by as many parts, drawn by chance, each scored by a model fitted on the others")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "of the folds and of fitting")
	cmd.Flags().StringSliceVar(&o.Keep, "keep", nil, "features to keep though they look like filled after the decision")
	cmd.Flags().StringSliceVar(&o.Drop, "drop", nil, "features to leave out")
	cmd.Flags().StringVar(&html, "html", "", "file for a page with pictures")
	cmd.Flags().StringVar(&jsonFile, "json", "", "file for the figures as JSON")
	cmd.Flags().StringVar(&scores, "scores", "", "file for the score of each claim judged (CSV)")
	cmd.Flags().StringVar(&rows, "rows", "",
		"file for the features of the claims fitted on and judged (CSV), to fit them with something else")
	return cmd
}

// backtesting is one run.
type backtesting struct {
	cmd   *cobra.Command
	h     *history.History
	o     learn.Options
	judge judgeFlags
	rows  *csv.Writer

	claims     []backtest.Claim
	unreviewed int
}

func (b *backtesting) ofModel(path string) (*backtest.Report, error) {
	m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	p := history.Part{Table: b.h.Table(nil), Judge: b.h.Known()}
	how := "all claims; if the model was fitted on them, this says little: judge by claims of a later time with --from"
	from, ok, err := b.judge.since(b.h)
	if err != nil {
		return nil, err
	}
	if ok {
		p = b.h.Since(from)
		how = "claims from " + from.Format(time.DateOnly) + " on"
	}
	scores, err := scoreRows(p.Table, p.Judge, m)
	if err != nil {
		return nil, err
	}
	b.claims = judged(b.h, p.Judge, scores)
	return backtest.New("Model "+m.Name(), how, b.claims, b.judge.capacity)
}

func (b *backtesting) ofTime() (*backtest.Report, error) {
	from, _, err := b.judge.since(b.h)
	if err != nil {
		return nil, err
	}
	p := b.h.Since(from)
	if err := b.writeRows(p, 0); err != nil {
		return nil, err
	}
	m, err := fitPart(b.cmd, b.h, p, b.o)
	if err != nil {
		return nil, err
	}
	for i := range b.h.Claims {
		if c := &b.h.Claims[i]; c.Outcome == 0 && !c.At.Before(from) {
			b.unreviewed++
		}
	}
	scores, err := scoreRows(p.Table, p.Judge, m)
	if err != nil {
		return nil, err
	}
	b.claims = judged(b.h, p.Judge, scores)
	how := fmt.Sprintf("fitted on %d claims, %d of them fraud, as far as known by %s; judged by those from then on",
		len(p.Fit), m.Data.Fraud, from.Format(time.DateOnly))
	return b.report("Judged by time", how, m.Left)
}

func (b *backtesting) ofFolds(n int) (*backtest.Report, error) {
	var folds []backtest.Fold
	var left []model.Leaver
	for k, part := range b.h.Folds(n, b.o.Seed) {
		p := part()
		b.o.Log("fold %d of %d", k+1, n)
		if err := b.writeRows(p, k); err != nil {
			return nil, err
		}
		m, err := fitPart(b.cmd, b.h, p, b.o)
		if err != nil {
			return nil, fmt.Errorf("fold %d: %w", k+1, err)
		}
		scores, err := scoreRows(p.Table, p.Judge, m)
		if err != nil {
			return nil, err
		}
		fraud := b.h.Fraud(p.Judge)
		folds = append(folds, backtest.Fold{Name: fmt.Sprintf("fold %d", k+1), AUC: measure.AUC(scores, fraud),
			AP: measure.AveragePrecision(scores, fraud)})
		b.claims = append(b.claims, judged(b.h, p.Judge, scores)...)
		left = m.Left
	}
	r, err := b.report(fmt.Sprintf("Judged by %d folds", n),
		"each part was scored by a model fitted on the others, drawn by chance", left)
	if err != nil {
		return nil, err
	}
	r.Folds = folds
	return r, nil
}

func (b *backtesting) report(title, how string, left []model.Leaver) (*backtest.Report, error) {
	r, err := backtest.New(title, how, b.claims, b.judge.capacity)
	if err != nil {
		return nil, err
	}
	r.Left = worthSaying(left)
	return r, nil
}

// writeScores writes what each claim was scored.
func (b *backtesting) writeScores(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"insurer", "claim", "at", "score", "fraud"}); err != nil {
		return fmt.Errorf("write the scores: %w", err)
	}
	for i := range b.claims {
		c := &b.claims[i]
		row := []string{plain.Cell(c.Insurer), plain.Cell(c.ID), c.At.Format(time.DateOnly),
			strconv.FormatFloat(c.Score, 'g', 9, 64), strconv.FormatBool(c.Fraud)}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write the scores: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

// writeRows writes the rows of a part: fold, what for, fraud, and the features. A missing value is an empty cell.
func (b *backtesting) writeRows(p history.Part, fold int) error {
	if b.rows == nil {
		return nil
	}
	names := make([]string, len(p.Table.Columns))
	head := []string{"fold", "for", "claim", "fraud"}
	for i, c := range p.Table.Columns {
		names[i] = c.Name
		head = append(head, c.Kind.String()+":"+c.Name)
	}
	if fold == 0 {
		if err := b.rows.Write(head); err != nil {
			return fmt.Errorf("write the rows: %w", err)
		}
	}
	values := make([]feature.Value, len(names))
	for what, rows := range map[string][]int{"fit": p.Fit, "judge": p.Judge} {
		fraud := b.h.Fraud(rows)
		for k, row := range rows {
			cells := []string{strconv.Itoa(fold), what, b.h.Claims[row].ID, strconv.FormatBool(fraud[k])}
			p.Table.Values(names, row, values)
			for _, v := range values {
				switch {
				case !v.Known:
					cells = append(cells, "")
				case v.Text != "":
					cells = append(cells, v.Text)
				default:
					cells = append(cells, strconv.FormatFloat(v.Number, 'g', -1, 64))
				}
			}
			if err := b.rows.Write(plain.Row(cells)); err != nil {
				return fmt.Errorf("write the rows: %w", err)
			}
		}
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return errors.Join(write(f), f.Close())
}

func parseWhen(text string) (time.Time, error) {
	w, err := claim.ParseWhen(text)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("--from: %w", err)}
	}
	return w.Time(), nil
}
