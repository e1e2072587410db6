package testenv

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"tallystick/analytics/engine"
)

// A server's process is this program once more (a test binary or testenv/run),
// told by the environment what to be: a watcher, which runs the server and ends
// it when its own starter is gone however that came about, or the ClickHouse
// engine itself.
const (
	envChild  = "TALLYSTICK_TESTENV_CHILD"
	envDir    = "TALLYSTICK_TESTENV_DIR" // the server's folder
	engineArg = "clickhouse-engine"      // in place of a path: run the engine here
)

func childEnv(dir string, command []string) []string {
	b, err := json.Marshal(command)
	if err != nil {
		panic(err) // strings always marshal
	}
	return []string{envChild + "=" + string(b), envDir + "=" + dir}
}

func init() {
	text := os.Getenv(envChild)
	if text == "" {
		return
	}
	os.Unsetenv(envChild)
	var command []string
	if err := json.Unmarshal([]byte(text), &command); err != nil || len(command) == 0 {
		fmt.Fprintln(os.Stderr, envChild, "is not a command")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var err error
	if command[0] == engineArg {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			os.RemoveAll(os.Getenv(envDir))
			os.Exit(1)
		}()
		err = engine.Run(ctx, engine.Config{DataDir: command[1], Addr: command[2]})
	} else {
		err = watch(ctx, command)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// watch runs a command until it ends or standard input does, which means that
// the starter is gone and cannot clear up: then the server's folder goes too.
// Signals reach the command by itself, since it is in the same process group.
func watch(ctx context.Context, command []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cmd.Process.Kill()
		os.RemoveAll(os.Getenv(envDir))
		os.Exit(1)
	}()
	err := cmd.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}
