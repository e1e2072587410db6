//go:build integration

package engine_test

import (
	"testing"
	"testing/fstest"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"

	"tallystick/internal/testenv"
)

func TestGooseMigratesUpAndDown(t *testing.T) {
	addr := testenv.ClickHouse(t)
	name := newDatabase(t, addr)
	db := clickhouse.OpenDB(&clickhouse.Options{
		Addr: []string{addr}, Protocol: clickhouse.HTTP, Auth: clickhouse.Auth{Database: name},
	})
	t.Cleanup(func() { db.Close() })
	migrations := fstest.MapFS{
		"0001_rows.sql": {Data: []byte(`-- +goose Up
CREATE TABLE rows (k UInt64, v LowCardinality(String)) ENGINE = ReplacingMergeTree ORDER BY k;
INSERT INTO rows VALUES (1, 'one'), (2, 'two; and a half');
-- +goose Down
DROP TABLE rows;
`)},
		"0002_view.sql": {Data: []byte(`-- +goose Up
-- +goose StatementBegin
CREATE VIEW latest AS
SELECT k, argMax(v, k) AS v FROM rows GROUP BY k;
-- +goose StatementEnd
ALTER TABLE rows ADD COLUMN w Nullable(String);
-- +goose Down
DROP VIEW latest;
ALTER TABLE rows DROP COLUMN w;
`)},
	}
	provider, err := goose.NewProvider(goose.DialectClickHouse, db, migrations)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		move func() error
		want int64
	}{
		{func() error { _, err := provider.Up(t.Context()); return err }, 2},
		{func() error { _, err := provider.Up(t.Context()); return err }, 2},
		{func() error { _, err := provider.Down(t.Context()); return err }, 1},
		{func() error { _, err := provider.UpTo(t.Context(), 2); return err }, 2},
	} {
		if err := step.move(); err != nil {
			t.Fatal(err)
		}
		version, err := provider.GetDBVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if version != step.want {
			t.Errorf("at version %d, want %d", version, step.want)
		}
	}
	if n := count(t, open(t, addr, name, nil), "SELECT count() FROM latest WHERE v LIKE '%; and%'"); n != 1 {
		t.Errorf("%d rows in the view, want 1", n)
	}
	if _, err := provider.DownTo(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
}
