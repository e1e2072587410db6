package testcases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Result is what became of a case: nothing in Missed means that all was as expected.
type Result struct {
	Case
	Missed []string
	Stdout string
	Stderr string
	Took   time.Duration
}

// Run runs a case with the program at the given path. An error means that it could not be run at all.
func Run(ctx context.Context, program string, c Case) (result Result, err error) {
	dir, err := os.MkdirTemp("", "case-")
	if err != nil {
		return Result{}, fmt.Errorf("make a folder for the case %q: %w", c.Name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	work, bin := filepath.Join(dir, "work"), filepath.Join(dir, "bin")
	if err := errors.Join(os.Mkdir(bin, 0o755), os.CopyFS(work, os.DirFS(c.Folder)),
		os.Symlink(program, filepath.Join(bin, "tallystick"))); err != nil {
		return Result{}, fmt.Errorf("lay out the case %q: %w", c.Name, err)
	}
	limit := 60 * time.Second
	if c.Seconds > 0 {
		limit = time.Duration(c.Seconds) * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r := Result{Case: c}
	var stdout, stderr bytes.Buffer
	start := time.Now()
	for i, line := range c.Run {
		cmd := exec.CommandContext(ctx, "sh", "-c", line)
		cmd.Dir, cmd.Stdout, cmd.Stderr = work, &stdout, &stderr
		cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
		cmd.WaitDelay = time.Second
		err := cmd.Run()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && ctx.Err() == nil {
			return r, fmt.Errorf("run the case %q: %w", c.Name, err)
		}
		if ctx.Err() != nil {
			r.Missed = append(r.Missed, fmt.Sprintf("ended within %s", limit))
			break
		}
		want := 0
		if i == len(c.Run)-1 {
			want = c.Exit
		}
		if got := cmd.ProcessState.ExitCode(); got != want {
			r.Missed = append(r.Missed, fmt.Sprintf("exit code %d, not %d", want, got))
			break
		}
	}
	r.Took, r.Stdout, r.Stderr = time.Since(start), stdout.String(), stderr.String()
	r.Missed = append(r.Missed, missed("stdout", r.Stdout, c.Stdout)...)
	r.Missed = append(r.Missed, missed("stderr", r.Stderr, c.Stderr)...)
	for name, wanted := range c.Files {
		data, err := os.ReadFile(filepath.Join(work, name))
		if err != nil {
			r.Missed = append(r.Missed, "a file "+name)
			continue
		}
		r.Missed = append(r.Missed, missed(name, string(data), wanted)...)
	}
	slices.Sort(r.Missed)
	return r, nil
}

func missed(where, text string, wanted []string) (list []string) {
	for _, want := range wanted {
		unwanted, not := strings.CutPrefix(want, "! ")
		if not && strings.Contains(text, unwanted) || !not && !strings.Contains(text, want) {
			list = append(list, fmt.Sprintf("%s: %s", where, want))
		}
	}
	return list
}

// Table writes a line for each case, and for each that failed what was expected and not there.
func Table(out io.Writer, results []Result) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	failed := 0
	fmt.Fprintln(w, "RESULT\tCASE\tCOMMAND\tTIME")
	for _, r := range results {
		word := "ok"
		if len(r.Missed) > 0 {
			word = "FAILED"
			failed++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", word, short(r.Name, 60), short(strings.Join(r.Case.Run, "; "), 70),
			r.Took.Round(time.Millisecond))
		for _, miss := range r.Missed {
			fmt.Fprintf(w, "\t  expected %s\t\t\n", short(miss, 100))
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	_, err := fmt.Fprintf(out, "%d passed, %d failed\n", len(results)-failed, failed)
	return err
}

func short(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
