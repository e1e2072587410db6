// Package vault gets an install's keys from HashiCorp Vault and keeps them in memory for minutes.
//
// It knows nothing of claims or policies: it yields the keys that package privacy derives everything from. Enter at
// [Setup] (once, by an administrator), [Open] (the pipeline) and [Officer] (a reveal). A token root is the transit HMAC
// of a fixed label under a key that never leaves Vault, so nothing is stored here and the pipeline's role needs no
// right to decrypt anything. A [Service] may be used concurrently; it owns one goroutine, for which Close waits.
package vault
