package privacy

import (
	"slices"
	"strconv"
	"strings"

	"tallystick/claim"
	"tallystick/claim/fields"
	"tallystick/privacy/token"
)

// place is one indexed path of an event, such as parties[1].phone, made on first use and kept: a path is then looked up
// member by member without building a string, and records are put in order by number. Names that the policy does not
// know never become places.
type place struct {
	path   string
	at     *claim.Path // the same; nil for what no field of the registry has, which the policy does not name
	name   string      // the last member name of path; "" for an element
	rank   uint32      // in the order of all paths
	parent *place
	node   *node  // nil for a derived or unnamed value
	rule   *rule  // of a scalar
	party  *party // whose key seals it

	members  map[string]*place
	first    *place // the member that came first last time, and
	next     *place // the one that came after this: feeds write their members in one order
	elems    []*place
	unknown  []*place
	unnamed  hiddenCount
	derived  *place           // of a generalised value, beside the value
	composed []*composedPlace // of an object
	contexts []*place         // of a value that is read by others beside it

	record uint64 // the record that last had a value here
	leaf   int32  // its place in that record's leaves
}

// hiddenCount counts the unnamed values below a place in one record.
type hiddenCount struct {
	record uint64
	n      int
}

type composedPlace struct {
	place *place
	parts []*place
	dom   *token.Domain
}

// party is whose erasable key seals a value.
type party struct {
	name   string
	role   *place // of parties[i]; else nil
	record uint64 // the record that last had sealed values of it
	slot   int32
	as     claim.Role // of the record whose number is asOf
	asOf   uint64

	placeholders *place // where it is said which of its identifiers are none
	stood        uint64 // which, by token.Domain.Number, of the record whose number is stoodIn
	stoodIn      uint64
}

// placesLimit bounds the memory of a worker against events made to fill it.
const placesLimit = 1 << 16

type places struct {
	root  *place
	all   []*place
	dirty bool // places were added since ranks were given
}

func newPlaces(root *node) *places {
	s := &places{}
	s.root = s.add(&place{node: root})
	s.root.party = s.party(claim.RecordParty, s.root)
	s.compose(s.root)
	return s
}

func (s *places) add(p *place) *place {
	p.at, _ = claim.PathOf(p.path)
	s.all = append(s.all, p)
	s.dirty = true
	return p
}

// party returns the party whose values stand in an object.
func (s *places) party(name string, object *place) *party {
	of := &party{name: name}
	of.placeholders = s.add(&place{path: joinPath(object.path, fields.Placeholders), name: fields.Placeholders,
		parent: object, party: of})
	return of
}

// full reports that the places should be made anew before the next record.
func (s *places) full() bool { return len(s.all) > placesLimit }

// member returns the place of a named member, nil if the policy does not name it.
func (s *places) member(parent *place, name []byte) *place {
	if p := parent.members[string(name)]; p != nil {
		return p
	}
	n := parent.node.members[string(name)]
	if n == nil {
		return nil
	}
	p := s.add(&place{
		path: joinPath(parent.path, string(name)), name: string(name),
		parent: parent, node: n, rule: n.rule, party: parent.party,
	})
	if parent == s.root && n.pattern == "claimant" {
		p.party = s.party("claimant", p)
	}
	if parent.members == nil {
		parent.members = map[string]*place{}
	}
	parent.members[string(name)] = p
	s.compose(p)
	if p.rule != nil && p.rule.as != "" {
		p.derived = s.add(&place{path: joinPath(parent.path, p.rule.as), name: p.rule.as, parent: parent,
			party: parent.party})
	}
	if p.rule != nil {
		for _, context := range p.rule.contexts {
			var at *place
			if context != nil {
				at = s.follow(parent, context)
			}
			p.contexts = append(p.contexts, at)
		}
	}
	return p
}

// elem returns the place of element i of an array.
func (s *places) elem(array *place, i int) *place {
	for len(array.elems) <= i {
		n := array.node.elem
		p := s.add(&place{
			path:   array.path + "[" + strconv.Itoa(len(array.elems)) + "]",
			parent: array, node: n, rule: n.rule, party: array.party,
		})
		array.elems = append(array.elems, p)
		if array.parent == s.root && array.node.pattern == "parties" {
			p.party = s.party(p.path, p)
			if n.members["role"] != nil {
				p.party.role = s.member(p, []byte("role"))
			}
		}
		s.compose(p)
	}
	return array.elems[i]
}

// hidden returns the opaque place of a record's next unnamed value, below the nearest place that the policy names.
func (s *places) hidden(anchor *place, record uint64) *place {
	if anchor.unnamed.record != record {
		anchor.unnamed = hiddenCount{record: record}
	}
	i := anchor.unnamed.n
	anchor.unnamed.n++
	for len(anchor.unknown) <= i {
		name := "unknown[" + strconv.Itoa(len(anchor.unknown)) + "]"
		anchor.unknown = append(anchor.unknown,
			s.add(&place{path: joinPath(anchor.path, name), parent: anchor, party: anchor.party}))
	}
	return anchor.unknown[i]
}

func (s *places) compose(object *place) {
	for _, c := range object.node.composed {
		cp := &composedPlace{dom: c.domain}
		path := object.path
		if c.name != "." {
			path = joinPath(object.path, c.name)
		}
		cp.place = s.add(&place{path: path, parent: object, party: object.party})
		for _, part := range c.parts {
			cp.parts = append(cp.parts, s.follow(object, part))
		}
		object.composed = append(object.composed, cp)
	}
}

func (s *places) follow(object *place, path []string) *place {
	for _, name := range path {
		object = s.member(object, []byte(name))
	}
	return object
}

// rankAll numbers the places in the order of their paths. Only a worker's first records add places.
func (s *places) rankAll() {
	if !s.dirty {
		return
	}
	slices.SortFunc(s.all, func(a, b *place) int { return strings.Compare(a.path, b.path) })
	for i, p := range s.all {
		p.rank = uint32(i)
	}
	s.dirty = false
}
