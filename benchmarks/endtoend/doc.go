// Command endtoend measures the whole pipeline on real servers against a raw copy of the same bytes in the same run.
//
// It runs the real binary beside Kafka and ClickHouse's engine and knows it only by its topics, its metrics and its
// exit; what the raw copy moves is computed beforehand by the same packages. Start it through `make bench`, which runs
// it under internal/testenv/run and builds the binary. It prints a table for people and one JSON line a figure.
package main
