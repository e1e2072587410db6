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

// placeTable interns places. Reading takes no lock: what is new is published as a new map, but not so often that
// copying would cost more than asking does. Places are few; beyond the bounds, which only a hostile event reaches, a
// place is found by its name each time or left out.
type placeTable struct {
	known atomic.Pointer[map[placeKey]*placeInfo]
	mu    sync.Mutex
	named atomic.Pointer[map[string]*placeInfo]
	next  map[placeKey]*placeInfo // known and what came since
	asked int                     // how often mu was taken since known was made
	first []placeKey              // where the place of each number was met first, from number 1
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
	p.rs = rs
	p.named.Store(&map[string]*placeInfo{})
	p.known.Store(&map[placeKey]*placeInfo{})
	p.next = map[placeKey]*placeInfo{}
}

var nowhere = &placeInfo{kind: -1, identity: identityNone}

// of describes the token's place.
func (p *placeTable) of(t *claim.Token) *placeInfo {
	if in, ok := (*p.known.Load())[placeKey{t.Path, t.Role}]; ok {
		return in
	}
	far := isFar(t.Path) || len(*p.known.Load()) == maxPlaceKeys
	if far {
		if in := (*p.named.Load())[place(t)]; in != nil {
			return in
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.publish()
	at := placeKey{t.Path, t.Role}
	if in, ok := p.next[at]; ok {
		return in
	}
	in := p.intern(t)
	if in != nowhere && !far && len(p.next) < maxPlaceKeys {
		at.path = strings.Clone(t.Path)
		p.next[at] = in
	}
	return in
}

// intern returns the place by its name. The lock must be held.
func (p *placeTable) intern(t *claim.Token) *placeInfo {
	name, named := place(t), *p.named.Load()
	if in := named[name]; in != nil {
		return in
	}
	if len(named) >= maxPlaces {
		return nowhere
	}
	in := p.describe(name, t.Role, uint16(len(named)+1))
	named = maps.Clone(named)
	named[name] = in
	p.named.Store(&named)
	p.first = append(p.first, placeKey{strings.Clone(t.Path), t.Role})
	return in
}

// take makes p what o is, which nobody uses any more.
func (p *placeTable) take(o *placeTable) {
	p.known.Store(o.known.Load())
	p.named.Store(o.named.Load())
	p.next, p.first = o.next, o.first
}

// publish makes what is new known once as many have asked as there is to copy, an eighth. The lock must be held.
func (p *placeTable) publish() {
	if p.asked++; p.asked < len(p.next)/8 || len(p.next) == len(*p.known.Load()) {
		return
	}
	known := maps.Clone(p.next)
	p.known.Store(&known)
	p.asked = 0
}

// isFar reports whether a path has an index of two digits or more. Such paths are rare in honest claims and so many in
// others that they would take the room of the rest.
func isFar(path string) bool {
	for i := range len(path) - 2 {
		if path[i] == '[' && path[i+2] != ']' {
			return true
		}
	}
	return false
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
