package embedded

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	lockFile = "broker.lock"
	portFile = "broker.port"
)

// lockDir takes the directory for this process. The kernel drops the lock with
// the process, so a crash leaves nothing to clear by hand.
func lockDir(dir string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		err = fmt.Errorf("another broker uses %s: %w", dir, err)
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

// lastPort is the port of the last run if it is free now, else 0.
func lastPort(dir string) int {
	text, err := os.ReadFile(filepath.Join(dir, portFile))
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || port <= 0 || port > 65535 {
		return 0
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0
	}
	l.Close()
	return port
}

func savePort(dir, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("noting the embedded broker's port: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, portFile), []byte(port+"\n"), 0o600); err != nil {
		return fmt.Errorf("noting the embedded broker's port: %w", err)
	}
	return nil
}
