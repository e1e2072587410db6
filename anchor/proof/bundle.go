package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of a bundle. A bundle beyond them is refused before anything is hashed.
const (
	MaxBundleBytes = 1 << 20
	MaxFields      = 4096
	maxHashes      = 64 // a path in a tree of 2^64 leaves
	maxDepth       = 8  // nesting of a bundle's JSON
)

// Version is the version of the bundle's form that this package reads and writes.
const Version = 1

// Bundle is everything a stranger needs beside the keys: some fields of one record, and the way from them to a signed
// checkpoint. It carries no keys: trust comes from the verifier's [Policy] alone.
type Bundle struct {
	Version    int       `json:"v"`
	Record     Record    `json:"record"`
	Fields     []Field   `json:"fields"`           // what is shown, ascending by path within a group
	Groups     []Group   `json:"groups,omitempty"` // the trees of parties that fields refer to
	Batch      Inclusion `json:"batch"`            // of the commitment in the tree of its batch
	Entry      string    `json:"entry"`            // the batch as the log holds it, see [BatchEntry]
	Log        Inclusion `json:"log"`              // of the entry in the tree of the log
	Checkpoint string    `json:"checkpoint"`       // the log's signed note with its cosignatures
}

// Record is the record that the fields belong to. Only Commitment is proved; the rest is what the bundle's maker says.
type Record struct {
	Commitment Hash   `json:"commitment"`
	Leaves     uint64 `json:"leaves"`    // size of the record's tree; a Merkle root does not prove it
	Partition  int    `json:"partition"` // of the journal, for whoever can read it
	Offset     int64  `json:"offset"`
}

// Inclusion is an RFC 6962 audit path; the size of the tree is known from elsewhere.
type Inclusion struct {
	Index  uint64 `json:"index"`
	Hashes []Hash `json:"hashes"` // from the leaf's sibling up to the child of the root
}

// Field is a value with its proof that the record, or the group it names, holds it.
type Field struct {
	Path   string  `json:"path"`
	Kind   string  `json:"kind"`            // one of the Kind bytes; never r
	Value  *string `json:"value,omitempty"` // of kinds s and n
	Salt   []byte  `json:"salt"`
	Group  string  `json:"group,omitempty"` // path of the group whose tree holds it; absent: the record's own tree
	Index  uint64  `json:"index"`
	Hashes []Hash  `json:"hashes"`
}

// Group is the tree of one party's sealed fields, with the proof that the record holds its root.
type Group struct {
	Path   string `json:"path"`
	Root   Hash   `json:"root"`
	Leaves uint64 `json:"leaves"` // size of the group's tree, as its maker says
	Salt   []byte `json:"salt"`
	Index  uint64 `json:"index"`
	Hashes []Hash `json:"hashes"`
}

