package privacy

import (
	_ "embed"
	"slices"
	"sort"
	"strings"

	"tallystick/claim/fields"
	"tallystick/privacy/token"
)

// Action says what becomes of a field's value.
type Action string

// The actions. What the policy does not name is sealed.
const (
	Keep     Action = "keep"  // stays in clear
	Tokenise Action = "token" // a token in clear, the value sealed
	Seal     Action = "seal"  // sealed
	// something coarser in clear, the value sealed; of a narrative: a copy without people
	Generalise Action = "generalise"
	Scan       Action = "scan" // text: sealed after identifiers in it were looked for
	Drop       Action = "drop" // nothing is kept but its part in the content digest
)

// Field is one path of a policy, for docs and checks.
type Field struct {
	Path   string // pattern, such as parties[].phone
	Class  fields.Class
	Action Action
	Domain string // of the token; "" if none
	As     string // name of the generalised value beside it; "" if none
	Line   int    // of the policy file
}

// Policy says for every path of a claim event what becomes of it. It is immutable after loading.
type Policy struct {
	root      *node
	attribute *node // of every name that the policy does not name
	fields    []Field
	tokens    []string // paths of tokens
}

//go:embed policy/default.yaml
var defaultPolicy []byte

// DefaultPolicy returns the policy that names every path of the claim event.
func DefaultPolicy() (*Policy, error) {
	return LoadPolicy(Source{Name: "default.yaml", Text: defaultPolicy})
}

// Fields returns the named paths, sorted.
func (p *Policy) Fields() []Field { return slices.Clone(p.fields) }

// TokenPaths returns the paths at which claims have tokens, as patterns such as parties[].phone.
func (p *Policy) TokenPaths() []string { return slices.Clone(p.tokens) }

// rule is what the policy says of a scalar.
type rule struct {
	field  *fields.Field
	action Action
	does   does // the same for the protector
	domain *token.Domain
	direct bool   // it identifies whom it belongs to
	as     string // name of the coarser value beside it
	// where, from the object that holds the field, is what says how a value is read: see token.Domain.Contexts
	contexts [][]string
	identity
}

// identity marks the few fields that the record's own identity is made of.
type identity uint8

const (
	notIdentity identity = iota
	isInsurer
	isClaim
	isRevision
	isLine
	isRole
)

var identities = map[string]identity{
	"insurer": isInsurer, "claim": isClaim, "revision": isRevision, "line": isLine, "parties[].role": isRole,
}

// composed is a token made of several fields of one object.
type composed struct {
	name   string // of the token's path below the object; "." for the object's own path
	parts  [][]string
	domain *token.Domain
}

// node is a place of the policy: an object with members, an array with one element shape, or a scalar with its rule.
type node struct {
	pattern  string
	members  map[string]*node
	elem     *node
	rule     *rule
	composed []composed
	named    bool // by a line of its own
	judged   judged
}

// judged says which rules of its own an object has.
type judged uint8

const (
	isPlain      judged = iota
	isMoney             // amount and currency come together
	isAttribute         // exactly one value
	isAttributes        // names have a form
)

func (n *node) isObject() bool { return n.members != nil }

// at returns the node of a pattern that the event has, making the ones on the way.
func (n *node) at(pattern string) *node {
	for _, part := range splitPattern(pattern) {
		if part == "[]" {
			if n.elem == nil {
				n.elem = &node{pattern: n.pattern + "[]"}
			}
			n = n.elem
			continue
		}
		n.object()
		next := n.members[part]
		if next == nil {
			next = &node{pattern: joinPath(n.pattern, part)}
			n.members[part] = next
		}
		n = next
	}
	return n
}

func (n *node) object() {
	if n.members == nil {
		n.members = map[string]*node{}
	}
}

// splitPattern turns parties[].phone into parties, [], phone.
func splitPattern(pattern string) (parts []string) {
	for part := range strings.SplitSeq(pattern, ".") {
		name, arrays, _ := strings.Cut(part, "[]")
		if name != "" {
			parts = append(parts, name)
		}
		if strings.HasSuffix(part, "[]") {
			parts = append(parts, "[]")
		}
		for arrays != "" {
			_, arrays, _ = strings.Cut(arrays, "[]")
			parts = append(parts, "[]")
		}
	}
	return parts
}

func joinPath(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "." + name
}

func sortFields(fields []Field) {
	sort.Slice(fields, func(i, j int) bool { return fields[i].Path < fields[j].Path })
}
