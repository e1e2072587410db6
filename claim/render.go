package claim

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim/fields"
)

// Renderer writes values as the JSON object of an event, as an insurer would send it. An element of a list without values is
// written as {} or null, so that those after it keep their position. It uses its memory again; the zero value is ready. It is
// not safe for concurrent use.
type Renderer struct {
	nodes []jsonNode
}

// jsonNode is an object, a list or a value.
type jsonNode struct {
	name  string // of a member
	value *Value
	list  bool
	texts bool    // of a list whose elements are values
	kids  []int32 // of a list by index; 0, which is the root's number, where there is none
}

// Append appends the object to dst.
func (r *Renderer) Append(dst []byte, values []Value) []byte { return r.AppendLists(dst, nil, values) }

// AppendLists does the same, and gives the lists their lengths: elements at the end that hold no value are written too.
func (r *Renderer) AppendLists(dst []byte, lists []List, values []Value) []byte {
	r.nodes = r.nodes[:0]
	r.add("")
	for i := range lists {
		n := &r.nodes[r.at(lists[i].Path)]
		n.list, n.texts = true, holdsValues(lists[i].Path)
		for len(n.kids) < lists[i].Len {
			n.kids = append(n.kids, 0)
		}
	}
	for i := range values {
		r.nodes[r.at(values[i].Path.Text)].value = &values[i]
	}
	return r.write(dst, 0)
}

// holdsValues reports whether the elements of a list are values, not objects.
func holdsValues(list string) bool {
	p, err := PathOf(list + "[0]")
	if err != nil {
		return false
	}
	f := fields.Of(p.Field)
	return f != nil && f.Leaf()
}

func (r *Renderer) add(name string) int32 {
	if len(r.nodes) < cap(r.nodes) {
		r.nodes = r.nodes[:len(r.nodes)+1]
	} else {
		r.nodes = append(r.nodes, jsonNode{})
	}
	n := &r.nodes[len(r.nodes)-1]
	*n = jsonNode{name: name, kids: n.kids[:0]}
	return int32(len(r.nodes) - 1)
}

// at returns the node of a path.
func (r *Renderer) at(path string) int32 {
	at := int32(0)
	for rest := path; rest != ""; {
		var step string
		step, rest = cutStep(rest)
		if step[0] == '[' {
			index, _ := strconv.Atoi(step[1:])
			at = r.element(at, index)
			continue
		}
		at = r.member(at, step)
	}
	return at
}

// member returns the member of an object. Values come ascending by path, so it is most often the last one.
func (r *Renderer) member(at int32, name string) int32 {
	kids := r.nodes[at].kids
	for i := len(kids) - 1; i >= 0; i-- {
		if r.nodes[kids[i]].name == name {
			return kids[i]
		}
	}
	kid := r.add(name)
	r.nodes[at].kids = append(r.nodes[at].kids, kid)
	return kid
}

func (r *Renderer) element(at int32, index int) int32 {
	r.nodes[at].list = true
	for len(r.nodes[at].kids) <= index {
		r.nodes[at].kids = append(r.nodes[at].kids, 0)
	}
	kid := r.nodes[at].kids[index]
	if kid == 0 {
		kid = r.add("")
		r.nodes[at].kids[index] = kid
	}
	return kid
}

func (r *Renderer) write(dst []byte, at int32) []byte {
	n := &r.nodes[at]
	switch {
	case n.value != nil:
		return appendValue(dst, n.value)
	case !n.list:
		dst = append(dst, '{')
		for i, kid := range n.kids {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '"')
			dst = append(dst, r.nodes[kid].name...) // letters and digits: nothing to escape
			dst = append(dst, '"', ':')
			dst = r.write(dst, kid)
		}
		return append(dst, '}')
	}
	absent := "{}"
	if n.texts {
		absent = "null"
	}
	for _, kid := range n.kids {
		if kid != 0 && r.nodes[kid].value != nil {
			absent = "null"
		}
	}
	dst = append(dst, '[')
	for i, kid := range n.kids {
		if i > 0 {
			dst = append(dst, ',')
		}
		if kid == 0 {
			dst = append(dst, absent...)
			continue
		}
		dst = r.write(dst, kid)
	}
	return append(dst, ']')
}

func appendValue(dst []byte, v *Value) []byte {
	switch v.Kind {
	case LeafTrue:
		return append(dst, "true"...)
	case LeafFalse:
		return append(dst, "false"...)
	case LeafNumber:
		return append(dst, v.Bytes...)
	default:
		if quoted, err := jsontext.AppendQuote(dst, v.Bytes); err == nil {
			return quoted
		}
		return append(dst, `""`...) // not UTF-8: no such value is ever kept
	}
}
