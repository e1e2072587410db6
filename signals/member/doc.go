// Package member is an insurer's node: it publishes the insurer's signals, keeps copies of the others', looks
// identifiers up for open claims, and says when a hit came or went.
//
// It must not know how a claim is scored: a hit leaves as a [signals.Cause]. No clear identifier is written, logged or
// kept longer than a look-up takes. Each privileged act is in the audit before it happens ([audit]). Enter at [Open]; a
// [Node] may be used concurrently. What a crash leaves is said at each write.
package member
