package install

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tallystick/internal/bounded"
)

// Serve answers /metrics, /healthz and /readyz on addr until ctx is done. ready says why the instance is not ready.
func Serve(ctx context.Context, addr string, metrics prometheus.Gatherer, ready func() error) error {
	if addr == "" {
		<-ctx.Done()
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listening for /metrics and /healthz (setting http): %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	if err := bounded.Serve(ctx, listener, mux, bounded.Limits{Grace: 2 * time.Second}, nil); err != nil &&
		ctx.Err() == nil {
		return fmt.Errorf("serving /metrics and /healthz: %w", err)
	}
	return nil
}
