package engine

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// handler serves ClickHouse's HTTP interface on one engine.
type handler struct {
	lib      *library
	args     []string // of chdb_connect
	slots    chan struct{}
	maxBody  int64
	maxText  int64
	maxTime  time.Duration // of a query
	password string
	guard    *guard
	spoolDir string
	spools   spools
	log      *slog.Logger
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !loopbackHost(r.Host):
		// A page whose name was made to lead to loopback sends that name.
		http.Error(w, "Code: 497. DB::Exception: The embedded engine answers to loopback addresses alone: ask for 127.0.0.1 or localhost. (ACCESS_DENIED)", http.StatusMisdirectedRequest)
	case r.URL.Path == "/ping":
		io.WriteString(w, "Ok.\n")
	case r.URL.Path != "/":
		http.Error(w, "There is no such path: send queries to /", http.StatusNotFound)
	case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "":
		// A web page can make its visitor's browser send requests to loopback.
		http.Error(w, "Code: 497. DB::Exception: Web pages may not query the embedded engine. (ACCESS_DENIED)",
			http.StatusForbidden)
	case !h.authenticated(r):
		w.Header().Set("X-ClickHouse-Exception-Code", "516")
		http.Error(w, "Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)", http.StatusForbidden)
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		http.Error(w, "Use GET or POST", http.StatusMethodNotAllowed)
	case r.Method == http.MethodGet && r.URL.Query().Get("query") == "":
		io.WriteString(w, "Ok.\n")
	default:
		h.serveQuery(w, r)
	}
}

// loopbackHost reports whether a Host header names this machine by its loopback interface.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func (h *handler) authenticated(r *http.Request) bool {
	if h.password == "" {
		return true
	}
	given := r.Header.Get("X-ClickHouse-Key")
	if _, p, ok := r.BasicAuth(); ok {
		given = p
	}
	if p := r.URL.Query().Get("password"); p != "" {
		given = p
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(h.password)) == 1
}

func (h *handler) serveQuery(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	answer, err := h.run(w, r)
	if err == nil {
		defer answer.close()
		err = answer.write(w)
	}
	if err == nil {
		h.log.Debug("query", "took", time.Since(started))
		return
	}
	if answer != nil && answer.begun {
		// The status is out: only a broken connection tells the client.
		h.log.Warn("answer broken off", "took", time.Since(started))
		panic(http.ErrAbortHandler)
	}
	status, code := classify(err)
	// Not the text: it may quote the query.
	h.log.Debug("query failed", "code", code, "status", status, "took", time.Since(started))
	text := err.Error()
	if code != 0 {
		w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(code))
	}
	if qe := (*queryError)(nil); !errors.As(err, &qe) {
		text = fmt.Sprintf("Code: %d. DB::Exception: %s.", code, text)
	}
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n")
}

// badRequest is a request that never reached the engine.
type badRequest struct{ error }

// classify gives the HTTP status and ClickHouse's error code.
func classify(err error) (status, code int) {
	var qe *queryError
	var tooLarge *http.MaxBytesError
	var bad badRequest
	switch {
	case errors.As(err, &qe):
		return http.StatusInternalServerError, qe.code
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, 307 // TOO_MANY_BYTES
	case errors.As(err, &bad):
		return http.StatusBadRequest, 36 // BAD_ARGUMENTS
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, 202 // TOO_MANY_SIMULTANEOUS_QUERIES
	}
	return http.StatusInternalServerError, 1002 // UNKNOWN_EXCEPTION
}

