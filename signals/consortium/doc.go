// Package consortium holds what its members agree on: who they are, whose keys count, which evaluators hold which key,
// on what legal ground, for how long.
//
// It must not know how signals look or travel. It is one signed text, [File]: every member named in it has signed it,
// each version names the digest of the one before, and it carries no secret but sealed to whom it is for. Enter at
// [NewKey] for a node, [Deal] for a ceremony with a dealer, [Open] for a file. All types are values or immutable.
package consortium
