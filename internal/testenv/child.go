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
// told by the environment to be a watcher: it runs the server and ends it when
// its own starter is gone, however that came about. For the ClickHouse engine
// the server is this program a third time.
const (
	envChild  = "TALLYSTICK_TESTENV_CHILD"
	envEngine = "TALLYSTICK_TESTENV_ENGINE"
	envDir    = "TALLYSTICK_TESTENV_DIR" // the server's folder
	engineArg = "clickhouse-engine"      // in place of a path: run the engine
)

func childEnv(dir string, command []string) []string {
	return []string{envChild + "=" + pack(command), envDir + "=" + dir}
}

func pack(command []string) string {
	b, err := json.Marshal(command)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}

func init() {
	for name, be := range map[string]func(context.Context, []string) error{envChild: watch, envEngine: runEngine} {
		text := os.Getenv(name)
		if text == "" {
			continue
		}
		os.Unsetenv(name)
		var command []string
		err := json.Unmarshal([]byte(text), &command)
		if err == nil {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			err = be(ctx, command)
			stop()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func runEngine(ctx context.Context, command []string) error {
	return engine.Run(ctx, engine.Config{DataDir: command[1], Addr: command[2], ConfigFile: command[3]})
}

// watch runs a command until it ends or standard input does, which means that
// the starter is gone and cannot clear up: then the server's folder goes too.
// Signals reach the command by itself, since it is in the same process group.
func watch(ctx context.Context, command []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	if command[0] == engineArg {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		cmd = exec.Command(self)
		cmd.Env = append(os.Environ(), envEngine+"="+pack(command))
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	orphaned := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(orphaned)
		cmd.Process.Kill()
	}()
	err := cmd.Wait()
	select {
	case <-orphaned:
		return os.RemoveAll(os.Getenv(envDir))
	default:
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}
