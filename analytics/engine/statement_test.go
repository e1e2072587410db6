package engine

import (
	"errors"
	"strings"
	"testing"
)

func testGuard() *guard {
	return newGuard(
		[]string{"file", "url", "s3", "remote", "executable", "filesystem", "numbers", "values", "view", "format",
			"merge"},
		[]string{"File", "URL", "Executable", "Distributed", "Kafka", "Filesystem", "SQLite", "MergeTree", "Memory",
			"Atomic", "ReplacingMergeTree"},
	)
}

// Each of these reaches out of the tables, or could be read by ClickHouse in another way than by us.
var hostile = map[string][]string{
	"a file read": {
		"SELECT * FROM file('/x', 'LineAsString')", "SELECT file('/x')", "SELECT FILE ('/x')", "select `file`('/x')",
		`SELECT "file"('/x')`,
		"SELECT file/**/('/x')", "SELECT file -- ( \n ('/x')", "SELECT file# c\n('/x')",
		"WITH 1 AS a SELECT file('/x')", "(SELECT file('/x'))",
		"EXPLAIN SELECT file('/x')", "DESCRIBE TABLE file('/x')", "SELECT * FROM (SELECT * FROM file('/x'))",
		"CREATE FUNCTION f AS (x) -> file(x)", "CREATE VIEW v AS SELECT * FROM filesystem('/')",
		"SELECT catboostEvaluate('/x', 1)",
		"INSERT INTO t FROM INFILE '/x' FORMAT CSV", "insert into t from /**/ infile '/x' format CSV",
		"SELECT `fi\\x6ce`('/x')",
		"CREATE TABLE f (a String) ENGINE = File(CSV, '/x')", "CREATE TABLE f (a String) ENGINE File(CSV)",
		"CREATE TABLE f (a String) engine=`File`(CSV)",
		"CREATE TEMPORARY TABLE f (a String) ENGINE = file(CSV)", "CREATE DATABASE d ENGINE = Filesystem('/')",
		"CREATE DATABASE d ENGINE = SQLite('/x')",
	},
	"a file written": {
		"SELECT 1 INTO OUTFILE '/x'", "select 1 into/**/outfile '/x'",
		"INSERT INTO FUNCTION file('/x', 'TSV', 'a String') SELECT 'x'",
		"INSERT INTO TABLE FUNCTION file('/x', 'TSV', 'a String') SELECT 'x'",
		"INSERT INTO FUNCTION file('/x', 'TSV', 'a String') FORMAT TSV\nx\n",
		"BACKUP TABLE t TO File('/x')", "ALTER TABLE t FREEZE WITH NAME '../x'", "ALTER TABLE t UNFREEZE WITH NAME 'x'",
	},
	"a folder taken": {
		"ATTACH TABLE t FROM '/x/' (a UInt8) ENGINE = MergeTree ORDER BY a", "attach database d", "DETACH TABLE t",
		"RESTORE TABLE t FROM File('/x')",
		"CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '/x/')",
	},
	"a program run": {"SELECT * FROM executable('x', 'TSV', 'a String')",
		"CREATE TABLE t (a String) ENGINE = Executable('x', 'TSV')"},
	"a machine called": {
		"SELECT * FROM url('http://x', 'CSV')", "SELECT * FROM s3('http://x')", "SELECT * FROM remote('x', system.one)",
		"SELECT hasColumnInTable('x', 'd', 't', 'c')", "CREATE TABLE t (a String) ENGINE = URL('http://x', 'CSV')",
		"SELECT aiGenerate('x')",
		"CREATE TABLE t (a String) ENGINE = Distributed('c', 'd', 't')", "CREATE TABLE t AS remote('x', system.one)",
	},
	"more than one": {"SELECT 1; SELECT file('/x')", "SELECT 1;;SELECT 2",
		"SYSTEM STOP MERGES; ATTACH TABLE t FROM '/x'"},
	"not for clients": {
		"SYSTEM SHUTDOWN", "GRANT ALL ON *.* TO default", "EXECUTE AS x SELECT 1", "KILLALL", "DETACH DATABASE d",
		"INSERT INTO t (a) SELECT 1 FORMAT CSV\n'\n\nSELECT * FROM file('/x')'",
		"/**/ INSERT INTO t FORMAT CSV\n'\n\nSELECT file('/x')'",
		"SELECT {f:Identifier}('/x')",
	},
	"unclear": {
		"SELECT 'x", "SELECT /* x", "SELECT `x", "SELECT /* /* */ file('/x') */ 1", "SELECT $a$ x",
		"SELECT \u2018x\u2019", "SELECT \x00 1", "SELECT $",
	},
}

