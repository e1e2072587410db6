//go:build integration

package main

import (
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/install"
)

// TestClickHouseIsKilledAndPausedUnderLoad kills the engine in the middle of inserts, stops it in its tracks for a
// while, and has answers to inserts cut off on the way. Claims are decided meanwhile; each entry has one row in the
// end.
func TestClickHouseIsKilledAndPausedUnderLoad(t *testing.T) {
	t.Parallel()
	server, at := ownClickHouse(t)
	s := newSiteAt(t, at, 2, "acme")
	between := newProxy(t, server.Addr, "INSERT")
	direct := s.cfg.ClickHouse.Addr
	s.setting("clickhouse.addr", between.addr)
	run := s.start("pipeline", s.http)
	load := s.trickle(s.claims(30, 4000), 18*time.Second)
	s.setting("clickhouse.addr", direct) // for the checker

	// The engine stores the rows, and nobody hears of it.
	load.decides(run, 200)
	between.swallow.Store(5)
	s.eventually("answers to be cut off", 20*time.Second,
		func() bool { run.check(); return between.swallowed.Load() == 5 })

	for range 2 {
		load.decides(run, 300)
		server.Kill()
		load.decides(run, 300)
		server.Restart(t)
	}
	server.Pause(t)
	load.decides(run, 500)
	server.Resume()
	load.decides(run, 100)
	between.cut()
	load.decides(run, 300)
	between.restore()
	load.wait()
	s.proven(run, 4000)
	run.stop()
	s.rows(4000)
}

// rows checks that ClickHouse counts as many decided claims as there are, whatever was written twice.
func (s *site) rows(claims uint64) {
	s.t.Helper()
	db, err := install.OpenAnalytics(s.t.Context(), &s.cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	counts, err := db.Counts(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range counts {
		if c.Kind == claim.Decided && (c.Rows != claims || c.Sources != claims) {
			s.t.Errorf("ClickHouse counts %d decided rows of %d sources, want %d", c.Rows, c.Sources, claims)
		}
	}
}

// TestAnInstanceStopsWhileClickHouseIsAway asks an instance to end that cannot store its rows: it gives up waiting
// after the time that a drain may take, and the next one stores them.
func TestAnInstanceStopsWhileClickHouseIsAway(t *testing.T) {
	t.Parallel()
	server, at := ownClickHouse(t)
	s := newSiteAt(t, at, 2, "acme")
	run := s.start("pipeline", s.http)
	run.awaitReady()
	server.Pause(t)
	s.sendRaw(s.claims(31, 1000)...)
	s.eventually("the claims to be decided", 30*time.Second, func() bool { run.check(); return s.decidedTo() == 1000 })
	asked := time.Now()
	run.stop()
	if took := time.Since(asked); took > 35*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	server.Resume()
	run = s.start("pipeline", s.http)
	s.proven(run, 1000)
	run.stop()
}
