package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/feed/synthetic"
	"tallystick/signals"
	"tallystick/signals/identifier"
	"tallystick/signals/member"
)

// write makes claims up and deals one ring's claims out to the three insurers, one each.
func (d *consortiumDemo) write(context.Context) error {
	events, err := synthetic.Generate(synthetic.Config{Seed: d.seed, Claims: d.claims, Insurers: consortiumMembers})
	if err != nil {
		return err
	}
	forms, err := identifier.New()
	if err != nil {
		return err
	}
	d.books, d.ring = map[string][]claim.Event{}, map[string]claim.Event{}
	rings := map[string][]claim.Event{}
	for e, label := range events {
		switch {
		case label.Kind == synthetic.RingFraud:
			rings[label.Group] = append(rings[label.Group], e) // all but the one below stay out of this story
		case label.Kind == synthetic.Switchboard && e.Insurer == "birch" && d.innocent.ID == "":
			d.innocent = e
			fallthrough
		default:
			d.books[e.Insurer] = append(d.books[e.Insurer], e)
		}
	}
	if d.innocent.ID == "" {
		return fmt.Errorf("the feed of seed %d has no hospital's switchboard at birch: take another --seed, or more --claims", d.seed)
	}
	if err := d.deal(forms, rings); err != nil {
		return err
	}
	for _, name := range consortiumMembers {
		var open strings.Builder
		for i := range d.books[name] {
			fmt.Fprintf(&open, "%s/%s\n", name, d.books[name][i].ID)
		}
		if err := os.WriteFile(filepath.Join(d.dir, name, "claims.txt"), []byte(open.String()), 0o600); err != nil {
			return fmt.Errorf("writing the open claims of %s: %w", name, err)
		}
	}
	return nil
}

// deal looks for a ring of whose claims three have something in common, and gives each insurer one of them: such that
// nothing in an insurer's own book joins it to another claim.
func (d *consortiumDemo) deal(forms *identifier.Forms, rings map[string][]claim.Event) error {
	held := map[string]map[string]bool{}
	for _, name := range consortiumMembers {
		held[name] = map[string]bool{}
		for i := range d.books[name] {
			all, err := normal(forms, &d.books[name][i])
			if err != nil {
				return err
			}
			for form := range all {
				held[name][form] = true
			}
		}
	}
	for _, group := range slices.Sorted(maps.Keys(rings)) {
		events := rings[group]
		of := make([]map[string]signals.Identifier, len(events))
		by := map[string][]int{}
		for i := range events {
			var err error
			if of[i], err = normal(forms, &events[i]); err != nil {
				return err
			}
			for form, id := range of[i] {
				if id.Domain == signals.Phone || id.Domain == signals.Account {
					by[form] = append(by[form], i)
				}
			}
		}
		for _, form := range slices.Sorted(maps.Keys(by)) {
			if places := by[form]; len(places) >= len(consortiumMembers) && d.fits(held, of, places) {
				for i, name := range consortiumMembers {
					e := events[places[i]]
					e.Insurer = name
					d.ring[name], d.books[name] = e, append(d.books[name], e)
				}
				d.shared = of[places[0]][form]
				return nil
			}
		}
	}
	return fmt.Errorf("the feed of seed %d has no ring that each insurer sees one claim of alone: take another --seed, or more --claims", d.seed)
}

func (d *consortiumDemo) fits(held map[string]map[string]bool, of []map[string]signals.Identifier, places []int) bool {
	for i, name := range consortiumMembers {
		for form := range of[places[i]] {
			if held[name][form] {
				return false
			}
		}
	}
	return true
}

// alone shows that no insurer has anything in its own book that joins the ring's claim to another.
func (d *consortiumDemo) alone(ctx context.Context) error {
	d.title("One ring claims at all three, with one " + d.shared.Domain.Word())
	forms, err := identifier.New()
	if err != nil {
		return err
	}
	for _, name := range consortiumMembers {
		e := d.ring[name]
		own, err := normal(forms, &e)
		if err != nil {
			return err
		}
		joined := 0
		for i := range d.books[name] {
			if d.books[name][i].ID == e.ID {
				continue
			}
			other, err := normal(forms, &d.books[name][i])
			if err != nil {
				return err
			}
			for form := range other {
				if _, ok := own[form]; ok {
					joined++
					break
				}
			}
		}
		f, err := d.lookUp(ctx, name, &e)
		if err != nil {
			return err
		}
		d.say("%-6s %4d claims; %s shares a phone, account, person, address or vehicle with %d of them; the others: %s",
			name, len(d.books[name]), e.ID, joined, f.Reason)
		if joined > 0 || f.Hit.Publishers > 0 {
			return fmt.Errorf("%s sees something alone, so there is no story: take another --seed", name)
		}
	}
	d.say("each of them sees one claim like any other")
	return nil
}

