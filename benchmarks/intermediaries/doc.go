// Command intermediaries measures how many who cheat as agents are found, on made-up books of seeds that no rule was
// tuned on.
//
// It must not mend what it measures. Enter at main: `make bench-intermediaries`.
package main
