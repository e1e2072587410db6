// Package page holds verify.html: one file that verifies proof bundles and referral files in a browser, from a file://
// address and without network. `make page` builds it from template and verifier; a program built without it holds a
// text instead, and says so.
//
// It must not know what a proof is; anchor/verdict does. Enter at [Page].
package page
