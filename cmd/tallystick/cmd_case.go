package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tallystick/audit"
	"tallystick/cases"
	"tallystick/install"
)

// caseUser is who works at the terminal. Whoever holds the configuration's logins says who they are; what they do is in
// the audit trail under that name.
type caseUser struct {
	name, role string
	groups     []string
	insurers   []string
}

func (u *caseUser) flags(cmd *cobra.Command) {
	name := ""
	if me, err := user.Current(); err == nil {
		name = me.Username
	}
	cmd.PersistentFlags().StringVar(&u.name, "as", name, "who acts")
	cmd.PersistentFlags().StringVar(&u.role, "role", "investigator", "investigator, lead, officer, supervisor or admin")
	cmd.PersistentFlags().StringSliceVar(&u.groups, "group", nil, "need-to-know groups of who acts")
	cmd.PersistentFlags().StringSliceVar(&u.insurers, "insurer", nil, "only cases of these insurers")
}

func (u *caseUser) actor() (cases.Actor, error) {
	rights := cases.RightsOf(u.role)
	if rights == nil {
		return cases.Actor{}, usageError{
			fmt.Errorf("--role %s: want investigator, lead, officer, supervisor or admin", u.role),
		}
	}
	return cases.Actor{Person: u.name, Rights: rights, Groups: u.groups, Insurers: u.insurers}, nil
}

// Allowed implements audit.Rights.
func (u *caseUser) Allowed(_ context.Context, _, right string, _ audit.Object) (bool, error) {
	actor, err := u.actor()
	return err == nil && actor.May(cases.Right(right)), err
}

func caseCommand(g *globals) *cobra.Command {
	u := &caseUser{}
	cmd := &cobra.Command{
		Use:   "case",
		Short: "Work on cases at a terminal",
		Long: `A case is opened for each claim whose score reaches cases.threshold and for each ring. People
take it, write notes and answer: confirm, clear or refer, with a reason of the install's list.
Each act is in the audit trail before it is done. Of two people who take a case one wins, and
the other is told who and when.`,
		Example: "  tallystick case list --sort due\n  tallystick case take C-12\n" +
			"  tallystick case decide C-12 clear --reason explained",
	}
	u.flags(cmd)
	cmd.AddCommand(
		caseSetup(g),
		caseRelay(g),
		caseList(g, u),
		caseShow(g, u),
		caseWatch(g, u),
		caseOpen(g, u),
		casePerson(g, u),
		caseNote(g, u),
		caseExhibit(g, u),
		caseDecide(g, u),
		caseImport(g, u),
	)
	for _, a := range caseActs() {
		cmd.AddCommand(caseAct(g, u, a))
	}
	return cmd
}

// withCasework opens cases and audit trail for one command.
func withCasework(cmd *cobra.Command, g *globals,
	do func(ctx context.Context, c *install.Config, w *casework) error) error {
	c, log, err := g.load()
	if err != nil {
		return err
	}
	w, err := install.OpenCasework(cmd.Context(), &c, log)
	if err != nil {
		return err
	}
	return errors.Join(do(cmd.Context(), &c, &casework{w}), w.Close())
}

// casework is what commands on cases need.
type casework struct{ *install.Casework }

// perform does one act on one case behind the gate: right, audit entry, act.
func (w *casework) perform(
	ctx context.Context,
	u *caseUser,
	name string,
	right cases.Right,
	cmd cases.Command,
) (cases.Answer, error) {
	actor, err := u.actor()
	if err != nil {
		return cases.Answer{}, err
	}
	d, err := w.Cases.Get(ctx, actor, cmd.Case)
	if err != nil {
		return cases.Answer{}, fmt.Errorf("case %s: %w", cmd.Case, err)
	}
	if cmd.Expect == 0 {
		cmd.Expect = d.Version
	}
	first := d.Claims[0]
	act := audit.Act{
		Person: u.name, Act: "case." + name, Right: string(right),
		Object: audit.Object{Insurer: first.Insurer, Claim: first.Claim, Case: int64(cmd.Case), Count: len(d.Claims)},
	}
	gate := audit.Gate{Trail: w.Trail, Rights: u, Code: caseErrorCode}
	var answer cases.Answer
	err = gate.Do(ctx, act, func(ctx context.Context, _ int64) error {
		var err error
		answer, err = w.Cases.Do(ctx, actor, cmd)
		return err
	})
	return answer, err
}

