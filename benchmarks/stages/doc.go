// Package stages measures what each step of a claim costs: time, bytes and allocations a claim, on one batch of made-up
// claims of all lines, each beside a reference that is measured in the same run.
//
// It holds benchmarks alone and nothing imports it. Enter with `go test ./benchmarks/stages -bench .`; every figure
// also goes to standard error as a JSON line. The whole way, with servers, is benchmarks/endtoend.
package stages
