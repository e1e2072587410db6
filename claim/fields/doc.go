// Package fields is the registry of the claim event: one entry a field, with its number, path, type, class and meaning.
//
// The JSON Schema, the field policy's check, import targets, rule variables, columns and the journal's entry are made
// of it or held against it, so that a field is spelled once. It knows nothing of values, files, keys or rules, and
// imports nothing of ours. The registry is immutable; every function may be called from any goroutine.
package fields
