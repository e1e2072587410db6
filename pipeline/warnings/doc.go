// Package warnings has what other insurers say of a claim's identifiers, as news of the claim on the topic
// claims.signals: how many say so, how sure they are, and of which line and quarter the newest is. None of them names
// an insurer or an identifier.
//
// It must not know how warnings are exchanged, nor rules: a member's node sends them, an instance follows them.
package warnings
