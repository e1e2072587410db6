package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tallystick/cases"
	"tallystick/install"
)

// actCommand is the command of one act on one case.
type actCommand struct {
	name, short, long, example string
	flags                      func(*cobra.Command) actOf
}

func caseActs() []actCommand {
	return []actCommand{
		{
			name: "take", short: "Take a case that nobody has",
			long: `Take gives the case to you. It needs a case that is open; of two people who take it one wins, and the
other is told who and when. It never takes a case from somebody else: a lead assigns it.`,
			example: "  tallystick case take C-12",
			flags: func(*cobra.Command) actOf {
				return func() (cases.Act, error) { return cases.Take{}, nil }
			},
		},
		{
			name: "release", short: "Give a case back to the queue",
			long: `Release puts an open case back into the queue, for whoever takes it next. It needs your own case, or the
role lead. Notes, exhibits and deadlines stay as they are.`,
			example: "  tallystick case release C-12",
			flags: func(*cobra.Command) actOf {
				return func() (cases.Act, error) { return cases.Release{}, nil }
			},
		},
		{
			name: "assign", short: "Give a case to a person, or to who has the least to do",
			long: `Assign gives an open case to the person of --to. Without --to it goes to whoever of the roster works on its
line, is there, is in its group and has the least to do. It needs the role lead, and never gives a case
to somebody who has left.`,
			example: "  tallystick case assign C-12 --role lead --to sofia\n" +
				"  tallystick case assign C-12 --role lead",
			flags: assignAct,
		},
		{
			name: "snooze", short: "Put a case off until a time",
			long: `Snooze takes an open case out of the queue until the time of --until, at most a year ahead. It needs a case
that is yours or nobody's, or the role lead. It never moves a deadline.`,
			example: "  tallystick case snooze C-12 --until 2026-12-24\n  tallystick case snooze C-12 --until 72h",
			flags:   snoozeAct,
		},
		{
			name: "determine", short: "Record that fraud is determined, which starts clocks of the law",
			long: `Determine records that the insurer holds fraud to be determined, and starts the deadlines that the law
counts from then. It needs a case that was confirmed or referred. It never tells an authority: somebody
does, and the command referred records it.`,
			example: "  tallystick case determine C-12",
			flags: func(*cobra.Command) actOf {
				return func() (cases.Act, error) { return cases.Determine{}, nil }
			},
		},
		{
			name: "referred", short: "Record that the file went to an authority",
			long: `Referred records to which authority the file went, and meets the deadlines that count from the day on which
fraud was determined. It needs the authority's name in --to. It never sends anything.`,
			example: "  tallystick case referred C-12 --to 'California Department of Insurance'",
			flags:   referredAct,
		},
		{
			name: "contest", short: "Record that the subject objects",
			long: `Contest records that the subject objects, which starts the deadline for an answer; a closed case is open
again. It needs a reason of the install's list. The earlier answer stays in the chronology.`,
			example: "  tallystick case contest C-12 --reason subject-letter",
			flags:   reasonAct(func(r string) cases.Act { return cases.Contest{Reason: r} }),
		},
		{
			name: "reopen", short: "Open a closed case again",
			long: `Reopen opens a case that was answered, and starts its deadlines anew. It needs the role lead and a reason of
the install's list. The earlier answer stays in the chronology; a merged case is never opened again.`,
			example: "  tallystick case reopen C-12 --role lead --reason new-evidence",
			flags:   reasonAct(func(r string) cases.Act { return cases.Reopen{Reason: r} }),
		},
		{
			name: "merge", short: "Let a case go on in another one",
			long: `Merge ends a case and lets its claims go on in that of --into. Both must be open, of one insurer and under
the same need to know. It needs the role lead and a reason of the install's list, and cannot be undone
but by taking claims out with detach.`,
			example: "  tallystick case merge C-13 --role lead --into C-12 --reason same-ring",
			flags:   mergeAct,
		},
		{
			name: "detach", short: "Take a claim out of a case and open one of its own for it",
			long: `Detach takes the claim of --claim out of an open case and opens another case for it; its rings stay with the
case that it leaves. It needs the role lead and a reason of the install's list. It never takes a case's
only claim.`,
			example: "  tallystick case detach C-12 --role lead --claim acme/C-2026-000042 --reason wrong-link",
			flags:   detachAct,
		},
		{
			name: "deadline", short: "Set, move or meet a deadline",
			long: `Deadline sets the deadline of --name to the day of --due, or with --met says that it is met. With neither it
is no longer asked for. It needs the role lead and a reason of the install's list, and never sets a day
that is over.`,
			example: "  tallystick case deadline C-12 --role lead --name decide --due 2026-12-24 --reason extension-granted\n" +
				"  tallystick case deadline C-12 --role lead --name decide --met --reason met",
			flags: deadlineAct,
		},
		{
			name: "restrict", short: "Put a case under need to know",
			long: `Restrict hides a case from all but the group of --to, the person who has it and leads; without --to that is
lifted. It needs the role lead and a reason of the install's list. What others saw before stays in the
audit trail.`,
			example: "  tallystick case restrict C-12 --role lead --to special-investigations --reason employee\n" +
				"  tallystick case restrict C-12 --role lead --reason lifted",
			flags: restrictAct,
		},
	}
}