// caseErrorCode names in the audit trail why an act on a case was not done.
func caseErrorCode(err error) string {
	var conflict *cases.ConflictError
	var invalid *cases.InvalidError
	var right *cases.RightError
	switch {
	case errors.As(err, &conflict):
		return "conflict"
	case errors.As(err, &invalid):
		return "invalid"
	case errors.As(err, &right):
		return "no-right"
	case errors.Is(err, cases.ErrNotFound):
		return "not-found"
	}
	return ""
}

func caseDecide(g *globals, u *caseUser) *cobra.Command {
	var reasons []string
	var to string
	var expect int64
	cmd := &cobra.Command{
		Use:   "decide CASE confirm|clear|refer",
		Short: "Answer a case, which closes it",
		Long: `Decide answers an open case: confirm, clear or refer, for all of its claims. It needs at least one reason of
the install's list, and for refer to whom in --to. The answer is published on the topic of decisions by
the relay; it never changes a claim's score, and never pays or refuses anything itself.`,
		Example: "  tallystick case decide C-12 clear --reason explained\n" +
			"  tallystick case decide C-12 refer --to police --reason police",
		Args: exactArgs(2, "a case and confirm, clear or refer"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cases.ParseID(args[0])
			if err != nil {
				return usageError{err}
			}
			act := cases.Decide{Verdict: cases.Verdict(args[1]), Reasons: reasons, To: to}
			return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
				if _, err := w.perform(ctx, u, "decide", cases.RightDecide,
					cases.Command{Case: id, Expect: expect, Act: act}); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is closed: %s\n", id, args[1])
				return nil
			})
		},
	}
	cmd.Flags().StringSliceVar(&reasons, "reason", nil, "reason codes, at least one")
	cmd.Flags().StringVar(&to, "to", "", "refer: to whom")
	cmd.Flags().Int64Var(&expect, "expect", 0, "version of the case that was seen; without it the one that it has now")
	return cmd
}

func caseNote(g *globals, u *caseUser) *cobra.Command {
	var about, keep []string
	cmd := &cobra.Command{
		Use:   "note CASE [TEXT]",
		Short: "Write a note; without a text it is read from standard input",
		Long: `Note seals the text under a key of its own. What looks like an identifier of a person is pointed
out and not saved, unless --keep names its kind.`,
		Example: `  tallystick case note C-12 "The garage says that the bumper was old." --about "parties[0]"`,
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cases.ParseID(args[0])
			if err != nil {
				return usageError{err}
			}
			text := ""
			if len(args) == 2 {
				text = args[1]
			} else {
				data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 4*cases.MaxNote+1))
				if err != nil {
					return fmt.Errorf("reading the note: %w", err)
				}
				text = strings.TrimSpace(string(data))
			}
			return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
				act := cases.AddNote{Text: text, Subjects: about, Kept: keep}
				if _, err := w.perform(ctx, u, "note", cases.RightNotes,
					cases.Command{Case: id, Act: act}); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "noted on %s\n", id)
				return nil
			})
		},
	}
	cmd.Flags().StringSliceVar(&about, "about", nil, "parties that it is about: claimant, parties[0] and the like")
	cmd.Flags().StringSliceVar(&keep, "keep", nil, "kinds of identifiers that stay in the text: iban, phone...")
	return cmd
}

