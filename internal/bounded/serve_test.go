package bounded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tallystick/internal/bounded"
)

// start serves a handler that says "hello" on / and reads the body on /body, and stops with the test.
func start(t *testing.T, limits bounded.Limits) (addr string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/body", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, "cut short", http.StatusBadRequest)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- bounded.Serve(ctx, listener, mux, limits, nil) }()
	t.Cleanup(func() {
		stop()
		<-served
	})
	return listener.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// hello asks once over the connection, which stays open.
func hello(t *testing.T, conn net.Conn) error {
	t.Helper()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && string(body) != "hello" {
		err = fmt.Errorf("%s %q", resp.Status, body)
	}
	return err
}

// closed reports how long the server took to close the connection.
func closed(t *testing.T, conn net.Conn) time.Duration {
	t.Helper()
	begun := time.Now()
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		t.Errorf("still open after %s", time.Since(begun))
	}
	return time.Since(begun)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// Whoever opens connections and says nothing, or not enough, loses them to those who ask.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	for what, sent := range map[string]string{
		"nothing was sent":         "",
		"a header was begun":       "GET / HTTP/1.1\r\nHost: x\r\n",
		"it was asked once before": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(what, func(t *testing.T) {
			addr := start(t, bounded.Limits{Connections: 4, Header: time.Hour, Read: time.Hour, Idle: time.Hour})
			for range 20 {
				if _, err := io.WriteString(dial(t, addr), sent); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(50 * time.Millisecond)
			for range 5 {
				if err := hello(t, dial(t, addr)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestWithAllAtWorkTheNextIsTurnedAway(t *testing.T) {
	addr := start(t, bounded.Limits{Connections: 2, Grace: time.Millisecond})
	for range 2 {
		if _, err := io.WriteString(dial(t, addr), "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(50 * time.Millisecond)
	if err := hello(t, dial(t, addr)); err == nil {
		t.Error("a third request was answered")
	}
}

func TestTimesAreHeld(t *testing.T) {
	const short = 100 * time.Millisecond
	for name, tt := range map[string]struct {
		limits bounded.Limits
		send   string
	}{
		"nothing comes":              {bounded.Limits{Header: short}, ""},
		"a header that does not end": {bounded.Limits{Header: short}, "GET / HTTP/1.1\r\nHost: x\r\n"},
		"a body that does not come": {bounded.Limits{Read: short},
			"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"},
		"no second request": {bounded.Limits{Idle: short}, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
		"a header that is too large": {bounded.Limits{HeaderBytes: 1}, "GET / HTTP/1.1\r\nHost: x\r\nA: " +
			strings.Repeat("a", 10_000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, start(t, tt.limits))
			if _, err := io.WriteString(conn, tt.send); err != nil {
				t.Fatal(err)
			}
			if took := closed(t, conn); took > 3*time.Second {
				t.Errorf("closed after %s", took)
			}
		})
	}
}

// A client that takes nothing of a large answer does not hold it for ever.
func TestAnAnswerThatNobodyReads(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				ended <- err
				return
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := make(chan error, 1)
	go func() {
		served <- bounded.Serve(ctx, listener, handler, bounded.Limits{Write: 200 * time.Millisecond}, nil)
	}()
	if _, err := io.WriteString(dial(t, listener.Addr().String()), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("it is still being written")
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
