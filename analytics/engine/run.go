package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tallystick/internal/bounded"
)

// Config says what to load, where the data lie and where to listen.
type Config struct {
	// Library is the path of libchdb; empty asks Find.
	Library string
	// DataDir holds the tables, created if needed. One process at a time.
	DataDir string
	// Addr is host:port on loopback; port 0 takes a free one. Any other host
	// is refused: the engine reads any file that its user can read.
	Addr string
	// Password that clients must send, with any user name; empty asks for none
	// unless PasswordFile is set.
	Password string
	// PasswordFile, if set, gets a password made at this start, which clients
	// must send; only the owner can read it.
	PasswordFile string
	// ConfigFile is a configuration of ClickHouse, such as one that names
	// users.xml with the rights of the user default; empty gives it the rights
	// and limits that users.xml.tmpl has. Few of a server's settings have an
	// effect here.
	ConfigFile string
	// MaxQueries run at once, the rest wait; 0 means 8.
	MaxQueries int
	// MaxBody bounds one request in bytes; 0 means 256 MiB. Clients are told
	// with status 413.
	MaxBody int64
	// MaxTime bounds one query; 0 means 10 minutes. A query that names no
	// max_execution_time of its own gets half of it.
	MaxTime time.Duration
	// MaxMemory bounds one query in bytes; 0 means 4 GiB. Its answer, which is
	// held in memory as a whole, may take a quarter of it.
	MaxMemory int64
	// MaxConnections are open at once; 0 means 256. With all in use one that is
	// idle is closed for a new one.
	MaxConnections int
	// Ready, if not nil, is called once with the address it listens on.
	Ready func(addr string)
	// Log gets start, stop and failures, never a query's text; nil drops it.
	Log *slog.Logger
}

// Run loads the engine and serves until ctx ends. It may run once at a time in a
// process: libchdb has one data directory. Data that an insert was acknowledged
// for survive the death of the process, not that of the machine.
func Run(ctx context.Context, cfg Config) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	unlock, err := lockDir(cfg.DataDir)
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	defer unlock()
	spoolDir, err := emptyDir(filepath.Join(cfg.DataDir, "incoming"))
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	lib, err := loadLibrary(cfg.Library)
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	if cfg.ConfigFile == "" {
		if cfg.ConfigFile, err = writeRights(cfg.DataDir, cfg.limits()); err != nil {
			return fmt.Errorf("starting the ClickHouse engine: %w", err)
		}
	}
	args := []string{"--path=" + filepath.Join(cfg.DataDir, "data"), "--config-file=" + cfg.ConfigFile}
	// The engine lives as long as a connection does.
	keep, err := lib.open(args...)
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	defer keep.close()
	guard, err := keep.guard()
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	if cfg.PasswordFile != "" {
		if cfg.Password, err = newPassword(cfg.PasswordFile); err != nil {
			return fmt.Errorf("starting the ClickHouse engine: %w", err)
		}
	}

	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	handler := &handler{
		lib: lib, args: args, slots: make(chan struct{}, cfg.MaxQueries), maxBody: cfg.MaxBody,
		maxText: min(cfg.MaxBody, 64<<20), maxTime: cfg.MaxTime, password: cfg.Password, guard: guard,
		spoolDir: spoolDir,
		spools:   make(spools, 1), log: cfg.Log,
	}
	cfg.Log.Info("ClickHouse engine listens", "addr", listener.Addr().String(), "version", Version)
	if cfg.Ready != nil {
		cfg.Ready(listener.Addr().String())
	}
	// Queries under way cannot be interrupted; what they wrote so far is whole
	// parts, so ending the process under them loses no acknowledged row.
	if err := bounded.Serve(ctx, listener, handler, bounded.Limits{
		Connections: cfg.MaxConnections, Read: 5 * time.Minute, Write: cfg.MaxTime + 5*time.Minute,
		HeaderBytes: 1 << 20,
	}, cfg.Log); err != nil {
		return fmt.Errorf("serving the ClickHouse engine: %w", err)
	}
	cfg.Log.Info("ClickHouse engine stopped")
	return nil
}

func (cfg Config) withDefaults() (Config, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxQueries == 0 {
		cfg.MaxQueries = 8
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = 256 << 20
	}
	if cfg.MaxTime == 0 {
		cfg.MaxTime = 10 * time.Minute
	}
	if cfg.MaxMemory == 0 {
		cfg.MaxMemory = 4 << 30
	}
	if cfg.MaxConnections == 0 {
		cfg.MaxConnections = 256
	}
	if cfg.MaxQueries < 0 || cfg.MaxBody < 0 || cfg.MaxMemory < 0 || cfg.MaxConnections < 0 ||
		cfg.MaxTime < 2*time.Second {
		return cfg, errors.New("the fields MaxQueries, MaxBody, MaxMemory and MaxConnections must not be negative, and MaxTime not below 2 s")
	}
	if cfg.DataDir == "" {
		return cfg, errors.New("the field DataDir is empty")
	}
	dir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		return cfg, err
	}
	cfg.DataDir = dir
	host, _, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return cfg, fmt.Errorf("the field Addr: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return cfg, fmt.Errorf("the field Addr: %s is not a loopback address", cfg.Addr)
	}
	if cfg.Library == "" {
		if cfg.Library, err = Find(); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

func (cfg Config) limits() limits {
	return limits{Time: cfg.MaxTime / 2, TimeMax: cfg.MaxTime, Memory: cfg.MaxMemory, Result: cfg.MaxMemory / 4}
}

// guard asks the engine what it has, to forbid what reaches out of its tables.
func (c *connection) guard() (*guard, error) {
	ask := func(query string) ([]string, error) {
		res, err := c.exec(query, "TabSeparated", nil)
		if err != nil {
			return nil, fmt.Errorf("asking the engine what it has: %w", err)
		}
		defer res.close()
		return strings.Fields(string(res.bytes())), nil
	}
	functions, err := ask("SELECT name FROM system.table_functions")
	if err != nil {
		return nil, err
	}
	engines, err := ask("SELECT name FROM system.table_engines UNION DISTINCT SELECT name FROM system.database_engines")
	if err != nil {
		return nil, err
	}
	if len(functions) == 0 || len(engines) == 0 {
		return nil, errors.New("asking the engine what it has: it names no table function or no engine")
	}
	return newGuard(functions, engines), nil
}

// newPassword makes a password and writes it to a file that only its owner can read. An older file is replaced.
func newPassword(path string) (string, error) {
	password := rand.Text()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("replacing the password file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("writing the password file: %w", err)
	}
	_, err = f.WriteString(password + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("writing the password file: %w", err)
	}
	return password, nil
}

// lockDir takes the directory for this process; the kernel drops the lock with
// the process, so a crash leaves nothing to clear by hand.
func lockDir(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "engine.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for patience := time.Now().Add(lockWait); ; time.Sleep(50 * time.Millisecond) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if time.Now().After(patience) {
			return nil, errors.Join(fmt.Errorf("another process uses %s: %w", dir, err), f.Close())
		}
	}
}

// lockWait is how long a process that was killed may take to be gone: the engine has much memory to give back.
const lockWait = 3 * time.Second

// emptyDir makes a folder for files that mean nothing after a restart.
func emptyDir(dir string) (string, error) {
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}
