// Command run runs the cases of folders against a program, prints a table, and fails if one of them fails.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"tallystick/internal/testcases"
)

func main() {
	program := flag.String("bin", "bin/tallystick", "the built program")
	verbose := flag.Bool("v", false, "show what failed cases wrote")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := run(ctx, *program, *verbose, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "test-cases:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context, program string, verbose bool, folders []string) (bool, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(program); err != nil {
		return false, fmt.Errorf("the program is not there, make build makes it: %w", err)
	}
	if len(folders) == 0 {
		return false, fmt.Errorf("name a folder of cases")
	}
	ok := true
	var results []testcases.Result
	for _, folder := range folders {
		cases, err := testcases.Load(folder)
		if err != nil {
			return false, err
		}
		for _, c := range cases {
			r, err := testcases.Run(ctx, program, c)
			if err != nil {
				return false, err
			}
			ok = ok && len(r.Missed) == 0
			results = append(results, r)
			if verbose && len(r.Missed) > 0 {
				fmt.Printf("== %s\n%s%s", r.Name, r.Stdout, r.Stderr)
			}
		}
	}
	return ok, testcases.Table(os.Stdout, results)
}
