package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// child is a sub-command of this binary that runs as a process of its own.
type child struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
	err  error // after done
}

// startChild runs this binary with args, its standard error in DIR/NAME.log, and waits for the first line it prints,
// which is returned. The process dies with this one.
func startChild(ctx context.Context, dir, name string, args ...string) (*child, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("finding this program's file: %w", err)
	}
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, "", fmt.Errorf("starting %s: %w", name, err)
	}
	defer log.Close()
	c := &child{name: name, cmd: exec.Command(self, args...), done: make(chan struct{})}
	c.cmd.Stderr = log
	c.cmd.SysProcAttr = dieWithParent()
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, "", fmt.Errorf("starting %s: %w", name, err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("starting %s: %w", name, err)
	}
	first := make(chan string, 1)
	go func() {
		defer close(c.done)
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n')
		first <- strings.TrimSpace(line)
		_, _ = io.Copy(io.Discard, lines)
		c.err = c.cmd.Wait()
	}()
	select {
	case line := <-first:
		if line != "" {
			return c, line, nil
		}
		<-c.done
		return nil, "", fmt.Errorf("%s did not start: %w; it wrote:\n%s", name, c.err, tailOf(log.Name()))
	case <-time.After(60 * time.Second):
		c.stop()
		return nil, "", fmt.Errorf("%s did not start within a minute; it wrote:\n%s", name, tailOf(log.Name()))
	case <-ctx.Done():
		c.stop()
		return nil, "", context.Cause(ctx)
	}
}

// stop asks the process to end, and makes it after ten seconds.
func (c *child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(10 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

// tailOf returns the last lines of a log file.
func tailOf(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-2000):])
}
