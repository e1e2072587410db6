// Package testcases runs the cases of a folder against the built program: input files, a command, and what is expected
// of it.
//
// A case is data, so that whoever finds a fault can hand it in without Go: see feed/cases/README.md for the form. The
// package knows nothing of ours but the program's path. Start at [Load] and [Run]. Each case runs in a copy of its
// folder.
package testcases
