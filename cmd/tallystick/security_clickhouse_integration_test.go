//go:build integration

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tallystick/install"
	"tallystick/internal/testenv"
	"tallystick/journal"
)

// rightsFile is deploy/clickhouse/users.sql, statement by statement.
type rightsFile []string

func readRights(t *testing.T) rightsFile {
	t.Helper()
	text, err := os.ReadFile("../../deploy/clickhouse/users.sql")
	if err != nil {
		t.Fatal(err)
	}
	var all rightsFile
	for s := range strings.SplitSeq(regexp.MustCompile(`(?m)^--.*$`).ReplaceAllString(string(text), ""), ";") {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			all = append(all, s)
		}
	}
	return all
}

var (
	grantRights = regexp.MustCompile(`^(GRANT .* ON [\w.*]+) TO (.*)$`)
	grantRole   = regexp.MustCompile(`^GRANT (\w+) TO (\w+)$`)
	rowPolicy   = regexp.MustCompile(`^CREATE ROW POLICY IF NOT EXISTS \w+ ON tallystick\.entries FOR SELECT USING (.*) TO (.*)$`)
	profile     = regexp.MustCompile(`^CREATE SETTINGS PROFILE IF NOT EXISTS \w+ SETTINGS (.*) TO (.*)$`)
)

// roleRights are what a role has.
type roleRights struct {
	grants   []string
	rows     string            // condition of its row policies, empty where it has none
	settings map[string]string // of its profile, without the limits to changing them
}

func (f rightsFile) of(role string) roleRights {
	r := roleRights{settings: map[string]string{}}
	for _, s := range f {
		if m := grantRole.FindStringSubmatch(s); m != nil && m[2] == role {
			inherited := f.of(m[1])
			r.grants = append(r.grants, inherited.grants...)
			r.rows = or(r.rows, inherited.rows)
			maps.Copy(r.settings, inherited.settings)
		}
		to := func(pattern *regexp.Regexp) string {
			if m := pattern.FindStringSubmatch(s); m != nil && slices.Contains(strings.Split(m[2], ", "), role) {
				return m[1]
			}
			return ""
		}
		if grant := to(grantRights); grant != "" {
			r.grants = append(r.grants, grant)
		}
		r.rows = or(r.rows, to(rowPolicy))
		for setting := range strings.SplitSeq(to(profile), ", ") {
			if name, value, ok := strings.Cut(setting, " = "); ok {
				r.settings[name], _, _ = strings.Cut(value, " MAX ")
			}
		}
	}
	return r
}

func or(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return "(" + a + ") OR (" + b + ")"
}

// usersXML gives the engine's only user these rights: the engine keeps no users that are made by SQL.
func usersXML(r roleRights) []byte {
	var b bytes.Buffer
	element := func(path, text string) {
		names := strings.Split(path, ">")
		for _, n := range names {
			fmt.Fprintf(&b, "<%s>", n)
		}
		_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
		slices.Reverse(names)
		for _, n := range names {
			fmt.Fprintf(&b, "</%s>", n)
		}
	}
	b.WriteString("<clickhouse><profiles><default>")
	for name, value := range r.settings {
		element(name, value)
	}
	b.WriteString("</default></profiles><quotas><default/></quotas><users><default>")
	element("password", "")
	element("networks>ip", "::/0")
	element("profile", "default")
	element("quota", "default")
	if r.rows != "" {
		element("databases>tallystick>entries>filter", r.rows)
	}
	if len(r.grants) > 0 { // none is all
		b.WriteString("<grants>")
		for _, g := range r.grants {
			element("query", g)
		}
		b.WriteString("</grants>")
	}
	b.WriteString("</default></users></clickhouse>")
	return b.Bytes()
}

// roleEngine is ClickHouse's engine, whose user has the rights of one role at a time.
type roleEngine struct {
	t      *testing.T
	users  string
	server *testenv.Server
	file   rightsFile
}

func newRoleEngine(t *testing.T) *roleEngine {
	t.Helper()
	dir := t.TempDir()
	e := &roleEngine{t: t, users: filepath.Join(dir, "users.xml"), file: readRights(t)}
	e.write(roleRights{})
	config := filepath.Join(dir, "config.xml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "<clickhouse><users_config>%s</users_config></clickhouse>",
		e.users), 0o600); err != nil {
		t.Fatal(err)
	}
	e.server = testenv.StartClickHouseConfigured(t, config)
	return e
}

