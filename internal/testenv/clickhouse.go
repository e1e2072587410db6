package testenv

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"tallystick/analytics/engine"
)

// StartClickHouse starts ClickHouse's engine for this test alone.
func StartClickHouse(t testing.TB) *Server {
	t.Helper()
	s, err := startClickHouse("")
	return own(t, s, err)
}

// StartClickHouseConfigured starts ClickHouse's engine for this test alone, with
// a configuration file that is read again at [Server.Restart].
func StartClickHouseConfigured(t testing.TB, configFile string) *Server {
	t.Helper()
	s, err := startClickHouse(configFile)
	return own(t, s, err)
}

func startClickHouse(configFile string) (*Server, error) {
	if _, err := engine.Find(); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tallystick-clickhouse-")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Addr: loopback(port), name: "ClickHouse's engine", dir: dir,
		command: []string{engineArg, filepath.Join(dir, "data"), loopback(port), configFile},
	}
	s.ready = func(ctx context.Context) error { return answers(ctx, http.DefaultClient, "http://"+s.Addr+"/ping") }
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}
