// Package decode compares JSON decoders on a claim of 1.8 KB: speed, and what each accepts that a pipeline must refuse.
//
// It knows the claim event and the decoders, nothing of ours uses it. Enter with `go test ./benchmarks/decode -v -run
// Table`, which prints the table of docs/design/0001-claim-event.md, or with -bench. The decoders but the chosen one
// are used here alone.
package decode
