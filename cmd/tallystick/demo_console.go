package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"tallystick/cases"
	"tallystick/console"
	"tallystick/install"
)

// demoPeople are those who work in the demonstration, with one of each role.
var demoPeople = []console.Person{
	{ID: "anna", Name: "Anna Kowalczyk", Roles: []console.Role{console.Investigator}},
	{ID: "sofia", Name: "Sofia Ortiz", Roles: []console.Role{console.Investigator}},
	{ID: "jonas", Name: "Jonas Weber", Roles: []console.Role{console.Investigator}},
	{ID: "helen", Name: "Helen Ward", Roles: []console.Role{console.Lead}},
	{ID: "ravi", Name: "Ravi Nair", Roles: []console.Role{console.Officer}},
	{ID: "mei", Name: "Lin Mei", Roles: []console.Role{console.Supervisor}},
	{ID: "paul", Name: "Paul Adler", Roles: []console.Role{console.Partner}},
	{ID: "tomasz", Name: "Tomasz Nowak", Roles: []console.Role{console.Admin}},
}

// people writes who signs in, with one password for all that is new in each run, and the key of their notes.
func (d *demo) people() error {
	d.password = strings.ToLower(rand.Text()[:16])
	people := make([]console.Person, len(demoPeople))
	for i, p := range demoPeople {
		p.Insurers = demoInsurers
		people[i] = p
	}
	if err := console.WriteLocalPeople(d.path("people.yaml"), people, d.password); err != nil {
		return err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return fmt.Errorf("making the key of notes: %w", err)
	}
	if err := os.WriteFile(d.path("link.token"), []byte(rand.Text()+"\n"), 0o600); err != nil {
		return fmt.Errorf("writing what console and reveal server share: %w", err)
	}
	return os.WriteFile(d.path("notes.key"), []byte(base64.StdEncoding.EncodeToString(key)+"\n"), 0o600)
}

// startConsole brings up the cases and the console before claims are decided. It returns what waits for the relay of
// cases, which ends with ctx; stop is told if it ends before.
func (d *demo) startConsole(ctx context.Context, stop context.CancelCauseFunc) (relayed func() error, err error) {
	none := func() error { return nil }
	if err := install.SetupCases(ctx, &d.cfg); err != nil {
		return none, err
	}
	if err := d.roster(ctx); err != nil {
		return none, err
	}
	rev, line, err := startChild(ctx, d.dir, "reveal", "reveal", "serve", "-c", d.configFile)
	if err != nil {
		return none, err
	}
	d.children = append(d.children, rev)
	look, lookups, err := startChild(ctx, d.dir, "lookup", "lookup", "serve", "-c", d.configFile)
	if err != nil {
		return none, err
	}
	d.children = append(d.children, look)
	c, line, err := startChild(ctx, d.dir, "console", "console", "-c", d.configFile, "--set",
		"reveal.link.url="+strings.TrimPrefix(line, "ready "),
		"--set", "lookup.link.url="+strings.TrimPrefix(lookups, "ready "))
	if err != nil {
		return none, err
	}
	d.children = append(d.children, c)
	d.console = strings.TrimPrefix(line, "ready ")
	ended := make(chan error, 1)
	go func() {
		err := d.relay(ctx)
		if ctx.Err() != nil {
			err = nil
		} else {
			stop(err)
		}
		ended <- err
	}()
	return func() error { return <-ended }, nil
}

// roster puts those who work on cases on the roster, so that cases can be handed out by load.
func (d *demo) roster(ctx context.Context) error {
	log, done, err := d.logTo("casework.log")
	if err != nil {
		return err
	}
	defer done()
	w, err := install.OpenCasework(ctx, &d.cfg, log)
	if err != nil {
		return err
	}
	defer w.Close()
	actor := cases.Actor{Person: "demo", Rights: cases.RightsOf("lead")}
	for _, p := range demoPeople {
		if p.Roles[0] != console.Investigator && p.Roles[0] != console.Lead {
			continue
		}
		if err := w.Cases.SetPerson(ctx, actor, "", cases.Person{ID: p.ID, Name: p.Name, Capacity: 36}); err != nil {
			return fmt.Errorf("putting %s on the roster: %w", p.ID, err)
		}
	}
	return nil
}

// showConsole says where to look and how to sign in.
func (d *demo) showConsole() {
	d.title("The console, where people work on what was flagged")
	d.say("%s", d.console)
	for _, p := range demoPeople {
		d.say("   %-8s %s", p.ID, p.Roles[0])
	}
	d.say("all with the password %s", d.password)
}

// relay opens cases for what is decided until ctx is done.
func (d *demo) relay(ctx context.Context) error {
	log, done, err := d.logTo("relay.log")
	if err != nil {
		return err
	}
	defer done()
	w, err := install.OpenCasework(ctx, &d.cfg, log)
	if err != nil {
		return err
	}
	defer w.Close()
	return w.Relay(ctx, &d.cfg)
}
