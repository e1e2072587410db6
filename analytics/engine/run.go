package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
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
	// Password that clients must send; empty asks for none.
	Password string
	// ConfigFile is a configuration of ClickHouse, such as one that names
	// users.xml with the rights of the user default; empty leaves the engine's
	// own. Few of a server's settings have an effect here.
	ConfigFile string
	// MaxQueries run at once, the rest wait; 0 means 8.
	MaxQueries int
	// MaxBody bounds one request in bytes; 0 means 256 MiB. Clients are told
	// with status 413.
	MaxBody int64
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
	args := []string{"--path=" + filepath.Join(cfg.DataDir, "data")}
	if cfg.ConfigFile != "" {
		args = append(args, "--config-file="+cfg.ConfigFile)
	}
	// The engine lives as long as a connection does.
	keep, err := lib.open(args...)
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	defer keep.close()

	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("starting the ClickHouse engine: %w", err)
	}
	server := &http.Server{
		Handler: &handler{
			lib: lib, args: args, slots: make(chan struct{}, cfg.MaxQueries), maxBody: cfg.MaxBody,
			maxText: min(cfg.MaxBody, 64<<20), password: cfg.Password, spoolDir: spoolDir,
			spools: make(spools, 1), log: cfg.Log,
		},
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
	}
	cfg.Log.Info("ClickHouse engine listens", "addr", listener.Addr().String(), "version", Version)
	if cfg.Ready != nil {
		cfg.Ready(listener.Addr().String())
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving the ClickHouse engine: %w", err)
	case <-ctx.Done():
	}
	// Queries under way cannot be interrupted; what they wrote so far is whole
	// parts, so ending the process under them loses no acknowledged row.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("stopping the ClickHouse engine: queries were still running: %w", err)
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
	if cfg.MaxQueries < 0 || cfg.MaxBody < 0 {
		return cfg, errors.New("the fields MaxQueries and MaxBody must not be negative")
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
