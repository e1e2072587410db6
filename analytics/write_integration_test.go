//go:build integration

package analytics

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry/entrytest"
	"tallystick/internal/testenv"
)

// claims returns entries that compress no better than real ones: tokens, ciphertext and salts are random.
func claims(n int) []*claim.Entry {
	all := make([]*claim.Entry, n)
	for i := range all {
		e := fullEntry()
		e.Claim = fmt.Sprint("C-", i/2)
		e.Revision, e.Source.Offset = 1+i%2, int64(i)
		e.Tokens = nil
		for _, path := range []string{"claimant.phone", "claimant.email", "claimant.bankAccount.iban", "claimant.name",
			"policy.number"} {
			e.Tokens = append(e.Tokens, claim.Token{Path: path, Value: entrytest.Token("tok", rand.Text())})
		}
		e.Tokens = append(e.Tokens, claim.Token{Path: "parties[0].id", Role: claim.Repairer,
			Value: entrytest.Token("pid", fmt.Sprint("shop", i%500))})
		for _, b := range [][]byte{e.Commitment, e.Content} {
			rand.Read(b)
		}
		all[i] = e
	}
	return all
}

// BenchmarkWrite stores wide rows in the engine; each iteration is one insert of 20,000.
func BenchmarkWrite(b *testing.B) {
	db, err := Open(b.Context(), Options{Addr: testenv.ClickHouse(b), Database: "bench_" + rand.Text()[:8]})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.conn.Exec(b.Context(), "DROP DATABASE "+db.options.Database) }()
	entries := claims(20_000)
	sink := db.Sink(quiet())
	offset := int64(0)
	for b.Loop() {
		batch := Batch{Position: "p", AppendTime: appended}
		for _, e := range entries {
			batch.Rows = append(batch.Rows, Row{Offset: offset, Entry: e})
			offset++
		}
		if err := sink.Write(b.Context(), []Batch{batch}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(offset)/b.Elapsed().Seconds(), "rows/s")
	b.StopTimer()
	for name, ask := range map[string]func() error{
		"TopFlagged":   func() error { _, err := db.TopFlagged(b.Context(), 10); return err },
		"SharingToken": func() error { _, err := db.SharingToken(b.Context(), entries[5].Tokens[0].Value); return err },
		"Peers":        func() error { _, err := db.Peers(b.Context(), claim.Repairer); return err },
		"Precision":    func() error { _, err := db.RulePrecision(b.Context()); return err },
		"Entry": func() error {
			_, err := db.Entry(b.Context(), claim.ClaimRef{Insurer: "acme", Claim: "C-5"})
			return err
		},
		"Rings":  func() error { _, err := db.Rings(b.Context(), 2); return err },
		"Counts": func() error { _, err := db.Counts(b.Context()); return err },
	} {
		start := time.Now()
		if err := ask(); err != nil {
			b.Error(err)
		}
		b.Logf("%d rows: %s took %v", offset, name, time.Since(start).Round(time.Millisecond))
	}
}

// An insert is stored as a whole: were it cut into several parts, a crash could leave the later ones without the first.
func TestOneInsertIsOnePart(t *testing.T) {
	db := empty(t)
	batch := Batch{Position: "p", AppendTime: appended}
	for i, e := range claims(10_000) {
		batch.Rows = append(batch.Rows, Row{Offset: int64(i), Entry: e})
	}
	if err := db.conn.Exec(t.Context(), "SYSTEM STOP MERGES entries"); err != nil {
		t.Fatal(err)
	}
	sink := db.Sink(quiet())
	if err := sink.Write(t.Context(), []Batch{batch}); err != nil {
		t.Fatal(err)
	}
	if st := sink.Stats(); st.Inserts != 1 {
		t.Fatalf("%d inserts", st.Inserts)
	}
	const parts = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'entries' AND active"
	if n := number(t, db, parts); n != 1 {
		t.Errorf("%d parts", n)
	}
	if n := number(t, db, parts+" AND part_type = 'Compact'"); n != 1 {
		t.Error("the part has a file for each column")
	}
	write(t, db, batch)
	if n := number(t, db, parts); n != 1 {
		t.Errorf("%d parts after the same insert again: its token was not known", n)
	}
}

// A server of the oldest release has not all settings: those that it does not know are left out.
func TestSettingsThatAServerDoesNotKnow(t *testing.T) {
	db := empty(t)
	if err := db.tune(t.Context(), "of_a_later_release = 1", "old_parts_lifetime = 77"); err != nil {
		t.Fatal(err)
	}
	const set = "SELECT countSubstrings(create_table_query, 'old_parts_lifetime = 77') FROM system.tables WHERE database = currentDatabase() AND name = 'entries'"
	if n := number(t, db, set); n != 1 {
		t.Error("a setting that it knows was left out too")
	}
	if err := db.tune(t.Context(), "old_parts_lifetime = 'long'"); err == nil {
		t.Error("a value that it does not take was left out silently")
	}
}

func TestCommitmentsInOrder(t *testing.T) {
	db := empty(t)
	story := storyOfSix()
	write(t, db, story[1:]...)
	write(t, db, story...)
	var offsets []int64
	err := db.Commitments(t.Context(), 0, func(offset int64, commitment []byte) error {
		offsets = append(offsets, offset)
		if offset == 0 && string(commitment) != string(fullEntry().Commitment) {
			t.Errorf("commitment %x", commitment)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "offsets", offsets, []int64{0, 1, 2, 3, 4, 5})
	stop := errors.New("stop")
	if err := db.Commitments(t.Context(), 0, func(int64, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("ended with %v", err)
	}
}
