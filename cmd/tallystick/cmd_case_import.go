package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tallystick/audit"
	"tallystick/cases"
	"tallystick/install"
)

// maxBacklogLine bounds a line of a backlog.
const maxBacklogLine = 64 << 10

// backlogLine is a case of another system.
type backlogLine struct {
	Insurer      string       `json:"insurer"`
	Claim        string       `json:"claim"`
	Line         string       `json:"line"`
	Score        float64      `json:"score,omitzero"`
	Outcome      string       `json:"outcome,omitzero"` // review, investigate; none: review
	Money        *cases.Money `json:"money,omitzero"`
	Jurisdiction string       `json:"jurisdiction,omitzero"`
	Assignee     string       `json:"assignee,omitzero"`
}

func caseImport(g *globals, u *caseUser) *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Open cases for the backlog of another system",
		Long: `Import reads a file of JSON lines, one case each: insurer, claim, line and, where they are known,
score, outcome (review or investigate), money {amount, currency}, jurisdiction (such as US-CA) and
assignee. A claim that has a case is left as it is, so a second run changes nothing. Each deadline
counts from now.`,
		Example: `  echo '{"insurer":"acme","claim":"M-1","line":"motor","assignee":"sofia"}' > backlog.jsonl
  tallystick case import backlog.jsonl --role lead`,
		Args: exactArgs(1, "a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			backlog, err := readBacklog(args[0])
			if err != nil {
				return err
			}
			return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
				var opened atomic.Int64
				gate := audit.Gate{Trail: w.Trail, Rights: u, Code: caseErrorCode}
				act := audit.Act{
					Person: u.name,
					Act:    "case.import",
					Right:  string(cases.RightOpen),
					Object: audit.Object{Count: len(backlog)},
				}
				err := gate.Do(ctx, act, func(ctx context.Context, entry int64) error {
					lines, ctx := errgroup.WithContext(ctx)
					lines.SetLimit(200) // which share the journal's batches
					for i, line := range backlog {
						lines.Go(func() error {
							added, err := w.importLine(ctx, u, fmt.Sprintf("import-%d-%d", entry, i), line)
							if err != nil {
								return fmt.Errorf("%s, line %d: %w", args[0], i+1, err)
							}
							if added {
								opened.Add(1)
							}
							return nil
						})
					}
					return lines.Wait()
				})
				n := int(opened.Load())
				fmt.Fprintf(cmd.OutOrStdout(), "%d cases opened, %d were there\n", n, len(backlog)-n)
				return err
			})
		},
	}
}

func readBacklog(path string) ([]backlogLine, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []backlogLine
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 0, 4096), maxBacklogLine)
	for n := 1; lines.Scan(); n++ {
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.DisallowUnknownFields()
		var line backlogLine
		if err := d.Decode(&line); err != nil {
			return nil, fmt.Errorf("%s, line %d: no case of a backlog: %w", path, n, err)
		}
		out = append(out, line)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return out, nil
}

// importLine opens a case, and gives it to its assignee. It reports false where the claim has one.
func (w *casework) importLine(ctx context.Context, u *caseUser, id string, line backlogLine) (bool, error) {
	actor, err := u.actor()
	if err != nil {
		return false, err
	}
	if line.Outcome == "" {
		line.Outcome = "review"
	}
	f := cases.Finding{
		ClaimRef: cases.ClaimRef{Insurer: line.Insurer, Claim: line.Claim}, Revision: 1, Line: line.Line,
		Score:   line.Score,
		Outcome: line.Outcome, Money: line.Money, Jurisdiction: line.Jurisdiction, At: time.Now().UTC(),
		Place: cases.Place{Offset: -1},
	}
	a, err := w.Cases.OpenByHand(ctx, actor, id, cases.ByImport, f)
	var there *cases.ConflictError
	if errors.As(err, &there) {
		return false, nil
	}
	if err != nil || line.Assignee == "" {
		return err == nil, err
	}
	_, err = w.Cases.Do(
		ctx,
		actor,
		cases.Command{ID: id + "-a", Case: a.Case, Expect: a.Version, Act: cases.Assign{To: line.Assignee}},
	)
	return err == nil, err
}
