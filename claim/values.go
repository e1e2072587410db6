package claim

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ValuesOf returns the values of a JSON object that fields of the registry have, ascending by path. A null is absent; what the
// registry does not have is passed over.
func ValuesOf(object jsontext.Value) ([]Value, error) {
	var values []Value
	if err := walk(object, "", &values); err != nil {
		return nil, fmt.Errorf("reading the values of an event: %w", err)
	}
	slices.SortFunc(values, func(a, b Value) int { return strings.Compare(a.Path.Text, b.Path.Text) })
	return values, nil
}

func walk(v jsontext.Value, path string, values *[]Value) error {
	switch v.Kind() {
	case 'n':
		return nil
	case 't', 'f':
		return add(values, path, boolKind(v.Kind() == 't'), nil)
	case '0':
		return add(values, path, LeafNumber, v.Clone())
	case '"':
		s, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return err
		}
		return add(values, path, LeafString, s)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(v))
	open, err := dec.ReadToken()
	if err != nil {
		return err
	}
	for i := 0; dec.PeekKind() != '}' && dec.PeekKind() != ']'; i++ {
		at := path + "[" + strconv.Itoa(i) + "]"
		if open.Kind() == '{' {
			name, err := dec.ReadToken()
			if err != nil {
				return err
			}
			if at = name.String(); path != "" {
				at = path + "." + at
			}
		}
		child, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := walk(child, at, values); err != nil {
			return err
		}
	}
	_, err = dec.ReadToken()
	return err
}

func add(values *[]Value, path string, kind LeafKind, text []byte) error {
	if p, err := PathOf(path); err == nil {
		*values = append(*values, Value{p, kind, text})
	}
	return nil
}

func boolKind(v bool) LeafKind {
	if v {
		return LeafTrue
	}
	return LeafFalse
}