// first has acme's people find a forged invoice and warn the others, while an evaluator dies.
func (d *consortiumDemo) first(ctx context.Context) error {
	d.title("At acme a handler doubts an invoice; two people approve a warning")
	e := d.ring["acme"]
	d.kill("south")
	d.say("evaluator south is killed at this moment (kill -9)")
	names, err := d.publish(ctx, "acme", &e, "document", "suspected", d.shared)
	if err != nil {
		return err
	}
	d.say("acme publishes signal %s: its %s as a name that only members of this month's epoch can test", names[0],
		d.shared.Domain.Word())
	for _, name := range consortiumMembers[1:] {
		e := d.ring[name]
		cause, took, err := d.await(ctx, name, e.ID, true)
		if err != nil {
			return err
		}
		d.say("%-6s %.1f s later, without asking again: %s/%s is %s", name, took.Seconds(), name, e.ID,
			cause.Hit.Reason(len(consortiumMembers), time.Now()))
	}
	return d.start(ctx, "south")
}

// together has the other two look closer and warn in turn, while a member's node dies.
func (d *consortiumDemo) together(ctx context.Context) error {
	d.title("The other two look closer, and warn in turn")
	d.kill("birch")
	d.say("birch's node is killed (kill -9) before cedar publishes")
	e := d.ring["cedar"]
	if _, err := d.publish(ctx, "cedar", &e, "ring", "suspected", d.shared); err != nil {
		return err
	}
	if err := d.start(ctx, "birch"); err != nil {
		return err
	}
	e = d.ring["birch"]
	if _, err := d.publish(ctx, "birch", &e, "ring", "established", d.shared); err != nil {
		return err
	}
	for _, name := range consortiumMembers {
		e := d.ring[name]
		// Two others have warned by now; with three members a count would say who, so kinds are all that shows.
		want := "established"
		if name == "birch" {
			want = "suspected"
		}
		began := time.Now()
		for {
			f, err := d.lookUp(ctx, name, &e)
			if err != nil {
				return err
			}
			bases := fmt.Sprint(f.Hit.Bases)
			if strings.Contains(bases, want) && strings.Contains(fmt.Sprint(f.Hit.Kinds), "ring") {
				d.say("%-6s %s/%s is %s", name, name, e.ID, f.Reason)
				break
			}
			if time.Since(began) > 30*time.Second {
				return fmt.Errorf("%s does not learn what the others said within 30 s", name)
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
	d.say("all three claims go to their investigators: as a cause to score them again, and never as a decision")
	return nil
}

// contested has an innocent subject contest a signal, which goes.
func (d *consortiumDemo) contested(ctx context.Context) error {
	d.title("A signal is wrong: the number is a hospital's switchboard")
	var number signals.Identifier
	for _, id := range identifiersOf(&d.innocent) {
		if id.Domain == signals.Phone {
			number = id
			break
		}
	}
	if number.Parts == nil {
		return fmt.Errorf("the claim of the switchboard has no phone: take another --seed")
	}
	names, err := d.publish(ctx, "birch", &d.innocent, "ring", "suspected", number)
	if err != nil {
		return err
	}
	// An honest patient at cedar.
	patient := d.books["cedar"][0]
	patient.Claimant.Phone, patient.Claimant.Address.Country = number.Parts[0], number.Country
	if _, err := d.lookUp(ctx, "cedar", &patient); err != nil {
		return err
	}
	cause, _, err := d.await(ctx, "cedar", patient.ID, true)
	if err != nil {
		return err
	}
	d.say("cedar  cedar/%s of an honest patient is %s", patient.ID,
		cause.Hit.Reason(len(consortiumMembers), time.Now()))
	if err := d.turn(ctx, "birch", signals.Suspend, names, "the subject contests"); err != nil {
		return err
	}
	_, took, err := d.await(ctx, "cedar", patient.ID, false)
	if err != nil {
		return err
	}
	d.say("birch  the subject contests: suspended everywhere %.1f s later, and the claim's score falls again",
		took.Seconds())
	if err := d.turn(ctx, "birch", signals.Withdraw, names, "a hospital's switchboard"); err != nil {
		return err
	}
	f, err := d.lookUp(ctx, "cedar", &patient)
	if err != nil {
		return err
	}
	d.say("birch  cleared: withdrawn for good; cedar asks again: %s", f.Reason)
	return nil
}

// inquiry has one fraud desk ask another.
func (d *consortiumDemo) inquiry(ctx context.Context) error {
	d.title("Two fraud desks talk, case by case, sealed and signed")
	e := d.ring["cedar"]
	var sent []member.Letter
	err := d.ask(ctx, "cedar", "inquire", member.Inquiry{By: "carl", Insurer: "cedar", Claim: e.ID,
		Text: "Who issued the invoice?"}, &sent)
	if err != nil {
		return err
	}
	for _, l := range sent {
		var answer member.Letter
		if err := d.ask(ctx, l.To, "answer", member.Reply{By: "ann", ID: l.ID, Text: "A garage that does not exist."},
			&answer); err != nil {
			return err
		}
		d.say("cedar asks %s, who answers; both have it in their logs", l.To)
	}
	return nil
}

// anchored waits until birch's batches, the withdrawal too, are under a checkpoint that both others' witnesses signed.
func (d *consortiumDemo) anchored(ctx context.Context) error {
	d.title("What birch published and withdrew stands in its log, witnessed by the two others")
	key, err := tilelog.LoadKey(filepath.Join(d.dir, "birch", "log.key"))
	if err != nil {
		return err
	}
	var s member.Status
	if err := d.ask(ctx, "birch", "status", struct{}{}, &s); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(100 * time.Millisecond) {
		reader, err := tilelog.OpenReader(filepath.Join(d.dir, "birch", "log"), key.VKey())
		if err != nil {
			return err
		}
		msg, err := reader.Head(ctx)
		if err != nil {
			continue // nothing is published yet
		}
		text, signatures, _ := strings.Cut(string(msg), "\n\n")
		head, err := proof.ParseCheckpoint(text + "\n")
		if err != nil {
			return err
		}
		if head.Size == uint64(s.Published) {
			entry, err := reader.Entry(ctx, head.Size-1, head)
			if err != nil {
				return err
			}
			d.say("log %s, %d batches, %d signatures; the last: %s", head.Origin, head.Size,
				strings.Count(signatures, "— "), strings.Fields(entry)[5][:16]+"...")
			return nil
		}
	}
	return errors.New("birch's batches are not witnessed within 30 s")
}

// leaks searches everything that was written for what nobody may have written.
func (d *consortiumDemo) leaks(ctx context.Context) error {
	d.title("What the evaluators and all folders hold")
	values := map[string]bool{}
	for _, name := range consortiumMembers {
		e := d.ring[name]
		for _, id := range identifiersOf(&e) {
			for _, part := range id.Parts {
				if len(part) >= 6 {
					values[part] = true
				}
			}
		}
	}
	files, read := 0, 0
	err := filepath.WalkDir(d.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files, read = files+1, read+len(text)
		for value := range values {
			if bytes.Contains(text, []byte(value)) {
				return fmt.Errorf("%s holds an identifier in clear", path)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("searching the folders: %w", err)
	}
	d.say("%d files, %d KiB, logs too: none of the %d names, numbers and addresses of the ring's claims stands in any",
		files, read>>10, len(values))
	var s member.Status
	if err := d.ask(ctx, "acme", "status", struct{}{}, &s); err != nil {
		return err
	}
	for _, e := range s.Evaluators {
		d.say("evaluator %-6s counted %3d of %d identifiers for acme today", e.Evaluator, e.Used, e.Budget)
	}
	path, err := filepath.Glob(filepath.Join(d.dir, "north", "meter", "*.jsonl"))
	if err != nil || len(path) == 0 {
		return fmt.Errorf("north has no log: %w", err)
	}
	text, err := os.ReadFile(path[len(path)-1])
	if err != nil {
		return fmt.Errorf("reading north's log: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	d.say("all that north knows of one look-up: %s", line)
	return nil
}
