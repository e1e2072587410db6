package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"tallystick/anchor/follow"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
)

// Another insurer's log is followed, forks, and the evidence convinces a stranger; exit codes tell a script what
// happened.
func TestFollowByCommand(t *testing.T) {
	key, err := tilelog.GenerateKey(filepath.Join(t.TempDir(), "key"), "acme.example/claims")
	if err != nil {
		t.Fatal(err)
	}
	publish := func(salt string, size int) http.Handler {
		dir := filepath.Join(t.TempDir(), "log")
		log, err := tilelog.Open(dir, key)
		if err != nil {
			t.Fatal(err)
		}
		var entries []string
		for i := range size {
			entries = append(entries, fmt.Sprintf("%s %d", salt, i))
		}
		err = log.Append(t.Context(), 0, entries)
		_, msg := log.Signed()
		if err := errors.Join(err, log.Publish(t.Context(), msg), log.Close()); err != nil {
			t.Fatal(err)
		}
		return http.FileServer(http.Dir(dir))
	}
	var shown atomic.Pointer[http.Handler]
	show := func(h http.Handler) { shown.Store(&h) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*shown.Load()).ServeHTTP(w, r)
	}))
	defer server.Close()
	dir := t.TempDir()
	once := []string{"follow", "--url", server.URL, "--key", key.VKey(), "--dir", dir, "--once"}
	run := func(what string, want int, args ...string) {
		t.Helper()
		if got := execute(t.Context(), args); got != want {
			t.Errorf("%s: exit code %d, want %d", what, got, want)
		}
	}
	show(http.NotFoundHandler())
	run("nothing is published", 1, once...)
	show(publish("true", 300))
	run("a log", 0, once...)
	show(publish("false", 310))
	run("another history", 3, once...)
	evidence := filepath.Join(dir, "state", "evidence", "00.json")
	run("the evidence", 0, "follow", "--check-evidence", evidence, "--key", key.VKey())
	other, err := tilelog.GenerateKey(filepath.Join(t.TempDir(), "key"), "acme.example/claims")
	if err != nil {
		t.Fatal(err)
	}
	run("the evidence against another key", 3, "follow", "--check-evidence", evidence, "--key", other.VKey())
	run("no key", 2, "follow", "--url", server.URL, "--dir", dir)
	run("a quorum of nobody", 2, append(once, "--quorum", "1")...)
}

func TestFollowersMetrics(t *testing.T) {
	key, err := tilelog.GenerateKey(filepath.Join(t.TempDir(), "key"), "acme.example/claims")
	if err != nil {
		t.Fatal(err)
	}
	source, err := follow.OpenSource(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f, err := follow.Open(follow.Config{Dir: t.TempDir(), Source: source, Policy: proof.Policy{LogKey: key.VKey()}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Round(t.Context()); err == nil {
		t.Fatal("an empty folder was followed")
	}
	metrics := prometheus.NewRegistry()
	observeFollower(f, metrics)
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		values[family.GetName()] = family.GetMetric()[0].GetGauge().GetValue()
	}
	if values["tallystick_follow_failed"] != 1 || values["tallystick_follow_alert"] != 0 || len(values) != 6 {
		t.Errorf("got %v", values)
	}
}
