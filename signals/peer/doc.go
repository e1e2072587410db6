// Package peer is how nodes of a consortium talk: HTTP over TLS 1.3 in which both ends show the key that the
// consortium's file lists, and nothing else counts.
//
// It must not know what is said. There is no certificate authority: a certificate is made on the spot around the node's
// key, and only the key is compared. Enter at [Server] and [Client]. Both may be used concurrently.
package peer
