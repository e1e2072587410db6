// Command crash kills the pipeline without warning, over and over, while claims come in, and then counts: every source
// record one entry, every entry its row and its leaf, every root its checkpoint, every claim its public decision.
//
// It runs the real binary as several processes beside Kafka and ClickHouse's engine. Kills are drawn from a seed by
// progress, so that they meet the pipeline at work, and some meet an instance that is still loading its state after the
// kill before. What was sent is compared with the journal and the public topic by this program, and the rest by
// `tallystick fsck`. Start it through `make crash`; it fails if anything is lost or doubled.
package main
