//go:build integration

package attack

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func enginePassword(t *testing.T, s *site) {
	for _, header := range []map[string]string{
		{"X-ClickHouse-Key": ""}, {"X-ClickHouse-Key": "default"},
		{"X-ClickHouse-Key": "", "Authorization": "Basic ZGVmYXVsdDo="},
		{"X-ClickHouse-Key": "", "X-ClickHouse-User": "default"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if status, answer := s.ask(t, method, "SELECT 42", nil, header); status != http.StatusForbidden ||
				strings.Contains(answer, "42") {
				t.Errorf("%s with %v: %d %.100s", method, header, status, answer)
			}
		}
	}
	if password := s.file(t, "clickhouse/password"); len(strings.TrimSpace(password)) < 20 {
		t.Errorf("the password has %d characters", len(password))
	}
	if strings.Contains(s.said(), strings.TrimSpace(s.file(t, "clickhouse/password"))) {
		t.Error("the password was printed")
	}
}

func engineHost(t *testing.T, s *site) {
	for _, host := range []string{"attacker.example", "attacker.example:8123", "127.0.0.1.attacker.example", "10.0.0.1",
		"0.0.0.0", "[fe80::1]:80"} {
		if status, answer := s.ask(t, http.MethodPost, "SELECT 42", nil,
			map[string]string{"Host": host}); status == 200 || strings.Contains(answer, "42\n") {
			t.Errorf("Host %s: %d %.100s", host, status, answer)
		}
	}
	if status, _ := s.ask(t, http.MethodPost, "SELECT 42", nil,
		map[string]string{"Origin": "https://attacker.example"}); status != http.StatusForbidden {
		t.Errorf("a web page: %d", status)
	}
}

