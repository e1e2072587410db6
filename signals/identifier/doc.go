// Package identifier brings identifiers into the normal forms of privacy's tokens, so that what joins claims within an
// insurer joins signals between insurers.
//
// It must not know what becomes of a form. Enter at [New]. The idea: a token under a key that is public is a digest of
// the normal form and no more, so the one code that normalises for tokens normalises for signals. Safe for concurrent
// use.
package identifier