func caseExhibit(g *globals, u *caseUser) *cobra.Command {
	var add, source, mediaType, to, out string
	var number int
	cmd := &cobra.Command{
		Use:   "exhibit CASE",
		Short: "Add a file to a case, or write one out",
		Long: `Exhibit seals the file of --add under a key of its own and adds it to the case, or writes the exhibit of
--number to the file of --out, in clear. It needs the right to read notes. It never replaces a file.`,
		Example: "  tallystick case exhibit C-12 --add photo.jpg --type image/jpeg --source claimant\n" +
			"  tallystick case exhibit C-12 --number 1 --out photo.jpg --to police",
		Args: exactArgs(1, "a case, such as C-12"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cases.ParseID(args[0])
			if err != nil {
				return usageError{err}
			}
			if (add == "") == (out == "") {
				return usageError{errors.New("choose --add FILE, or --number N --out FILE")}
			}
			return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
				if add != "" {
					return w.addExhibit(ctx, u, id, add, mediaType, source)
				}
				return w.writeExhibit(ctx, u, id, number, to, out)
			})
		},
	}
	cmd.Flags().StringVar(&add, "add", "", "file to add")
	cmd.Flags().StringVar(&mediaType, "type", "", "its media type, such as image/jpeg")
	cmd.Flags().
		StringVar(&source, "source", "insurer",
			"where it is from: claimant, insurer, authority, provider, witness, public, other")
	cmd.Flags().IntVar(&number, "number", 1, "which exhibit to write out")
	cmd.Flags().StringVar(&out, "out", "", "file to write it to; it must not exist")
	cmd.Flags().StringVar(&to, "to", "", "for whom the copy is, if it leaves the install")
	return cmd
}

func (w *casework) addExhibit(ctx context.Context, u *caseUser, id cases.ID, path, mediaType, source string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	act := cases.AddExhibit{Name: info.Name(), Type: mediaType, Source: source, Collected: info.ModTime(), Content: f}
	_, err = w.perform(ctx, u, "exhibit", cases.RightNotes, cases.Command{Case: id, Act: act})
	return err
}

func (w *casework) writeExhibit(ctx context.Context, u *caseUser, id cases.ID, number int, to, path string) error {
	actor, err := u.actor()
	if err != nil {
		return err
	}
	gate := audit.Gate{Trail: w.Trail, Rights: u, Code: caseErrorCode}
	act := audit.Act{
		Person: u.name,
		Act:    "case.exhibit-export",
		Right:  string(cases.RightNotes),
		Object: audit.Object{Case: int64(id)},
	}
	return gate.Do(ctx, act, func(ctx context.Context, _ int64) error {
		x, err := w.Cases.ReadExhibit(ctx, actor, id, number, to)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(x.Data)
		return errors.Join(err, f.Close())
	})
}

func caseSetup(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "setup",
		Short: "Make the topics of cases, their keys and the audit trail",
		Long: `Setup makes the topics that are missing; what exists stays as it is. With an administrator's
token in VAULT_TOKEN it also makes the key in Vault that wraps those of notes and exhibits, and a
role that may use it; it prints the role's id, for cases.role_id, and writes a secret id to
cases.secret_id_file if that does not exist.`,
		Example: "  VAULT_TOKEN=... tallystick case setup --config tallystick.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			if err := install.SetupCases(cmd.Context(), &c); err != nil {
				return err
			}
			t := c.Kafka.Topics
			fmt.Fprintf(cmd.OutOrStdout(), "topics %s, %s and %s are there\n", t.Cases, t.CaseKeys, t.Audit)
			if c.Keys.Service != "vault" || os.Getenv("VAULT_TOKEN") == "" {
				return nil
			}
			client, err := install.VaultClient(&c)
			if err != nil {
				return err
			}
			role, err := c.SetupWrapping(cmd.Context(), client)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "cases.role_id: %s\n", role)
			return nil
		},
	}
}

func caseRelay(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "relay",
		Short: "Open cases for what is decided, and publish people's answers, until stopped",
		Long: `Relay folds the journal of claims: a claim whose score reaches cases.threshold, or that is in a
ring, gets a case, once. What people answer is published on the topic of decisions. Any number
of relays may run. It never decides a case.`,
		Example: "  tallystick case relay --config tallystick.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withCasework(cmd, g, func(ctx context.Context, c *install.Config, w *casework) error {
				return w.Relay(ctx, c)
			})
		},
	}
}

