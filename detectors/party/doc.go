// Package party remembers what is known of a party: a person, garage, agent, telephone or account, by its token and the
// part that it plays. Of each it keeps the claims, the money and how many claims were confirmed fraud or cleared *as
// far as that was known*: an outcome counts from the moment it is told, never from the date of the claim. Rates are
// shrunk to the base rate of the line of business, and asked one hop away: over the earlier claims that share any party
// with this one.
//
// It must not know identities (it sees tokens), rules, rings or Kafka. Business parts count here though they never make
// a ring. The memory is bounded, and what it forgets is counted. A [Memory] is for one goroutine.
package party
