// Package erasure takes people out of an install for good: what was decided stays and can be proved, and nothing says
// any more who it was about. Its state is a journal of its own, which every reader of claims folds first. It must not
// know detectors, sinks or the ledger. Enter at Desk for people's acts, at Open for whoever folds claims (Follower),
// and at Ground for where things lie. docs/design/0024-erasure.md has the protocol and what holds it.
package erasure
