package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mattn/go-shellwords"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

func TestMain(m *testing.M) {
	// go test has a GOCOVERDIR of its own; what the spawned binary ran is counted in another.
	if dir := os.Getenv("TALLYSTICK_COVERDIR"); dir != "" {
		if err := os.Setenv("GOCOVERDIR", dir); err != nil {
			panic(err)
		}
	}
	testscript.Main(m, map[string]func(){
		"tallystick": func() { os.Exit(execute(context.Background(), os.Args[1:])) },
	})
}

// TestScripts tells what a person at a terminal sees: each file of testdata is a story that needs no server.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	keys := goldenKeys(t)
	testscript.Run(t, testscript.Params{
		Dir:                "testdata",
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAMPLE", filepath.Join(root, "feed", "mappings", "sample"))
			env.Setenv("GOLDEN", filepath.Join(root, "anchor", "proof", "testdata", "bundle.json"))
			env.Setenv("LOGKEY", keys[0])
			env.Setenv("WITNESSKEY", keys[1])
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exitcode": exitCode, "mode": mode},
	})
}

// goldenKeys returns the keys of the golden proof bundle: the log's and the witness's.
func goldenKeys(t *testing.T) []string {
	t.Helper()
	f, err := os.Open("../../anchor/proof/testdata/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var keys []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		keys = append(keys, lines.Text())
	}
	if len(keys) < 2 {
		t.Fatalf("%d keys in keys.txt, want the log's and a witness's", len(keys))
	}
	return keys
}

// exitCode runs a command that must end with a given code: exitcode 2 tallystick verify x.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE COMMAND [ARG]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s ended with %d, not %d", strings.Join(args[1:], " "), got, want)
	}
}

// mode checks a file's permissions: mode 600 FILE...
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mode OCTAL FILE...")
	}
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, not %s", name, got, args[0])
		}
	}
}

var exampleLine = regexp.MustCompile(`(?m)^ {2}(?:[A-Z_]+=\S+ )*tallystick `)

// TestEveryCommandHasHelpWithAnExample walks the commands.
func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	seen := 0
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		if cmd.HasParent() {
			seen++
			switch {
			case cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || cmd.Short[0] < 'A' || cmd.Short[0] > 'Z':
				t.Errorf("%s: Short is %q: want a sentence without its point", path, cmd.Short)
			case !exampleLine.MatchString(cmd.Example) ||
				!strings.Contains(cmd.Example, strings.TrimPrefix(path, "tallystick ")):
				t.Errorf("%s: the example does not call it:\n%s", path, cmd.Example)
			case !strings.HasPrefix(cmd.UseLine(), path):
				t.Errorf("%s: Use is %q", path, cmd.Use)
			case cmd.RunE == nil:
				t.Errorf("%s does nothing", path)
			case cmd.Args == nil:
				t.Errorf("%s takes any argument", path)
			case cmd.Long == "" && !cmd.HasSubCommands() && cmd.Name() != "version":
				t.Errorf("%s: no Long", path)
			}
		}
		for _, line := range strings.Split(cmd.Long+"\n"+cmd.Example, "\n") {
			if len([]rune(line)) > 110 {
				t.Errorf("%s: a line of the help has %d characters: %s", path, len(line), line)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(rootCommand())
	if seen < 15 {
		t.Errorf("only %d commands", seen)
	}
}

// TestExamplesParse splits each line of each example into words as a shell does, and runs cobra's own parsing on them.
func TestExamplesParse(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		joined := strings.ReplaceAll(cmd.Example, "\\\n", " ")
		for line := range strings.Lines(joined) {
			_, line, ok := strings.Cut(strings.TrimSpace(line), "tallystick ")
			if !ok {
				continue
			}
			words, err := shellwords.Parse(line) // up to a redirection or pipe
			if err != nil {
				t.Errorf("%s: %s: %v", cmd.CommandPath(), line, err)
				continue
			}
			found, rest, err := rootCommand().Find(words)
			if err != nil {
				t.Errorf("%s: %s: %v", cmd.CommandPath(), line, err)
				continue
			}
			found.InheritedFlags() // merges those of the root
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: %s: %v", cmd.CommandPath(), line, err)
			} else if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: %s: %v", cmd.CommandPath(), line, err)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(rootCommand())
}