func (e *roleEngine) write(r roleRights) {
	e.t.Helper()
	if err := os.WriteFile(e.users, usersXML(r), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// become starts the engine again with the rights of a role.
func (e *roleEngine) become(role string) {
	e.t.Helper()
	r := e.file.of(role)
	if len(r.grants) == 0 {
		e.t.Fatalf("users.sql grants %s nothing", role)
	}
	if slices.ContainsFunc(r.grants, func(g string) bool { return strings.Contains(g, "INSERT") }) {
		// An insert into the engine is handed over as a file, which a server would not need.
		r.grants = append(r.grants, "GRANT CREATE ARBITRARY TEMPORARY TABLE ON *.*", "GRANT TABLE ENGINE ON File")
	}
	e.write(r)
	e.server.Restart(e.t)
}

// ask returns the rows of a query, or what the engine refused it with.
func (e *roleEngine) ask(query string) (string, error) {
	e.t.Helper()
	database := "tallystick"
	if strings.HasPrefix(query, "CREATE DATABASE") {
		database = "default"
	}
	res, err := http.Post("http://"+e.server.Addr+"/?"+url.Values{"default_format": {"TSV"},
		"database": {database}}.Encode(), "text/plain", strings.NewReader(query))
	if err != nil {
		e.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s", text)
	}
	return strings.TrimSpace(string(text)), nil
}

func (e *roleEngine) allowed(role, want string, queries ...string) {
	e.t.Helper()
	for _, q := range queries {
		if got, err := e.ask(q); err != nil || want != "" && got != want {
			e.t.Errorf("%s asks %q: %q, %v, want %q", role, q, got, err, want)
		}
	}
}

func (e *roleEngine) refused(role string, queries ...string) {
	e.t.Helper()
	for _, q := range queries {
		if got, err := e.ask(q); err == nil || !strings.Contains(err.Error(), "ACCESS_DENIED") {
			e.t.Errorf("%s is not refused %q: %.100q, %v", role, q, got, err)
		}
	}
}

// TestClickHouseRolesDoTheirPartAndNothingElse gives the rights of deploy/clickhouse/users.sql to the engine's user,
// role by role, and has the real commands run under them.
func TestClickHouseRolesDoTheirPartAndNothingElse(t *testing.T) {
	e := newRoleEngine(t)
	if _, err := e.ask("CREATE DATABASE tallystick"); err != nil {
		t.Fatal(err)
	}
	for _, statement := range e.file {
		if _, err := e.ask("EXPLAIN AST " + statement); err != nil {
			t.Errorf("ClickHouse cannot parse %q: %v", statement, err)
		}
	}
	s := newSite(t, 2, "acme", "birch")
	s.dropDatabase()
	s.setting("clickhouse", map[string]any{"addr": e.server.Addr, "protocol": "http"})
	var err error
	if s.cfg, err = install.Load(s.configFile, nil, nil); err != nil {
		t.Fatal(err)
	}

	e.become("tallystick_migrate")
	s.cli("migrate")

	e.become("tallystick_run")
	if out := s.cli("doctor"); !strings.Contains(out, "ok    clickhouse") || strings.Contains(out, "WRONG") {
		t.Errorf("doctor:\n%s", out)
	}
	run := s.start("pipeline", s.http)
	s.cli("generate", "--send", "--claims", "400", "--seed", "9")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the pipeline's log:\n%s", run.tail())
		}
	})
	var quiet time.Time // since when nothing has been waiting: claims are scored anew up to a second after the last one
	s.eventually("the rows to be written", 2*time.Minute, func() bool {
		run.check()
		if s.decidedTo() < 400 || s.unstored() > 0 {
			quiet = time.Time{}
			return false
		}
		if quiet.IsZero() {
			quiet = time.Now()
		}
		return time.Since(quiet) > 4*time.Second
	})
	e.refused("tallystick_run", "SELECT claim FROM entries", "SELECT count() FROM claims_current",
		"ALTER TABLE entries DELETE WHERE 1", "TRUNCATE TABLE entries",
		"DROP TABLE entries", "CREATE TABLE x (a Int32) ENGINE = Memory")

	e.become("tallystick_fsck")
	if report := s.settled(run, s.decidedTo()); !strings.Contains(report, "400 decided") {
		t.Errorf("fsck:\n%s", report)
	}
	run.stop()
	e.refused("tallystick_fsck", "SELECT score FROM entries", "SELECT claim FROM entries",
		"INSERT INTO entries (claim) VALUES ('x')")

	e.become("tallystick_reveal")
	e.allowed("tallystick_reveal", "2", "SELECT uniqExact(insurer) FROM entries WHERE claim != ''",
		"SELECT uniqExact(insurer) FROM entries_deduped WHERE claim != ''")
	e.refused("tallystick_reveal", "SELECT event FROM entries", "SELECT score FROM entries",
		"INSERT INTO entries (claim) VALUES ('x')")

	e.become("fraud_acme")
	views := []string{"claims_current", "open_claims", "rule_precision", "age_by_stage_line", "hits_by_indicator",
		"rings", "intermediary_peers",
		"claims_with_token(token = 'x')", "claims_sharing_with(insurer = 'acme', claim = 'x')"}
	for _, v := range views {
		e.allowed("fraud_acme", "", "SELECT * FROM "+v+" LIMIT 1")
	}
	e.allowed("fraud_acme", "acme", "SELECT DISTINCT insurer FROM entries",
		"SELECT DISTINCT insurer FROM entries_deduped",
		"SELECT DISTINCT insurer FROM claims_current", "SELECT DISTINCT insurer FROM open_claims",
		"SELECT DISTINCT insurer FROM intermediary_peers")
	e.refused("fraud_acme", "INSERT INTO entries (claim) VALUES ('x')", "ALTER TABLE entries DELETE WHERE 1",
		"DROP VIEW open_claims", "SELECT * FROM positions",
		"SELECT * FROM file('/etc/passwd', 'LineAsString')", "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
		"DROP ROW POLICY tallystick_acme ON entries")

	// A reader of no insurer sees no row at all.
	e.become("tallystick_reader")
	e.allowed("tallystick_reader", "0", "SELECT count() FROM entries", "SELECT count() FROM claims_current",
		"SELECT count() FROM open_claims")
}

// unstored is how far the positions of ClickHouse are behind the ends of the journal, in offsets of Kafka.
func (s *site) unstored() int64 {
	s.t.Helper()
	db, err := install.OpenAnalytics(s.t.Context(), &s.cfg)
	if err != nil {
		return math.MaxInt64
	}
	defer db.Close()
	sink := &install.AnalyticsSink{Db: db}
	total := int64(0)
	for p := range s.cfg.Kafka.Partitions {
		pos, err := sink.Position(s.t.Context(), p)
		if err != nil {
			s.t.Fatal(err)
		}
		end, err := journal.Scan(s.t.Context(), s.cfg.Scored(), p, func(journal.Batch) error { return nil })
		if err != nil {
			s.t.Fatal(err)
		}
		total += end.Offset - pos.Offset
	}
	return total
}
