package feed

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"tallystick/claim"
)

// Rows says which rows of a feed are one claim.
type Rows struct {
	By    []string // columns whose cells are the same in all rows of a claim; empty: each row is one
	Apart bool     // the rows of a claim may stand anywhere in the file, which is then held in memory

	line int
}

// each stands in a path for the label of an element that each row of a claim brings: items[*].code.
const each = "eachRow"

// starred tells whether a path is of such an element.
func starred(path string) bool { return strings.Contains(path, "[*]") }

// group is the rows of one claim.
type group struct {
	key  string
	rows []row
	over bool // and more, which were refused
}

// grouper reads the rows of a table as groups.
type grouper struct {
	table  table
	by     []int
	apart  bool
	open   *group
	done   map[digest]int // key: line of its first row
	groups []*group       // all of them, where rows stand apart
	ahead  []Row          // rows that are of no group
	loaded bool
}

func newGrouper(t table, rows *Rows) (*grouper, error) {
	g := &grouper{table: t, apart: rows.Apart, done: make(map[digest]int)}
	for _, name := range rows.By {
		at, wrong := find(t.columns(), name)
		if wrong != "" {
			return nil, &Problem{rows.line, "rows.by", "the feed " + wrong}
		}
		g.by = append(g.by, at)
	}
	return g, nil
}

func (g *grouper) key(cells []string) string {
	var parts []string
	for _, at := range g.by {
		parts = append(parts, strings.TrimSpace(cells[at]))
	}
	return strings.Join(parts, "\x00")
}

// badApart refuses rows of a claim that is already made.
const badApart = "its claim's other rows stand apart, at an earlier line: sort the file, or say apart: true in rows"

// next returns the next group, or a row that is of none.
func (g *grouper) next() (*group, *Row, error) {
	if g.apart && !g.loaded {
		if err := g.load(); err != nil {
			return nil, nil, err
		}
	}
	if len(g.ahead) > 0 {
		r := g.ahead[0]
		g.ahead = g.ahead[1:]
		return nil, &r, nil
	}
	if g.apart {
		if len(g.groups) == 0 {
			return nil, nil, io.EOF
		}
		first := g.groups[0]
		g.groups = g.groups[1:]
		return first, nil, nil
	}
	for {
		r, err := g.table.next()
		if errors.Is(err, io.EOF) && g.open != nil {
			full := g.open
			g.open = nil
			return full, nil, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if other := single(r); other != nil {
			return nil, other, nil
		}
		key := g.key(r.cells)
		if g.open != nil && g.open.key == key {
			if g.open.add(r) {
				continue
			}
			no := rejected(r.line, "", "", claim.Invalid, badMany)
			return nil, &no, nil
		}
		id := digestOf([]byte(key))
		if _, before := g.done[id]; before {
			no := rejected(r.line, "", "", claim.Invalid, badApart)
			return nil, &no, nil
		}
		g.done[id] = r.line
		full := g.open
		g.open = &group{key: key, rows: []row{r}}
		if full != nil {
			return full, nil, nil
		}
	}
}

// maxGroup is how many rows a claim may have: an event has no longer lists.
const (
	maxGroup = 1000
	badMany  = "one of more than 1,000 rows of one claim"
)

func (g *group) add(r row) bool {
	if g.over = g.over || len(g.rows) >= maxGroup; g.over {
		return false
	}
	g.rows = append(g.rows, r)
	return true
}

// single returns a row that is no part of a claim.
func single(r row) *Row {
	switch {
	case r.bad != "":
		no := rejected(r.line, "", "", claim.Invalid, r.bad)
		return &no
	case r.skip != "":
		return &Row{Line: r.line, Skipped: r.skip}
	}
	return nil
}

// load reads all rows and puts those of one claim together, in the order of the claims' first rows.
func (g *grouper) load() error {
	g.loaded = true
	at, size := make(map[string]int), 0
	for {
		r, err := g.table.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if other := single(r); other != nil {
			g.ahead = append(g.ahead, *other)
			continue
		}
		for _, cell := range r.cells {
			size += len(cell) + 16
		}
		if size > maxJoined {
			return fmt.Errorf("more than %d MiB: sort the file by the columns of rows, and leave apart away",
				maxJoined>>20)
		}
		key := g.key(r.cells)
		i, ok := at[key]
		if !ok {
			i = len(g.groups)
			at[key], g.groups = i, append(g.groups, &group{key: key})
		}
		r.cells = slices.Clone(r.cells)
		if !g.groups[i].add(r) {
			g.ahead = append(g.ahead, rejected(r.line, "", "", claim.Invalid, badMany))
		}
	}
}

// readGroup returns the claim of the next group of rows.
func (r *Reader) readGroup() (Row, error) {
	g, other, err := r.grouper.next()
	if err != nil {
		return Row{}, err
	}
	if other != nil {
		return *other, nil
	}
	out := Row{Line: g.rows[0].line}
	for _, one := range g.rows {
		out.Lines = append(out.Lines, one.line)
	}
	if g.over {
		out.Rejected = &Rejection{out.Line, "", "", claim.Invalid, badMany}
		return out, nil
	}
	out.Event, out.Rejected = r.merge(g)
	return out, nil
}

// merge makes one event of the rows of a claim: what each row has for a list is an element of it, all else is the same
// in all.
func (r *Reader) merge(g *group) (*claim.Event, *Rejection) {
	e := &claim.Event{Revision: 1}
	var first []string
	for i, one := range g.rows {
		if no := r.compute(one); no != nil {
			return nil, no
		}
		into := e
		if i > 0 {
			into = &claim.Event{}
		}
		texts := make([]string, len(r.fields))
		for j := range r.fields {
			f := &r.fields[j]
			text, currency, reason := r.text(f)
			texts[j] = text + "\x00" + currency
			if i > 0 && !f.each {
				if reason == "" && texts[j] != first[j] {
					reason = "differs between the rows of one claim: what differs belongs to an element that each row brings, such as items[*]"
				}
				if reason != "" {
					return nil, &Rejection{one.line, f.columns, f.Path, claim.Invalid, reason}
				}
				continue
			}
			if no := f.fill(into, one.line, text, currency, reason); no != nil {
				return nil, no
			}
		}
		if i == 0 {
			first = texts
			continue
		}
		r.take(e, into)
	}
	return r.finish(e, g.rows[0].line)
}

// take appends the elements of a row to the lists of the claim. A party that is there is not there twice.
func (r *Reader) take(e, more *claim.Event) {
	into, from := reflect.ValueOf(e).Elem(), reflect.ValueOf(more).Elem()
	done := make(map[int]bool)
	for i := range r.fields {
		f := &r.fields[i]
		if !f.each || done[f.place.steps[0].field] {
			continue
		}
		list, slot := f.place.steps[0].field, f.place.steps[1].slot
		done[list] = true
		if from.Field(list).Len() <= slot {
			continue
		}
		element := from.Field(list).Index(slot)
		if compact(element); element.IsZero() {
			continue
		}
		own := into.Field(list)
		if party := element.Type() == reflect.TypeFor[claim.Party](); party && contains(own, element) {
			continue
		}
		own.Set(reflect.Append(own, element))
	}
}

func contains(list, element reflect.Value) bool {
	for i := range list.Len() {
		if reflect.DeepEqual(list.Index(i).Interface(), element.Interface()) {
			return true
		}
	}
	return false
}
