package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
	"tallystick/signals"
	"tallystick/signals/identifier"
	"tallystick/signals/logbook"
	"tallystick/signals/member"
)

// memberConfig is member.yaml in a member's directory.
type memberConfig struct {
	Approvers  []string      `yaml:"approvers"`   // vkeys of the people who may approve
	ClaimsFile string        `yaml:"claims_file"` // open claims, insurer/claim, one a line; read at each look-up
	Pull       time.Duration `yaml:"pull"`        // between two visits to the others; 5s
	Log        struct {
		KeyFile   string `yaml:"key_file"`  // of `tallystick log-key`; without it batches are not anchored
		Directory string `yaml:"directory"` // C2SP tiles, to be served to whoever verifies
		Quorum    int    `yaml:"quorum"`    // witnesses that must cosign; 0 asks none
		Witnesses []struct {
			URL string `yaml:"url"`
			Key string `yaml:"key"`
		} `yaml:"witnesses"`
	} `yaml:"log"`
}

// openLogbook opens the log in which the member's batches are anchored; nil if there is none.
func (c *memberConfig) openLogbook(dir string, log *slog.Logger) (*logbook.Book, error) {
	if c.Log.KeyFile == "" {
		return nil, nil
	}
	within := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	var cosigner logbook.Cosigner
	if c.Log.Quorum > 0 {
		quorum := witness.QuorumConfig{Need: c.Log.Quorum, Log: log}
		for _, w := range c.Log.Witnesses {
			quorum.Peers = append(quorum.Peers, witness.Peer{URL: w.URL, VKey: w.Key})
		}
		var err error
		if cosigner, err = witness.NewQuorum(quorum); err != nil {
			return nil, fmt.Errorf("log.witnesses: %w", err)
		}
	}
	return logbook.Open(within(c.Log.Directory), within(c.Log.KeyFile), cosigner)
}

func readMemberConfig(dir string) (c memberConfig, err error) {
	path := filepath.Join(dir, "member.yaml")
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.UnmarshalWithOptions(text, &c, yaml.Strict())
	}
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	if len(c.Approvers) < 2 || c.ClaimsFile == "" {
		return c, fmt.Errorf("%s: approvers, at least two, and claims_file are required", path)
	}
	if !filepath.IsAbs(c.ClaimsFile) {
		c.ClaimsFile = filepath.Join(dir, c.ClaimsFile)
	}
	return c, nil
}

func signalsServeCommand(g *globals) *cobra.Command {
	var dir, listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a member's node: publish, keep copies of the others' signals, look up",
		Long: `Serve runs a member's node until stopped: it gives the others this member's signals, fetches theirs, and does
what the other commands ask of it at a socket in its directory. It needs that directory with the node's
key, the consortium's file and member.yaml. It never writes, logs or sends a clear identifier.

With the install's configuration, what others signal of a claim, and that they no longer do, goes to the
topic of warnings, and the pipeline scores the claim anew.`,
		Example: "  tallystick signals serve --dir /var/lib/signals --listen 0.0.0.0:7481\n" +
			"  tallystick signals serve --config tallystick.yaml --dir /var/lib/signals",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usageError{errors.New("--dir is required")}
			}
			c, err := readMemberConfig(dir)
			if err != nil {
				return err
			}
			forms, err := identifier.New()
			if err != nil {
				return err
			}
			cfg := member.Config{
				Dir: dir, Approvers: c.Approvers, Forms: forms, Claims: member.ClaimsFile(c.ClaimsFile), Pull: c.Pull,
				Logger: logger("info"),
			}
			book, err := c.openLogbook(dir, cfg.Logger)
			if err != nil {
				return err
			}
			if book != nil {
				defer book.Close()
				cfg.Log = book
			}
			if g.config != "" {
				c, _, err := g.load()
				if err != nil {
					return err
				}
				sender, err := c.OpenWarnings(cmd.Context())
				if err != nil {
					return err
				}
				defer sender.Close()
				cfg.Causes = sender
			}
			node, err := member.Open(cfg)
			if err != nil {
				return err
			}
			listener, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", listen)
			if err != nil {
				return errors.Join(fmt.Errorf("--listen: %w", err), node.Close())
			}
			commands, err := node.ListenForCommands(cmd.Context())
			if err != nil {
				return errors.Join(err, listener.Close(), node.Close())
			}
			ctx, stop := context.WithCancel(cmd.Context())
			defer stop()
			controlled := make(chan error, 1)
			go func() {
				defer stop()
				controlled <- node.Control(ctx, commands)
			}()
			fmt.Fprintf(cmd.OutOrStdout(), "ready %s\n", listener.Addr())
			err = node.Run(ctx, listener)
			stop()
			return errors.Join(err, <-controlled, node.Close())
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "the node's directory")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:7481", "address to listen on")
	return cmd
}

