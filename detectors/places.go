package detectors

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"tallystick/claim"
)

// placeInfo is what the rule set does with the tokens of a place. It is immutable.
type placeInfo struct {
	no       uint16
	name     string
	kind     int8 // index into RuleSet.kinds, -1 when its tokens join nothing
	kept     bool
	flags    slotFlags
	wants    wants // what its asks want of a window
	identity identity
	asks     []uint16 // numbers of the asks whose selector selects it
	parts    []uint16 // numbers of the selectors of keys that select it
}

// identity says what a token tells claims apart by.
type identity uint8

const (
	identityPolicy identity = iota
	identityNationalID
	identityPerson // name and birth date
	identityCustomer
	identityName
	identityAddress
	identityEmployer
	identities
	identityNone = identities
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

// placeTable interns places. Reading takes no lock: a new place makes a new map. Places are few; beyond the bounds, which
// only a hostile event reaches, a place is described anew each time or left out.
type placeTable struct {
	known atomic.Pointer[map[placeKey]*placeInfo]
	mu    sync.Mutex
	named map[string]*placeInfo
	first []placeKey // where the place of each number was met first, from number 1
	rs    *RuleSet
}

type placeKey struct {
	path string
	role claim.Role
}

const (
	maxPlaces    = 1 << 10
	maxPlaceKeys = 1 << 12
)

func (p *placeTable) init(rs *RuleSet) {
	p.rs, p.named = rs, map[string]*placeInfo{}
	p.known.Store(&map[placeKey]*placeInfo{})
}

var nowhere = &placeInfo{kind: -1, identity: identityNone}

// of describes the token's place.
func (p *placeTable) of(t *claim.Token) *placeInfo {
	if in, ok := (*p.known.Load())[placeKey{t.Path, t.Role}]; ok {
		return in
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	name := place(t)
	in := p.named[name]
	if in == nil {
		if len(p.named) >= maxPlaces {
			return nowhere
		}
		in = p.describe(name, t.Role, uint16(len(p.named)+1))
		p.named[name] = in
		p.first = append(p.first, placeKey{strings.Clone(t.Path), t.Role})
	}
	if old := *p.known.Load(); len(old) < maxPlaceKeys {
		next := maps.Clone(old)
		next[placeKey{t.Path, t.Role}] = in
		p.known.Store(&next)
	}
	return in
}

func (p *placeTable) describe(name string, role claim.Role, no uint16) *placeInfo {
	in := &placeInfo{no: no, name: name, kind: -1, flags: slotMember, identity: identityNone}
	if business(role) {
		in.flags |= slotBusiness
	}
	if role != "" {
		in.flags |= slotParty
	}
	if role == claim.ThirdParty || role == claim.Witness {
		in.flags |= slotAdverse
	}
	field := fieldOf(name)
	for i, k := range p.rs.kinds {
		for _, f := range k.fields {
			if selects(f, field) {
				in.kind, in.kept = int8(i), true
			}
		}
	}
	for id, place := range identityPlaces {
		if selects(place, name) {
			in.identity = identity(id)
		}
	}
	for i, sel := range p.rs.partSelectors {
		if selects(sel, name) {
			in.parts = append(in.parts, uint16(i))
		}
	}
	for i := range p.rs.asks {
		if a := &p.rs.asks[i]; a.selector != "" && selects(a.selector, name) {
			in.asks, in.kept = append(in.asks, uint16(i)), true
			in.wants |= a.wants
		}
	}
	return in
}