var harmless = []string{
	"", ";", "SELECT 1", "SELECT 1;", " (SELECT 1) ", "SELECT 'file(' || url FROM t",
	"SELECT url, file FROM t WHERE file IN ('x')", "SELECT -- file('/x')\n 1",
	"SELECT * FROM numbers(3)", "SELECT engine FROM system.tables WHERE engine = 'File'", "SELECT format('{}', 1)",
	"SELECT $$file('/x')$$",
	"CREATE TABLE t (k UInt64 COMMENT 'a file (or more)') ENGINE = ReplacingMergeTree(k) ORDER BY k",
	"CREATE VIEW v AS SELECT engine FROM system.tables",
	"CREATE DATABASE d", "INSERT INTO t VALUES ('file(1)\n\n'), ('it''s; \\'x')", "INSERT INTO t SELECT 5 FORMAT Null",
	"INSERT INTO t (format) VALUES (1)",
	"SYSTEM STOP MERGES t", "ALTER TABLE t ADD COLUMN c UInt8", "KILL QUERY WHERE 1", "SELECT {a:UInt8} + 1",
	"SELECT `a``b`, \"c\"\"d\" FROM t",
	"SELECT 'Müller – ¿qué?' AS `Größe`", "DESCRIBE TABLE (SELECT 1\n)", "WITH x AS (SELECT 1) SELECT * FROM x",
	"SELECT 1e5, 0x1F, 1_000, a.1",
}

func TestWhatReachesOutOfTheTablesIsRefused(t *testing.T) {
	g := testGuard()
	for kind, all := range hostile {
		for _, text := range all {
			var denied *queryError
			if err := g.check(text); !errors.As(err, &denied) || denied.code != 497 && denied.code != 62 {
				t.Errorf("%s: %q is let through: %v", kind, text, err)
			}
		}
	}
	for _, text := range harmless {
		if err := g.check(text); err != nil {
			t.Errorf("%q is refused: %v", text, err)
		}
	}
}

// Whatever a statement is, what is found in it lies in it, and the engine's data never count as its text.
func FuzzStatement(f *testing.F) {
	for _, all := range hostile {
		for _, text := range all {
			f.Add(text)
		}
	}
	for _, text := range harmless {
		f.Add(text)
	}
	f.Add("INSERT INTO t (a) SETTINGS x = 1 FORMAT CSV\n1")
	g := testGuard()
	f.Fuzz(func(t *testing.T, text string) {
		if all, err := tokens(text); err == nil {
			end := 0
			for _, tok := range all {
				if tok.start < end || tok.end <= tok.start || tok.end > len(text) {
					t.Fatalf("%q: a token from %d to %d after %d", text, tok.start, tok.end, end)
				}
				end = tok.end
			}
		}
		_ = g.check(text)
		head, data, ok := splitInsert(text)
		if !ok {
			return
		}
		if !strings.HasSuffix(text, data) {
			t.Errorf("%q: data %q", text, data)
		}
		if all, err := tokens(head.source("i", "/f")); err != nil || len(all) < 8 {
			t.Errorf("%q: %q", text, head.source("i", "/f"))
		}
	})
}
