package testenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is one server process. Its methods are for one goroutine at a time.
type Server struct {
	Addr  string // what clients are given: host:port, for Vault a URL
	Token string // Vault's root token

	Second string // host:port of Kafka's second listener, if one was asked for
	CAFile string // who signed the certificate of a Vault with TLS

	name    string
	dir     string // data, configuration and log; removed by Close
	command []string
	env     []string
	ready   func(ctx context.Context) error

	mu   sync.Mutex
	proc *process
}

// process is one life of a server: the watcher of child.go and its child, both
// in a process group of their own.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer // the watcher ends the server when this is closed
	done  chan struct{}
}

const (
	startLimit = 90 * time.Second
	stopLimit  = 30 * time.Second
)

// start brings the process up and waits until it answers.
func (s *Server) start() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	log, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	defer log.Close()
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Env = append(cmd.Env, childEnv(s.dir, s.command)...)
	cmd.Dir = s.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	p := &process{cmd: cmd, stdin: stdin, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		cmd.Wait() // its exit code says nothing that the log does not
	}()
	s.mu.Lock()
	s.proc = p
	s.mu.Unlock()
	return s.awaitReady(p)
}

func (s *Server) awaitReady(p *process) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for {
		attempt, done := context.WithTimeout(ctx, 5*time.Second)
		err := s.ready(attempt)
		done()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("starting %s: it ended at once; end of its log:\n%s", s.name, s.logTail())
		case <-ctx.Done():
			s.Kill()
			return fmt.Errorf("starting %s: no answer after %v: %w; end of its log:\n%s", s.name, startLimit, err,
				s.logTail())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Stop asks the server to end, as an operator would, and waits.
func (s *Server) Stop() {
	s.end(syscall.SIGTERM)
}

// Kill ends the server as a crash would, and waits until it is gone.
func (s *Server) Kill() {
	s.end(syscall.SIGKILL)
}

// Pause stops the process in its tracks: connections stay open and nothing
// answers. It fails the test if the process does not stop.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.signal(syscall.SIGSTOP)
	// The signal is taken some time after it was sent.
	if err := s.await(func(state string) bool { return state == "T" }); err != nil {
		t.Fatalf("pausing %s: %v", s.name, err)
	}
}

// await waits until every process of the group that is not dead is as told.
func (s *Server) await(as func(state string) bool) error {
	group := strconv.Itoa(s.current().cmd.Process.Pid)
	for deadline := time.Now().Add(stopLimit); ; time.Sleep(2 * time.Millisecond) {
		out, err := exec.Command("ps", "-A", "-o", "pgid=,state=").Output()
		if err != nil {
			return fmt.Errorf("asking ps for process states: %w", err)
		}
		if allAre(string(out), group, as) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("its processes are not as expected after %v", stopLimit)
		}
	}
}

func allAre(states, group string, as func(state string) bool) bool {
	for line := range strings.Lines(states) {
		f := strings.Fields(line)
		if len(f) == 2 && f[0] == group && f[1][:1] != "Z" && !as(f[1][:1]) {
			return false
		}
	}
	return true
}

// Resume lets a paused process go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

// Restart ends the server if it runs and starts it again on the same port, with
// the same data (Vault in development mode has none). It fails the test if the
// server does not come up.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Close kills the server and removes its data.
func (s *Server) Close() {
	s.Kill()
	os.RemoveAll(s.dir)
}

func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc
}

// Done is closed when the process that runs now has ended.
func (s *Server) Done() <-chan struct{} { return s.current().done }

func (s *Server) signal(sig syscall.Signal) {
	p := s.current()
	if p == nil {
		return
	}
	select {
	case <-p.done:
	default:
		syscall.Kill(-p.cmd.Process.Pid, sig)
	}
}

func (s *Server) end(sig syscall.Signal) {
	p := s.current()
	if p == nil {
		return
	}
	s.signal(sig)
	s.signal(syscall.SIGCONT) // a paused process would not notice SIGTERM
	select {
	case <-p.done:
	case <-time.After(stopLimit):
		s.signal(syscall.SIGKILL)
		<-p.done
	}
	// The watcher is gone, its child perhaps not yet: it holds a port and locks.
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	s.await(func(string) bool { return false })
	p.stdin.Close()
}

func (s *Server) logPath() string { return filepath.Join(s.dir, "server.log") }

func (s *Server) logTail() string {
	b, err := os.ReadFile(s.logPath())
	if err != nil {
		return err.Error()
	}
	const most = 4000
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return string(b)
}

// freePort finds a port below the range that the kernel gives to outgoing
// connections, so that nobody takes it while a server is down.
func freePort() (int, error) {
	given.Lock()
	defer given.Unlock()
	for range 200 {
		port := 20000 + rand.IntN(12000)
		if given.ports[port] {
			continue // another server of this process was given it, and may not listen yet
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		given.ports[port] = true
		return port, l.Close()
	}
	return 0, errors.New("finding a free port: none in 200 attempts")
}

// given are the ports that this process has handed out.
var given = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
