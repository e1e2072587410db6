package detectors

import (
	"fmt"
	"strings"
	"time"

	"tallystick/claim"
)

// A selector names the tokens of a claim by role and field: claimant.phone, vendor.id, vehicle.vin, policy.number. It
// selects what is below it too: claimant.bankAccount selects claimant.bankAccount.iban.

// selectorRoots are the first words of selectors.
var selectorRoots = map[string]bool{
	"claimant": true, "policy": true, "vehicle": true, "property": true, "device": true, "loss": true, "items": true, "documents": true, "payments": true,
	"agent": true, "handler": true, "vendor": true, "repairer": true, "provider": true, "driver": true, "witness": true, "attorney": true,
	"insured": true, "third-party": true,
}

func checkSelector(s string) error {
	root, rest, _ := strings.Cut(s, ".")
	if !selectorRoots[root] || rest == "" || strings.ContainsAny(rest, " []") {
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
	queries []uint16   // numbers of the queries that ask it
	members *condition // which claims are counted under the key; all when nil. Any claim may ask.
}

// keyPart is a token selector, or a variable with an optional rounding of its time.
type keyPart struct {
	selector string
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
		if isTime(l) != (round != claim.Absent) {
			return keyPart{}, fmt.Errorf("%q: a time is rounded by day(...) or month(...), nothing else is", s)
		}
		if !keyable(l) {
			return keyPart{}, fmt.Errorf("%q cannot be part of a key: texts, lists of texts, amounts and times can", s)
		}
		return keyPart{variable: l, round: round}, nil
	}
	if err := checkSelector(s); err != nil || round != claim.Absent {
		return keyPart{}, fmt.Errorf("%q is neither a variable nor a token such as claimant.phone", s)
	}
	return keyPart{selector: s}, nil
}

// keyText returns what of the environment can be part of a key.
func keyText(e *environment, l leaf) any {
	switch l {
	case leafLine:
		return e.Line
	case leafPolicyProduct:
		return e.Policy.Product
	case leafPolicyInception:
		return e.Policy.Inception
	case leafPolicyExpiry:
		return e.Policy.Expiry
	case leafLossTime:
		return e.Loss.Time
	case leafLossReported:
		return e.Loss.Reported
	case leafLossRegion:
		return e.Loss.Place.Region
	case leafLossCause:
		return e.Loss.Cause
	case leafLossSeverity:
		return e.Loss.Severity
	case leafLossDamageClass:
		return e.Loss.DamageClass
	case leafPropertyKind:
		return e.Property.Kind
	case leafClaimed:
		return e.Amounts.Claimed
	case leafItemsServices:
		return e.Items.Services
	case leafAdmissionsDiagnoses:
		return e.Admissions.Diagnoses
	default:
		return nil
	}
}

func keyable(l leaf) bool { return keyText(&environment{}, l) != nil }

func isTime(l leaf) bool {
	_, ok := keyText(&environment{}, l).(*claim.When)
	return ok
}

// partTexts appends the texts of a variable for a key; none when it is not known well enough.
func partTexts(to []string, e *environment, p keyPart) []string {
	if !e.known.has(p.variable) {
		return to
	}
	switch v := keyText(e, p.variable).(type) {
	case string:
		return append(to, v)
	case []string:
		return append(to, v...)
	case *claim.Money:
		return append(to, v.Amount.String()+v.Currency)
	case *claim.When:
		if v.Precision() < p.round {
			return to
		}
		layout := time.DateOnly
		if p.round == claim.Month {
			layout = "2006-01"
		}
		return append(to, v.Time().Format(layout))
	}
	return to
}
