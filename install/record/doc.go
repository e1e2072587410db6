// Package record finds one claim's record in an install's journal and proves it: [Find], [Prove].
//
// It reads topics and the log's directory alone, and holds no key: what is sealed stays sealed. It must not know how a
// claim was decided. Begin at prove.go.
package record
