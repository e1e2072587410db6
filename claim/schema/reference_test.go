package schema

// referenceHead opens docs/claim-event.md; the tables after it come from the Go types.
const referenceHead = `# The claim event

<!-- Made from the Go types of package claim: go test ./claim/schema -update. Do not edit. -->

One JSON object a record on the topic ` + "`claims`" + `, one revision of a claim. Its schema is
[claim-event.schema.json](../claim/schema/claim-event.schema.json) (JSON Schema 2020-12). The Kafka key is the insurer, a slash and the claim
number, such as ` + "`acme/C-2026-004711`" + `; all revisions of a claim share it.

- **Required** are insurer, claim, revision (from 1) and line. Everything else may be left out, and what is not known must be: there is no
  placeholder for an unknown date or name. A null is the same as leaving out.
- **Unknown names** are not an error. They are sealed, never stored in the clear, and no rule sees them. Names are compared with their case.
- **A name twice** in one object, text that is not UTF-8, over 1 MiB, over 32 levels: the record is refused and goes, sealed, to ` + "`claims.dead-letter`" + `.
- **Identity** is insurer, claim and revision. The same content again is counted as a duplicate; other content under one revision is refused.
- A path pattern names a place: ` + "`parties[].phone`" + `, ` + "`attributes.*.number`" + `. Which paths an indicator needs is in [indicators.md](indicators.md).

## Times

As precisely as known, as FHIR does: ` + "`1994`" + `, ` + "`1994-12`" + `, ` + "`1994-12-31`" + `, or an instant with its zone, ` + "`1994-12-31T23:00:00-05:00`" + `. A time of
day without a zone is refused. Loss, report, record and birth must not lie ahead of the clock (10 minutes; for whole days, the day must have
begun somewhere on earth). A loss reported before it happened is accepted: that is an indicator.

## Money

` + "`{\"amount\":\"1234.50\",\"currency\":\"EUR\"}`" + `: the amount as a string of at most 15 digits and 4 decimals, never as a JSON number; the currency
by ISO 4217. Both are required. Money below zero is refused.

## Reasons for refusal

| code | meaning |
|---|---|
| ` + "`too-large`, `too-deep`, `not-json`, `not-utf8`, `duplicate-name`" + ` | the text is not acceptable JSON |
| ` + "`wrong-type`" + ` | a value is of another JSON type |
| ` + "`missing`" + ` | a required field is absent |
| ` + "`invalid`" + ` | a value is outside what this page allows |
| ` + "`negative-money`, `future`" + ` | money below zero; something past dated ahead |
| ` + "`unknown-insurer`, `key-mismatch`, `revision-conflict`, `cannot-open`, `not-sealed`" + ` | found later in the pipeline: not an insurer of the install, the key is another claim's, other content under a decided revision, sealed for another key, in clear where sealed claims alone are taken |
| ` + "`not-signed`" + ` | the install wants signed claims, and no producer of the insurer signed it ([producers](producers.md)) |
| ` + "`not-forwarded`" + ` | it lies in a partition that is not its claim's and could not be brought there: Kafka refuses it, or instances disagree about the partitioner |

A refusal names the code, the pattern of the path and the byte, never the value.
`
