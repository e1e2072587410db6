package analytics

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versions is the table of the steps that were applied.
const versions = "goose_db_version"

// ErrNewerSchema says that a newer binary migrated the database: this one would misread it.
var ErrNewerSchema = errors.New("the database's schema is newer than this binary: use a newer tallystick")

// ErrOldSchema says that migrations are pending.
var ErrOldSchema = errors.New("the database's schema is older than this binary: run tallystick migrate")

// ErrOldForm says that an earlier release made the database, for records of a form that nothing reads any more.
var ErrOldForm = errors.New("the database holds rows of an older form of the record: drop it, or name another one, and run tallystick migrate; " +
	"the rows are made anew from the journal")

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string    // of the file
	Applied time.Time // UTC, seconds; zero when pending
}

// Migrate creates the database where it is missing and applies the steps that are pending, in order; it returns those.
// A step that failed half way is done again by the next call: every statement of it may run twice. On a database that a
// newer binary migrated it changes nothing and returns [ErrNewerSchema].
func (db *DB) Migrate(ctx context.Context) ([]Migration, error) {
	if err := db.createDatabase(ctx); err != nil {
		return nil, err
	}
	var done []Migration
	err := db.withGoose(func(p *goose.Provider) error {
		if _, err := compareVersions(ctx, p); err != nil && !errors.Is(err, ErrOldSchema) {
			return err
		}
		results, err := p.Up(ctx)
		for _, r := range results {
			if r.Error == nil {
				done = append(done, Migration{r.Source.Version, path.Base(r.Source.Path),
					time.Now().UTC().Truncate(time.Second)})
			}
		}
		if err != nil {
			return fmt.Errorf("analytics: applying migrations: %w", err)
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	return done, db.tune(ctx, newerSettings...)
}

// newerSettings are settings of the table entries that came after the oldest release that is supported.
var newerSettings = []string{
	// Merge when a dozen parts are alike, not five: each row is written anew a third less often.
	"merge_selector_base = 12",
	// The lengths of strings beside them, not in a stream of their own: six per cent fewer bytes.
	"string_serialization_version = 'single_stream'",
}

// tune applies the settings that this server knows. They change what is written from now on, and no answer.
func (db *DB) tune(ctx context.Context, settings ...string) error {
	const unknownSetting = 115
	for _, s := range settings {
		err := db.conn.Exec(ctx, "ALTER TABLE entries MODIFY SETTING "+s)
		var e *clickhouse.Exception
		if errors.As(err, &e) && e.Code == unknownSetting {
			continue
		}
		if err != nil {
			return fmt.Errorf("analytics: setting %s: %w", s, err)
		}
	}
	return nil
}

// MigrationStatus lists all steps that this binary knows, oldest first. It returns [ErrNewerSchema] beside the list
// when the database has steps that this binary does not know.
func (db *DB) MigrationStatus(ctx context.Context) ([]Migration, error) {
	begun, err := db.hasVersions(ctx)
	if err != nil {
		return nil, err
	}
	if !begun {
		return pending()
	}
	var all []Migration
	err = db.withGoose(func(p *goose.Provider) error {
		status, err := p.Status(ctx)
		if err != nil {
			return fmt.Errorf("analytics: reading the migrations' state: %w", err)
		}
		for _, s := range status {
			all = append(all, Migration{s.Source.Version, path.Base(s.Source.Path), s.AppliedAt.UTC()})
		}
		if _, err := compareVersions(ctx, p); err != nil && !errors.Is(err, ErrOldSchema) {
			return err
		}
		return nil
	})
	return all, err
}

// CheckSchema returns nil when the database is at exactly this binary's version, [ErrOldSchema] or [ErrNewerSchema]
// when it is not. Writers call it first.
func (db *DB) CheckSchema(ctx context.Context) error {
	begun, err := db.hasVersions(ctx)
	if err != nil {
		return err
	}
	if !begun {
		return fmt.Errorf("analytics: database %s was never migrated: %w", db.options.Database, ErrOldSchema)
	}
	return db.withGoose(func(p *goose.Provider) error {
		_, err := compareVersions(ctx, p)
		return err
	})
}

func compareVersions(ctx context.Context, p *goose.Provider) (int64, error) {
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	at, err := p.GetDBVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("analytics: reading the schema's version: %w", err)
	}
	switch {
	case at > 0 && at < sources[0].Version:
		return at, fmt.Errorf("analytics: schema version %d: %w", at, ErrOldForm)
	case at > newest:
		return at, fmt.Errorf("analytics: schema version %d, this binary knows %d: %w", at, newest, ErrNewerSchema)
	case at < newest:
		return at, fmt.Errorf("analytics: schema version %d, this binary needs %d: %w", at, newest, ErrOldSchema)
	}
	return at, nil
}

// withGoose lends a provider on a connection of its own.
func (db *DB) withGoose(use func(*goose.Provider) error) error {
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("analytics: reading the embedded migrations: %w", err)
	}
	conn := clickhouse.OpenDB(db.client(db.options.Database))
	defer conn.Close()
	p, err := goose.NewProvider(goose.DialectClickHouse, conn, steps, goose.WithDisableGlobalRegistry(true),
		goose.WithTableName(versions))
	if err != nil {
		return fmt.Errorf("analytics: reading the embedded migrations: %w", err)
	}
	return use(p)
}

func pending() ([]Migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("analytics: reading the embedded migrations: %w", err)
	}
	var all []Migration
	for _, n := range names {
		v, err := goose.NumericComponent(path.Base(n))
		if err != nil {
			return nil, fmt.Errorf("analytics: reading the embedded migrations: %w", err)
		}
		all = append(all, Migration{Version: v, Name: path.Base(n)})
	}
	return all, nil
}

func (db *DB) createDatabase(ctx context.Context) error {
	exists, err := db.databaseExists(ctx)
	if err != nil || exists {
		return err // an account that may not create databases can use one that exists
	}
	return db.onServer(func(conn *sql.DB) error {
		if _, err := conn.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS `"+db.options.Database+"`"); err != nil {
			return fmt.Errorf("analytics: creating database %s: %w", db.options.Database, err)
		}
		return nil
	})
}

// hasVersions tells whether the table of versions exists. Goose would create it, and an account that only reads may
// not.
func (db *DB) hasVersions(ctx context.Context) (bool, error) {
	var n uint64
	err := db.onServer(func(conn *sql.DB) error {
		return conn.QueryRowContext(ctx, "SELECT count() FROM system.tables WHERE database = ? AND name = ?",
			db.options.Database, versions).Scan(&n)
	})
	if err != nil {
		return false, fmt.Errorf("analytics: looking for the schema's version in database %s: %w", db.options.Database,
			err)
	}
	return n > 0, nil
}

func (db *DB) databaseExists(ctx context.Context) (bool, error) {
	var n uint64
	err := db.onServer(func(conn *sql.DB) error {
		return conn.QueryRowContext(ctx, "SELECT count() FROM system.databases WHERE name = ?",
			db.options.Database).Scan(&n)
	})
	if err != nil {
		return false, fmt.Errorf("analytics: looking for database %s: %w", db.options.Database, err)
	}
	return n > 0, nil
}

// onServer lends a connection outside the database, which may not exist.
func (db *DB) onServer(use func(*sql.DB) error) error {
	conn := clickhouse.OpenDB(db.client("default"))
	defer conn.Close()
	return use(conn)
}
