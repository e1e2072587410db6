// Package export writes what a verified bundle proves of the log in formats that other people's programs read: C2SP
// tlog-proof, and a COSE receipt (RFC 9942). Both are about the bundle's batch entry, which binds the record.
//
// It must not know journals or files. Enter at [TlogProof] and [Receipt]. All functions may be called concurrently.
package export
