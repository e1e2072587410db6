// Command growth lets one site grow and measures it at each size: claims a second, processor time, memory, what a claim
// leaves in the state and in ClickHouse, how long a start takes with that journal, and how long fsck does.
//
// It runs the real binary beside Kafka and ClickHouse's engine. Start it through `make bench-growth`. It says
// beforehand what it needs and refuses a size that the machine cannot hold.
package main