func caseOpen(g *globals, u *caseUser) *cobra.Command {
	var line string
	cmd := &cobra.Command{
		Use:   "open INSURER CLAIM",
		Short: "Open a case by hand",
		Long: `Open opens a case for a claim that the score did not point out. It needs the role investigator or
lead, and a claim that has no case. It never reads the claim: line of business and number are as you give
them.`,
		Example: "  tallystick case open acme C-2026-000042 --line property",
		Args:    exactArgs(2, "an insurer and a claim"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
				actor, err := u.actor()
				if err != nil {
					return err
				}
				f := cases.Finding{
					ClaimRef: cases.ClaimRef{Insurer: args[0], Claim: args[1]}, Revision: 1, Line: line,
					Outcome: "review",
					At:      time.Now().UTC(), Place: cases.Place{Offset: -1},
				}
				gate := audit.Gate{Trail: w.Trail, Rights: u, Code: caseErrorCode}
				act := audit.Act{
					Person: u.name, Act: "case.open", Right: string(cases.RightOpen),
					Object: audit.Object{Insurer: args[0], Claim: args[1]},
				}
				return gate.Do(ctx, act, func(ctx context.Context, _ int64) error {
					a, err := w.Cases.OpenByHand(ctx, actor, "", cases.ByPerson, f)
					if err == nil {
						fmt.Fprintf(cmd.OutOrStdout(), "%s is opened\n", a.Case)
					}
					return err
				})
			})
		},
	}
	cmd.Flags().StringVar(&line, "line", "motor", "line of business")
	return cmd
}

func casePerson(g *globals, u *caseUser) *cobra.Command {
	var p cases.Person
	var absent string
	cmd := &cobra.Command{
		Use:   "person ID",
		Short: "Put a person on the roster, or change them",
		Long: `Person says on which lines somebody works, how many open cases they take, in which need-to-know groups they
are and when they are away: assign goes by it. It needs the role lead or admin, and replaces what was
there. It grants no right to sign in, and moves no case that they have.`,
		Example: "  tallystick case person sofia --role lead --lines motor,property --capacity 40 \\\n" +
			"    --absent 2026-12-24/2027-01-02",
		Args: exactArgs(1, "a person's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.ID = args[0]
			if absent != "" {
				from, until, ok := strings.Cut(absent, "/")
				a, err1 := time.ParseInLocation(time.DateOnly, from, time.Local)
				b, err2 := time.ParseInLocation(time.DateOnly, until, time.Local)
				if !ok || err1 != nil || err2 != nil {
					return usageError{errors.New("--absent: want two dates such as 2026-12-24/2027-01-02")}
				}
				p.Absent = []cases.Absence{{From: a.UTC(), Until: b.UTC()}}
			}
			return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
				actor, err := u.actor()
				if err != nil {
					return err
				}
				gate := audit.Gate{Trail: w.Trail, Rights: u, Code: caseErrorCode}
				act := audit.Act{Person: u.name, Act: "case.person", Right: string(cases.RightPeople)}
				return gate.Do(ctx, act, func(ctx context.Context, _ int64) error {
					return w.Cases.SetPerson(ctx, actor, "", p)
				})
			})
		},
	}
	cmd.Flags().StringVar(&p.Name, "name", "", "as others read it")
	cmd.Flags().StringSliceVar(&p.Lines, "lines", nil, "lines that they work on; none: all")
	cmd.Flags().IntVar(&p.Capacity, "capacity", 0, "open cases at a time; 0: no bound")
	cmd.Flags().StringSliceVar(&p.Groups, "groups", nil, "need-to-know groups that they are in")
	cmd.Flags().StringVar(&absent, "absent", "", "two dates: the first day away and the first day back")
	cmd.Flags().BoolVar(&p.Left, "left", false, "gets nothing any more")
	return cmd
}

