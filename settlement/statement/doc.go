// Package statement settles premiums and fees between an insurer and a platform: what each owes the other in a period,
// netted by currency, in one text that both sign. Whoever has both keys checks it and adds it up anew.
//
// It must not know claims, journals or how money moves. Enter at [Make], [Sign] and [Open]. All functions may be called
// concurrently.
package statement