func signalsPublishCommand() *cobra.Command {
	var dir, claim, kind, basis, as string
	var ids []string
	var p member.Publication
	cmd := &cobra.Command{
		Use:   "publish",
		Short: "Propose to warn the others of what a claim showed; a second person approves",
		Long: `Publish proposes a signal for each identifier and signs the proposal with the key of --as; it is published
when a second person approves. It needs the node that runs, and a written reason for the signal and for
how long it stands. Reason, claim and identifiers stay here: the others never get them.`,
		Example: `  tallystick signals publish --dir . --claim acme/C-17 --identifier 'phone=0170 1234567@DE' \
    --kind ring --basis suspected --severity 2 --line motor \
    --reason 'Three claims in one week with one account' --expires 2027-05-31 \
    --expiry 'The investigation is to end by then' --notified 2026-12-15 --as ann.key`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if p.Insurer, p.Claim, err = splitClaim(claim); err != nil {
				return err
			}
			if p.Identifiers, err = parseIdentifiers(ids); err != nil {
				return err
			}
			signer, err := approver(as)
			if err != nil {
				return err
			}
			p.Kind, p.Basis, p.By = signals.Kind(kind), signals.Basis(basis), signer.Name()
			var text string
			if err := member.Command(cmd.Context(), dir, "propose", p, &text); err != nil {
				return err
			}
			return signProposal(cmd, dir, text, signer)
		},
	}
	nodeFlag(cmd, &dir)
	cmd.Flags().StringVar(&claim, "claim", "", "the claim that it comes of, insurer/claim")
	cmd.Flags().StringArrayVar(&ids, "identifier", nil,
		"word=value, such as phone=..., account=IBAN, person=NAME|BIRTHDATE, national-id=TYPE|NUMBER@COUNTRY; may be repeated")
	cmd.Flags().StringVar(&kind, "kind", "", fmt.Sprintf("one of %v", signals.Kinds))
	cmd.Flags().StringVar(&basis, "basis", "", "suspected or established")
	cmd.Flags().IntVar(&p.Severity, "severity", 1, "1 to 3")
	cmd.Flags().StringVar(&p.Line, "line", "", "line of business")
	cmd.Flags().StringVar(&p.Reason, "reason", "", "why others must know; it stays here")
	cmd.Flags().StringVar(&p.Expires, "expires", "", "last day, 2006-01-02")
	cmd.Flags().StringVar(&p.Expiry, "expiry", "", "why until then; it stays here")
	cmd.Flags().StringVar(&p.Notified, "notified", "", "the day on which the subject was told, or will be")
	cmd.Flags().StringVar(&as, "as", "", "the key of the person who proposes")
	return cmd
}

func signalsApproveCommand() *cobra.Command {
	var dir, as string
	cmd := &cobra.Command{
		Use:   "approve [PROPOSAL]",
		Short: "Approve a proposal; without one, list those that wait",
		Long: `Approve shows the proposal and signs it with the key of --as; when enough people have signed, it is done.
Without PROPOSAL it lists those that wait. It needs a key whose public half is in approvers of member.yaml,
and never counts one person twice.`,
		Example: "  tallystick signals approve --dir .\n  tallystick signals approve 3f0c61d2a97be845 --dir . --as bob.key",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var waiting map[string]string
			if err := member.Command(cmd.Context(), dir, "proposals", struct{}{}, &waiting); err != nil {
				return err
			}
			if len(args) == 0 {
				for _, id := range slices.Sorted(maps.Keys(waiting)) {
					if err := describe(cmd, id, waiting[id]); err != nil {
						return err
					}
				}
				return nil
			}
			text, ok := waiting[args[0]]
			if !ok {
				return fmt.Errorf("no proposal %q waits", args[0])
			}
			signer, err := approver(as)
			if err != nil {
				return err
			}
			if err := describe(cmd, args[0], text); err != nil {
				return err
			}
			return signProposal(cmd, dir, text, signer)
		},
	}
	nodeFlag(cmd, &dir)
	cmd.Flags().StringVar(&as, "as", "", "the key of the person who approves")
	return cmd
}