// Parse reads a bundle strictly: known members only, each once, within the limits. It checks form, not truth.
func Parse(data []byte) (*Bundle, error) {
	if len(data) > MaxBundleBytes {
		return nil, fmt.Errorf("bundle of %d bytes, limit %d", len(data), MaxBundleBytes)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	if err := checkMembers(data); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var b Bundle
	if err := decoder.Decode(&b); err != nil {
		return nil, decodeError(err)
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return &b, nil
}

// Marshal writes the bundle as indented JSON after checking its form.
func (b *Bundle) Marshal() ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(b); err != nil {
		return nil, err
	}
	if out.Len() > MaxBundleBytes {
		return nil, fmt.Errorf("bundle of %d bytes, limit %d", out.Len(), MaxBundleBytes)
	}
	return out.Bytes(), nil
}

// check holds the bundle against everything that needs no hashing.
func (b *Bundle) check() error {
	if b.Version != Version {
		return fmt.Errorf("version %d, this program reads %d", b.Version, Version)
	}
	if len(b.Fields) == 0 {
		return errors.New("shows no field")
	}
	if len(b.Fields) > MaxFields || len(b.Groups) > MaxFields {
		return fmt.Errorf("more than %d fields or groups", MaxFields)
	}
	if len(b.Batch.Hashes) > maxHashes || len(b.Log.Hashes) > maxHashes {
		return fmt.Errorf("a path of more than %d hashes", maxHashes)
	}
	groups := make(map[string]bool, len(b.Groups))
	for i, g := range b.Groups {
		if g.Path == "" || !utf8.ValidString(g.Path) || len(g.Salt) != SaltSize || len(g.Hashes) > maxHashes {
			return fmt.Errorf("groups[%d] is malformed", i)
		}
		if i > 0 && b.Groups[i-1].Path >= g.Path {
			return fmt.Errorf("groups[%d]: paths must be strictly ascending", i)
		}
		groups[g.Path] = false
	}
	for i := range b.Fields {
		f := &b.Fields[i]
		if err := f.check(); err != nil {
			return fmt.Errorf("fields[%d]: %w", i, err)
		}
		if f.Group != "" {
			if _, ok := groups[f.Group]; !ok {
				return fmt.Errorf("fields[%d]: names a group that is not in the bundle", i)
			}
			groups[f.Group] = true
		}
		if i == 0 {
			continue
		}
		// A record's leaves are sorted by path, so in each tree paths and indexes rise together.
		prev := &b.Fields[i-1]
		if prev.Group > f.Group || prev.Group == f.Group && (prev.Path >= f.Path || prev.Index >= f.Index) {
			return fmt.Errorf("fields[%d]: groups, then paths and indexes must be strictly ascending", i)
		}
	}
	for i, g := range b.Groups {
		if !groups[g.Path] {
			return fmt.Errorf("groups[%d]: no field belongs to it", i)
		}
	}
	return nil
}

func (f *Field) check() error {
	if !utf8.ValidString(f.Path) || len(f.Salt) != SaltSize || len(f.Hashes) > maxHashes || len(f.Kind) != 1 {
		return errors.New("malformed")
	}
	kind := f.Kind[0]
	hasValue := kind == KindString || kind == KindNumber
	if hasValue != (f.Value != nil) || kind == KindRoot || !ValidValue(kind, f.Path, len(f.value())) {
		return errors.New("kind and value do not fit")
	}
	if !utf8.Valid(f.value()) {
		return errors.New("the value is not UTF-8")
	}
	if kind == KindNumber && !isNumber(*f.Value) {
		return errors.New("the value is not a number")
	}
	return nil
}

// value returns the committed bytes of the value.
func (f *Field) value() []byte {
	if f.Value == nil {
		return nil
	}
	return []byte(*f.Value)
}

func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || '0' <= s[0] && s[0] <= '9') && '0' <= s[len(s)-1] && s[len(s)-1] <= '9' && json.Valid([]byte(s))
}

// checkMembers refuses a member that occurs twice in an object, also in another letter case: encoding/json would take
// the last and another reader the first, and the two would see different claims in one verified file. Case is a matter of
// Unicode there ("fieldſ" is "fields"), so it refuses whatever is not in the small letters that all members have.
func checkMembers(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	type object struct {
		members map[string]bool // nil in an array
		isKey   bool
	}
	var stack []object
	for {
		token, err := decoder.Token()
		if err != nil {
			return decodeError(err)
		}
		if delim, ok := token.(json.Delim); ok {
			switch delim {
			case '{', '[':
				o := object{}
				if delim == '{' {
					o = object{members: map[string]bool{}, isKey: true}
				}
				if stack = append(stack, o); len(stack) > maxDepth {
					return errors.New("nested too deeply")
				}
				continue
			default:
				stack = stack[:len(stack)-1]
			}
		} else if n := len(stack); n > 0 && stack[n-1].isKey {
			key := token.(string)
			if strings.ContainsFunc(key, func(r rune) bool { return r < 'a' || r > 'z' }) {
				return errors.New("the name of a member is not in small letters")
			}
			if stack[n-1].members[key] {
				return errors.New("a member occurs twice in one object")
			}
			stack[n-1].members[key], stack[n-1].isKey = true, false
			continue
		}
		if len(stack) == 0 {
			break // the top value has ended
		}
		if top := &stack[len(stack)-1]; top.members != nil {
			top.isKey = true
		}
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("data after the end of the bundle")
	}
	return nil
}

// decodeError keeps the place of a JSON error and drops its text, which may quote a value.
func decodeError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("%s has the wrong type at byte %d", kind.Field, kind.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON is cut short")
	}
	return errors.New("not the JSON of a bundle: an unknown member, or base64 that is malformed")
}
