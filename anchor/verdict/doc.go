// Package verdict says what a file that a stranger was given proves: a proof bundle, or a referral file with bundles in
// it. The command and the page for browsers both ask it, so they cannot differ.
//
// It must not know files, flags, networks or languages. Enter at [Check]; [ParseKeys] reads whom the reader trusts. All
// functions may be called concurrently.
package verdict