// signalsTurnCommand suspends, restores or withdraws signals.
func signalsTurnCommand(word string) *cobra.Command {
	action := map[string]signals.Action{"contest": signals.Suspend, "uphold": signals.Restore,
		"clear": signals.Withdraw}[word]
	short := map[string]string{
		"contest": "Suspend signals that their subject contests: they count nowhere until it is decided",
		"uphold":  "Let contested signals stand again; a second person approves",
		"clear":   "Withdraw signals for good",
	}[word]
	long := map[string]string{
		"contest": `Contest suspends own signals at once: at all members they count nowhere from their next visit on, until
they are upheld or cleared. It needs the signals' names as status lists them, a written reason, which stays
here, and one approver's key. It never touches the signals of another member.`,
		"uphold": `Uphold proposes that contested signals count again; a second person approves. It needs the signals' names as
status lists them, a written reason, which stays here, and an approver's key. It never brings back a signal
that was cleared.`,
		"clear": `Clear withdraws own signals for good, with one approver's key: at all members they count nowhere from their
next visit on. It needs the signals' names as status lists them and a written reason, which stays here. It
never touches the signals of another member.`,
	}[word]
	var dir, reason, as string
	cmd := &cobra.Command{
		Use:   word + " SIGNAL...",
		Short: short,
		Long:  long,
		Example: "  tallystick signals " + word +
			" 9a3e... --dir . --reason 'letter of the subject of 3 March' --as ann.key",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			signer, err := approver(as)
			if err != nil {
				return err
			}
			var text string
			if err := member.Command(cmd.Context(), dir, "turn",
				member.Turning{Action: action, Names: args, Reason: reason}, &text); err != nil {
				return err
			}
			return signProposal(cmd, dir, text, signer)
		},
	}
	nodeFlag(cmd, &dir)
	cmd.Flags().StringVar(&reason, "reason", "", "why; it stays here")
	cmd.Flags().StringVar(&as, "as", "", "the key of the person who does it")
	return cmd
}

func signalsLookUpCommand() *cobra.Command {
	var dir, claim string
	var ids []string
	cmd := &cobra.Command{
		Use:   "look-up",
		Short: "Ask whether others flagged what stands in an open claim",
		Long: `Look-up asks whether members flagged identifiers of a claim, and watches the claim from then on. It needs the
node that runs, a claim that is open, and budget at the evaluators; it is logged here and at them. No
identifier leaves the house, and a hit is a reason to ask, never a decision.`,
		Example: "  tallystick signals look-up --dir . --claim acme/C-18 --identifier 'phone=0170 1234567@DE' \\\n" +
			"    --identifier 'account=DE02120300000000202051'",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := member.Query{By: whoRuns()}
			var err error
			if q.Insurer, q.Claim, err = splitClaim(claim); err != nil {
				return err
			}
			if q.Identifiers, err = parseIdentifiers(ids); err != nil {
				return err
			}
			var f member.Finding
			if err := member.Command(cmd.Context(), dir, "look-up", q, &f); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintln(out, f.Reason)
			for _, name := range f.Hit.Stale {
				fmt.Fprintf(out, "stale: %s was not in contact for ten minutes, and its signals do not count\n", name)
			}
			for _, domain := range f.Vague {
				fmt.Fprintf(out, "not looked up: a %s that is too short or too vague\n", domain.Word())
			}
			for _, fault := range f.Faults {
				fmt.Fprintln(out, fault)
			}
			return nil
		},
	}
	nodeFlag(cmd, &dir)
	cmd.Flags().StringVar(&claim, "claim", "", "the open claim, insurer/claim")
	cmd.Flags().StringArrayVar(&ids, "identifier", nil, "as for publish; may be repeated")
	return cmd
}