func caseWatch(g *globals, u *caseUser) *cobra.Command {
	return &cobra.Command{
		Use:   "watch",
		Short: "Print what happens to cases, until stopped",
		Long: `Watch prints a line for each thing that happens to a case from now on: when, which case, what and by whom. It
needs the right to see the case. It never shows what a note or an exhibit holds, and changes nothing.`,
		Example: "  tallystick case watch --role lead",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
				actor, err := u.actor()
				if err != nil {
					return err
				}
				for change, err := range w.Cases.Watch(ctx, actor, w.Cases.Seq()) {
					if err != nil {
						return err
					}
					fmt.Fprintf(
						cmd.OutOrStdout(),
						"%s  %-6s %-12s by %s\n",
						change.At.Format(time.DateTime),
						change.Case,
						change.Kind,
						change.By,
					)
				}
				return nil
			})
		},
	}
}

func caseList(g *globals, u *caseUser) *cobra.Command {
	var q cases.Query
	var status, hold string
	var asJSON, mine bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List cases",
		Long: `List prints the cases that are open, the highest score first. --sort due, money, opened, moved, ring, line,
assignee or reason orders them otherwise. It shows only what your role, groups and insurers may see, and
changes nothing.`,
		Example: "  tallystick case list --sort due --line motor --assignee -\n  tallystick case list --status closed",
		Args:    noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&status, "status", "", "new, taken, snoozed, closed, merged, joined by commas; without it new,taken")
	f.StringVar((*string)(&q.Sort), "sort", "", "order")
	f.BoolVar(&q.Desc, "desc", false, "the other way round")
	f.IntVar(&q.Limit, "limit", 50, "how many, at most 500")
	f.StringVar(&q.Cursor, "after", "", "goes on after the page that ended so")
	f.StringSliceVar(&q.Filter.Lines, "line", nil, "lines of business")
	f.StringSliceVar(&q.Filter.Assignees, "assignee", nil, "persons; - for nobody")
	f.StringSliceVar(&q.Filter.Rules, "rule", nil, "rules that hit, without version")
	f.StringVar(&q.Filter.Ring, "ring", "", "id of a ring")
	f.StringVar(&q.Filter.Claim, "claim", "", "part of a claim's number")
	f.Float64Var(&q.Filter.ScoreMin, "score-min", 0, "lowest score")
	f.StringVar(&hold, "hold", "", "true or false: payment waits")
	f.BoolVar(&mine, "mine", false, "those of who asks")
	f.BoolVar(&asJSON, "json", false, "as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		for s := range strings.SplitSeq(status, ",") {
			if s != "" {
				q.Filter.Status = append(q.Filter.Status, cases.Status(s))
			}
		}
		if hold != "" {
			yes := hold == "true"
			q.Filter.Hold = &yes
		}
		if mine {
			q.Filter.Assignees = []string{u.name}
		}
		if q.Sort == "" {
			q.Desc = true
		}
		return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
			actor, err := u.actor()
			if err != nil {
				return err
			}
			page, err := w.Cases.Queue(ctx, actor, q)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(page)
			}
			return printQueue(cmd.OutOrStdout(), page)
		})
	}
	return cmd
}

func printQueue(out io.Writer, page cases.Page) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "CASE\tSCORE\tCLAIM\tLINE\tREASON\tRING\tMONEY\tDUE\tSTATUS\tWHO")
	for _, r := range page.Rows {
		money, due, ring := "", "", ""
		if r.Money != nil {
			money = r.Money.Amount.String() + " " + r.Money.Currency
		}
		if !r.Due.IsZero() {
			due = r.Due.Format(time.DateOnly)
		}
		if r.RingSize > 0 {
			ring = fmt.Sprint(r.RingSize)
		}
		claims := r.Insurer + "/" + r.Claim
		if r.Claims > 1 {
			claims += fmt.Sprintf(" +%d", r.Claims-1)
		}
		fmt.Fprintf(
			w,
			"%s\t%.3f\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			r.ID,
			r.Score,
			claims,
			r.Line,
			r.Reason,
			ring,
			money,
			due,
			r.Status,
			r.Assignee,
		)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d of %d cases", len(page.Rows), page.Total)
	for _, b := range page.Bands {
		fmt.Fprintf(out, "; %d %s", b.Count, b.Outcome)
	}
	fmt.Fprintln(out)
	if page.Next != "" {
		fmt.Fprintf(out, "more: --after %s\n", page.Next)
	}
	return nil
}

