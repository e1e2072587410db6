package feed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones of mappings must not depend on the machine
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Problem is something wrong in a mapping: where, what, and what is allowed.
type Problem struct {
	Line    int    // of the mapping file, from 1
	Where   string // key or path
	Message string
}

func (p *Problem) Error() string {
	return fmt.Sprintf("line %d: %s: %s", p.Line, p.Where, p.Message)
}

// maxMapping bounds the bytes of a mapping. What is in it goes six levels deep, and the YAML library stops at 10,000.
const maxMapping = 1 << 20

// Load reads a mapping and checks it, paths against the schema of the claim event. The error joins a *[Problem] for
// each thing that is wrong.
func Load(data []byte) (*Mapping, error) {
	if len(data) > maxMapping {
		return nil, &Problem{1, "mapping", "longer than 1 MiB"}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	l := &loader{mapping: &Mapping{}}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, &Problem{1, "mapping",
			"a YAML mapping with the keys name, zone, delimiter, charset, sheet, empty, files, rows, columns, fields"}
	}
	l.mappingOf(doc.Content[0])
	if len(l.problems) > 0 {
		return nil, errors.Join(l.problems...)
	}
	if err := l.mapping.Validate(); err != nil {
		return nil, err
	}
	return l.mapping, nil
}

// loader walks the YAML nodes, since only they know their lines.
type loader struct {
	mapping  *Mapping
	problems []error
}

func (l *loader) fail(n *yaml.Node, where, format string, args ...any) {
	l.problems = append(l.problems, &Problem{n.Line, where, fmt.Sprintf(format, args...)})
}

// each calls do for each key of a YAML mapping and refuses keys that come twice or are not allowed.
func (l *loader) each(n *yaml.Node, where string, allowed []string, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		l.fail(n, where, "a mapping is expected here")
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		for value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		switch {
		case seen[key.Value]:
			l.fail(key, where, "%s stands here twice", key.Value)
		case allowed != nil && !slices.Contains(allowed, key.Value):
			l.fail(key, where, "no key %s; allowed are %s", key.Value, strings.Join(allowed, ", "))
		default:
			do(key, value)
		}
		seen[key.Value] = true
	}
}

func (l *loader) text(n *yaml.Node, where string) string {
	if n.Kind != yaml.ScalarNode {
		l.fail(n, where, "a single value is expected here")
		return ""
	}
	return n.Value
}

// texts reads a value or a list of values.
func (l *loader) texts(n *yaml.Node, where string) (list []string) {
	if n.Kind != yaml.SequenceNode {
		return []string{l.text(n, where)}
	}
	for _, item := range n.Content {
		list = append(list, l.text(item, where))
	}
	return list
}

func (l *loader) zone(n *yaml.Node, where string) *time.Location {
	name := l.text(n, where)
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		l.fail(n, where, "%q is not a time zone; allowed are UTC and names such as America/New_York", name)
		return nil
	}
	return zone
}

func (l *loader) mappingOf(n *yaml.Node) {
	m := l.mapping
	l.each(n, "mapping", []string{"name", "delimiter", "charset", "sheet", "zone", "empty", "files", "rows", "columns",
		"fields"}, func(key, value *yaml.Node) {
		switch key.Value {
		case "name":
			m.Name = l.text(value, "name")
		case "delimiter":
			d := l.text(value, "delimiter")
			r, size := utf8.DecodeRuneInString(d)
			if size == 0 || size != len(d) || r == '"' || r == '\n' || r == '\r' {
				l.fail(value, "delimiter", "one character, such as \",\", \";\" or \"\\t\"")
			}
			m.Delimiter = r
		case "charset":
			m.Charset = l.text(value, "charset")
			if _, err := charsetOf(m.Charset); err != nil {
				l.fail(value, "charset", "%q is not known; allowed are names such as utf-8, windows-1252, iso-8859-1",
					m.Charset)
			}
		case "sheet":
			m.Sheet = l.text(value, "sheet")
		case "zone":
			m.Zone = l.zone(value, "zone")
		case "empty":
			m.Empty = l.texts(value, "empty")
		case "files":
			l.each(value, "files", nil, l.file)
		case "rows":
			l.rows(value)
		case "columns":
			l.each(value, "columns", nil, func(key, n *yaml.Node) {
				m.Columns = append(m.Columns, Computed{Name: key.Value, Expression: l.text(n, "columns."+key.Value),
					line: key.Line})
			})
		case "fields":
			l.each(value, "fields", nil, l.field)
		}
	})
	if m.Name == "" {
		l.fail(n, "name", "a mapping has a name")
	}
}

func (l *loader) rows(n *yaml.Node) {
	l.mapping.Rows.line = n.Line
	l.each(n, "rows", []string{"by", "apart"}, func(key, value *yaml.Node) {
		switch key.Value {
		case "by":
			l.mapping.Rows.By = l.texts(value, "rows.by")
		case "apart":
			if text := l.text(value, "rows.apart"); text != "true" && text != "false" {
				l.fail(value, "rows.apart", "true or false")
			} else {
				l.mapping.Rows.Apart = text == "true"
			}
		}
	})
	if len(l.mapping.Rows.By) == 0 {
		l.fail(n, "rows", "by names the columns that are the same in all rows of a claim")
	}
}

func (l *loader) file(key, n *yaml.Node) {
	f := File{Name: key.Value, line: key.Line}
	where := "files." + f.Name
	l.each(n, where, []string{"path", "on", "key"}, func(key, value *yaml.Node) {
		switch text := l.text(value, where+"."+key.Value); key.Value {
		case "path":
			f.Path = text
		case "on":
			f.On = text
		case "key":
			f.Key = text
		}
	})
	l.mapping.Files = append(l.mapping.Files, f)
}

// cells reads a table from cells to values.
func (l *loader) cells(n *yaml.Node, where string) map[string]*string {
	table := make(map[string]*string)
	l.each(n, where, nil, func(cell, to *yaml.Node) {
		if to.Tag == "!!null" {
			table[cell.Value] = nil
			return
		}
		text := l.text(to, where)
		table[cell.Value] = &text
	})
	return table
}

var fieldKeys = []string{"column", "value", "template", "if", "empty", "values", "synonyms", "other", "time", "known",
	"zone", "ambiguous", "currency", "decimal", "group", "class"}

func (l *loader) field(key, n *yaml.Node) {
	f := Field{Path: key.Value, line: key.Line}
	if n.Kind == yaml.ScalarNode { // short form: the column
		f.Column = n.Value
		l.mapping.Fields = append(l.mapping.Fields, f)
		return
	}
	l.each(n, f.Path, fieldKeys, func(key, value *yaml.Node) {
		where := f.Path + "." + key.Value
		switch key.Value {
		case "empty":
			f.Empty = l.texts(value, where)
		case "time":
			f.Times = l.texts(value, where)
		case "zone":
			f.Zone = l.zone(value, where)
		case "values":
			f.Values, f.valuesLine = l.cells(value, where), key.Line
		case "synonyms":
			f.Synonyms = l.cells(value, where)
		default:
			*map[string]*string{"column": &f.Column, "value": &f.Value, "template": &f.Template, "if": &f.If,
				"other": &f.Other,
				"known": &f.Known, "ambiguous": &f.Ambiguous, "currency": &f.Currency, "decimal": &f.Decimal,
				"group": &f.Group, "class": &f.Class}[key.Value] = l.text(value, where)
		}
	})
	l.mapping.Fields = append(l.mapping.Fields, f)
}
