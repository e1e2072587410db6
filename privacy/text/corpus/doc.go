// Package corpus writes made-up narratives of which it is known what in them identifies people.
//
// It must not know the scanner: it computes check digits by itself, and its names are on none of the scanner's lists.
// Enter at [New]. The idea: templates in two halves; the scanner may be mended by what it misses in the first, and
// never by the second.
package corpus
