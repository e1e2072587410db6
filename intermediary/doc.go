// Package intermediary has what passes through agents, brokers and platforms: policies, premiums and commissions, as
// events in a journal of their own, and what speaks against one who handles them.
//
// It must not know keys, Kafka's topics or the console: who imports gives tokens, and a journal reaches it as a
// configuration. Enter at [Event], [Book] and [Open]; a Book is for one goroutine. The idea: every event is kept by
// policy, figures are made of the events alone as of a day, so that they are the same in whatever order the events
// came.
package intermediary
