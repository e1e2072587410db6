package site

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// Instance is a running pipeline.
type Instance struct {
	Number  int
	Started time.Time
	Exited  chan struct{} // closed when the process has ended

	cmd       *exec.Cmd
	log, http string
	err       error
}

// Start runs an instance and returns once it says that it is ready. The settings of env come on top of the site's.
func (s *Site) Start(ctx context.Context, number int, env ...string) (*Instance, error) {
	p, err := s.Spawn(number, env...)
	if err != nil {
		return nil, err
	}
	if err := p.WaitReady(ctx); err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

// Spawn runs an instance and does not wait.
func (s *Site) Spawn(number int, env ...string) (*Instance, error) {
	p := &Instance{
		Number: number, Exited: make(chan struct{}),
		cmd: exec.Command(s.Binary, "run", "--config", s.configFile(number)),
		log: s.Path(fmt.Sprintf("run-%d.log", number)), http: s.http[number],
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Env = append(append(os.Environ(), s.Env...), env...)
	p.Started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.err = p.cmd.Wait(); close(p.Exited) }()
	return p, nil
}

// WaitReady waits until the instance says that it is ready.
func (p *Instance) WaitReady(ctx context.Context) error {
	for !p.ready(ctx) {
		select {
		case <-p.Exited:
			return p.Failure()
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// Failure says why the instance ended, with the end of its log.
func (p *Instance) Failure() error {
	log, _ := os.ReadFile(p.log)
	return fmt.Errorf("instance %d ended: %w\n%s", p.Number, p.err, log[max(0, len(log)-4000):])
}

// Kill ends the process without warning and waits until it is gone.
func (p *Instance) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.Exited
}

// Stop lets it drain.
func (p *Instance) Stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return p.Failure()
	}
	<-p.Exited
	if p.err != nil {
		return p.Failure()
	}
	return nil
}

// CPU is the processor time of the process so far.
func (p *Instance) CPU() time.Duration { return cpu(p.cmd.Process.Pid) }

// freeAddr finds a port below the range that the kernel gives to outgoing connections: an instance that is started
// again finds it free.
func freeAddr() (string, error) {
	for range 200 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(12000)))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		return addr, l.Close()
	}
	return "", errors.New("finding a free port: none in 200 attempts")
}
