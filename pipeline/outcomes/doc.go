// Package outcomes has what became of claims: an event of its own on the topic claims.outcomes, with the partitions and
// key of claims, never a revision of the claim. An outcome counts from the day on which it was known. The [Book] folds
// them: one of a claim that is not known yet waits, a later one replaces an earlier one, one of the future is refused.
//
// It must not know rules, models or keys: who learns from outcomes gives a [Learner]. A [Book] is for one goroutine, an
// [Event] a value.
package outcomes
