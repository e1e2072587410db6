package index

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tallystick/signals"
)

// What an entry cannot do.
var (
	ErrUnknown   = errors.New("no signal of this publisher has that name")
	ErrTwice     = errors.New("the publisher has a signal of that name already: one an identifier and month")
	ErrWithdrawn = errors.New("the signal was withdrawn, which is final")
	ErrEpoch     = errors.New("the members' key of that epoch is not here")
	ErrFull      = errors.New("too many groups or lines of business")
)

// Index is the signals of all publishers. Safe for concurrent use.
type Index struct {
	mu     sync.RWMutex
	epochs map[uint32]*epoch
	lines  []string // by number; append only
	shape  int      // counts the changes of epochs and groups
}

// epoch is the signals whose names are made under one key.
type epoch struct {
	key        []byte
	publishers map[string]*publisher
}

type publisher struct {
	table  *table
	groups []Group // by number; append only
}

// New returns an empty index.
func New() *Index { return &Index{epochs: map[uint32]*epoch{}} }

// AddEpoch makes the members' key of an epoch known.
func (x *Index) AddEpoch(number uint32, key []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.epochs[number] == nil {
		x.epochs[number] = &epoch{key: slices.Clone(key), publishers: map[string]*publisher{}}
		x.shape++
	}
}

// DropEpoch forgets the key of an epoch and all signals of it.
func (x *Index) DropEpoch(number uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.epochs[number]; e != nil {
		clear(e.key)
		delete(x.epochs, number)
		x.shape++
	}
}

// Epochs returns the epochs whose keys are here.
func (x *Index) Epochs() []uint32 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var all []uint32
	for n := range x.epochs {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// Check tells whether Apply would take a batch.
func (x *Index) Check(b *signals.Batch) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, err := x.changes(b)
	return err
}

// Apply takes the entries of a batch that was checked, all or none: on an error nothing has changed.
func (x *Index) Apply(b *signals.Batch) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	changes, err := x.changes(b)
	if err != nil {
		return err
	}
	for _, c := range changes {
		c.to.table.put(c.name, c.meta)
	}
	return nil
}

// change is what an entry makes of a signal.
type change struct {
	to   *publisher
	name *signals.Pseudonym
	meta meta
}

func (x *Index) changes(b *signals.Batch) ([]change, error) {
	changes := make([]change, 0, len(b.Entries))
	within := map[signals.Pseudonym]meta{} // what entries of this batch said before
	for i := range b.Entries {
		e := &b.Entries[i]
		p, err := x.publisher(e.Epoch, b.Publisher)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		was, ok := within[e.Pseudonym]
		if !ok {
			was = p.table.get(&e.Pseudonym)
		}
		next, err := x.next(p, e, b.Publisher, was)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		within[e.Pseudonym] = next
		changes = append(changes, change{p, &e.Pseudonym, next})
	}
	return changes, nil
}

func (x *Index) publisher(number uint32, name string) (*publisher, error) {
	e := x.epochs[number]
	if e == nil {
		return nil, fmt.Errorf("epoch %d: %w", number, ErrEpoch)
	}
	p := e.publishers[name]
	if p == nil {
		p = &publisher{table: newTable()}
		e.publishers[name] = p
	}
	return p, nil
}

// next returns what is known of a signal after an entry.
func (x *Index) next(p *publisher, e *signals.Entry, name string, was meta) (meta, error) {
	switch {
	case was != 0 && was.state() == withdrawn:
		return 0, ErrWithdrawn
	case e.Action == signals.Raise && was != 0:
		return 0, ErrTwice
	case e.Action == signals.Raise:
		return x.raised(p, e, name)
	case was == 0:
		return 0, ErrUnknown
	case p.groups[was.group()] != Group{name, e.Domain, e.Month}:
		return 0, fmt.Errorf("%w in that domain and month", ErrUnknown)
	case e.Action == signals.Suspend:
		return was.withState(suspended), nil
	case e.Action == signals.Restore:
		return was.withState(stands), nil
	default:
		return was.withState(withdrawn), nil
	}
}

func (x *Index) raised(p *publisher, e *signals.Entry, name string) (meta, error) {
	before := len(p.groups)
	group, err := number(&p.groups, Group{name, e.Domain, e.Month}, 1<<groupBits)
	if err != nil {
		return 0, err
	}
	if len(p.groups) > before {
		x.shape++
	}
	line, err := number(&x.lines, e.Line, 1<<lineBits)
	if err != nil {
		return 0, err
	}
	last, err := dayNumber(e.Expires)
	if err != nil {
		return 0, err
	}
	return meta(group) | meta(slices.Index(signals.Kinds, e.Kind))<<kindAt | meta(e.Severity)<<severityAt |
		meta(slices.Index(signals.Bases,
			e.Basis))<<basisAt | meta(stands)<<stateAt | meta(line)<<lineAt | meta(last)<<expiresAt, nil
}

// number returns the place of a value in a list, to which it is added if it is new.
func number[T comparable](list *[]T, value T, limit int) (int, error) {
	if i := slices.Index(*list, value); i >= 0 {
		return i, nil
	}
	if len(*list) >= limit {
		return 0, ErrFull
	}
	*list = append(*list, value)
	return len(*list) - 1, nil
}

