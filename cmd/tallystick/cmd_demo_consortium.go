package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/signals"
	"tallystick/signals/consortium"
	"tallystick/signals/evaluator"
	"tallystick/signals/identifier"
	"tallystick/signals/member"
)

func demoConsortiumCommand() *cobra.Command {
	d := &consortiumDemo{}
	cmd := &cobra.Command{
		Use:   "demo-consortium",
		Short: "Show three insurers who warn each other without showing anybody",
		Long: `Demo-consortium sets three insurers and three evaluators up, each a process with a folder of its own, and
has one ring of fraudsters claim at all three: each insurer alone sees nothing, together they flag it. Two
processes are killed on the way, and one signal is contested and goes. It needs no server and no network.`,
		Example: "  tallystick demo-consortium\n  tallystick demo-consortium --claims 20000 --dir ./consortium",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.out = cmd.OutOrStdout()
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().IntVar(&d.claims, "claims", 3000, "how many claims to make up")
	cmd.Flags().Uint64Var(&d.seed, "seed", 1, "of the made-up feed")
	cmd.Flags().StringVar(&d.dir, "dir", "",
		"a new directory to keep everything in; default a temporary one that is removed")
	return cmd
}

// consortiumDemo is one run of the demonstration.
type consortiumDemo struct {
	claims int
	seed   uint64
	dir    string
	out    io.Writer

	addresses map[string]string
	people    map[string][]note.Signer // approvers of each member
	nodes     map[string]*child
	books     map[string][]claim.Event // of each insurer
	ring      map[string]claim.Event   // its claim at each insurer
	shared    signals.Identifier       // what the ring's claims have in common
	innocent  claim.Event              // at birch
}

var (
	consortiumMembers    = []string{"acme", "birch", "cedar"}
	consortiumEvaluators = []string{"north", "south", "west"}
)

func (d *consortiumDemo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *consortiumDemo) title(text string) { d.say("\n== %s", text) }

func (d *consortiumDemo) run(ctx context.Context) (err error) {
	started := time.Now()
	temporary := d.dir == ""
	if temporary {
		d.dir, err = os.MkdirTemp("", "tallystick-consortium-")
	} else {
		err = os.Mkdir(d.dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	d.nodes = map[string]*child{}
	defer func() {
		for _, c := range d.nodes {
			c.stop()
		}
		if err != nil {
			d.say("\nIts logs and data are in %s.", d.dir)
		} else if temporary {
			_ = os.RemoveAll(d.dir)
		}
	}()
	for _, act := range []func(context.Context) error{
		d.found, d.write, d.alone, d.first, d.together, d.contested, d.inquiry, d.anchored, d.leaks,
	} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	d.say("\nDone in %.1f s. Everything above was said by nodes that run as processes of their own.",
		time.Since(started).Seconds())
	return nil
}

// found makes keys, holds the ceremony, has every member sign, and starts all nodes.
func (d *consortiumDemo) found(ctx context.Context) error {
	d.title("Three insurers found a consortium; three operators run its evaluators")
	d.addresses, d.people = map[string]string{}, map[string][]note.Signer{}
	var cards []consortium.Card
	keys := map[string]*consortium.Key{}
	node := func(name string, role consortium.Role) error {
		if err := os.Mkdir(filepath.Join(d.dir, name), 0o700); err != nil {
			return fmt.Errorf("making the folder of %s: %w", name, err)
		}
		address, err := freeAddress(ctx)
		if err != nil {
			return err
		}
		d.addresses[name] = address
		if keys[name], err = consortium.NewKey(filepath.Join(d.dir, name, member.KeyFile), name); err != nil {
			return err
		}
		card, err := keys[name].Card(role, address)
		cards = append(cards, card)
		return err
	}
	for _, name := range consortiumMembers {
		if err := node(name, consortium.RoleMember); err != nil {
			return err
		}
	}
	for _, name := range consortiumEvaluators {
		if err := node(name, consortium.RoleEvaluator); err != nil {
			return err
		}
	}
	today := time.Now().UTC().Format(time.DateOnly)
	text, shares, err := consortium.Deal(consortium.Charter{
		Name: "demo", Threshold: 2, DailyBudget: 2000, EpochDays: 365, OverlapDays: 30,
		Operators: map[string]string{"north": "a notary", "south": "a university", "west": "the insurers' association"},
		Grounds: consortium.Grounds{
			LegalBasis: "made up for this demonstration", RetentionMonths: 24,
			ImpactAssessment: consortium.Record{What: "impact assessment", Date: today},
			Supervisor:       consortium.Record{What: "notice", Date: today},
		},
	}, cards, nil, time.Now())
	if err != nil {
		return err
	}
	for _, name := range consortiumMembers {
		if text, err = consortium.Sign(text, keys[name]); err != nil {
			return err
		}
	}
	for name := range keys {
		if _, err := consortium.Adopt(filepath.Join(d.dir, name, member.ConsortiumFile), text); err != nil {
			return err
		}
	}
	for _, share := range shares {
		sealed, err := json.Marshal(share)
		if err != nil {
			return fmt.Errorf("writing a share: %w", err)
		}
		if _, err := evaluator.Import(filepath.Join(d.dir, share.Evaluator), sealed, time.Now()); err != nil {
			return err
		}
		if err := d.start(ctx, share.Evaluator); err != nil {
			return err
		}
	}
	witnesses, err := d.witnesses(ctx)
	if err != nil {
		return err
	}
	for _, name := range consortiumMembers {
		if err := d.staff(name, witnesses); err != nil {
			return err
		}
		if err := d.start(ctx, name); err != nil {
			return err
		}
	}
	d.say("members     %s, each with two people who approve", strings.Join(consortiumMembers, ", "))
	d.say("evaluators  %s: each holds a share, any two answer, and none can do it alone",
		strings.Join(consortiumEvaluators, ", "))
	d.say("witnesses   each member watches the logs of the two others, in which their batches are anchored")
	d.say("the file of the consortium is signed by all members: %s...", consortium.Digest(text)[:16])
	return nil
}

// witnesses makes the members' log keys and starts a witness at each member for the logs of the others. It returns, by
// member, the lines of its configuration that name its witness.
func (d *consortiumDemo) witnesses(ctx context.Context) (map[string]string, error) {
	logs := map[string]string{}
	for _, name := range consortiumMembers {
		key, err := tilelog.GenerateKey(filepath.Join(d.dir, name, "log.key"), name+".example/signals")
		if err != nil {
			return nil, err
		}
		logs[name] = key.VKey()
	}
	lines := map[string]string{}
	for _, name := range consortiumMembers {
		dir := filepath.Join(d.dir, "witness-"+name)
		args := []string{"witness", "--dir", dir, "--key-file", dir + ".key", "--name", "witness." + name + ".example",
			"--listen", "127.0.0.1:0"}
		for _, other := range consortiumMembers {
			if other != name {
				args = append(args, "--log", logs[other])
			}
		}
		c, ready, err := startChild(ctx, d.dir, "witness-"+name, args...)
		if err != nil {
			return nil, err
		}
		d.nodes["witness-"+name] = c
		url, vkey, ok := strings.Cut(strings.TrimPrefix(ready, "ready "), " ")
		if !ok {
			return nil, fmt.Errorf("the witness of %s says %q", name, ready)
		}
		lines[name] = fmt.Sprintf("    - {url: %q, key: %q}\n", url, vkey)
	}
	return lines, nil
}

// staff makes the keys of the people who approve, and the member's configuration.
func (d *consortiumDemo) staff(name string, witnesses map[string]string) error {
	config := "pull: 500ms\nclaims_file: claims.txt\nlog:\n  key_file: log.key\n  directory: log\n  quorum: 2\n  witnesses:\n"
	for _, other := range consortiumMembers {
		if other != name {
			config += witnesses[other]
		}
	}
	config += "approvers:\n"
	for _, person := range []string{"ann", "bob"} {
		path := filepath.Join(d.dir, name, person+".key")
		key, err := tilelog.GenerateKey(path, person+"@"+name)
		if err != nil {
			return err
		}
		signer, err := approver(path)
		if err != nil {
			return err
		}
		d.people[name] = append(d.people[name], signer)
		config += "  - " + key.VKey() + "\n"
	}
	return os.WriteFile(filepath.Join(d.dir, name, "member.yaml"), []byte(config), 0o600)
}

// start starts a node as a process of its own.
func (d *consortiumDemo) start(ctx context.Context, name string) error {
	args := []string{"signals", "serve"}
	for _, e := range consortiumEvaluators {
		if e == name {
			args = []string{"evaluator", "run"}
		}
	}
	c, _, err := startChild(ctx, d.dir, name, append(args, "--dir", filepath.Join(d.dir, name), "--listen",
		d.addresses[name])...)
	if err != nil {
		return err
	}
	d.nodes[name] = c
	return nil
}

// kill ends a process without a word.
func (d *consortiumDemo) kill(name string) {
	_ = d.nodes[name].cmd.Process.Kill()
	<-d.nodes[name].done
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// ask gives a command to a member's node.
func (d *consortiumDemo) ask(ctx context.Context, name, command string, in, out any) error {
	if err := member.Command(ctx, filepath.Join(d.dir, name), command, in, out); err != nil {
		return fmt.Errorf("%s, %s: %w", name, command, err)
	}
	return nil
}

func (d *consortiumDemo) lookUp(ctx context.Context, name string, e *claim.Event) (*member.Finding, error) {
	f := new(member.Finding)
	return f, d.ask(ctx, name, "look-up", member.Query{By: "policy: suspicious claims", Insurer: name, Claim: e.ID,
		Identifiers: identifiersOf(e)}, f)
}

// publish proposes, and has two people approve.
func (d *consortiumDemo) publish(ctx context.Context, name string, e *claim.Event, kind signals.Kind,
	basis signals.Basis, ids ...signals.Identifier) ([]string, error) {
	now := time.Now().UTC()
	var text string
	err := d.ask(ctx, name, "propose", member.Publication{
		By: "ann", Insurer: name, Claim: e.ID, Identifiers: ids, Kind: kind, Severity: 2, Basis: basis,
		Line:   string(e.Line),
		Reason: "made up for this demonstration", Expires: now.AddDate(0, 6, 0).Format(time.DateOnly),
		Expiry: "the inquiry ends by then", Notified: now.AddDate(0, 0, 14).Format(time.DateOnly),
	}, &text)
	if err != nil {
		return nil, err
	}
	if err := d.approve(ctx, name, text, d.people[name]); err != nil {
		return nil, err
	}
	p, err := member.ParseProposal(text)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range p.Entries {
		names = append(names, p.Entries[i].Pseudonym.String())
	}
	return names, nil
}

func (d *consortiumDemo) approve(ctx context.Context, name, text string, people []note.Signer) error {
	for _, person := range people {
		signed, err := note.Sign(&note.Note{Text: text}, person)
		if err != nil {
			return fmt.Errorf("signing: %w", err)
		}
		if err := d.ask(ctx, name, "approve", member.Approval{Signed: signed}, &member.Approved{}); err != nil {
			return err
		}
	}
	return nil
}

// turn suspends or withdraws signals.
func (d *consortiumDemo) turn(ctx context.Context, name string, action signals.Action, names []string,
	reason string) error {
	var text string
	if err := d.ask(ctx, name, "turn", member.Turning{Action: action, Names: names, Reason: reason},
		&text); err != nil {
		return err
	}
	return d.approve(ctx, name, text, d.people[name][:member.Needed(action)])
}

// await waits until the newest cause of a claim says what is wanted, and returns how long that took.
func (d *consortiumDemo) await(ctx context.Context, name, claimID string, hit bool) (signals.Cause, time.Duration,
	error) {
	began := time.Now()
	for {
		var all []signals.Cause
		if err := d.ask(ctx, name, "causes", struct{}{}, &all); err != nil {
			return signals.Cause{}, 0, err
		}
		for i := len(all) - 1; i >= 0; i-- {
			if all[i].Claim == claimID {
				if all[i].Hit.Publishers > 0 == hit {
					return all[i], time.Since(began), nil
				}
				break
			}
		}
		if time.Since(began) > 30*time.Second {
			return signals.Cause{}, 0, fmt.Errorf("%s does not learn what the others said within 30 s", name)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return signals.Cause{}, 0, errors.New("interrupted before its end")
		}
	}
}

// normal returns the normal forms of a claim's identifiers.
func normal(forms *identifier.Forms, e *claim.Event) (map[string]signals.Identifier, error) {
	all := map[string]signals.Identifier{}
	for _, id := range identifiersOf(e) {
		form, ok, err := forms.Form(id)
		if err != nil {
			return nil, err
		}
		if ok {
			all[string(id.Domain)+" "+string(form)] = id
		}
	}
	return all, nil
}