// victim is a folder of the test's own with a file in it, which no statement may read, change or move.
func victim(t *testing.T) (dir, file string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "victim")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(file, []byte("top-secret-line\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

// run puts statements to the engine, of which {dir} and {file} are the victim's, and checks that no answer has its
// content and that it stands as it was.
func (s *site) victimise(t *testing.T, statements ...string) {
	t.Helper()
	dir, file := victim(t)
	name := "t" + fmt.Sprint(time.Now().UnixNano())
	fill := strings.NewReplacer("{dir}", dir, "{file}", file, "{t}", name)
	for _, statement := range statements {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			params := url.Values{"param_file": {file}, "param_dir": {dir}}
			_, answer := s.ask(t, method, fill.Replace(statement), params, nil)
			if strings.Contains(answer, "top-secret-line") {
				t.Errorf("%s %s: %.200s", method, statement, answer)
			}
		}
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "top-secret-line\n" {
		t.Errorf("the file holds %q, %v", data, err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("the folder holds %v, %v", all, err)
	}
}

func engineReadsFile(t *testing.T, s *site) {
	s.victimise(t,
		"SELECT * FROM file('{file}', 'LineAsString')", "SELECT file('{file}')", "SELECT `file`('{file}')",
		"SELECT * FROM '{file}'",
		"SELECT * FROM `{file}`", `SELECT * FROM "{file}"`, "SELECT * FROM {file:Identifier}",
		"SELECT * FROM filesystem('{dir}')",
		"CREATE TABLE {t} (a String) ENGINE = File(LineAsString, '{file}')", "SELECT * FROM {t}",
		"CREATE TEMPORARY TABLE {t} (a String) ENGINE = File(LineAsString, '{file}')",
		"CREATE DATABASE {t}d ENGINE = Filesystem('{dir}')", "SELECT * FROM {t}d.`secret.csv`",
		"CREATE TABLE {t}i (a String) ENGINE = Memory", "INSERT INTO {t}i FROM INFILE '{file}' FORMAT LineAsString",
		"SELECT * FROM {t}i",
		"CREATE VIEW {t}v (line String) AS SELECT * FROM file('{file}', 'LineAsString')", "SELECT * FROM {t}v",
		"CREATE DICTIONARY {t}x (k UInt64, v String) PRIMARY KEY k SOURCE(FILE(path '{file}' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
		"SELECT 1 FORMAT Template SETTINGS format_template_row = '{file}'",
		"SELECT 1; SELECT * FROM file('{file}', 'LineAsString')",
		"INSERT INTO {t}i FORMAT CSV\n'\n\nSELECT * FROM file('{file}', 'LineAsString')'",
		"SELECT catboostEvaluate('{file}', 1)",
		"SELECT * FROM sqlite('{file}', 't')", "SELECT * FROM format(CSV, (SELECT file('{file}')))",
	)
}

func engineWritesFile(t *testing.T, s *site) {
	dir, file := victim(t)
	made := filepath.Join(dir, "made")
	for _, statement := range []string{
		"SELECT 'x' INTO OUTFILE '" + made + "'", "SELECT 'x' INTO OUTFILE '" + file + "' TRUNCATE",
		"select 1 into/**/outfile'" + made + "'",
		"INSERT INTO FUNCTION file('" + made + "', 'TSV', 'a String') SELECT 'x'", "INSERT INTO FUNCTION file('" +
			file + "', 'TSV', 'a String') SELECT 'x'",
		"INSERT INTO TABLE FUNCTION file('" + made + "', 'TSV', 'a String') FORMAT TSV\nx\n",
		"CREATE TABLE w (a String) ENGINE = File(CSV, '" + made + "')", "INSERT INTO w VALUES ('x')",
		"CREATE DATABASE w ENGINE = SQLite('" + made + "')",
		"CREATE TABLE w (k UInt8, v String) ENGINE = EmbeddedRocksDB(0, '" + made + "') PRIMARY KEY k",
		"BACKUP DATABASE default TO File('" + made + "')",
		"CREATE TABLE w2 (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '" + made +
			"/')",
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			s.ask(t, method, statement, nil, nil)
			if _, err := os.Lstat(made); !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%s %s made a file", method, statement)
			}
		}
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "top-secret-line\n" {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

// ATTACH makes a folder that it is given a table's own: it is moved away from where it was.
func engineTakesFolder(t *testing.T, s *site) {
	s.victimise(t,
		"ATTACH TABLE {t} FROM '{dir}/' (a UInt8) ENGINE = MergeTree ORDER BY a",
		"/**/ ATTACH TABLE {t} FROM '{dir}' (a UInt8) ENGINE = MergeTree ORDER BY a",
		"SELECT 1; ATTACH TABLE {t} FROM '{dir}/' (a UInt8) ENGINE = MergeTree ORDER BY a",
		"(ATTACH TABLE {t} FROM '{dir}/' (a UInt8) ENGINE = MergeTree ORDER BY a)",
		"CREATE TABLE {t} (a UInt8) ENGINE = MergeTree ORDER BY a",
		"ALTER TABLE {t} FREEZE WITH NAME '../../../../..{dir}/frozen'",
	)
}

func engineRunsProgram(t *testing.T, s *site) {
	dir, _ := victim(t)
	mark := filepath.Join(dir, "ran")
	for _, statement := range []string{
		"CREATE DICTIONARY p (k UInt64, v String) PRIMARY KEY k SOURCE(EXECUTABLE(command 'touch " + mark +
			"' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
		"SELECT dictGet(p, 'v', 1)", "SYSTEM RELOAD DICTIONARY p", "SELECT * FROM executable('touch " + mark +
			"', 'TSV', 'a String')",
		"CREATE TABLE p2 (a String) ENGINE = Executable('touch " + mark + "', 'TSV')", "SELECT * FROM p2",
		"CREATE TABLE p3 (a String) ENGINE = ExecutablePool('touch " + mark + "', 'TSV')", "SELECT * FROM p3",
	} {
		s.ask(t, http.MethodPost, statement, nil, nil)
	}
	time.Sleep(300 * time.Millisecond)
	if _, err := os.Lstat(mark); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a program ran")
	}
}

func engineCallsOut(t *testing.T, s *site) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	called := make(chan string, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			called <- conn.RemoteAddr().String()
			conn.Close()
		}
	}()
	at := listener.Addr().String()
	host, port, _ := net.SplitHostPort(at)
	for _, statement := range []string{
		"SELECT * FROM url('http://" + at + "/', 'LineAsString')", "SELECT * FROM s3('http://" + at + "/b/k', 'CSV')",
		"SELECT * FROM gcs('http://" + at + "/b/k', 'CSV')",
		"SELECT * FROM remote('" + at + "', system.one)", "SELECT * FROM remoteSecure('" + at + "', system.one)",
		"SELECT * FROM mysql('" + at + "', 'd', 't', 'u', 'p')",
		"SELECT * FROM postgresql('" + at + "', 'd', 't', 'u', 'p')", "SELECT * FROM mongodb('" + at +
			"', 'd', 'c', 'u', 'p', 'a String')",
		"SELECT * FROM redis('" + at + "', 'k', 'k String')", "SELECT * FROM azureBlobStorage('http://" + at +
			"/', 'c', 'b')", "SELECT * FROM hdfs('hdfs://" + at + "/x', 'CSV')",
		"SELECT * FROM iceberg('http://" + at + "/x')", "SELECT * FROM deltaLake('http://" + at + "/x')",
		"SELECT hasColumnInTable('" + at + "', 'u', 'p', 'd', 't', 'c')",
		"CREATE TABLE o1 (a String) ENGINE = URL('http://" + at + "/', 'CSV')", "SELECT * FROM o1",
		"CREATE TABLE o2 (a String) ENGINE = Kafka('" + at + "', 't', 'g', 'CSV')", "SELECT * FROM o2",
		"CREATE DATABASE o3 ENGINE = MySQL('" + at + "', 'd', 'u', 'p')", "CREATE DATABASE o4 ENGINE = PostgreSQL('" +
			at + "', 'd', 'u', 'p')",
		"CREATE DICTIONARY o5 (k UInt64, v String) PRIMARY KEY k SOURCE(HTTP(url 'http://" + at +
			"/' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)", "SELECT dictGet(o5, 'v', 1)",
		"CREATE DICTIONARY o6 (k UInt64, v String) PRIMARY KEY k SOURCE(CLICKHOUSE(host '" + host + "' port " + port +
			" table 't' db 'd')) LAYOUT(FLAT()) LIFETIME(0)", "SELECT dictGet(o6, 'v', 1)",
	} {
		s.ask(t, http.MethodPost, statement, nil, nil)
		select {
		case <-called:
			t.Errorf("called by %s", statement)
		default:
		}
	}
}

func engineGET(t *testing.T, s *site) {
	if status, answer := s.ask(t, http.MethodPost, "CREATE TABLE g (a String) ENGINE = MergeTree ORDER BY a", nil,
		nil); status != 200 {
		t.Fatal(answer)
	}
	for _, statement := range []string{
		"INSERT INTO g VALUES ('x')", "WITH x AS (SELECT 'x' AS a) INSERT INTO g SELECT a FROM x", "DROP TABLE g",
		"TRUNCATE TABLE g", "CREATE TABLE g2 (a String) ENGINE = Memory",
		"EXPLAIN AST SELECT 1; DROP TABLE g", "SELECT 1 SETTINGS readonly = 0", "-- SELECT\nDROP TABLE g",
	} {
		for _, params := range []url.Values{{}, {"readonly": {"0"}}} {
			if status, answer := s.ask(t, http.MethodGet, statement, params, nil); status == 200 {
				t.Errorf("%s was done: %.100s", statement, answer)
			}
		}
	}
	if _, answer := s.ask(t, http.MethodGet, "SELECT count() FROM g", nil, nil); answer != "0\n" {
		t.Errorf("rows: %s", answer)
	}
}

func engineBounds(t *testing.T, s *site) {
	for what, c := range map[string]struct {
		statement string
		params    url.Values
		code      string
	}{
		"time": {"SELECT sum(sipHash64(number)) FROM numbers(1000000000000)",
			url.Values{"max_execution_time": {"1"}}, "TIMEOUT_EXCEEDED"},
		"limits removed":  {"SELECT 1 SETTINGS max_memory_usage = 0", nil, "SETTING_CONSTRAINT_VIOLATION"},
		"limits removed2": {"SELECT 1 SETTINGS max_execution_time = 0", nil, "SETTING_CONSTRAINT_VIOLATION"},
		"limits removed3": {"SELECT 1", url.Values{"max_result_bytes": {"0"}}, "SETTING_CONSTRAINT_VIOLATION"},
		"a bomb of text":  {"SELECT '" + strings.Repeat("x", 65<<20) + "'", nil, "Code: 307"},
	} {
		if status, answer := s.ask(t, http.MethodPost, c.statement, c.params, nil); status == 200 ||
			!strings.Contains(answer, c.code) {
			t.Errorf("%s: %d %.200s", what, status, answer)
		}
	}
	if _, answer := s.ask(t, http.MethodPost, "SELECT 1", nil, nil); answer != "1\n" {
		t.Errorf("afterwards: %s", answer)
	}
}

// engineMemory takes the gigabytes that one query may.
func engineMemory(t *testing.T, s *site) {
	for statement, code := range map[string]string{
		"SELECT groupArray(number) FROM numbers(100000000000)": "MEMORY_LIMIT_EXCEEDED",
		"SELECT number FROM numbers(1000000000)":               "TOO_MANY_ROWS_OR_BYTES",
	} {
		if status, answer := s.ask(t, http.MethodPost, statement, nil, nil); status == 200 ||
			!strings.Contains(answer, code) {
			t.Errorf("%s: %d %.200s", statement, status, answer)
		}
	}
	if _, answer := s.ask(t, http.MethodPost, "SELECT 1", nil, nil); answer != "1\n" {
		t.Errorf("afterwards: %s", answer)
	}
}

func engineIdle(t *testing.T, s *site) {
	idle(t, s.engine, 600)
	for range 3 {
		if _, answer := s.ask(t, http.MethodPost, "SELECT 1", nil, nil); answer != "1\n" {
			t.Errorf("answered %q", answer)
		}
	}
}

// The kernel's word: the engine's process cannot gain rights, and a child of its kind reaches no file outside.
func engineConfined(t *testing.T, s *site) {
	pid := s.pidOf(t, "engine")
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), "NoNewPrivs:\t1") {
		t.Error("the engine's process may gain rights")
	}
	if strings.Contains(s.file(t, "engine.log"), "does not confine") {
		t.Error("the kernel does not confine it: " + s.file(t, "engine.log"))
	}
}

// pidOf is the process of a part of the site.
func (s *site) pidOf(t *testing.T, part string) string {
	t.Helper()
	out, err := exec.Command("pgrep", "-P", fmt.Sprint(s.process.Process.Pid), "-f",
		"tallystick.* "+part+" --").Output()
	if err != nil {
		t.Fatalf("looking for the %s: %v", part, err)
	}
	return strings.TrimSpace(string(out))
}
