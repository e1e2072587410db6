//go:build integration

package attack

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

var long = flag.Bool("long", false, "also the cases that take minutes")

// attackCase is one attack. To add one, write its function in a file beside this one and name it here.
type attackCase struct {
	on    string // the part that is attacked
	holds string // what must hold
	long  bool   // takes more than some seconds
	run   func(t *testing.T, s *site)
}

var cases = slices.Concat(
	[]attackCase{
		{on: "engine", holds: "answers nobody without the password of this start", run: enginePassword},
		{on: "engine", holds: "answers no Host but loopback, and no web page", run: engineHost},
		{on: "engine", holds: "reads no file for a client", run: engineReadsFile},
		{on: "engine", holds: "writes no file for a client", run: engineWritesFile},
		{on: "engine", holds: "takes no folder of the machine", run: engineTakesFolder},
		{on: "engine", holds: "runs no program", run: engineRunsProgram},
		{on: "engine", holds: "calls no other machine", run: engineCallsOut},
		{on: "engine", holds: "changes nothing by GET", run: engineGET},
		{on: "engine", holds: "bounds time and statements, and keeps its limits", run: engineBounds},
		{on: "engine", holds: "bounds memory and answers", long: true, run: engineMemory},
		{on: "engine", holds: "is reached in spite of idle connections", run: engineIdle},
		{on: "engine", holds: "is confined by the kernel", run: engineConfined},
		{on: "witness", holds: "cosigns no other history and keeps its disk", run: witnessForks},
		{on: "witness", holds: "outlives requests that are none", run: witnessGarbage},
		{on: "witness", holds: "is reached in spite of idle connections", run: witnessIdle},
		{on: "log", holds: "publishes no head without its witnesses", run: logPublishesNothingUnwitnessed},
		{on: "broker", holds: "outlives what is no request", run: brokerGarbage},
		{on: "ports", holds: "are on loopback alone", run: portsLoopback},
		{on: "files", holds: "are read by their owner alone", run: filesPrivate},
		{on: "output", holds: "is not obeyed by a terminal", run: outputControl},
	},
)

func TestAttack(t *testing.T) {
	s := newSite(t)
	type outcome struct {
		attackCase
		word string
		took time.Duration
	}
	var all []outcome
	for _, c := range append(cases, attackCase{on: "pipeline", holds: "decides claims after all of it",
		run: decidesClaims}) {
		o := outcome{attackCase: c, word: "not run (-long)"}
		if !c.long || *long {
			begun := time.Now()
			o.word = "BROKEN"
			if t.Run(c.on+" "+c.holds, func(t *testing.T) { c.run(t, s) }) {
				o.word = "held"
			}
			o.took = time.Since(begun)
		}
		all = append(all, o)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
	for _, o := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.1fs\n", o.word, o.on, o.holds, o.took.Seconds())
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("what held\n%s", table.String())
}
