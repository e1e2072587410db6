// Package schema publishes the JSON Schemas (draft 2020-12) of the claim event and of the public decision, and lists the
// paths of the event with their types and meanings.
//
// The files are made from the Go types of package claim and their comments: `go test ./claim/schema -update` writes them
// again, and the test fails while they differ. The package knows nothing but package claim. All functions may be called
// from any goroutine; what they return must not be changed.
package schema

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
)

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

// Path is a leaf of the claim event.
type Path struct {
	Pattern     string // such as parties[].phone, attributes.*.text
	Type        string // string, time, number, integer or boolean
	Description string // from the schema, may be empty
}

// Paths returns the leaves of the claim event, sorted by pattern. Of money the leaves are amount and currency.
func Paths() []Path { return paths() }

var paths = sync.OnceValue(func() []Path {
	var root definition
	if err := json.Unmarshal(event, &root); err != nil {
		panic(fmt.Sprintf("schema: the embedded schema: %v", err)) // unreachable: a test reads it
	}
	w := walker{defs: root.Defs}
	w.walk(&root, "", "")
	slices.SortFunc(w.paths, func(a, b Path) int { return strings.Compare(a.Pattern, b.Pattern) })
	return w.paths
})

// definition is the part of a schema that leads to its leaves.
type definition struct {
	Ref         string                 `json:"$ref"`
	Defs        map[string]*definition `json:"$defs"`
	Description string                 `json:"description"`
	Type        string                 `json:"type"`
	Properties  map[string]*definition `json:"properties"`
	Items       *definition            `json:"items"`
	Names       *definition            `json:"propertyNames"`
	Additional  *definition            `json:"additionalProperties"`
}

type walker struct {
	defs  map[string]*definition
	paths []Path
}

func (w *walker) walk(d *definition, pattern, description string) {
	if d.Description != "" && description == "" {
		description = d.Description
	}
	if name, ok := strings.CutPrefix(d.Ref, "#/$defs/"); ok {
		if name == "When" {
			w.paths = append(w.paths, Path{pattern, "time", description})
			return
		}
		w.walk(w.defs[name], pattern, description)
		return
	}
	switch {
	case d.Properties != nil:
		for name, p := range d.Properties {
			w.walk(p, strings.TrimPrefix(pattern+"."+name, "."), p.Description)
		}
	case d.Items != nil:
		w.walk(d.Items, pattern+"[]", description)
	case d.Additional != nil:
		w.walk(d.Additional, pattern+".*", description)
	default:
		w.paths = append(w.paths, Path{pattern, d.Type, description})
	}
}
