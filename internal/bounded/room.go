package bounded

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// room is a listener whose connections are counted. When it is full, the connection that has waited for a request
// longest is closed for the next one: whoever opens many and sends nothing takes nobody's place but his own.
type room struct {
	net.Listener
	most int

	mu      sync.Mutex
	waiting map[net.Conn]time.Time // open, no whole header of a request is there; since when
	busy    map[net.Conn]bool      // a request is worked on or answered
}

func newRoom(l net.Listener, most int) *room {
	return &room{Listener: l, most: most, waiting: map[net.Conn]time.Time{}, busy: map[net.Conn]bool{}}
}

// Accept implements net.Listener.
func (r *room) Accept() (net.Conn, error) {
	for {
		conn, err := r.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if r.admit(conn) {
			return conn, nil
		}
		_ = conn.Close() // all are at work
	}
}

func (r *room) admit(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting)+len(r.busy) >= r.most {
		var oldest net.Conn
		for c, since := range r.waiting {
			if oldest == nil || since.Before(r.waiting[oldest]) {
				oldest = c
			}
		}
		if oldest == nil {
			return false
		}
		delete(r.waiting, oldest)
		_ = oldest.Close()
	}
	r.waiting[conn] = time.Now()
	return true
}

// dismiss closes the connections on which no request is.
func (r *room) dismiss() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for conn := range r.waiting {
		_ = conn.Close()
	}
}

// changed is told by the server what its connections do.
func (r *room) changed(conn net.Conn, state http.ConnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch state {
	case http.StateIdle:
		if r.busy[conn] {
			delete(r.busy, conn)
			r.waiting[conn] = time.Now()
		}
	case http.StateClosed, http.StateHijacked:
		delete(r.waiting, conn)
		delete(r.busy, conn)
	case http.StateNew, http.StateActive:
		// Admit has noted a new one; active is one from the first byte of a header on, which may be the last for long.
	}
}

type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// counted marks a connection as busy once the header of a request is there in full.
func (r *room) counted(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if conn, ok := req.Context().Value(connKey{}).(net.Conn); ok {
			r.mu.Lock()
			if _, waits := r.waiting[conn]; waits {
				delete(r.waiting, conn)
				r.busy[conn] = true
			}
			r.mu.Unlock()
		}
		handler.ServeHTTP(w, req)
	})
}
