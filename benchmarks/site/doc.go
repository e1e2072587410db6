// Package site starts an install of its own for a benchmark: topics, keys, database and log that nothing else uses, and
// the real binary as processes, on the servers that internal/testenv/run started. It knows the pipeline by its topics,
// its metrics and its exit only. Enter at [New]; [Feed] makes up the claims.
package site
