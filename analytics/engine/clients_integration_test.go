//go:build integration

package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	osexec "os/exec"

	"github.com/ClickHouse/clickhouse-go/v2"

	"tallystick/analytics/engine"
)

const allKinds = `CREATE TABLE kinds (k UInt64, low LowCardinality(String), lown LowCardinality(Nullable(String)), arr Array(Nullable(Int32)),
	m Map(String, UInt8), at DateTime64(3, 'UTC'), day Date, dec Decimal(18, 2), fs FixedString(3), f Float64, e Enum8('a' = 1, 'b' = 2),
	b Bool, id UUID, n Nullable(Float64)) ENGINE = MergeTree ORDER BY k`

// Three strangers' clients ask the same of one engine, over the wire format of the revision that each asks for, and
// read the same: clickhouse-go (54460), clickhouse-connect (54405), and curl, whose text the engine itself writes.
func TestClientsAgree(t *testing.T) {
	cache, err := engine.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(cache, "clients-1.12.0", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		t.Fatalf("clickhouse-connect is not here: run `make clients` to fetch it: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	dir := t.TempDir()
	passwordFile := filepath.Join(dir, "password")
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- engine.Run(ctx, engine.Config{DataDir: dir, Addr: "127.0.0.1:0", PasswordFile: passwordFile,
			Ready: func(addr string) { ready <- addr }})
	}()
	var addr string
	select {
	case addr = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	secret, err := os.ReadFile(passwordFile)
	if err != nil {
		t.Fatal(err)
	}
	password := strings.TrimSpace(string(secret))
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{addr}, Protocol: clickhouse.HTTP,
		Auth: clickhouse.Auth{Username: "default", Password: password}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exec(t, conn, allKinds)
	const rows = 1863
	exec(t, conn, fmt.Sprintf(`INSERT INTO kinds SELECT number, toString(number %% 7), if(number %% 3 = 0, NULL, 'x'), [toInt32(number), NULL],
		map('a', number %% 200), toDateTime64('2026-03-04 05:06:07.891', 3, 'UTC') + number, toDate('2026-03-04'), toDecimal64(number, 2) / 4, 'abc', number / 8, 'b',
		number %% 2, '0190a3f0-6f6b-7c8a-9a0b-0a0a0a0a0a0a', if(number %% 2 = 0, NULL, number) FROM numbers(%d)`, rows))
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}

	queries := []string{
		"SELECT count() FROM kinds",
		"SELECT k, low, arr, m, f, b, n FROM kinds ORDER BY k LIMIT 5",
		"SELECT toString(at), toString(day), toString(dec), toString(fs), toString(e), toString(id), lown FROM kinds ORDER BY k DESC LIMIT 3",
		"SELECT low, count(), max(k) FROM kinds GROUP BY low ORDER BY low",
		"SELECT k FROM kinds WHERE k > 100000",
		"SELECT k, low, lown FROM kinds ORDER BY k",
	}
	// What the engine writes by itself is what the others must read.
	want := make([]string, len(queries))
	for i, q := range queries {
		out, err := osexec.CommandContext(t.Context(), "curl", "-sS", "--fail-with-body", "-H",
			"X-ClickHouse-Key: "+password,
			"http://"+addr+"/?output_format_json_quote_64bit_integers=0", "--data-binary",
			q+" FORMAT JSONCompactEachRow").Output()
		if err != nil {
			t.Fatalf("curl %s: %v: %s", q, err, out)
		}
		want[i] = normal(t, "["+
			strings.Join(strings.Fields(strings.ReplaceAll(strings.TrimSpace(string(out)), "]\n[", "],\n[")), " ")+"]")
	}
	if want[0] != fmt.Sprintf("[[%d]]", rows) {
		t.Fatalf("curl counts %s", want[0])
	}

	var asked bytes.Buffer
	for _, q := range queries {
		if err := json.NewEncoder(&asked).Encode(map[string]string{"query": q}); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []string{"as it comes", "uncompressed", "a session"} {
		cmd := osexec.CommandContext(t.Context(), python, "testdata/connect.py", host, port, password, mode)
		var errOut bytes.Buffer
		cmd.Stdin, cmd.Stderr = bytes.NewReader(asked.Bytes()), &errOut
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("clickhouse-connect, %s: %v\n%s", mode, err, errOut.String())
		}
		answers := strings.Split(strings.TrimSpace(string(out)), "\n")
		for i, q := range queries {
			if got := normal(t, answers[i]); got != want[i] {
				t.Errorf("clickhouse-connect, %s: %s\nread %.300s\nwant %.300s", mode, q, got, want[i])
			}
		}
	}

	for i, q := range queries {
		rows, err := conn.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all := [][]any{}
		for rows.Next() {
			targets := make([]any, len(rows.Columns()))
			for n, c := range rows.ColumnTypes() {
				targets[n] = newOf(c.ScanType())
			}
			if err := rows.Scan(targets...); err != nil {
				t.Fatal(err)
			}
			all = append(all, targets)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if got := normal(t, string(text)); got != want[i] {
			t.Errorf("clickhouse-go: %s\nread %.300s\nwant %.300s", q, got, want[i])
		}
	}

	// What one of them inserts, the others count.
	insert := osexec.CommandContext(t.Context(), python, "testdata/connect.py", host, port, password, "as it comes")
	insert.Stdin = strings.NewReader(`{"insert": "kinds", "columns": ["k", "low", "f"], "rows": [[9000001, "from python", 0.5], [9000002, "\n\n", 1]]}` + "\n")
	if out, err := insert.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if n := count(t, conn, "SELECT count() FROM kinds WHERE k > 9000000 AND low IN ('from python', '\\n\\n')"); n != 2 {
		t.Errorf("%d rows of clickhouse-connect, want 2", n)
	}

	// The engine is reached in spite of connections that say nothing.
	for range 400 {
		idle, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer idle.Close()
	}
	client := &http.Client{Timeout: 4 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post("http://"+addr+"/?password="+password, "", strings.NewReader("SELECT 1"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || string(text) != "1\n" {
		t.Errorf("%s %q, %v", resp.Status, text, err)
	}
}

func newOf(typ reflect.Type) any { return reflect.New(typ).Interface() }

// normal writes JSON in one way, whatever the client that made it.
func normal(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%.200s: %v", text, err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
