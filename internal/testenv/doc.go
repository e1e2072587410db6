// Package testenv gives tests the real servers: Apache Kafka, Vault, an EVM node and
// ClickHouse's engine, on loopback, with their data in temporary folders. It
// knows nothing of Tallystick's own parts but the engine's shim.
//
// Enter at [Kafka], [Vault] and [ClickHouse], which share a server across the
// whole test run, or at [StartKafka], [StartVault] and [StartClickHouse] for one
// of the test's own that it may stop, kill, pause and restart. Only tests import
// it. All may be called concurrently; [Name] gives topics, mounts and databases
// of the test's own.
//
// The servers come out of the cache that the Makefile fills. What is missing
// fails the test: it is never skipped.
package testenv
