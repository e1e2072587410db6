package claim

import (
	"errors"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"tallystick/claim/fields"
)

// Path is where in an event a value stands: a field of the registry, the indexes of the lists on the way, and the name of an
// attribute. Paths are shared and must not be changed; two that are equal need not be the same pointer.
type Path struct {
	Field fields.Number
	At    [2]uint16 // indexes, as many as Depth says; the rest is 0
	Depth uint8     // how many lists it lies in
	Name  string    // of an attribute
	Text  string    // the same in words, such as parties[2].phone or attributes.driverRating.number
	Group string    // path of the object or element whose values are committed to as one, "" for a value by itself
	Party string    // whom it concerns, see [PartyOf]
}

func (p *Path) String() string { return p.Text }

// Value is one value of an event. Values of an event are kept ascending by the text of their paths, in byte order.
type Value struct {
	Path  *Path
	Kind  LeafKind
	Bytes []byte // the decoded text of a string, a number as it was written; nothing for true and false
}

// Parties of a path that belongs to nobody, and to the claimant. The others are called parties[0] and so on.
const (
	RecordParty   = "record"
	ClaimantParty = "claimant"
)

// PartyOf returns whom a path concerns: claimant, parties[i], or record.
func PartyOf(path string) string {
	if strings.HasPrefix(path, "claimant") && (len(path) == len("claimant") || path[len("claimant")] == '.') {
		return ClaimantParty
	}
	if strings.HasPrefix(path, "parties[") {
		if end := strings.IndexByte(path, ']'); end > 0 {
			return path[:end+1]
		}
	}
	return RecordParty
}

var (
	errNoField  = errors.New("no field of that number")
	errNoPath   = errors.New("not a path of an event")
	errNoName   = errors.New("an attribute's name is up to 64 letters and digits and begins with a small letter")
	errTooMany  = errors.New("an index beyond 4,095: a claim has at most 4,096 values")
	errNotThere = errors.New("an index or a name that the field does not have")
)

// PathAt returns the path of a field. at holds its indexes, name that of an attribute.
func PathAt(n fields.Number, at [2]uint16, name string) (*Path, error) {
	key := pathKey{n, at, name}
	if p := paths.get(key); p != nil {
		return p, nil
	}
	f := fields.Of(n)
	if f == nil {
		return nil, errNoField
	}
	named := f.Named()
	if named != (name != "") || f.Depth() < 2 && at[1] != 0 || f.Depth() < 1 && at[0] != 0 {
		return nil, errNotThere
	}
	if named && !ValidAttributeName(name) {
		return nil, errNoName
	}
	if max(at[0], at[1]) >= MaxValues {
		return nil, errTooMany
	}
	p := &Path{Field: n, At: at, Depth: uint8(f.Depth()), Name: strings.Clone(name)}
	p.Text = spelled(f.Path, at, p.Name)
	p.Party = PartyOf(p.Text)
	if g := fields.Of(f.Group); g != nil {
		p.Group = p.Text[:len(spelled(g.Path, at, p.Name))]
	}
	paths.put(p)
	return p, nil
}

// PathOf returns the path of an indexed path.
func PathOf(path string) (*Path, error) {
	if p := paths.byText(path); p != nil {
		return p, nil
	}
	var at [2]uint16
	var pattern strings.Builder
	name, rest, depth := "", path, 0
	if tail, ok := strings.CutPrefix(path, "attributes."); ok {
		var after string
		if name, after, ok = strings.Cut(tail, "."); !ok {
			return nil, errNoPath
		}
		rest = "attributes.*." + after
	}
	for {
		open := strings.IndexByte(rest, '[')
		if open < 0 {
			pattern.WriteString(rest)
			break
		}
		end := strings.IndexByte(rest, ']')
		if end < open || depth == len(at) {
			return nil, errNoPath
		}
		digits := rest[open+1 : end]
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil {
			return nil, errTooMany
		}
		if strconv.FormatUint(n, 10) != digits {
			return nil, errNoPath
		}
		at[depth] = uint16(n)
		depth++
		pattern.WriteString(rest[:open])
		pattern.WriteString("[]")
		rest = rest[end+1:]
	}
	f := fields.ByPath(pattern.String())
	if f == nil {
		return nil, errNoPath
	}
	return PathAt(f.Number, at, name)
}

// spelled puts indexes and a name into a pattern.
func spelled(pattern string, at [2]uint16, name string) string {
	var b strings.Builder
	for depth, rest := 0, pattern; ; depth++ {
		before, after, more := strings.Cut(rest, "[]")
		b.WriteString(before)
		if !more {
			break
		}
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(int(at[depth])))
		b.WriteByte(']')
		rest = after
	}
	if name != "" {
		return strings.Replace(b.String(), "*", name, 1)
	}
	return b.String()
}

type pathKey struct {
	field fields.Number
	at    [2]uint16
	name  string
}

// pathTable keeps the paths that were met. Reading takes no lock: what is new makes new maps. Beyond the bound, which only
// a hostile feed reaches, a path is made anew each time.
type pathTable struct {
	known atomic.Pointer[knownPaths]
	mu    sync.Mutex
	fresh []*Path // not in known yet
}

type knownPaths struct {
	keys  map[pathKey]*Path
	texts map[string]*Path
}

const (
	mostPaths = 1 << 14
	pathsPage = 256 // how many new ones wait until the maps are copied
)

var paths pathTable

func (t *pathTable) get(key pathKey) *Path {
	if k := t.known.Load(); k != nil {
		return k.keys[key]
	}
	return nil
}

func (t *pathTable) byText(path string) *Path {
	if k := t.known.Load(); k != nil {
		return k.texts[path]
	}
	return nil
}

func (t *pathTable) put(p *Path) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.known.Load()
	if old == nil {
		old = &knownPaths{keys: map[pathKey]*Path{}, texts: map[string]*Path{}}
	}
	if len(old.keys)+len(t.fresh) >= mostPaths {
		return
	}
	t.fresh = append(t.fresh, p)
	if len(t.fresh) < pathsPage && len(old.keys) > 4*pathsPage {
		return
	}
	next := &knownPaths{keys: maps.Clone(old.keys), texts: maps.Clone(old.texts)}
	for _, p := range t.fresh {
		next.keys[pathKey{p.Field, p.At, p.Name}], next.texts[p.Text] = p, p
	}
	t.fresh = t.fresh[:0]
	t.known.Store(next)
}
