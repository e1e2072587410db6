package analytics

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// DB is a ClickHouse database. It may be used concurrently.
type DB struct {
	options Options
	conn    driver.Conn
}

// oldest is the first release with all that the views need: parameterised views, and skip indexes under FINAL.
var oldest = proto.Version{Major: 24, Minor: 8}

// Open checks the options and that ClickHouse answers and is new enough. The database itself need not exist: see
// [DB.Migrate]. An error names the option that is wrong, or what the server said.
func Open(ctx context.Context, o Options) (*DB, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	db := &DB{options: o}
	if err := db.checkServer(ctx); err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(db.client(o.Database))
	if err != nil {
		return nil, fmt.Errorf("analytics: opening ClickHouse at %s: %w", o.Addr, err)
	}
	db.conn = conn
	return db, nil
}

// Close closes the connections. Requests under way fail.
func (db *DB) Close() error {
	if err := db.conn.Close(); err != nil {
		return fmt.Errorf("analytics: closing ClickHouse connections: %w", err)
	}
	return nil
}

// client returns the driver's options for work in one database.
func (db *DB) client(database string) *clickhouse.Options {
	o := db.options
	c := &clickhouse.Options{
		Addr:        []string{o.Addr},
		Auth:        clickhouse.Auth{Database: database, Username: o.Username, Password: o.Password.value},
		TLS:         o.TLS,
		DialTimeout: o.DialTimeout,
		ReadTimeout: o.Timeout,
		Protocol:    clickhouse.HTTP,
	}
	if o.Protocol == Native {
		c.Protocol = clickhouse.Native
		c.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	return c
}

// checkServer asks in the database that every server has: the driver names its database with the first word it says,
// and a server hangs up on one that does not exist yet.
func (db *DB) checkServer(ctx context.Context) error {
	conn, err := clickhouse.Open(db.client("default"))
	if err != nil {
		return fmt.Errorf("analytics: opening ClickHouse at %s: %w", db.options.Addr, err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, db.options.Timeout)
	defer cancel()
	v, err := conn.ServerVersion()
	if err != nil {
		return fmt.Errorf("analytics: asking ClickHouse at %s for its version: %w", db.options.Addr, err)
	}
	if err := conn.Ping(ctx); err != nil {
		return fmt.Errorf("analytics: asking ClickHouse at %s: %w", db.options.Addr, err)
	}
	if !proto.CheckMinVersion(oldest, v.Version) {
		return fmt.Errorf("analytics: ClickHouse at %s is %s: %s or later is needed", db.options.Addr, v.Version,
			oldest)
	}
	return nil
}
