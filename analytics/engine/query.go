package engine

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// request is one HTTP request as the engine sees it.
type request struct {
	text     string            // the statement
	format   string            // format of the answer unless the statement names one
	revision uint64            // of Native that the client reads; 0 as the engine writes it
	database string            // current database, "" for the default one
	settings map[string]string // as in SET
	params   map[string]string // values for {name:Type}
	readOnly bool              // came by GET
}

// notSettings are URL parameters that mean something to ClickHouse's HTTP
// interface and are not settings. Those without a case in parseRequest ask for
// what is done anyway (wait_end_of_query) or are of no use on loopback. A
// session is accepted and means nothing: each request stands alone, and clients
// that name one by habit (clickhouse-connect) do not use it.
var notSettings = []string{
	"query", "database", "default_format", "client_protocol_version", "query_id", "quota_key", "user", "password",
	"wait_end_of_query", "buffer_size", "stacktrace", "role", "send_progress_in_http_headers",
	"session_id", "session_timeout", "session_check", "compress", "decompress",
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

func parseRequest(v url.Values, database string) (*request, error) {
	r := &request{
		text: v.Get("query"), format: "TabSeparated", database: database,
		settings: map[string]string{}, params: map[string]string{},
	}
	if f := v.Get("default_format"); f != "" {
		r.format = f
	}
	if d := v.Get("database"); d != "" {
		r.database = d
	}
	if s := v.Get("client_protocol_version"); s != "" {
		if _, err := fmt.Sscan(s, &r.revision); err != nil {
			return nil, fmt.Errorf("client_protocol_version is not a number")
		}
	}
	if r.revision != 0 && r.revision < oldestRevision {
		return nil, fmt.Errorf("client_protocol_version %d: the oldest that the embedded engine writes for is %d",
			r.revision, oldestRevision)
	}
	for _, k := range []string{"compress", "decompress"} {
		if s := v.Get(k); s != "" && s != "0" && s != "false" {
			return nil, fmt.Errorf("%s: the embedded engine does not compress; set the client's compression to none", k)
		}
	}
	for k := range v {
		if name, ok := strings.CutPrefix(k, "param_"); ok {
			r.params[name] = v.Get(k)
			continue
		}
		if slices.Contains(notSettings, k) {
			continue
		}
		if !settingName.MatchString(k) {
			return nil, fmt.Errorf("a URL parameter is not the name of a setting")
		}
		r.settings[k] = v.Get(k)
	}
	return r, nil
}

// bound keeps a query within its time: clients ask for what is left of theirs, which may be more than there is here.
func (r *request) bound(most time.Duration) {
	const name = "max_execution_time"
	if s, err := strconv.ParseFloat(r.settings[name], 64); err == nil && (s <= 0 || s > most.Seconds()) {
		r.settings[name] = strconv.FormatInt(int64(most.Seconds()), 10)
	}
}

// insertData finds where the data of an INSERT begin: after the name of their format and the end of its line.
var insertData = regexp.MustCompile(`(?is)^\s*(INSERT\s+INTO\s.*?)\s+FORMAT\s+([A-Za-z][A-Za-z0-9]*)[ \t\r]*(;?\s*$|\n)`)

var (
	trailingFormat = regexp.MustCompile(`(?is)\sFORMAT\s+([A-Za-z][A-Za-z0-9]*)(\s+SETTINGS\s[^;]*)?\s*;?\s*$`)
	selectsOnly    = regexp.MustCompile(`(?is)^(\s|--[^\n]*\n|/\*.*?\*/|\()*(SELECT|WITH)\b`)
	readOnly       = regexp.MustCompile(`(?is)^(\s|--[^\n]*\n|/\*.*?\*/|\()*(SELECT|WITH|SHOW|DESCRIBE|DESC|EXISTS|EXPLAIN)\b`)
)

// describe is the statement that names the columns of a SELECT's answer, or ""
// for other statements.
func (r *request) describe() string {
	if !selectsOnly.MatchString(r.text) {
		return ""
	}
	text := r.text
	if m := trailingFormat.FindStringSubmatchIndex(text); m != nil {
		text = text[:m[0]]
	}
	return "DESCRIBE TABLE (" + strings.TrimRight(text, "; \t\r\n") + "\n)"
}

// answerFormat is the format of the answer: the statement's own, else the
// request's.
func (r *request) answerFormat() string {
	if m := trailingFormat.FindStringSubmatch(r.text); m != nil {
		return m[1]
	}
	return r.format
}

// preamble are the statements that bring a new connection into the state that
// the request asks for.
func (r *request) preamble() []string {
	// The engine caches the columns of a file by its path, and the paths of
	// inserts repeat.
	set := "SET schema_inference_use_cache_for_file = 0, use_cache_for_count_from_files = 0"
	for _, k := range slices.Sorted(maps.Keys(r.settings)) {
		if k == "readonly" && r.readOnly && r.settings[k] != "1" {
			continue
		}
		set += ", " + k + " = " + quote(r.settings[k])
	}
	if r.readOnly && r.settings["readonly"] != "1" {
		set += ", readonly = 2" // settings may be changed, but this one
	}
	statements := []string{set}
	if r.database != "" && r.database != "default" {
		statements = append(statements, "USE "+identifier(r.database))
	}
	return statements
}

var quoter = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func quote(s string) string { return "'" + quoter.Replace(s) + "'" }

var identifierQuoter = strings.NewReplacer(`\`, `\\`, "`", "\\`")

func identifier(s string) string { return "`" + identifierQuoter.Replace(s) + "`" }