var dayZero = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func dayNumber(day string) (int, error) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0, fmt.Errorf("the day on which a signal expires: %w", err)
	}
	n := int(t.Sub(dayZero) / (24 * time.Hour))
	if n < 0 || n >= 1<<expiresBits {
		return 0, errors.New("the day on which a signal expires is not between 2000 and 2179")
	}
	return n, nil
}

// Match is a signal that is about the identifier that was looked up.
type Match struct {
	Group
	Epoch     uint32
	Name      signals.Pseudonym
	Kind      signals.Kind
	Severity  int
	Basis     signals.Basis
	Line      string
	Expires   string
	Suspended bool
}

// Matcher finds signals. It keeps the namers of the groups that it has met. Not safe for concurrent use.
type Matcher struct {
	index *Index
	plans map[planKey]*plan
}

type planKey struct {
	epoch  uint32
	domain signals.Domain
}

// plan is the groups in which an identifier of a domain is looked for.
type plan struct {
	of     *epoch
	shape  int // of the index, for which it was made
	probes []probe
}

type probe struct {
	group Group
	table *table
	namer *Namer
}

// Matcher returns a new matcher, for one goroutine.
func (x *Index) Matcher() *Matcher { return &Matcher{x, map[planKey]*plan{}} }

// Find appends the signals of all publishers but self that are about the identifier of that domain whose output in that
// epoch is given, and which have not expired. Withdrawn ones are not among them; suspended ones are, and say so.
func (m *Matcher) Find(dst []Match, number uint32, domain signals.Domain, output []byte, self string,
	now time.Time) []Match {
	x := m.index
	digest := Digest(output)
	x.mu.RLock()
	defer x.mu.RUnlock()
	today := int(now.UTC().Sub(dayZero) / (24 * time.Hour))
	for _, p := range m.plan(number, domain) {
		if p.group.Publisher == self {
			continue
		}
		name := p.namer.Name(digest)
		if found := p.table.get(&name); found != 0 && found.state() != withdrawn &&
			found.part(expiresAt, expiresBits) >= today {
			dst = append(dst, x.match(p.group, number, name, found))
		}
	}
	return dst
}

// plan returns where to look. The index is held.
func (m *Matcher) plan(number uint32, domain signals.Domain) []probe {
	key := planKey{number, domain}
	old := m.plans[key]
	if old != nil && old.shape == m.index.shape {
		return old.probes
	}
	e := m.index.epochs[number]
	if e == nil {
		delete(m.plans, key)
		return nil
	}
	namers := map[Group]*Namer{}
	if old != nil && old.of == e {
		for _, p := range old.probes {
			namers[p.group] = p.namer
		}
	}
	next := &plan{of: e, shape: m.index.shape}
	for _, p := range e.publishers {
		for _, g := range p.groups {
			if g.Domain != domain {
				continue
			}
			if namers[g] == nil {
				namers[g] = NewNamer(e.key, g)
			}
			next.probes = append(next.probes, probe{g, p.table, namers[g]})
		}
	}
	m.plans[key] = next
	return next.probes
}

func (x *Index) match(g Group, number uint32, name signals.Pseudonym, m meta) Match {
	return Match{
		Group: g, Epoch: number, Name: name,
		Kind: signals.Kinds[m.part(kindAt, kindBits)], Severity: m.part(severityAt, severityBits),
		Basis: signals.Bases[m.part(basisAt, basisBits)], Line: x.lines[m.part(lineAt, lineBits)],
		Expires:   dayZero.AddDate(0, 0, m.part(expiresAt, expiresBits)).Format(time.DateOnly),
		Suspended: m.state() == suspended,
	}
}

// Size returns how many signals the index holds, withdrawn ones too, and how many bytes their slots take.
func (x *Index) Size() (signals, bytes int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, e := range x.epochs {
		for _, p := range e.publishers {
			n, b := p.table.size()
			signals, bytes = signals+n, bytes+b
		}
	}
	return signals, bytes
}

// Namer returns the namer of a group; nil if the key of its epoch is not here.
func (x *Index) Namer(number uint32, g Group) *Namer {
	x.mu.RLock()
	defer x.mu.RUnlock()
	e := x.epochs[number]
	if e == nil {
		return nil
	}
	return NewNamer(e.key, g)
}

// State returns how a publisher's signal stands: stands, suspended, withdrawn, expired, or unknown.
func (x *Index) State(number uint32, publisher string, name signals.Pseudonym, now time.Time) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	e := x.epochs[number]
	if e == nil || e.publishers[publisher] == nil {
		return "unknown"
	}
	m := e.publishers[publisher].table.get(&name)
	switch {
	case m == 0:
		return "unknown"
	case m.state() == withdrawn:
		return "withdrawn"
	case m.part(expiresAt, expiresBits) < int(now.UTC().Sub(dayZero)/(24*time.Hour)):
		return "expired"
	case m.state() == suspended:
		return "suspended"
	default:
		return "stands"
	}
}
