// Package reveal opens what was sealed: one person asks for fields of one party of one claim, a second person approves,
// and then the halves that the two of them open under their own logins yield those fields to the first, once. Enter at
// New; Request, Approve, Withdraw and Open are acts of the audit trail, List is what they come to.
//
// The one idea: the audit trail is the only state. A request is its entry there, and whoever reads the trail sees what
// may be opened, so no opening can be without its entries. It must not know Vault, files or Kafka; it keeps no value.
package reveal
