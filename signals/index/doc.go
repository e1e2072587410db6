// Package index holds the signals of all members in memory and finds those that are about an identifier.
//
// It must not know identifiers, networks or files: it is given batches that were checked and outputs of the evaluators.
// Enter at [New]; a [Matcher] is one goroutine's, all else may be used concurrently. The idea: a signal's name is an
// HMAC that binds publisher, domain and month, so each publisher has a table of its own and a look-up makes one name a
// group; a list that another member copies stands in a table in which nobody looks for those names.
package index
