package install

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Whoever opens connections to /metrics and says nothing takes neither Prometheus's place nor the descriptors that
// Kafka needs.
func TestIdleConnectionsLeaveMetricsReachable(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- Serve(ctx, addr, prometheus.NewRegistry(), func() error { return errors.New("not yet") })
	}()
	var open []net.Conn
	for deadline := time.Now().Add(5 * time.Second); len(open) < 300; {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
			continue
		}
		defer conn.Close()
		open = append(open, conn)
	}
	client := &http.Client{Timeout: 4 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 503} {
		resp, err := client.Get("http://" + addr + path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	closed := 0
	for _, conn := range open {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		var timeout net.Error
		if _, err := conn.Read(make([]byte, 1)); err == io.EOF || !(errors.As(err, &timeout) && timeout.Timeout()) {
			closed++
		}
	}
	if closed < 200 {
		t.Errorf("of 300 idle connections %d were closed: the others keep their descriptors", closed)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