// run executes one request on a connection of its own, so that settings and the
// current database of one request never reach another. Opening one takes about
// 0.1 ms.
func (h *handler) run(w http.ResponseWriter, r *http.Request) (*answer, error) {
	req, err := parseRequest(r.URL.Query(), r.Header.Get("X-ClickHouse-Database"))
	if err != nil {
		return nil, badRequest{err}
	}
	req.readOnly = r.Method == http.MethodGet
	req.bound(h.maxTime)
	data, err := decompressed(http.MaxBytesReader(w, r.Body, h.maxBody), r.Header.Get("Content-Encoding"), h.maxBody)
	if err != nil {
		return nil, badRequest{err}
	}
	head, _, insert := splitInsert(req.text)
	if !insert {
		body, err := io.ReadAll(io.LimitReader(data, h.maxText+1))
		if err == nil && int64(len(body)) > h.maxText {
			err = &http.MaxBytesError{Limit: h.maxText}
		}
		if err != nil {
			return nil, fmt.Errorf("reading the query: %w", err)
		}
		if req.text != "" && len(body) > 0 {
			req.text += "\n"
		}
		req.text += string(body)
		var inline string
		if head, inline, insert = splitInsert(req.text); insert {
			data = strings.NewReader(inline)
		}
	}
	if r.Method == http.MethodGet && !readOnly.MatchString(req.text) {
		return nil, &queryError{code: 164,
			text: "Code: 164. DB::Exception: GET may only read: send this statement by POST. (READONLY)"}
	}
	if insert {
		req.text = head.statement(incoming)
	}
	if err := h.guard.check(req.text); err != nil {
		return nil, err
	}
	preamble := req.preamble()
	if insert {
		f, err := h.spools.take(h.spoolDir)
		if err != nil {
			return nil, err
		}
		defer h.spools.give(f)
		n, err := f.fill(data)
		if err != nil {
			return nil, fmt.Errorf("reading the data of an insert: %w", err)
		}
		if n == 0 {
			return nil, badRequest{errors.New("an insert without data")}
		}
		// The data do not go into the statement itself: an empty line within them would end it. Nor are they read by
		// the table function file: the right to it would be the client's too.
		preamble = append(preamble, head.source(incoming, f.path))
	}

	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-r.Context().Done():
		return nil, fmt.Errorf("waiting for another query to end: %w", r.Context().Err())
	}
	conn, err := h.lib.open(h.args...)
	if err != nil {
		return nil, err
	}
	defer conn.close()
	for _, s := range preamble {
		res, err := conn.exec(s, "Null", nil)
		if err != nil {
			return nil, err
		}
		res.close()
	}
	res, err := conn.exec(req.text, req.format, req.params)
	if err != nil {
		return nil, err
	}
	a := &answer{result: res, format: req.answerFormat(), revision: req.revision}
	if a.format == "Native" && a.revision > 0 && len(res.bytes()) == 0 {
		a.columns = describe(conn, req)
	}
	return a, nil
}

// incoming is the table, of one connection alone, that the data of an insert are read from.
const incoming = "_tallystick_incoming"

// describe names the columns of an answer without rows, which the engine leaves
// out. Failing is no harm: clients then see no columns.
func describe(conn *connection, req *request) []headerColumn {
	statement := req.describe()
	if statement == "" {
		return nil
	}
	res, err := conn.exec(statement, "JSONCompactEachRow", req.params)
	if err != nil {
		return nil
	}
	defer res.close()
	var columns []headerColumn
	for lines := json.NewDecoder(bytes.NewReader(res.bytes())); ; {
		var row []string
		if err := lines.Decode(&row); err != nil || len(row) < 2 {
			return columns
		}
		columns = append(columns, headerColumn{name: row[0], typ: row[1]})
	}
}

// partTimeout is what a client has to take a mebibyte of its answer.
const partTimeout = 30 * time.Second

// answer is the result of a query on its way to the client.
type answer struct {
	*result
	format   string
	revision uint64
	columns  []headerColumn // of an empty answer in Native
	begun    bool
	to       http.ResponseWriter
}

// Write passes a part on; the first one sends the headers.
func (a *answer) Write(p []byte) (int, error) {
	a.begun = true
	// A client that does not read holds its answer's memory: it gets this long for each part.
	if err := http.NewResponseController(a.to).SetWriteDeadline(time.Now().Add(partTimeout)); err != nil &&
		!errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return a.to.Write(p)
}

func (a *answer) write(w http.ResponseWriter) error {
	a.to = w
	header := w.Header()
	header.Set("X-ClickHouse-Format", a.format)
	header.Set("X-ClickHouse-Summary", fmt.Sprintf(`{"read_rows":"%d","read_bytes":"%d"}`, a.lib.readRows(a.handle),
		a.lib.readBytes(a.handle)))
	header.Set("Content-Type", contentType(a.format))
	if a.format == "Native" && a.revision > 0 {
		if len(a.columns) > 0 {
			_, err := a.Write(emptyNative(a.columns, a.revision))
			return err
		}
		return translateNative(a, a.bytes(), a.revision)
	}
	for b := range slices.Chunk(a.bytes(), 1<<20) {
		if _, err := a.Write(b); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
	}
	return nil
}

func contentType(format string) string {
	switch format {
	case "Native", "RowBinary", "RowBinaryWithNamesAndTypes", "Parquet", "Arrow", "ArrowStream":
		return "application/octet-stream"
	case "JSON", "JSONCompact", "JSONEachRow", "JSONCompactEachRow":
		return "application/json; charset=UTF-8"
	case "CSV", "CSVWithNames":
		return "text/csv; charset=UTF-8"
	}
	return "text/tab-separated-values; charset=UTF-8"
}
