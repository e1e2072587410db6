//go:build integration

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tallystick/internal/testenv"
)

// slowVault stands before the real Vault and lets answers wait.
type slowVault struct {
	url   string
	delay atomic.Int64 // nanoseconds before each answer
	asked atomic.Int32 // requests so far
}

func newSlowVault(t *testing.T) *slowVault {
	t.Helper()
	addr, _ := testenv.Vault(t)
	target, err := url.Parse(addr)
	if err != nil {
		t.Fatal(err)
	}
	v := &slowVault{}
	through := httputil.NewSingleHostReverseProxy(target)
	closing := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.asked.Add(1)
		body, err := io.ReadAll(r.Body) // before it is read, nobody notices that the client is gone
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		select {
		case <-time.After(time.Duration(v.delay.Load())):
			through.ServeHTTP(w, r)
		case <-r.Context().Done():
		case <-closing:
		}
	}))
	t.Cleanup(func() { close(closing); server.Close() })
	v.url = server.URL
	return v
}

func (v *slowVault) wait(d time.Duration) { v.delay.Store(int64(d)) }

const stalled = time.Hour

// TestVaultIsSlow lets each answer of Vault take seconds, and then none come for longer than a request may take.
// Decisions go on with the keys in memory, and Vault is not asked more often for it.
func TestVaultIsSlow(t *testing.T) {
	t.Parallel()
	v := newSlowVault(t)
	s := newSite(t, 2, "acme")
	s.setting("keys.vault.address", v.url)
	s.setting("keys.vault.ttl", "50s") // read again after a quarter of it

	// It starts, although its five questions together take longer than one may.
	v.wait(2100 * time.Millisecond)
	run := s.start("pipeline", s.http)
	run.awaitReady()

	load := s.trickle(s.claims(22, 5000), 100*time.Second)
	expire := run.metric("tallystick_keys_expire_seconds")
	s.eventually("the keys to be read again", 45*time.Second, func() bool {
		load.decides(run, 50)
		if !run.ready() {
			t.Error("not ready, although Vault answers")
		}
		left := run.metric("tallystick_keys_expire_seconds")
		again := left > expire
		expire = left
		return again
	})
	if n := run.metric("tallystick_keys_failures_total"); n != 0 {
		t.Errorf("%g reads of keys failed, although Vault answers", n)
	}

	v.wait(stalled)
	before := v.asked.Load()
	s.eventually("a read to be given up", 45*time.Second, func() bool {
		load.decides(run, 10)
		return run.metric("tallystick_keys_failures_total") > 0
	})
	if !run.ready() {
		t.Error("not ready, although the keys in memory have not expired")
	}
	if n := v.asked.Load() - before; n > 3 {
		t.Errorf("%d requests to a Vault that does not answer", n)
	}
	v.wait(0)
	s.proven(run, load.stop())
	run.stop()
}

// TestAnInstanceStartsWhileVaultStalls starts an instance before a Vault that takes questions and does not answer. It
// says what it waits for, ends when asked to, and goes on once there is an answer.
func TestAnInstanceStartsWhileVaultStalls(t *testing.T) {
	t.Parallel()
	v := newSlowVault(t)
	s := newSite(t, 2, "acme")
	s.setting("keys.vault.address", v.url)
	s.sendRaw(s.claims(23, 500)...)
	v.wait(stalled)
	run := s.start("pipeline", s.http)
	s.eventually("the instance to say what it waits for", 30*time.Second, func() bool {
		run.check()
		return strings.Contains(run.tail(), "waiting for vault")
	})
	asked := time.Now()
	run.stop()
	if took := time.Since(asked); took > 5*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	if err := os.Truncate(run.log, 0); err != nil {
		t.Fatal(err)
	}

	before := v.asked.Load()
	run = s.start("pipeline", s.http)
	s.eventually("the instance to wait", 30*time.Second,
		func() bool { run.check(); return strings.Contains(run.tail(), "waiting for vault") })
	if n := v.asked.Load() - before; n > 3 {
		t.Errorf("%d requests to a Vault that does not answer", n)
	}
	t.Logf("while it waits it says\n%s", run.tail())
	v.wait(0)
	run.awaitReady()
	s.proven(run, 500)
	run.stop()
}
