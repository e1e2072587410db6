package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"tallystick/detectors"
	"tallystick/detectors/model"
	"tallystick/install"
	"tallystick/pipeline/settings"
)

func modelCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Say which score is live, and which runs in the shadow",
		Long: `A fitted score first runs in the shadow: it is asked about each claim and changes nothing. Promote makes
it live, rollback brings back what was in force before. Instances need no restart: each partition takes
to the new settings at one point, and its journal says where. What was changed, by whom and why stands
in the journal of settings.`,
		Example: "  tallystick model shadow model.json --reason 'fitted on 2024'\n" +
			"  tallystick model promote --capacity 40 --reason 'a month in the shadow'\n  tallystick model status",
	}
	cmd.AddCommand(modelShadowCommand(g), modelPromoteCommand(g), modelRollbackCommand(g), modelStatusCommand(g))
	return cmd
}

// who says who changes settings and why.
type who struct{ by, reason string }

func (w *who) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.reason, "reason", "", "why; required")
	cmd.Flags().StringVar(&w.by, "by", "", "who says so; default the user")
	_ = cmd.MarkFlagRequired("reason")
}

// activate puts a change into force and says what is.
func (w *who) activate(cmd *cobra.Command, g *globals,
	change func(log *settings.Log) (func(*settings.State, *settings.Active) error, error)) error {
	c, _, err := g.load()
	if err != nil {
		return err
	}
	if w.by == "" {
		u, err := user.Current()
		if err != nil {
			return usageError{errors.New("--by: say who says so")}
		}
		w.by = u.Username
	}
	return install.WithSettings(cmd.Context(), &c, func(log *settings.Log) error {
		do, err := change(log)
		if err != nil {
			return err
		}
		a, err := settings.Activate(cmd.Context(), log, time.Now(),
			func(s *settings.State, next *settings.Active) error {
				if err := do(s, next); err != nil {
					return err
				}
				next.By, next.Reason = w.by, w.reason
				return nil
			})
		if err != nil {
			return err
		}
		return sayActive(cmd.OutOrStdout(), &a)
	})
}

func modelShadowCommand(g *globals) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use:   "shadow MODEL.json",
		Short: "Run a score in the shadow of what is live",
		Long: `Shadow brings a model file into the journal of settings and has every instance ask it about each claim.
Its scores change no decision; metrics tell what it would have decided and how its scores compare with
those of the claims that it was fitted on.`,
		Example: "  tallystick model shadow model.json --reason 'fitted on 2024'",
		Args:    exactArgs(1, "one model file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := readModel(args[0])
			if err != nil {
				return err
			}
			if _, err := detectors.NewScorer(m); err != nil {
				return err
			}
			var file bytes.Buffer
			if err := m.Write(&file); err != nil {
				return err
			}
			if file.Len() > settings.MaxBlob {
				return fmt.Errorf("%s has %d bytes as it is written here: settings hold models of %d bytes at the most",
					args[0], file.Len(), settings.MaxBlob)
			}
			return w.activate(cmd, g, func(log *settings.Log) (func(*settings.State, *settings.Active) error, error) {
				ref, err := settings.Put(cmd.Context(), log, m.Name(), file.Bytes())
				return func(s *settings.State, next *settings.Active) error {
					for _, a := range s.History() {
						for _, r := range []*settings.Ref{a.Model, a.Shadow} {
							if r != nil && r.Name == ref.Name && r.Digest != ref.Digest {
								return fmt.Errorf("another model was called %s before: give this one a --version of its own when it is fitted", ref.Name)
							}
						}
					}
					next.Shadow = ref
					return nil
				}, err
			})
		},
	}
	w.add(cmd)
	return cmd
}

func modelPromoteCommand(g *globals) *cobra.Command {
	var w who
	var capacity, daily, draw float64
	var cut []float64
	cmd := &cobra.Command{
		Use:   "promote",
		Short: "Make the score in the shadow the live one",
		Long: `Promote makes the shadow live. With --capacity the bands are cut so that about as many claims a day
are to be looked at, going by the scores at fitting: the upper quarter of them is investigated and held.
Of what would settle, a share is drawn by lot and looked at all the same: without it, what is known of
outcomes would only be of what was suspected, and every figure of the score would be too good.`,
		Example: "  tallystick model promote --capacity 40 --daily 800 --reason 'a month in the shadow'\n" +
			"  tallystick model promote --cut 0.2,0.6,0.6 --draw 0 --reason 'by hand'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.activate(cmd, g, func(*settings.Log) (func(*settings.State, *settings.Active) error, error) {
				return func(s *settings.State, next *settings.Active) error {
					if next.Shadow == nil {
						return errors.New("no score runs in the shadow: `tallystick model shadow MODEL.json` comes first")
					}
					scorer, err := shadowOf(s, next.Shadow)
					if err != nil {
						return err
					}
					next.Model, next.Shadow, next.Draw = next.Shadow, nil, draw
					next.Cut, err = cutOf(scorer, capacity, daily, cut)
					return err
				}, nil
			})
		},
	}
	w.add(cmd)
	cmd.Flags().Float64Var(&capacity, "capacity", 0,
		"claims that the team looks at a day, such as 40; default: the rule set's bands")
	cmd.Flags().Float64Var(&daily, "daily", 0, "claims that come in a day; default as many as at fitting")
	cmd.Flags().Float64SliceVar(&cut, "cut", nil,
		"scores from which on a claim is reviewed, investigated and held, such as 0.2,0.6,0.6")
	cmd.Flags().Float64Var(&draw, "draw", 0.02, "share of what would settle that people look at all the same")
	cmd.MarkFlagsMutuallyExclusive("capacity", "cut")
	return cmd
}

