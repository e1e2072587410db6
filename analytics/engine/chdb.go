package engine

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// library is libchdb as loaded into this process; names as in its chdb.h.
type library struct {
	connect func(argc int32, argv **byte) *unsafe.Pointer
	close   func(conn *unsafe.Pointer)
	query   func(conn unsafe.Pointer, query *byte, queryLen uintptr, format *byte, formatLen uintptr, names **byte,
		nameLens *uintptr, values **byte, valueLens *uintptr, count uintptr) unsafe.Pointer
	destroy     func(result unsafe.Pointer)
	buffer      func(result unsafe.Pointer) *byte
	length      func(result unsafe.Pointer) uintptr
	err         func(result unsafe.Pointer) *byte
	readRows    func(result unsafe.Pointer) uint64
	readBytes   func(result unsafe.Pointer) uint64
	noHandlers  func(enabled int32)
	signals     *signalGuard
	connectOnce sync.Mutex // chdb_connect touches signal handlers: one at a time
}

func loadLibrary(path string) (*library, error) {
	handle, err := openShared(path)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", path, err)
	}
	l := &library{}
	for name, fn := range map[string]any{
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.close,
		"chdb_query_with_params_n":         &l.query,
		"chdb_destroy_query_result":        &l.destroy,
		"chdb_result_buffer":               &l.buffer,
		"chdb_result_length":               &l.length,
		"chdb_result_error":                &l.err,
		"chdb_result_storage_rows_read":    &l.readRows,
		"chdb_result_storage_bytes_read":   &l.readBytes,
		"chdb_set_signal_handlers_enabled": &l.noHandlers,
	} {
		addr, err := symbol(handle, name)
		if err != nil {
			return nil, fmt.Errorf("loading %s: it lacks %s: %w", path, name, err)
		}
		bind(fn, addr)
	}
	if l.signals, err = newSignalGuard(); err != nil {
		return nil, fmt.Errorf("loading %s: %w", path, err)
	}
	l.signals.keep(func() { l.noHandlers(0) })
	return l, nil
}

// connection is one session of the engine: settings and the current database
// belong to it. It runs one query at a time.
type connection struct {
	lib    *library
	handle *unsafe.Pointer
}

func (l *library) open(args ...string) (*connection, error) {
	argv := make([]*byte, 0, len(args)+1)
	for _, a := range append([]string{"clickhouse"}, args...) {
		argv = append(argv, cString(a))
	}
	l.connectOnce.Lock()
	defer l.connectOnce.Unlock()
	var handle *unsafe.Pointer
	l.signals.keep(func() { handle = l.connect(int32(len(argv)), &argv[0]) })
	runtime.KeepAlive(argv)
	if handle == nil {
		return nil, errors.New("the engine refused a connection (is its data directory used by another process, or not writable?)")
	}
	return &connection{lib: l, handle: handle}, nil
}

func (c *connection) close() {
	c.lib.connectOnce.Lock()
	defer c.lib.connectOnce.Unlock()
	c.lib.signals.keep(func() { c.lib.close(c.handle) })
}

// result is what a query wrote. Its bytes belong to the engine until close.
type result struct {
	lib    *library
	handle unsafe.Pointer
}

func (r *result) bytes() []byte {
	n := r.lib.length(r.handle)
	if n == 0 {
		return nil
	}
	return unsafe.Slice(r.lib.buffer(r.handle), n)
}

func (r *result) close() { r.lib.destroy(r.handle) }

// queryError is an error of the engine itself.
type queryError struct {
	code int // ClickHouse's error code, 0 when the text has none
	text string
}

func (e *queryError) Error() string { return e.text }

// exec runs a query to its end: the engine offers no way to interrupt it.
func (c *connection) exec(query, format string, params map[string]string) (*result, error) {
	q, f := []byte(query), []byte(format)
	if len(q) == 0 {
		return nil, &queryError{code: 62, text: "Code: 62. DB::Exception: Empty query. (SYNTAX_ERROR)"}
	}
	var names, values []*byte
	var nameLens, valueLens []uintptr
	for k, v := range params {
		names, nameLens = append(names, cString(k)), append(nameLens, uintptr(len(k)))
		values, valueLens = append(values, cString(v)), append(valueLens, uintptr(len(v)))
	}
	handle := c.lib.query(*c.handle, &q[0], uintptr(len(q)), &f[0], uintptr(len(f)),
		first(names), first(nameLens), first(values), first(valueLens), uintptr(len(names)))
	runtime.KeepAlive(names)
	runtime.KeepAlive(values)
	if handle == nil {
		return nil, errors.New("the engine gave no answer")
	}
	r := &result{lib: c.lib, handle: handle}
	if text := goString(c.lib.err(handle)); text != "" {
		r.close()
		return nil, &queryError{code: errorCode(text), text: text}
	}
	return r, nil
}

// errorCode reads the number of "Code: 60. DB::Exception: ...".
func errorCode(text string) int {
	_, rest, ok := strings.Cut(text, "Code: ")
	if !ok {
		return 0
	}
	digits, _, ok := strings.Cut(rest, ".")
	if !ok {
		return 0
	}
	code, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return code
}

func first[T any](s []T) *T {
	if len(s) == 0 {
		return nil
	}
	return &s[0]
}

func cString(s string) *byte {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return &b[0]
}

func goString(p *byte) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}