func signalsInquireCommand() *cobra.Command {
	var dir, claim, text string
	cmd := &cobra.Command{
		Use:   "inquire",
		Short: "Ask the fraud desks whose signals a claim hits, sealed and signed",
		Long: `Inquire sends a question to each member whose signal the claim hits, sealed so that only that member reads it.
It needs the node that runs and an open claim that was looked up. It never tells one desk that another was
asked; what you write goes out as it is, so name nobody.`,
		Example: "  tallystick signals inquire --dir . --claim acme/C-18 --text 'Which loss was it, and when?'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i := member.Inquiry{By: whoRuns(), Text: text}
			var err error
			if i.Insurer, i.Claim, err = splitClaim(claim); err != nil {
				return err
			}
			var sent []member.Letter
			if err := member.Command(cmd.Context(), dir, "inquire", i, &sent); err != nil {
				return err
			}
			for _, l := range sent {
				fmt.Fprintf(cmd.OutOrStdout(), "asked %s (letter %s)\n", l.To, l.ID)
			}
			return nil
		},
	}
	nodeFlag(cmd, &dir)
	cmd.Flags().StringVar(&claim, "claim", "", "the open claim, insurer/claim")
	cmd.Flags().StringVar(&text, "text", "", "the question")
	return cmd
}

func signalsAnswerCommand() *cobra.Command {
	var dir, text string
	cmd := &cobra.Command{
		Use:   "answer LETTER",
		Short: "Answer the question of another fraud desk",
		Long: `Answer sends the text to who asked, sealed so that only they read it. It needs the node that runs and the
letter's id as letters lists it. What you write goes out as it is, so name nobody; nothing is ever
answered by itself.`,
		Example: "  tallystick signals answer 5b20... --dir . --text 'A collision on 2 March, paid in April.'",
		Args:    exactArgs(1, "the letter to answer"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var l member.Letter
			if err := member.Command(cmd.Context(), dir, "answer", member.Reply{By: whoRuns(), ID: args[0], Text: text},
				&l); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "answered %s (letter %s)\n", l.To, l.ID)
			return nil
		},
	}
	nodeFlag(cmd, &dir)
	cmd.Flags().StringVar(&text, "text", "", "the answer")
	return cmd
}

func signalsLettersCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "letters",
		Short: "List questions and answers",
		Long: `Letters prints the questions and answers that this member sent and received, oldest first, with their texts.
It needs the node that runs. It sends and changes nothing.`,
		Example: "  tallystick signals letters --dir .",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []member.Letter
			if err := member.Command(cmd.Context(), dir, "letters", struct{}{}, &all); err != nil {
				return err
			}
			for _, l := range all {
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s to %s, of signal %s\n  %s\n", l.Time.Format(time.DateTime),
					l.ID, l.From, l.To, l.Signal, l.Text)
			}
			return nil
		},
	}
	nodeFlag(cmd, &dir)
	return cmd
}

func signalsCausesCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "causes",
		Short: "List what was found, and what went again, by claim",
		Long: `Causes prints, oldest first, for which claims a hit came, changed or went: these are to be scored again. It
needs the node that runs. It asks no evaluator, spends no budget and never names an identifier.`,
		Example: "  tallystick signals causes --dir .",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []signals.Cause
			if err := member.Command(cmd.Context(), dir, "causes", struct{}{}, &all); err != nil {
				return err
			}
			for _, c := range all {
				fmt.Fprintf(cmd.OutOrStdout(), "%d  %s  %s/%s  %s\n", c.Offset, c.Time.Format(time.DateTime), c.Insurer,
					c.Claim, c.Hit.Reason(0, c.Time))
			}
			return nil
		},
	}
	nodeFlag(cmd, &dir)
	return cmd
}

func signalsSettleCommand() *cobra.Command {
	var dir, month string
	cmd := &cobra.Command{
		Use:   "settle",
		Short: "Agree with each other member on who used whose signals in a month that is over",
		Long: `Settle asks each other member to sign how many signals each used of the other in the month, keeps what both
have signed, and prints the net. It needs the node that runs and a month that is over. It never says for
which claims, and moves no money.`,
		Example: "  tallystick signals settle --dir . --month 2026-11",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []member.Account
			if err := member.Command(cmd.Context(), dir, "settle", signals.Month(month), &all); err != nil {
				return err
			}
			for _, a := range all {
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s used %d of %s, who used %d\n", a.Month, a.Members[0], a.Used[0],
					a.Members[1], a.Used[1])
			}
			net := member.Net(all)
			for _, name := range slices.Sorted(maps.Keys(net)) {
				fmt.Fprintf(cmd.OutOrStdout(), "%s  net %+d\n", name, net[name])
			}
			return nil
		},
	}
	nodeFlag(cmd, &dir)
	cmd.Flags().StringVar(&month, "month", "", "the month, 2006-01")
	return cmd
}

func signalsStatusCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "How the node, its copies and the evaluators stand",
		Long: `Status prints the version in force, how fresh the copies of the others' signals are, what was spent today at
each evaluator, own signals and proposals that wait. It needs the node that runs, and asks the evaluators.
It spends no budget and changes nothing.`,
		Example: "  tallystick signals status --dir /var/lib/signals",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s member.Status
			if err := member.Command(cmd.Context(), dir, "status", struct{}{}, &s); err != nil {
				return err
			}
			printStatus(cmd, &s)
			return nil
		},
	}
	nodeFlag(cmd, &dir)
	return cmd
}

func printStatus(cmd *cobra.Command, s *member.Status) {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s in %s, version %d, epochs %v: %d batches published, %d signals of all, %d claims watched, %d causes\n",
		s.Member, s.Consortium, s.Version, s.Epochs, s.Published, s.Signals, s.Watched, s.Causes)
	for _, o := range s.Others {
		state := "fresh"
		if o.Stale {
			state = "STALE"
		}
		if !o.Forms {
			state += ", other normal forms"
		}
		if o.Problem != "" {
			state += ": " + o.Problem
		}
		fmt.Fprintf(out, "member     %-16s %4d batches, %s\n", o.Name, o.Batches, state)
	}
	for _, e := range s.Evaluators {
		fmt.Fprintf(out, "evaluator  %-16s %d of %d used today\n", e.Evaluator, e.Used, e.Budget)
		for _, name := range slices.Sorted(maps.Keys(e.Alarms)) {
			fmt.Fprintf(out, "  ALARM    %s: %s\n", name, e.Alarms[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Faults)) {
		fmt.Fprintf(out, "evaluator  %-16s %s\n", name, s.Faults[name])
	}
	for _, own := range s.Own {
		fmt.Fprintf(out, "signal     %s %-9s %s of %s, %s, until %s\n", own.Name, own.State, own.Domain, own.Claim,
			own.Basis, own.Expires)
	}
	if len(s.Waiting) > 0 {
		fmt.Fprintf(out, "waiting    %s (tallystick signals approve)\n", strings.Join(s.Waiting, ", "))
	}
}

func nodeFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", ".", "the directory of the node that runs")
}

func whoRuns() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}

func splitClaim(text string) (insurer, claim string, err error) {
	insurer, claim, ok := strings.Cut(text, "/")
	if !ok || insurer == "" || claim == "" {
		return "", "", usageError{errors.New("--claim is written insurer/claim")}
	}
	return insurer, claim, nil
}

func parseIdentifiers(texts []string) (ids []signals.Identifier, err error) {
	for _, text := range texts {
		id, err := signals.ParseIdentifier(text)
		if err != nil {
			return nil, usageError{fmt.Errorf("--identifier: %w", err)}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// approver reads a person's key.
func approver(path string) (note.Signer, error) {
	if path == "" {
		return nil, usageError{errors.New("--as is required: the key of the person who does it")}
	}
	skey, err := tilelog.ReadKeyFile(path)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, fmt.Errorf("--as %s: %w", path, err)
	}
	return signer, nil
}

// describe shows a person what is to be approved.
func describe(cmd *cobra.Command, id, text string) error {
	p, err := member.ParseProposal(text)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s  %s of %s/%s: %s\n", id, p.Action, p.Insurer, p.Claim, p.Reason)
	for _, e := range p.Entries {
		fmt.Fprintf(out, "  %s %s %s %s severity %d, %s, until %s\n", e.Pseudonym, e.Domain.Word(), e.Basis, e.Kind,
			e.Severity, e.Line, e.Expires)
	}
	if p.Expiry != "" {
		fmt.Fprintf(out, "  so long because: %s\n  subject told: %s\n", p.Expiry, p.Notified)
	}
	return nil
}

// signProposal signs what a person has read and gives it to the node.
func signProposal(cmd *cobra.Command, dir, text string, signer note.Signer) error {
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return fmt.Errorf("signing the proposal: %w", err)
	}
	var a member.Approved
	if err := member.Command(cmd.Context(), dir, "approve", member.Approval{Signed: signed}, &a); err != nil {
		return err
	}
	if a.Done {
		fmt.Fprintf(cmd.OutOrStdout(), "done: %s, approved by %d\n", a.ID, a.Have)
		return nil
	}
	fmt.Fprintf(cmd.OutOrStdout(), "proposed: %s, approved by %d of %d; tallystick signals approve %s --as KEY\n", a.ID,
		a.Have, a.Needed, a.ID)
	return nil
}
