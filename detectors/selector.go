package detectors

import (
	"fmt"
	"slices"
	"strings"

	"tallystick/claim"
)

// A selector names the tokens of a claim by role and field: claimant.phone, vendor.id, vehicle.vin, policy.number. It
// selects what is below it too: claimant.bankAccount selects claimant.bankAccount.iban.

// What selectors begin with: a role of parties, or another object of the event.
var (
	partyRoots = []string{"agent", "handler", "vendor", "repairer", "provider", "driver", "witness", "attorney",
		"insured", "third-party"}
	otherRoots = []string{"claimant", "policy", "vehicle", "property", "device", "loss", "items", "documents",
		"payments"}
)

func checkSelector(s string) error {
	root, rest, _ := strings.Cut(s, ".")
	known := slices.Contains(partyRoots, root) || slices.Contains(otherRoots, root)
	if !known || rest == "" || strings.ContainsAny(rest, " []") {
		return fmt.Errorf("%q is neither a key of this rule set nor a token such as claimant.phone or vendor.id", s)
	}
	return nil
}

// place returns the token's path as selectors name it: without indexes, and parties by their role.
func place(t *claim.Token) string {
	p := t.Path
	if rest, ok := strings.CutPrefix(p, "parties["); ok {
		_, rest, _ = strings.Cut(rest, "]")
		p = string(t.Role) + rest
	}
	if strings.IndexByte(p, '[') < 0 {
		return p
	}
	var b strings.Builder
	depth := 0
	for i := range p {
		switch {
		case p[i] == '[':
			depth++
		case p[i] == ']':
			depth--
		case depth == 0:
			b.WriteByte(p[i])
		}
	}
	return b.String()
}

// selects reports whether the selector selects the place.
func selects(selector, place string) bool {
	return strings.HasPrefix(place, selector) && (len(place) == len(selector) || place[len(selector)] == '.')
}

// Lacking returns what the rule set looks for at places where no claim has a token: selectors of its rules and keys,
// and fields of its links, sorted. Paths are those of all tokens, as patterns such as parties[].phone. A condition on
// what is lacking is never known to hold.
func (rs *RuleSet) Lacking(paths []string) []string {
	var places []string
	for _, path := range paths {
		path = strings.ReplaceAll(path, "[]", "")
		if field, ok := strings.CutPrefix(path, "parties."); ok {
			for _, root := range partyRoots {
				places = append(places, root+"."+field)
			}
			continue
		}
		places = append(places, path)
	}
	var lacking []string
	look := func(selector string) {
		if !slices.ContainsFunc(places, func(place string) bool { return selects(selector, place) }) {
			lacking = append(lacking, selector)
		}
	}
	for _, q := range rs.queries {
		if q.key < 0 {
			look(q.selector)
		}
	}
	for _, selector := range rs.partSelectors {
		look(selector)
	}
	for _, k := range rs.kinds {
		for _, field := range k.fields {
			if !slices.ContainsFunc(places, func(place string) bool { return selects(field, fieldOf(place)) }) {
				lacking = append(lacking, "links."+k.name+": "+field)
			}
		}
	}
	slices.Sort(lacking)
	return slices.Compact(lacking)
}

// business reports whether a role meets many unrelated claims by trade: its tokens are hubs and join nothing.
func business(r claim.Role) bool {
	switch r {
	case claim.Agent, claim.Handler, claim.Vendor, claim.Repairer, claim.Provider, claim.Attorney:
		return true
	default:
		return false
	}
}

// fieldOf returns the part of a place after its root: phone of claimant.phone.
func fieldOf(place string) string {
	_, field, _ := strings.Cut(place, ".")
	return field
}

// keyDef defines a key of the windows: claims whose parts are all equal share it.
type keyDef struct {
	name    string
	parts   []keyPart
	needs   known      // variables of the parts
	asks    []uint16   // numbers of the asks about it
	wants   wants      // what they want of a window
	members *condition // which claims are counted under the key; all when nil. Any claim may ask.
}

// keyPart is a token selector, or a variable with an optional rounding of its time.
type keyPart struct {
	selector string
	number   uint16 // of the selector in the rule set
	variable leaf
	round    claim.Precision // Day or Month
}

func parsePart(s string) (keyPart, error) {
	round := claim.Absent
	for name, p := range map[string]claim.Precision{"day(": claim.Day, "month(": claim.Month} {
		if inner, ok := strings.CutPrefix(s, name); ok && strings.HasSuffix(inner, ")") {
			s, round = strings.TrimSuffix(inner, ")"), p
		}
	}
	if l, ok := leafByPath[s]; ok {
		ok, isTime := keyable(l)
		if !ok {
			return keyPart{}, fmt.Errorf("%q cannot be part of a key; docs/rules.md lists what can", s)
		}
		if isTime != (round != claim.Absent) {
			return keyPart{}, fmt.Errorf("%q: a time is rounded by day(...) or month(...), nothing else is", s)
		}
		return keyPart{variable: l, round: round}, nil
	}
	if err := checkSelector(s); err != nil || round != claim.Absent {
		return keyPart{}, fmt.Errorf("%q is neither a variable nor a token such as claimant.phone", s)
	}
	return keyPart{selector: s}, nil
}
