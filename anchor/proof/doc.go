// Package proof verifies, offline and with keys of the verifier's own, that fields of a record were committed to and
// published. It holds the formats that a stranger needs: leaf data, batch entry, checkpoint and the proof bundle.
//
// It must not know the rest of this module: it imports the standard library, golang.org/x/mod and transparency-dev
// alone, so that it can be linked by itself. Start at [Verify]. All functions may be called concurrently.
package proof
