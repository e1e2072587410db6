// Command run starts the real servers once, runs the command given to it with
// the environment that package testenv reads, and ends the servers whatever
// became of the command. Its exit code is the command's.
//
//	go run ./internal/testenv/run go test -tags integration ./...
package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"tallystick/internal/testenv"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: run COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func run(command []string) (code int, err error) {
	runtime.LockOSThread() // see groupOfItsOwn
	// Before the servers: a signal while they start must end them too.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)

	all, err := testenv.StartAll()
	if err != nil {
		return 1, err
	}
	defer all.Close()

	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), all.Env()...)
	// A group of its own, so that what the command leaves behind ends as well.
	cmd.SysProcAttr = groupOfItsOwn()
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	died := all.Died()
	for {
		select {
		case err := <-died:
			// The command goes on: its failures show what depended on it.
			fmt.Fprintln(os.Stderr, err)
			died = nil
		case s := <-signals:
			syscall.Kill(-cmd.Process.Pid, s.(syscall.Signal))
		case err := <-done:
			if cmd.ProcessState.Exited() {
				return cmd.ProcessState.ExitCode(), nil
			}
			return 1, err
		}
	}
}
