// Command text measures the scanner of narratives beside Microsoft Presidio, on the same made-up texts in the same run.
//
// It must not mend what it measures. Enter at main: `make bench-text`. The texts are those of the corpus's held-out
// half, which nobody tunes on; -misses shows what was missed in the other half.
package main
