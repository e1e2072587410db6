// Package part is the form of a record that can be left out in pieces: a list of parts, each of which stands as its
// bytes or, once redacted, as its digest, so that who leaves a part out changes no digest that was formed over the
// record. It must not know what a part means. Enter at Cut to read, at Append to write, and at Redact to leave parts
// out.
package part
