// Package timestamp checks time stamps of authorities (RFC 3161): the stamp is of that message, by a certificate that
// an authority of the verifier's own list vouches for, at the time that the stamp states and not at today's.
//
// It must not know the network, files or who asks for stamps, so that a browser can link it. Enter at [ParseTrust]. A
// Trust may be used concurrently.
package timestamp
