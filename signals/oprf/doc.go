// Package oprf turns an identifier into a pseudonym that nobody can make alone: the verifiable oblivious pseudorandom
// function of RFC 9497 (ristretto255-SHA512) under a key that is shared t of n.
//
// It must not know what an identifier is, who asks or how bytes travel. A client enters at [Blind], an evaluator at
// [Share], a ceremony at [Deal]. The idea: an evaluator raises a blinded point to its share and proves it, the client
// checks each proof against the share's public point, and any t right answers make the RFC's own output. Group
// arithmetic, proofs and hashing to the group are circl's; what is here is the order in which they are called, and the
// refusal of what circl lets pass.
package oprf
