// Package install is one insurer's install as a whole: its configuration ([Load]), and the parts that the configuration
// names, opened and wired ([Open], [Run]). What commands share stands here, so that a command only reads flags and
// prints.
//
// It is the one room that knows all parts, and no part may know it. It must not decide anything about a claim itself.
// Begin at config.go and install.go.
package install
