// Package synthetic makes up a labelled feed of claims: all lines of business, honest claims, six kinds of fraud, and
// four kinds of innocent claims that look like fraud.
//
// It knows the claim event and nothing else: no detector, no rule, and it shares no threshold with them, so that what
// is measured on its feed is not true by construction. No person, number or account in it can exist: telephone numbers,
// national numbers, bank codes and mail domains come from ranges that are never given out. Start at [Generate]. The
// same [Config] gives the same feed. A sequence belongs to one goroutine.
package synthetic
