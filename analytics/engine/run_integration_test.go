//go:build integration

package engine_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"tallystick/analytics/engine"
)

// The engine runs within this process here, with a configuration of its own.
func TestRunWithPasswordAndBounds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := engine.Config{DataDir: t.TempDir(), Addr: "127.0.0.1:0", Password: "open sesame", MaxBody: 10_000,
		MaxQueries: 1}
	ready, ended := make(chan string, 1), make(chan error, 1)
	cfg.Ready = func(addr string) { ready <- addr }
	go func() { ended <- engine.Run(ctx, cfg) }()
	var addr string
	select {
	case addr = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}

	options := &clickhouse.Options{Addr: []string{addr}, Protocol: clickhouse.HTTP,
		Auth: clickhouse.Auth{Username: "default", Password: "wrong"}}
	closed, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	var ex *clickhouse.Exception
	if err := closed.Ping(ctx); !errors.As(err, &ex) || ex.Code != 516 {
		t.Errorf("with a wrong password: %v, want code 516", err)
	}
	options.Auth.Password = cfg.Password
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exec(t, conn, "CREATE TABLE t (v String) ENGINE = MergeTree ORDER BY v")
	send(t, conn, "INSERT INTO t", []string{strings.Repeat("x", 5_000)})
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO t")
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Append(strings.Repeat("x", 20_000)); err != nil {
		t.Fatal(err)
	}
	if err := batch.Send(); !errors.As(err, &ex) || ex.Code != 307 {
		t.Errorf("an insert above the bound: %v, want code 307", err)
	}
	resp, err := http.Post("http://"+addr+"/?password="+strings.ReplaceAll(cfg.Password, " ", "%20"), "",
		strings.NewReader("SELECT '"+strings.Repeat("x", 20_000)+"'"))
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a query above the bound: %s", resp.Status)
	}
	if n := count(t, conn, "SELECT count() FROM t"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}

	if err := engine.Run(ctx, engine.Config{DataDir: cfg.DataDir, Addr: "127.0.0.1:0"}); err == nil ||
		!strings.Contains(err.Error(), "another process uses") {
		t.Errorf("a second engine on the same folder: %v", err)
	}

	// A query that waits for the only slot gives up with its client.
	slow := make(chan error, 1)
	go func() { slow <- conn.Exec(ctx, "SELECT sleep(1)") }()
	for count := 0; count == 0; {
		short, done := context.WithTimeout(ctx, 20*time.Millisecond)
		if conn.Exec(short, "SELECT 1") != nil {
			count++
		}
		done()
	}
	if err := <-slow; err != nil {
		t.Error(err)
	}

	cancel()
	if err := <-ended; err != nil {
		t.Errorf("stopping: %v", err)
	}
}
