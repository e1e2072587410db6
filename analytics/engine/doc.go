// Package engine runs ClickHouse's own engine (libchdb, loaded without cgo) in
// the process that calls [Run], behind the part of ClickHouse's HTTP interface
// that clickhouse-go/v2 and curl use. It knows nothing of claims or tables.
//
// Run it in a process of its own: a fault in the engine must not take the
// pipeline with it, and so the pipeline reaches the embedded engine and a real
// server through the same client. The handler may be called concurrently; as
// many queries run at once as the pool has connections, the rest wait.
//
// Whoever reaches the listener is taken for hostile: it is on loopback only and
// answers no other Host, refuses browsers, asks for a password made at its
// start, lets no statement through that leaves the engine's tables, and bounds
// time, memory, answers and connections. Where the kernel can, [Confine] keeps
// the whole process from all other files and from calling anybody.
package engine
