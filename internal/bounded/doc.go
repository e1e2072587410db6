// Package bounded serves HTTP so that no client can hold a server's descriptors, memory or time without end:
// connections, headers, reading, writing and idling all have limits, and a connection that waits makes room for a new
// one.
//
// It must not know what is served. Enter at [Serve]; every server of this product goes through it.
package bounded
