package bounded

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a server. Zero values are the defaults that each names.
type Limits struct {
	Connections int           // open at once; 0: 64. Beyond, the one that has waited longest is closed, or the new one
	Header      time.Duration // for a request's header; 0: 5 s
	Read        time.Duration // for a whole request; 0: 10 s
	Write       time.Duration // from a request's header to the end of its answer; 0: 30 s
	Idle        time.Duration // between two requests; 0: 1 min
	HeaderBytes int           // of a request; 0: 16 KiB
	Grace       time.Duration // for requests under way when ctx ends; 0: 10 s
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		value   *time.Duration
		without time.Duration
	}{{&l.Header, 5 * time.Second}, {&l.Read, 10 * time.Second}, {&l.Write, 30 * time.Second}, {&l.Idle, time.Minute},
		{&l.Grace, 10 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.without
		}
	}
	if l.Connections == 0 {
		l.Connections = 64
	}
	if l.HeaderBytes == 0 {
		l.HeaderBytes = 16 << 10
	}
	return l
}

// Serve answers on the listener, which it closes, until ctx ends; then it lets requests under way finish and returns
// nil. Logger gets the server's own complaints, none of which quotes a request; nil drops them.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, limits Limits, logger *slog.Logger) error {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	limits = limits.withDefaults()
	room := newRoom(listener, limits.Connections)
	server := &http.Server{
		Handler: room.counted(handler), ConnState: room.changed, ConnContext: withConn,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn), ReadHeaderTimeout: limits.Header,
		ReadTimeout: limits.Read, WriteTimeout: limits.Write, IdleTimeout: limits.Idle,
		MaxHeaderBytes: limits.HeaderBytes,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(room) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), limits.Grace)
	defer cancel()
	room.dismiss() // Shutdown would wait five seconds for those that never said a word
	err := server.Shutdown(grace)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	<-served
	return err
}
