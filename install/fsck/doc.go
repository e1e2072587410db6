// Package fsck proves from the topics, the tables and the log that an install lost and doubled nothing: every source
// record has exactly one entry, every entry its commitment, its row and its leaf, every batch its root and every root
// its place in a checkpoint. It reads only; it knows neither keys nor rules. Enter at [Check].
package fsck
