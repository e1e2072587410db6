// Package engine runs ClickHouse's own engine (libchdb, loaded without cgo) in
// the process that calls [Run], behind the part of ClickHouse's HTTP interface
// that clickhouse-go/v2 and curl use. It knows nothing of claims or tables.
//
// Run it in a process of its own: a fault in the engine must not take the
// pipeline with it, and so the pipeline reaches the embedded engine and a real
// server through the same client. The handler may be called concurrently; as
// many queries run at once as the pool has connections, the rest wait.
//
// The engine reads any file that its user can read (the table function file),
// so the listener is loopback only, refuses browsers, and can ask for a
// password.
package engine
