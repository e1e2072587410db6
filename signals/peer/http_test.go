package peer_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"testing"
	"time"

	"tallystick/signals/peer"
)

// Whoever opens many connections and says nothing keeps no member out, and takes no descriptors without end.
func TestIdleConnectionsKeepNoMemberOut(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := peer.NewServer(listener, key, map[string]peer.Handler{
		"POST /v1/ask": func(context.Context, ed25519.PublicKey, []byte) (any, error) { return "answered", nil },
	}, func(string, error) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	idle := make([]net.Conn, 600)
	for i := range idle {
		if idle[i], err = net.Dial("tcp", listener.Addr().String()); err != nil {
			t.Fatal(err)
		}
		defer idle[i].Close()
	}
	_, own, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err := peer.NewClient(listener.Addr().String(), key.Public().(ed25519.PublicKey), own)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var answer string
	if err := client.Post(ctx, "/v1/ask", "hello", &answer); err != nil || answer != "answered" {
		t.Errorf("a member hears %q, %v", answer, err)
	}
	closed := 0
	for _, c := range idle {
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		var waits net.Error
		if _, err := c.Read(make([]byte, 1)); err != nil && (!errors.As(err, &waits) || !waits.Timeout()) {
			closed++
		}
	}
	if closed < 300 {
		t.Errorf("%d of 600 silent connections are closed for those that come", closed)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
