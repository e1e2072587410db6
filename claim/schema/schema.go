// Package schema publishes the JSON Schemas (draft 2020-12) of the claim event and of the public decision, and the
// table of indicators.
//
// The files are made from the Go types of package claim and from the registry of fields: `go test ./claim/schema
// -update` writes them again, and the test fails while they differ. The package knows nothing but package claim. All
// functions may be called from any goroutine; what they return must not be changed.
package schema

import _ "embed"

//go:embed claim-event.schema.json
var event []byte

//go:embed decision.schema.json
var decision []byte

// Event returns the schema of the claim event, what insurers send to the topic `claims`.
func Event() []byte { return event }

// Decision returns the schema of [claim.PublicDecision], what the topic `claims.decisions` carries.
//
// [claim.PublicDecision]: https://pkg.go.dev/tallystick/claim#PublicDecision
func Decision() []byte { return decision }