func caseShow(g *globals, u *caseUser) *cobra.Command {
	var notes, asJSON bool
	cmd := &cobra.Command{
		Use:   "show CASE",
		Short: "Show a case with its chronology",
		Long: `Show prints a case, its claims with the reasons of their scores, its deadlines and what happened to it. It
writes that you looked into the chronology and the audit trail. The notes' texts come with --notes only, and
what exhibits hold never does.`,
		Example: "  tallystick case show C-12 --notes",
		Args:    exactArgs(1, "a case, such as C-12"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cases.ParseID(args[0])
			if err != nil {
				return usageError{err}
			}
			return withCasework(cmd, g, func(ctx context.Context, _ *install.Config, w *casework) error {
				actor, err := u.actor()
				if err != nil {
					return err
				}
				if _, err := w.perform(ctx, u, "view", cases.RightRead,
					cases.Command{Case: id, Act: cases.View{}}); err != nil {
					return err
				}
				d, err := w.Cases.Get(ctx, actor, id)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(d)
				}
				texts := map[int64]cases.NoteText{}
				if notes {
					all, err := w.Cases.Notes(ctx, actor, id)
					if err != nil {
						return err
					}
					for _, n := range all {
						texts[n.Seq] = n
					}
				}
				printCase(cmd.OutOrStdout(), d, texts)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&notes, "notes", false, "with the notes' texts")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func printCase(out io.Writer, d cases.Detail, notes map[int64]cases.NoteText) {
	fmt.Fprintf(out, "%s  %s  %s  score %.3f, %s", d.ID, d.Status, d.Line, d.Score, d.Outcome)
	if d.Hold {
		fmt.Fprint(out, ", payment on hold")
	}
	if d.Assignee != "" {
		fmt.Fprintf(out, "  with %s", d.Assignee)
	}
	fmt.Fprintf(out, "  version %d\n", d.Version)
	for _, c := range d.Claims {
		fmt.Fprintf(out, "  %s/%s revision %d  score %.3f", c.Insurer, c.Claim, c.Revision, c.Score)
		if c.Money != nil {
			fmt.Fprintf(out, "  %s %s", c.Money.Amount, c.Money.Currency)
		}
		fmt.Fprintln(out)
		for _, r := range c.Reasons {
			fmt.Fprintf(out, "    %+.2f %s\n", r.Weight, r.Rule)
		}
	}
	for _, x := range d.Clocks {
		state := "due " + x.Due.Format(time.DateOnly)
		if x.Met {
			state = "met"
		}
		fmt.Fprintf(out, "  %s: %s %s\n", x.Name, state, x.Law)
	}
	for _, e := range d.Chronology {
		fmt.Fprintf(out, "%s  %-12s %s%s\n", e.At.Format("2006-01-02 15:04:05Z"), e.Kind, e.By, eventDetail(e))
		if n, ok := notes[e.Seq]; ok {
			text := n.Text
			if n.Erased {
				text = "(erased)"
			}
			fmt.Fprintf(out, "    %s\n", strings.ReplaceAll(text, "\n", "\n    "))
		}
	}
}

// eventDetail is what a line of the chronology says beside who and when.
func eventDetail(e cases.Event) string {
	switch {
	case e.Disposition != nil:
		return ": " + string(e.Disposition.Verdict) + " (" + strings.Join(e.Disposition.Reasons, ", ") + ")"
	case e.Exhibit != nil:
		return fmt.Sprintf(": E%d %s, %d bytes", e.Exhibit.Number, e.Exhibit.Type, e.Exhibit.Size)
	case e.Note != nil:
		return fmt.Sprintf(": %d characters", e.Note.Size)
	case e.Kind == cases.Assigned && e.To != e.By:
		return " to " + e.To
	case e.Until != nil:
		return " until " + e.Until.Format(time.DateOnly)
	case e.Other != 0:
		return " " + e.Other.String()
	case e.Finding != nil:
		return fmt.Sprintf(": %s scored %.3f", e.Finding.Claim, e.Finding.Score)
	case e.Reason != "":
		return ": " + e.Reason
	}
	return ""
}
