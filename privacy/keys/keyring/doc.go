// Package keyring keeps an install's keys in local files, for the demo, for tests and for a machine without Vault.
//
// It knows nothing of claims or policies: it yields the keys that package privacy derives everything from. Enter at
// [Create], [Open] and [OpenOfficer]. The keyring holds roots and the public halves only; each officer's private half
// is a file of its own with its own passphrase, so that the pipeline cannot open what it sealed here either. All
// methods may be called concurrently. Whoever has file and passphrase has the keys: a production install uses Vault
// ([Keyring.Local]).
package keyring
