package detectors

import (
	"sync"

	"tallystick/claim"
)

// placeInfo is what the rule set does with the tokens of a place.
type placeInfo struct {
	name     string
	kind     int8 // index into RuleSet.kinds, -1 when its tokens join nothing
	kept     bool
	business bool
	party    bool // of someone else than the claimant
	identity identity
	queries  []uint16 // numbers of the queries whose selector selects it
}

// identity says what a token tells claims apart by.
type identity uint8

const (
	identityNone identity = iota
	identityPolicy
	identityNationalID
	identityPerson // name and birth date
	identityCustomer
	identityName
	identityAddress
	identityEmployer
	identities
)

var identityPlaces = [identities]string{
	identityPolicy:     "policy.number",
	identityNationalID: "claimant.nationalIds",
	identityPerson:     "claimant.person",
	identityCustomer:   "claimant.id",
	identityName:       "claimant.name",
	identityAddress:    "claimant.address",
	identityEmployer:   "claimant.employer",
}

// placeTable interns places. Places are few; what a hostile event adds is resolved without being kept.
type placeTable struct {
	mu    sync.RWMutex
	rs    *RuleSet
	ids   map[placeKey]uint16
	byID  []placeInfo
	named map[string]uint16
}

type placeKey struct {
	path string
	role claim.Role
}

const (
	maxPlaces     = 1 << 10
	maxPlaceKeys  = 1 << 14
	unknownPlace  = 0
	maxListedKeys = 32 // keys of one definition that one claim can have
)

func (p *placeTable) init(rs *RuleSet) {
	p.rs, p.ids, p.named = rs, map[placeKey]uint16{}, map[string]uint16{}
	p.byID = []placeInfo{{kind: -1}}
}

// of returns the number of the token's place.
func (p *placeTable) of(t *claim.Token) uint16 {
	k := placeKey{t.Path, t.Role}
	p.mu.RLock()
	id, ok := p.ids[k]
	p.mu.RUnlock()
	if ok {
		return id
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	name := place(t)
	id, ok = p.named[name]
	if !ok {
		if len(p.byID) >= maxPlaces {
			return unknownPlace
		}
		id = uint16(len(p.byID))
		// readers hold slices of byID without the lock: append never changes what they see
		p.byID = append(p.byID, p.describe(name, t.Role))
		p.named[name] = id
	}
	if len(p.ids) < maxPlaceKeys {
		p.ids[k] = id
	}
	return id
}

func (p *placeTable) info(id uint16) *placeInfo {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return &p.byID[id]
}

func (p *placeTable) describe(name string, role claim.Role) placeInfo {
	in := placeInfo{name: name, kind: -1, business: business(role), party: role != ""}
	field := fieldOf(name)
	for i, k := range p.rs.kinds {
		for _, f := range k.fields {
			if selects(f, field) {
				in.kind, in.kept = int8(i), true
			}
		}
	}
	for id, place := range identityPlaces {
		if place != "" && selects(place, name) {
			in.identity = identity(id)
		}
	}
	in.kept = in.kept || in.identity != identityNone
	for sel := range p.rs.wanted {
		in.kept = in.kept || selects(sel, name)
	}
	for i, q := range p.rs.queries {
		if q.selector != "" && selects(q.selector, name) {
			in.queries = append(in.queries, uint16(i))
		}
	}
	return in
}
