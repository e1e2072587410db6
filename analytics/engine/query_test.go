package engine

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitInsert(t *testing.T) {
	for _, c := range []struct{ text, statement, source, data string }{
		{"INSERT INTO t FORMAT Native", "INSERT INTO t  SELECT * FROM x", "File(Native, '/f')", ""},
		{"INSERT INTO `a b`.t (`x`, y) FORMAT Native\n", "INSERT INTO `a b`.t (`x`, y) SELECT * FROM x",
			"File(Native, '/f')", ""},
		{"insert into t\n(x)\nformat CSV;", "INSERT INTO t (x) SELECT * FROM x",
			"File(CSV, '/f') EMPTY AS SELECT x FROM t", ""},
		{"INSERT INTO TABLE d.t FORMAT TSV\n1", "INSERT INTO d.t  SELECT * FROM x",
			"File(TSV, '/f') EMPTY AS SELECT * FROM d.t", "1"},
		{"INSERT INTO t SETTINGS async_insert = 0 FORMAT JSONEachRow\n{\"a\":1}\n\n{}",
			"INSERT INTO t SETTINGS async_insert = 0 SELECT * FROM x",
			"File(JSONEachRow, '/f') EMPTY AS SELECT * FROM t", "{\"a\":1}\n\n{}"},
		{text: "INSERT INTO t VALUES (1)"},
		{text: "INSERT INTO t FORMAT Values (1)"},
		{text: "INSERT INTO t SELECT 1 FORMAT Null"},
		{text: "INSERT INTO t (a) WITH 1 AS x SELECT x FORMAT Null"},
		{text: "INSERT INTO t (s) VALUES (' FORMAT CSV\n')"},
		{text: "INSERT INTO FUNCTION file('/etc/x', 'CSV') FORMAT CSV\n1"},
		{text: "INSERT INTO t /* FORMAT CSV\n */ SELECT 1"},
		{text: "SELECT 1 FORMAT CSV"},
		{text: ""},
	} {
		head, data, ok := splitInsert(c.text)
		if ok != (c.statement != "") || data != c.data {
			t.Errorf("%q: data %q, %v", c.text, data, ok)
		}
		if ok && (head.statement("x") != c.statement || head.source("i", "/f") != "CREATE TEMPORARY TABLE i ENGINE = "+
			c.source) {
			t.Errorf("%q: %q from %q", c.text, head.statement("x"), head.source("i", "/f"))
		}
	}
}

func TestAnswerFormat(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1":                  "Native",
		"SELECT 1 FORMAT CSV":       "CSV",
		"SELECT 1\nformat JSON ;\n": "JSON",
		"SELECT 1 FORMAT TSV SETTINGS max_threads = 1": "TSV",
		"SELECT ' FORMAT CSV'":                         "Native",
	} {
		r := request{text: text, format: "Native"}
		if got := r.answerFormat(); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestReadOnlyStatements(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1": true, "  -- a comment\n select 1": true, "/* c */ WITH 1 AS x SELECT x": true, "(SELECT 1)": true,
		"SHOW TABLES": true,
		"DESC t":      true, "EXPLAIN SELECT 1": true, "INSERT INTO t VALUES (1)": false, "DROP TABLE t": false,
		"":                        false,
		"SELECTED":                false,
		"-- SELECT\nDROP TABLE t": false, "SYSTEM SHUTDOWN": false, "KILL QUERY WHERE 1": false,
	} {
		if got := readOnly.MatchString(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestSettingsCannotLeaveTheirQuotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value, database := rapid.String().Draw(t, "value"), rapid.String().Draw(t, "database")
		r, err := parseRequest(url.Values{"max_threads": {value}, "database": {database}}, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range r.preamble() {
			if open, rest := unquoted(statement); open || strings.ContainsAny(rest, ";\n") {
				t.Fatalf("a value got out of its quotes: %q", statement)
			}
		}
	})
}

// unquoted drops what stands in quotes; open tells whether one never ended.
func unquoted(s string) (open bool, rest string) {
	var quote rune
	var b strings.Builder
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
		case quote != 0 && r == '\\':
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
		case r == '\'' || r == '`':
			quote = r
		default:
			b.WriteRune(r)
		}
	}
	return quote != 0, b.String()
}

func TestErrorCode(t *testing.T) {
	for text, want := range map[string]int{
		"Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)": 60,
		"std::exception": 0, "Code: x. y": 0, "": 0,
	} {
		if got := errorCode(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestOnlyLoopback(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:0": true, "localhost:8123": true, "0.0.0.0:8123": false, ":8123": false,
		"10.0.0.1:1": false, "127.0.0.1": false,
	} {
		_, err := Config{DataDir: t.TempDir(), Library: "x", Addr: addr}.withDefaults()
		if (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestFindSaysHowToFetch(t *testing.T) {
	t.Setenv("TALLYSTICK_CHDB", "")
	t.Setenv("TALLYSTICK_CACHE", t.TempDir())
	if _, err := Find(); err == nil || !strings.Contains(err.Error(), "make engine") {
		t.Errorf("an empty cache: %v", err)
	}
}
