// Package neighbour lets one process of an install ask another: JSON over HTTP with a shared token on loopback, and
// with mutual TLS and the token anywhere else. It exists so that a process that people reach need not hold the key that
// another one holds.
//
// It must not know what is asked. Enter at [Serve] and [Dial].
package neighbour
