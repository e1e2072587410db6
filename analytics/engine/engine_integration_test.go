//go:build integration

package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/shopspring/decimal"

	"tallystick/internal/testenv"
)

func open(t *testing.T, addr, database string, settings clickhouse.Settings) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{addr}, Protocol: clickhouse.HTTP, Settings: settings,
		Auth: clickhouse.Auth{Database: database},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// database makes a database for the test and connects to it.
func database(t *testing.T, addr string) driver.Conn {
	t.Helper()
	return open(t, addr, newDatabase(t, addr), nil)
}

func newDatabase(t *testing.T, addr string) string {
	t.Helper()
	name := testenv.Name(t)
	exec(t, open(t, addr, "", nil), "CREATE DATABASE "+name)
	return name
}

func exec(t *testing.T, conn driver.Conn, query string, args ...any) {
	t.Helper()
	if err := conn.Exec(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, conn driver.Conn, query string, args ...any) uint64 {
	t.Helper()
	var n uint64
	if err := conn.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func send(t *testing.T, conn driver.Conn, query string, columns ...any) {
	t.Helper()
	batch, err := conn.PrepareBatch(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range columns {
		if err := batch.Column(i).Append(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

func sprint(v ...any) string { return strings.TrimSpace(fmt.Sprintln(v...)) }

const rowsTable = `CREATE TABLE rows (
	partition UInt16, offset UInt64, version UInt64, line LowCardinality(String), rules Array(String), ids Array(LowCardinality(String)),
	tokens Map(String, String), at DateTime64(3, 'UTC'), day Date, note Nullable(String), amount Decimal(18, 2),
	root FixedString(32), score Float64, state Enum8('open' = 1, 'closed' = 2), flagged Bool, links Array(Tuple(String, UInt32)),
	id UUID, digest String
) ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(at) ORDER BY (partition, offset)`

func TestColumnsComeBackAsTheyWent(t *testing.T) {
	conn := database(t, testenv.ClickHouse(t))
	exec(t, conn, rowsTable)
	at := time.Date(2026, 3, 4, 5, 6, 7, 891e6, time.UTC)
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	root := bytes.Repeat([]byte{0x0a, 0x0a, 0x00, 0xff}, 8)
	note := "line one\n\nline three"
	links := [][]any{{"a", uint32(1)}, {"b", uint32(2)}}
	const id = "0190a3f0-6f6b-7c8a-9a0b-0a0a0a0a0a0a"
	send(t, conn, "INSERT INTO rows",
		[]uint16{1, 1}, []uint64{10, 11}, []uint64{1, 1}, []string{"motor", "health"},
		[][]string{{"early", "round"}, {}}, [][]string{{"x", "y", "x"}, nil},
		[]map[string]string{{"phone": "phn_1_k7"}, {}}, []time.Time{at, at.Add(time.Second)}, []time.Time{day, day},
		[]*string{&note, nil}, []decimal.Decimal{decimal.RequireFromString("1234.56"),
			decimal.RequireFromString("-0.01")},
		[]string{string(root), string(root)}, []float64{0.25, 1}, []string{"open", "closed"}, []bool{true, false},
		[][][]any{links, nil}, []string{id, id}, []string{"\n\n", "\x00'\\"},
	)
	var (
		line, state, gotID, gotRoot, digest string
		rules, ids                          []string
		tokens                              map[string]string
		gotAt, gotDay                       time.Time
		gotNote                             *string
		amount                              decimal.Decimal
		score                               float64
		flagged                             bool
		gotLinks                            [][]any
	)
	const columns = "line, rules, ids, tokens, at, day, note, amount, root, score, state, flagged, links, toString(id), digest"
	if err := conn.QueryRow(t.Context(), "SELECT "+columns+" FROM rows WHERE offset = 10").Scan(
		&line, &rules, &ids, &tokens, &gotAt, &gotDay, &gotNote, &amount, &gotRoot, &score, &state, &flagged, &gotLinks,
		&gotID, &digest,
	); err != nil {
		t.Fatal(err)
	}
	got := sprint(line, rules, ids, tokens, gotAt.UTC(), gotDay.Format(time.DateOnly), *gotNote, amount,
		[]byte(gotRoot), score, state, flagged, gotLinks, gotID, []byte(digest))
	want := sprint("motor", []string{"early", "round"}, []string{"x", "y", "x"}, map[string]string{"phone": "phn_1_k7"},
		at, "2026-03-04",
		note, "1234.56", root, 0.25, "open", true, links, id, []byte("\n\n"))
	if got != want {
		t.Errorf("read\n%s\nwant\n%s", got, want)
	}
	var noNote *string
	if err := conn.QueryRow(t.Context(), "SELECT note, amount, digest, rules FROM rows WHERE offset = 11").Scan(&noNote,
		&amount, &digest, &rules); err != nil {
		t.Fatal(err)
	}
	if noNote != nil || amount.String() != "-0.01" || digest != "\x00'\\" || len(rules) != 0 {
		t.Errorf("second row: note %v, amount %v, digest %q, rules %v", noNote, amount, digest, rules)
	}
}

func TestFinalKeepsTheLastVersion(t *testing.T) {
	conn := database(t, testenv.ClickHouse(t))
	exec(t, conn, "CREATE TABLE r (k UInt64, version UInt64, v String) ENGINE = ReplacingMergeTree(version) ORDER BY k")
	for _, v := range []uint64{1, 3, 2} {
		send(t, conn, "INSERT INTO r (k, version, v)", []uint64{7, 8}, []uint64{v, v},
			[]string{fmt.Sprint("v", v), "x"})
	}
	if n := count(t, conn, "SELECT count() FROM r FINAL"); n != 2 {
		t.Errorf("%d rows with FINAL, want 2", n)
	}
	var v string
	if err := conn.QueryRow(t.Context(), "SELECT v FROM r FINAL WHERE k = 7").Scan(&v); err != nil || v != "v3" {
		t.Errorf("%q %v, want v3", v, err)
	}
}

func TestOneBatchIsOnePart(t *testing.T) {
	conn := database(t, testenv.ClickHouse(t))
	exec(t, conn, "CREATE TABLE big (k UInt64, v String) ENGINE = MergeTree ORDER BY k")
	const n = 300_000
	keys, values := make([]uint64, n), make([]string, n)
	for i := range keys {
		keys[i], values[i] = uint64(i), strings.Repeat("v", 50)
	}
	send(t, conn, "INSERT INTO big", keys, values)
	if parts := count(t, conn, "SELECT uniqExact(_part) FROM big"); parts != 1 {
		t.Errorf("the batch became %d parts, want 1", parts)
	}
	if got := count(t, conn, "SELECT count() FROM big"); got != n {
		t.Errorf("%d rows, want %d", got, n)
	}
	rows, err := conn.Query(t.Context(), "SELECT k, v FROM big ORDER BY k")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var read uint64
	for rows.Next() {
		var k uint64
		var v string
		if err := rows.Scan(&k, &v); err != nil {
			t.Fatal(err)
		}
		if k != read {
			t.Fatalf("row %d has the key %d", read, k)
		}
		read++
	}
	if err := rows.Err(); err != nil || read != n {
		t.Errorf("read %d rows, %v", read, err)
	}
}

// The engine remembers the columns of a file by its path, and inserts use the
// same path again and again.
func TestInsertsOfDifferentShapesDoNotMix(t *testing.T) {
	conn := database(t, testenv.ClickHouse(t))
	exec(t, conn, "CREATE TABLE a (k UInt64) ENGINE = MergeTree ORDER BY k")
	exec(t, conn, "CREATE TABLE b (name String, tags Array(String)) ENGINE = MergeTree ORDER BY name")
	for i := range 5 {
		send(t, conn, "INSERT INTO a", []uint64{uint64(i)})
		send(t, conn, "INSERT INTO b", []string{fmt.Sprint(i)}, [][]string{{"t"}})
		send(t, conn, "INSERT INTO b (tags, name)", [][]string{{"u"}}, []string{fmt.Sprint("x", i)})
	}
	if n := count(t, conn, "SELECT count() FROM a"); n != 5 {
		t.Errorf("a has %d rows, want 5", n)
	}
	if n := count(t, conn, "SELECT count() FROM b WHERE startsWith(name, 'x') = has(tags, 'u')"); n != 10 {
		t.Errorf("b has %d good rows, want 10", n)
	}
}

func TestBoundParameters(t *testing.T) {
	conn := database(t, testenv.ClickHouse(t))
	const nasty = "it's \\ a `name`\tand -- more; {x:String}"
	var s string
	if err := conn.QueryRow(t.Context(), "SELECT ?", nasty).Scan(&s); err != nil || s != nasty {
		t.Errorf("positional: %q, %v", s, err)
	}
	if err := conn.QueryRow(t.Context(), "SELECT {v:String}", clickhouse.Named("v", "it's")).Scan(&s); err != nil ||
		s != "it's" {
		t.Errorf("named: %q, %v", s, err)
	}
	ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"n": "3", "ids": "[1,5,9]"}))
	if n := countCtx(t, ctx, conn,
		"SELECT count() FROM numbers(10) WHERE number > {n:UInt64} AND number IN {ids:Array(UInt64)}"); n != 2 {
		t.Errorf("typed: %d, want 2", n)
	}
}

func countCtx(t *testing.T, ctx context.Context, conn driver.Conn, query string) uint64 {
	t.Helper()
	var n uint64
	if err := conn.QueryRow(ctx, query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestErrorsCarryTheirCode(t *testing.T) {
	conn := database(t, testenv.ClickHouse(t))
	for query, code := range map[string]int32{
		"SELECT 1 FROM no_such_table": 60,
		"SELECT no_such_column":       47,
		"SELEKT 1":                    62,
		"SELECT throwIf(number = 7) FROM system.numbers": 395,
	} {
		err := conn.Exec(t.Context(), query)
		var ex *clickhouse.Exception
		if !errors.As(err, &ex) || ex.Code != code {
			t.Errorf("%s: %v, want code %d", query, err, code)
		}
	}
	exec(t, conn, "CREATE TABLE n (k UInt8) ENGINE = MergeTree ORDER BY k")
	err := conn.Exec(t.Context(), "INSERT INTO n SELECT toUInt8('not a number')")
	var ex *clickhouse.Exception
	if !errors.As(err, &ex) || ex.Code != 6 {
		t.Errorf("a bad insert: %v, want code 6", err)
	}
}

func TestSettingsAndDatabaseStayWithTheirRequest(t *testing.T) {
	addr := testenv.ClickHouse(t)
	conn := database(t, addr)
	exec(t, conn, "CREATE TABLE only_here (k UInt8) ENGINE = MergeTree ORDER BY k")
	ctx := clickhouse.Context(t.Context(),
		clickhouse.WithSettings(clickhouse.Settings{"max_result_rows": 5, "result_overflow_mode": "throw"}))
	var ex *clickhouse.Exception
	if err := conn.Exec(ctx, "SELECT * FROM numbers(100)"); !errors.As(err, &ex) || ex.Code != 396 {
		t.Errorf("max_result_rows was not obeyed: %v", err)
	}
	if n := count(t, conn, "SELECT count() FROM (SELECT * FROM numbers(100))"); n != 100 {
		t.Errorf("a later request got %d rows", n)
	}
	if err := open(t, addr, "", nil).Exec(t.Context(), "SELECT * FROM only_here"); !errors.As(err, &ex) ||
		ex.Code != 60 {
		t.Errorf("the database of one client reached another: %v", err)
	}
	if err := conn.Exec(clickhouse.Context(t.Context(),
		clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1})), "SELECT 1"); !errors.As(err, &ex) ||
		ex.Code != 115 {
		t.Errorf("an unknown setting: %v, want code 115", err)
	}
}

func TestEmptyAnswersKeepTheirColumns(t *testing.T) {
	conn := database(t, testenv.ClickHouse(t))
	rows, err := conn.Query(t.Context(),
		"SELECT number AS n, toLowCardinality(toString(number)) AS s FROM numbers(10) WHERE number > ? -- none", 100)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		t.Error("a row came from nowhere")
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
	if got := rows.Columns(); !slices.Equal(got, []string{"n", "s"}) {
		t.Errorf("columns %v", got)
	}
}

func TestQueriesRunAtOnce(t *testing.T) {
	addr := testenv.ClickHouse(t)
	name := newDatabase(t, addr)
	conn := open(t, addr, name, nil)
	exec(t, conn, "CREATE TABLE c (k UInt64, v String) ENGINE = MergeTree ORDER BY k")
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			c := open(t, addr, name, nil)
			for j := range 20 {
				want := fmt.Sprint(i, "-", j)
				var got string
				if err := c.QueryRow(t.Context(), "SELECT {v:String}",
					clickhouse.Named("v", want)).Scan(&got); err != nil || got != want {
					t.Errorf("got %q %v, want %q", got, err, want)
					return
				}
				batch, err := c.PrepareBatch(t.Context(), "INSERT INTO c")
				if err == nil {
					err = errors.Join(batch.Append(uint64(i*100+j), want), batch.Send())
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := count(t, conn, "SELECT uniqExact(k) FROM c"); n != 120 {
		t.Errorf("%d rows, want 120", n)
	}
	started := time.Now()
	for range 4 {
		wg.Go(func() {
			if err := open(t, addr, "", nil).Exec(t.Context(), "SELECT sleep(1)"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("four queries of a second took %v: they ran one after another", took)
	}
}

func TestRowsSurviveAKill(t *testing.T) {
	s := testenv.StartClickHouse(t)
	conn := database(t, s.Addr)
	exec(t, conn, "CREATE TABLE kept (k UInt64, v LowCardinality(String)) ENGINE = ReplacingMergeTree ORDER BY k")
	send(t, conn, "INSERT INTO kept", []uint64{1, 2}, []string{"a", "b"})
	s.Kill()
	s.Restart(t)
	if n := count(t, conn, "SELECT count() FROM kept"); n != 2 {
		t.Errorf("%d rows after a kill, want 2", n)
	}
	send(t, conn, "INSERT INTO kept", []uint64{3}, []string{"c"})
	s.Restart(t) // an orderly one
	if n := count(t, conn, "SELECT count() FROM kept FINAL"); n != 3 {
		t.Errorf("%d rows after a restart, want 3", n)
	}
}

// Each round kills the engine in the middle of inserts. What was acknowledged is
// there, and at most the one insert under way besides.
func TestAcknowledgedInsertsSurviveKillsInMidRun(t *testing.T) {
	s := testenv.StartClickHouse(t)
	name := newDatabase(t, s.Addr)
	exec(t, open(t, s.Addr, name, nil), "CREATE TABLE kept (k UInt64, v String) ENGINE = ReplacingMergeTree ORDER BY k")
	var acked uint64
	for round := range 5 {
		conn := open(t, s.Addr, name, nil)
		enough, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for i := 0; ; i++ {
				batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO kept")
				if err == nil {
					err = errors.Join(batch.Append(acked, "x"), batch.Send())
				}
				if err != nil {
					return
				}
				acked++
				if i == 10+round {
					close(enough)
				}
			}
		}()
		select {
		case <-enough:
		case <-ended:
			t.Fatal("an insert failed before the kill")
		}
		s.Kill()
		<-ended
		s.Restart(t)
		n := count(t, open(t, s.Addr, name, nil), "SELECT uniqExact(k) FROM kept")
		if n != acked && n != acked+1 {
			t.Fatalf("round %d: %d rows, %d were acknowledged", round, n, acked)
		}
		acked = n
	}
}

func TestPlainHTTP(t *testing.T) {
	base := "http://" + testenv.ClickHouse(t)
	do := func(method, query, body string, header ...string) (int, string, http.Header) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+"/?"+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			if req.Header.Set(header[i], header[i+1]); header[i] == "Host" {
				req.Host = header[i+1]
			}
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b), resp.Header
	}
	q := func(text string) string { return "query=" + url.QueryEscape(text) }
	name := testenv.Name(t)
	for _, c := range []struct {
		name, method, query, body string
		status                    int
		answer                    string
	}{
		{"default format", "GET", q("SELECT 1, 'a'"), "", 200, "1\ta\n"},
		{"format in the query", "GET", q("SELECT 1 AS x FORMAT JSONEachRow"), "", 200, `{"x":1}` + "\n"},
		{"format as parameter", "POST", "default_format=CSV", "SELECT 1, 'a'", 200, "1,\"a\"\n"},
		{"parameter", "GET", q("SELECT {a:UInt8} + 1") + "&param_a=4", "", 200, "5\n"},
		{"setting", "GET", q("SELECT getSetting('max_threads')") + "&max_threads=3", "", 200, "3\n"},
		{"create", "POST", "", "CREATE TABLE " + name + " (k UInt8, v String) ENGINE = MergeTree ORDER BY k", 200, ""},
		{"insert lines", "POST", q("INSERT INTO " + name + " FORMAT JSONEachRow"),
			"{\"v\":\"x\",\"k\":1}\n\n{\"k\":2,\"v\":\"y\"}\n", 200, ""},
		{"insert in one text", "POST", "", "INSERT INTO " + name + " (v, k) FORMAT CSV\n\"a\n\nb\",3\n", 200, ""},
		{"insert values", "POST", "", "INSERT INTO " + name + " VALUES (4, 'z')", 200, ""},
		{"insert select", "POST", "", "INSERT INTO " + name + " SELECT 5, 'w' FORMAT Null", 200, ""},
		{"read them", "GET", q("SELECT * FROM " + name + " ORDER BY k"), "", 200,
			"1\tx\n2\ty\n3\ta\\n\\nb\n4\tz\n5\tw\n"},
		{"no insert by GET", "GET", q("INSERT INTO " + name + " VALUES (9, 'n')"), "", 500, "READONLY"},
		{"unknown setting name", "GET", q("SELECT 1") + "&a%20b=1", "", 400, "not the name of a setting"},
		{"sessions", "GET", q("SELECT 1") + "&session_id=s", "", 200, "1\n"},
		{"an old client", "GET", q("SELECT 1 FORMAT Native") + "&client_protocol_version=54337", "", 400, "the oldest"},
		{"compressed", "POST", "decompress=1", "SELECT 1", 400, "does not compress"},
		{"nothing", "POST", "", "", 500, "Empty query"},
		{"no query", "GET", "", "", 200, "Ok.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer, _ := do(c.method, c.query, c.body)
			if status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, answer)
			}
			if status == 200 && answer != c.answer || !strings.Contains(answer, c.answer) {
				t.Errorf("answer %q, want %q", answer, c.answer)
			}
		})
	}
	if status, _, h := do("GET", q("SELECT x"), ""); status != 500 || h.Get("X-ClickHouse-Exception-Code") != "47" {
		t.Errorf("status %d, code %q", status, h.Get("X-ClickHouse-Exception-Code"))
	}
	if status, answer, _ := do("POST", "", "SELECT 1", "Origin", "http://example.org"); status != 403 {
		t.Errorf("a web page got %d %s", status, answer)
	}
	for host, want := range map[string]int{"attacker.example": 421, "10.0.0.1:80": 421, "localhost:1": 200,
		"127.0.0.2": 200, "[::1]:80": 200} {
		if status, answer, _ := do("POST", "", "SELECT 1", "Host", host); status != want {
			t.Errorf("Host %s: %d %s", host, status, answer)
		}
	}
	for encoding, pack := range map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"lz4":  func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
	} {
		packed := func(text string) string {
			var b bytes.Buffer
			w := pack(&b)
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		if status, answer, _ := do("POST", "", packed("SELECT 1 + 1"), "Content-Encoding", encoding); answer != "2\n" {
			t.Errorf("%s: %d %s", encoding, status, answer)
		}
		// 300 MB of blanks are some kilobytes as sent; what is read of them is bounded.
		if status, answer, _ := do("POST", "", packed("SELECT 1 "+strings.Repeat(" ", 300<<20)), "Content-Encoding",
			encoding); status != 413 {
			t.Errorf("%s, 300 MB: %d %.100s", encoding, status, answer)
		}
	}
}
