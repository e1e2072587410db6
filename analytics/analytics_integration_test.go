//go:build integration

package analytics

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"tallystick/claim"
	"tallystick/claim/entry/entrytest"
	"tallystick/internal/testenv"
)

// empty returns a migrated database of the test's own.
func empty(t *testing.T) *DB {
	t.Helper()
	db := unmigrated(t, testenv.ClickHouse(t))
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func unmigrated(t *testing.T, addr string) *DB {
	t.Helper()
	return open(t, addr, uniqueName(t))
}

func uniqueName(t *testing.T) string {
	t.Helper()
	var suffix [6]byte
	if _, err := rand.Read(suffix[:]); err != nil {
		t.Fatal(err)
	}
	return "analytics_" + hex.EncodeToString(suffix[:])
}

func open(t *testing.T, addr, database string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Addr: addr, Database: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = db.conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+database)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func quiet() SinkOptions {
	return SinkOptions{MinWait: time.Millisecond, MaxWait: 10 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func write(t *testing.T, db *DB, batches ...Batch) {
	t.Helper()
	if err := db.Sink(quiet()).Write(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
}

// number asks for one count.
func number(t *testing.T, db *DB, query string) uint64 {
	t.Helper()
	n, err := collect(t.Context(), db, "a count", func(rows driver.Rows) (n uint64, err error) {
		return n, rows.Scan(&n)
	}, query)
	if err != nil {
		t.Fatal(err)
	}
	return n[0]
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestMigrateTwiceChangesNothing(t *testing.T) {
	db := unmigrated(t, testenv.ClickHouse(t))
	status, err := db.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(status) == 0 || slices.ContainsFunc(status, func(m Migration) bool { return !m.Applied.IsZero() }) {
		t.Errorf("before the first migration: %v", status)
	}
	if err := db.CheckSchema(t.Context()); !errors.Is(err, ErrOldSchema) {
		t.Errorf("before the first migration CheckSchema said %v", err)
	}
	if err := db.createDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.CheckSchema(t.Context()); !errors.Is(err, ErrOldSchema) {
		t.Errorf("of an empty database CheckSchema said %v", err)
	}
	if n := number(t, db, "SELECT count() FROM system.tables WHERE database = currentDatabase()"); n != 0 {
		t.Error("asking for the version created a table")
	}
	first, err := db.Migrate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != len(status) {
		t.Errorf("applied %d of %d", len(first), len(status))
	}
	write(t, db, journalOf(fullEntry())...)
	again, err := db.Migrate(t.Context())
	if err != nil || len(again) != 0 {
		t.Errorf("the second time: %v, %v", again, err)
	}
	if n := number(t, db, "SELECT count() FROM entries"); n != 1 {
		t.Errorf("%d rows after migrating twice", n)
	}
	if err := db.CheckSchema(t.Context()); err != nil {
		t.Error(err)
	}
	status, err = db.MigrationStatus(t.Context())
	if err != nil || slices.ContainsFunc(status, func(m Migration) bool { return m.Applied.IsZero() }) {
		t.Errorf("after: %v, %v", status, err)
	}
}

// A crash between a step and its record makes goose apply the step again.
func TestMigrateAfterCrashInStep(t *testing.T) {
	db := empty(t)
	write(t, db, journalOf(fullEntry())...)
	if err := db.conn.Exec(t.Context(),
		"ALTER TABLE goose_db_version DELETE WHERE version_id > 0 SETTINGS mutations_sync = 2"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := number(t, db, "SELECT count() FROM entries"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestMigrateRefusesNewerDatabase(t *testing.T) {
	db := empty(t)
	if err := db.conn.Exec(t.Context(),
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("Migrate: %v", err)
	}
	if err := db.CheckSchema(t.Context()); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("CheckSchema: %v", err)
	}
	if _, err := db.MigrationStatus(t.Context()); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("MigrationStatus: %v", err)
	}
}

// Rows of an older form cannot be turned into those of today: their steps are gone, and who has them is told so.
func TestMigrateRefusesAnOlderForm(t *testing.T) {
	db := empty(t)
	for _, change := range []string{
		"ALTER TABLE goose_db_version DELETE WHERE version_id > 0 SETTINGS mutations_sync = 2",
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (4, 1)",
	} {
		if err := db.conn.Exec(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Migrate(t.Context()); !errors.Is(err, ErrOldForm) {
		t.Errorf("Migrate: %v", err)
	}
	if err := db.CheckSchema(t.Context()); !errors.Is(err, ErrOldForm) {
		t.Errorf("CheckSchema: %v", err)
	}
}

// The writer's column types are those of the table: a server on the native protocol sends the table's.
func TestColumnsAreTheTables(t *testing.T) {
	db := empty(t)
	type column struct{ Name, Type string }
	got, err := collect(t.Context(), db, "columns", func(rows driver.Rows) (c column, err error) {
		return c, rows.Scan(&c.Name, &c.Type)
	}, "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'entries' AND default_kind != 'ALIAS' ORDER BY position")
	if err != nil {
		t.Fatal(err)
	}
	var want []column
	for _, c := range newColumns().all {
		want = append(want, column{c.name, c.sqlType})
	}
	same(t, "columns", got, want)
}

// What is stored of an entry, column by column: the same text that the unit test finds in the block.
func TestStoredRow(t *testing.T) {
	db := empty(t)
	write(t, db, Batch{Partition: 3, Position: "p", AppendTime: appended,
		Rows: []Row{{Offset: 12, Entry: fullEntry()}}})
	row, err := db.Entry(t.Context(), claim.ClaimRef{Insurer: "acme", Claim: "C-1"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/full.golden", storedText(row))
	if _, err := db.Entry(t.Context(), claim.ClaimRef{Insurer: "acme", Claim: "C-2"}); !errors.Is(err, ErrNoClaim) {
		t.Errorf("a claim that is not there: %v", err)
	}
}

// everything returns the answer to every question, as text.
func everything(t *testing.T, db *DB) string {
	t.Helper()
	ctx := t.Context()
	var b strings.Builder
	put := func(what string, v any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %s\n", what, text)
	}
	flagged, err := db.TopFlagged(ctx, 100)
	put("flagged", flagged, err)
	sharing, err := db.SharingToken(ctx, entrytest.Token("phn", "aaaa"))
	put("token", sharing, err)
	sharing, err = db.SharingWith(ctx, claim.ClaimRef{Insurer: "acme", Claim: "C-1"})
	put("sharing", sharing, err)
	peers, err := db.Peers(ctx, claim.Repairer)
	put("peers", peers, err)
	precision, err := db.RulePrecision(ctx)
	put("precision", precision, err)
	ages, err := db.Ages(ctx)
	for i := range ages {
		ages[i].Average, ages[i].Median, ages[i].P90, ages[i].Oldest = nil, nil, nil, nil // they run with the clock
	}
	put("ages", ages, err)
	counts, err := db.Counts(ctx)
	put("counts", counts, err)
	hits, err := db.HitsByIndicator(ctx)
	put("indicators", hits, err)
	rings, err := db.Rings(ctx, 1)
	put("rings", rings, err)
	row, err := db.Entry(ctx, claim.ClaimRef{Insurer: "acme", Claim: "C-1"})
	put("row", storedText(row), err)
	return b.String()
}

func storyOfSix() []Batch {
	phone := claim.Token{Path: "claimant.phone", Value: entrytest.Token("phn", "aaaa")}
	shop := claim.Token{Path: "parties[0].id", Role: claim.Repairer, Value: entrytest.Token("pid", "bbbb")}
	raised := decided("acme", "C-2", 1, 0.9, 4)
	raised.Kind = claim.Rescored
	return journalOf(
		fullEntry(),
		withTokens(withEvent(decided("acme", "C-2", 1, 0.1, 1), "notified", "", "10", "EUR", "2026-01-02"), phone,
			shop),
		deadEntry(),
		withTokens(withEvent(decided("acme", "C-3", 1, 0.6, 3), "notified", "", "30", "EUR", "2026-01-02"), phone),
		withTokens(withEvent(raised, "notified", "", "10", "EUR", "2026-01-02"), phone, shop),
		&claim.Entry{Kind: claim.Duplicate, Insurer: "acme", Claim: "C-2", Revision: 1,
			Source: claim.SourceRef{Offset: 5}, At: appended},
	)
}

func TestRedeliveryChangesNothing(t *testing.T) {
	story := storyOfSix()
	once := empty(t)
	write(t, once, story...)
	want := everything(t, once)
	if n := number(t, once, "SELECT count() FROM entries"); n != 6 {
		t.Fatalf("%d rows", n)
	}

	t.Run("the same call again", func(t *testing.T) {
		db := empty(t)
		write(t, db, story...)
		write(t, db, story...)
		same(t, "answers", everything(t, db), want)
	})
	t.Run("in overlap", func(t *testing.T) {
		db := empty(t)
		write(t, db, story[:2]...)
		write(t, db, story[1:]...)
		write(t, db, story[0])
		if n := number(t, db, "SELECT count() FROM entries"); n <= 6 {
			t.Errorf("%d rows: the overlap should have written some twice, else this proves nothing", n)
		}
		same(t, "answers", everything(t, db), want)
	})
	t.Run("one row an insert", func(t *testing.T) {
		db := empty(t)
		write(t, db, story...)
		o := quiet()
		o.MaxRows = 1
		if err := db.Sink(o).Write(t.Context(), story); err != nil {
			t.Fatal(err)
		}
		same(t, "answers", everything(t, db), want)
	})
	t.Run("merged", func(t *testing.T) {
		db := empty(t)
		write(t, db, story[:2]...)
		write(t, db, story...)
		if err := db.conn.Exec(t.Context(), "OPTIMIZE TABLE entries FINAL"); err != nil {
			t.Fatal(err)
		}
		if n := number(t, db, "SELECT count() FROM entries"); n != 6 {
			t.Errorf("%d rows after merging", n)
		}
		same(t, "answers", everything(t, db), want)
	})
}

// proxy stands between the sink and ClickHouse and lets a test lose requests or answers.
type proxy struct {
	mu      sync.Mutex
	answers int // of inserts to swallow, after ClickHouse has done them
	inserts []string
}

func (p *proxy) start(t *testing.T, addr string) string {
	t.Helper()
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
	forward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) {
		w.WriteHeader(http.StatusBadGateway)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.URL.Query().Get("insert_deduplication_token")
		// not the driver's greeting, which has the same settings
		if !strings.HasPrefix(r.URL.Query().Get("query"), "INSERT INTO entries") {
			forward.ServeHTTP(w, r)
			return
		}
		p.mu.Lock()
		p.inserts = append(p.inserts, token)
		swallow := p.answers > 0
		p.answers--
		p.mu.Unlock()
		if !swallow {
			forward.ServeHTTP(w, r)
			return
		}
		lost := httptest.NewRecorder()
		forward.ServeHTTP(lost, r)
		if lost.Code != http.StatusOK && r.Context().Err() == nil {
			t.Errorf("ClickHouse said %d: %s", lost.Code, lost.Body)
		}
		panic(http.ErrAbortHandler) // the connection breaks, though the rows are in
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestUnknownOutcome(t *testing.T) {
	once := empty(t)
	write(t, once, storyOfSix()...)
	want := everything(t, once)

	addr := testenv.ClickHouse(t)
	p := &proxy{}
	through := p.start(t, addr)
	db := unmigrated(t, addr)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	lossy, err := Open(t.Context(), Options{Addr: through, Database: db.options.Database})
	if err != nil {
		t.Fatal(err)
	}
	defer lossy.Close()
	p.answers = 3
	sink := lossy.Sink(quiet())
	if err := sink.Write(t.Context(), storyOfSix()); err != nil {
		t.Fatal(err)
	}
	if len(p.inserts) != 4 || len(slices.Compact(slices.Clone(p.inserts))) != 1 {
		t.Errorf("inserts had the tokens %v: want one token four times", p.inserts)
	}
	if st := sink.Stats(); st.Retries != 3 || st.Rows != 6 || st.Inserts != 1 {
		t.Errorf("stats %+v", st)
	}
	same(t, "answers", everything(t, db), want)
	if n := number(t, db, "SELECT count() FROM entries"); n != 6 {
		t.Errorf("%d rows: the token should have kept the block from being stored again", n)
	}
}

func TestMonthsAndPositions(t *testing.T) {
	db := empty(t)
	may := time.Date(2026, 5, 31, 23, 59, 59, 999_000_000, time.UTC)
	write(t, db,
		Batch{Partition: 0, Position: "a1", AppendTime: may, Rows: []Row{{0, decided("acme", "A", 1, 0.1, 0)}}},
		Batch{Partition: 1, Position: "b1", AppendTime: may, Rows: []Row{{0, decided("acme", "B", 1, 0.1, 0)}}},
		Batch{Partition: 0, Position: "a2", AppendTime: may.Add(time.Millisecond),
			Rows: []Row{{1, decided("acme", "C", 1, 0.1, 1)}}},
		Batch{Partition: 2, Position: "c1", AppendTime: may.Add(time.Millisecond)},
	)
	if n := number(t, db, "SELECT uniqExact(partition) FROM system.parts WHERE database = currentDatabase() AND table = 'entries' AND active"); n != 2 {
		t.Errorf("%d table partitions", n)
	}
	got, err := db.Positions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "positions", got, map[int]string{0: "a2", 1: "b1", 2: "c1"})
	write(t, db, Batch{Partition: 0, Position: "a3", AppendTime: may.Add(time.Hour)})
	got, err = db.Positions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "positions", got, map[int]string{0: "a3", 1: "b1", 2: "c1"})
}

func TestWriteRefusedWithoutTable(t *testing.T) {
	db := empty(t)
	if err := db.conn.Exec(t.Context(), "DROP TABLE entries"); err != nil {
		t.Fatal(err)
	}
	err := db.Sink(quiet()).Write(t.Context(), storyOfSix())
	if !errors.Is(err, ErrRefused) {
		t.Errorf("without the table: %v", err)
	}
	if positions, err := db.Positions(t.Context()); err != nil || len(positions) != 0 {
		t.Errorf("positions %v, %v: nothing was stored", positions, err)
	}
}

func TestWriteStopsWithItsContext(t *testing.T) {
	db := empty(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	if _, err := Open(t.Context(), Options{Addr: gone}); err == nil || !strings.Contains(err.Error(), gone) {
		t.Errorf("opening where nobody listens: %v", err)
	}
	p := &proxy{answers: 1 << 30}
	lossy, err := Open(t.Context(), Options{Addr: p.start(t, testenv.ClickHouse(t)), Database: db.options.Database})
	if err != nil {
		t.Fatal(err)
	}
	defer lossy.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := lossy.Sink(quiet()).Write(ctx, storyOfSix()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
}

// Two instances may start at once.
func TestMigrateAtTheSameTime(t *testing.T) {
	addr := testenv.ClickHouse(t)
	name := uniqueName(t)
	var wait sync.WaitGroup
	for range 4 {
		db := open(t, addr, name)
		wait.Go(func() {
			if _, err := db.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
			if err := db.CheckSchema(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	db := open(t, addr, name)
	if again, err := db.Migrate(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("afterwards: %v, %v", again, err)
	}
	write(t, db, storyOfSix()...)
	if n := number(t, db, "SELECT count() FROM claims_current"); n != 3 {
		t.Errorf("%d claims", n)
	}
}
