// Package model is a fitted score as a file: a sum of readable terms, each a table over one feature or over two, and a
// line where one was fitted. A claim is scored by looking up; the contributions of its features add up to the log-odds
// and are the reasons. The file names its format, its version, the features it wants and the digest of what it was
// fitted on.
//
// It must not know how a model is fitted, nor claims: it sees the values of named features. A [Model] that was read or
// sealed is not changed any more and may be used by any number of goroutines.
package model
