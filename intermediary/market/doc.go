// Package market makes up the books of an insurer whose policies are sold by many, of whom some cheat and some only
// look like it.
//
// It must not know how cheats are found. Enter at [New]. The idea: each scheme and each look-alike draws its own
// strength, so that some are easy to see and some are not; the truth is kept beside the events.
package market
