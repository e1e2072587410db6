// Package evaluator is a node that holds one share of the consortium's key and meters who may have how much evaluated;
// and the panel of such nodes, as a member asks them.
//
// It must not know identifiers: it sees blinded points, a commitment to the claim that they are looked up for, and who
// asks. The real protection of an identifier that can be guessed is the meter ([Meter]): what is spent is on disk
// before the answer goes out, and without its disk an evaluator answers nothing for the rest of the day. Enter at
// [Open] for the node, [NewPanel] for the member's end. Both may be used concurrently.
package evaluator