// actOf makes the act from the flags when the command runs.
type actOf func() (cases.Act, error)

func assignAct(cmd *cobra.Command) actOf {
	to := cmd.Flags().String("to", "", "the person; without it whoever of the roster has the least to do")
	return func() (cases.Act, error) { return cases.Assign{To: *to, Auto: *to == ""}, nil }
}

func snoozeAct(cmd *cobra.Command) actOf {
	until := cmd.Flags().String("until", "", "a date such as 2026-12-24, or a time such as 72h from now")
	return func() (cases.Act, error) {
		if d, err := time.ParseDuration(*until); err == nil {
			return cases.Snooze{Until: time.Now().Add(d)}, nil
		}
		t, err := time.ParseInLocation(time.DateOnly, *until, time.Local)
		if err != nil {
			return nil, usageError{errors.New("--until: want a date such as 2026-12-24, or a time such as 72h")}
		}
		return cases.Snooze{Until: t}, nil
	}
}

func reasonAct(make func(string) cases.Act) func(*cobra.Command) actOf {
	return func(cmd *cobra.Command) actOf {
		reason := cmd.Flags().String("reason", "", "a code of the install")
		return func() (cases.Act, error) { return make(*reason), nil }
	}
}

func mergeAct(cmd *cobra.Command) actOf {
	into := cmd.Flags().String("into", "", "the case that goes on")
	reason := cmd.Flags().String("reason", "", "a code of the install")
	return func() (cases.Act, error) {
		id, err := cases.ParseID(*into)
		return cases.Merge{Into: id, Reason: *reason}, err
	}
}

func restrictAct(cmd *cobra.Command) actOf {
	group := cmd.Flags().String("to", "", "the group; without it the restriction is lifted")
	reason := cmd.Flags().String("reason", "", "a code of the install")
	return func() (cases.Act, error) { return cases.Restrict{Group: *group, Reason: *reason}, nil }
}

func referredAct(cmd *cobra.Command) actOf {
	to := cmd.Flags().String("to", "", "the authority")
	return func() (cases.Act, error) { return cases.Refer{To: *to}, nil }
}

func detachAct(cmd *cobra.Command) actOf {
	claim := cmd.Flags().String("claim", "", "insurer/claim")
	reason := cmd.Flags().String("reason", "", "a code of the install")
	return func() (cases.Act, error) {
		insurer, id, ok := strings.Cut(*claim, "/")
		if !ok {
			return nil, usageError{errors.New("--claim: want insurer/claim")}
		}
		return cases.Detach{Claim: cases.ClaimRef{Insurer: insurer, Claim: id}, Reason: *reason}, nil
	}
}

func deadlineAct(cmd *cobra.Command) actOf {
	name := cmd.Flags().String("name", "", "which deadline")
	due := cmd.Flags().String("due", "", "a date such as 2026-12-24")
	met := cmd.Flags().Bool("met", false, "it is met")
	reason := cmd.Flags().String("reason", "", "a code of the install")
	return func() (cases.Act, error) {
		d := cases.Deadline{Name: *name, Met: *met}
		if *due != "" {
			at, err := time.ParseInLocation(time.DateOnly, *due, time.Local)
			if err != nil {
				return nil, usageError{errors.New("--due: want a date such as 2026-12-24")}
			}
			d.Due = at
		}
		return cases.SetDeadline{Deadline: d, Reason: *reason}, nil
	}
}

func caseAct(g *globals, u *caseUser, a actCommand) *cobra.Command {
	var expect int64
	cmd := &cobra.Command{
		Use: a.name + " CASE", Short: a.short, Long: a.long, Example: a.example,
		Args: exactArgs(1, "a case, such as C-12"),
	}
	act := a.flags(cmd)
	cmd.Flags().Int64Var(&expect, "expect", 0, "version of the case that was seen; without it the one that it has now")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := cases.ParseID(args[0])
		if err != nil {
			return usageError{err}
		}
		do, err := act()
		if err != nil {
			return err
		}
		return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
			answer, err := w.perform(ctx, u, a.name, cases.RightOf(do),
				cases.Command{Case: id, Expect: expect, Act: do})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is at version %d\n", id, answer.Version)
			return nil
		})
	}
	return cmd
}
