// Package records reads what the console shows of claims out of the views of package analytics (docs/queries.md).
//
// It is the one file of the console's that spells columns, so a change of the record's form ends here. It knows nothing
// of cases, people or pages, and it writes nothing: a login that may only SELECT is enough. Enter at [Open].
package records