func shadowOf(s *settings.State, r *settings.Ref) (*model.Model, error) {
	data, err := s.Blob(r)
	if err != nil {
		return nil, err
	}
	return model.Parse(data)
}

// cutOf returns the bands that were asked for; nil for the rule set's.
func cutOf(m *model.Model, capacity, daily float64, by []float64) (*settings.Cut, error) {
	switch {
	case len(by) > 0 && len(by) != 3:
		return nil, usageError{errors.New("--cut: want three scores, such as 0.2,0.6,0.6")}
	case len(by) == 3:
		return &settings.Cut{Review: by[0], Investigate: by[1], Hold: by[2]}, nil
	case capacity == 0:
		return nil, nil
	}
	if daily == 0 {
		daily = m.Data.Daily()
	}
	review, err := m.CutFor(capacity / daily)
	if err != nil {
		return nil, usageError{fmt.Errorf("--capacity: %w", err)}
	}
	investigate, err := m.CutFor(capacity / daily / 4)
	if err != nil {
		return nil, usageError{fmt.Errorf("--capacity: %w", err)}
	}
	review = min(max(review, 1e-6), 0.999)
	investigate = min(max(investigate, math.Nextafter(review, 1)), 0.9999)
	return &settings.Cut{Review: review, Investigate: investigate, Hold: investigate, Capacity: capacity}, nil
}

func modelRollbackCommand(g *globals) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use:     "rollback",
		Short:   "Bring back what was in force before",
		Long:    "Rollback puts into force again what was before the live score was promoted: score, bands and draw.",
		Example: "  tallystick model rollback --reason 'flags a whole region'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.activate(cmd, g, func(*settings.Log) (func(*settings.State, *settings.Active) error, error) {
				return func(s *settings.State, next *settings.Active) error { return rollback(s, next) }, nil
			})
		},
	}
	w.add(cmd)
	return cmd
}

// rollback finds what was live before.
func rollback(s *settings.State, next *settings.Active) error {
	same := func(a, b *settings.Ref) bool { return a == b || a != nil && b != nil && *a == *b }
	all := s.History()
	if len(all) == 0 || next.Model == nil {
		return errors.New("no score is live: there is nothing to roll back")
	}
	for i := len(all) - 1; i >= 0; i-- {
		if same(all[i].Model, next.Model) {
			continue
		}
		next.Model, next.Cut, next.Draw, next.Shadow = all[i].Model, all[i].Cut, all[i].Draw, nil
		return nil
	}
	next.Model, next.Cut, next.Draw, next.Shadow = nil, nil, 0, nil
	return nil
}

func modelStatusCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Say which score is live, since when and why",
		Long:    "Status reads the journal of settings: what is in force, and what was before. It changes nothing.",
		Example: "  tallystick model status",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			return modelStatus(cmd.Context(), &c, cmd.OutOrStdout())
		},
	}
}

func modelStatus(ctx context.Context, c *install.Config, out io.Writer) error {
	state, err := install.ReadSettings(ctx, c)
	if err != nil {
		return err
	}
	a := state.Active()
	if err := sayActive(out, &a); err != nil {
		return err
	}
	if a.Model == nil {
		fmt.Fprintln(out, "the score is the rules' sum of judgements: uncalibrated")
	} else if m, err := shadowOf(state, a.Model); err != nil {
		fmt.Fprintf(out, "the live model cannot be read: %v\n", err)
	} else {
		fmt.Fprintf(out, "%s: fitted on %d claims, %d of them fraud, %s to %s; %s\n", m.Name(), m.Data.Claims,
			m.Data.Fraud, m.Data.From, m.Data.To, m.Chosen.Calibration)
	}
	all := state.History()
	for i := len(all) - 2; i >= 0 && i >= len(all)-6; i-- {
		fmt.Fprint(out, "before: ")
		if err := sayActive(out, &all[i]); err != nil {
			return err
		}
	}
	return nil
}

func sayActive(w io.Writer, a *settings.Active) error {
	name := func(r *settings.Ref) string {
		if r == nil {
			return "none"
		}
		return fmt.Sprintf("%s (%.12s)", r.Name, r.Digest)
	}
	if a.Number == 0 {
		_, err := fmt.Fprintln(w, "no settings were activated: rules alone")
		return err
	}
	cut := "the rule set's bands"
	if a.Cut != nil {
		cut = fmt.Sprintf("review from %.4g, investigate from %.4g, hold from %.4g", a.Cut.Review, a.Cut.Investigate,
			a.Cut.Hold)
	}
	_, err := fmt.Fprintf(w, "settings %d of %s by %s: live %s, shadow %s; %s; %g %% of what would settle drawn; %s\n",
		a.Number, a.At.Format(time.RFC3339), a.By, name(a.Model), name(a.Shadow), cut, 100*a.Draw, a.Reason)
	return err
}
