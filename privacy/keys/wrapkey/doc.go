// Package wrapkey encrypts small keys under a transit key that never leaves Vault, for who keeps many keys elsewhere:
// the keys of notes and exhibits. It must not know what a key is for beside the name that it is bound to. Enter at
// Setup once and at Open; a Wrapper may be used concurrently.
//
// The one idea: who holds the wrapped keys and a token of Vault's can open them one by one while that token lives, and
// Vault's audit log has each; who takes the process over takes no key.
package wrapkey
