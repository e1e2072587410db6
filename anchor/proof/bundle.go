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
const Version = 2

// Bundle is everything a stranger needs beside the keys: some values of one record, and the way from them to a signed
// checkpoint. It carries no keys: trust comes from the verifier's [Policy] alone.
type Bundle struct {
	Version int    `json:"v"`
	Record  Record `json:"record"`
	// what is shown: ascending by section, sealed ones behind the others, and index
	Fields     []Field   `json:"fields"`
	Batch      Inclusion `json:"batch"`      // of the commitment in the tree of its batch
	Entry      string    `json:"entry"`      // the batch as the log holds it, see [BatchEntry]
	Log        Inclusion `json:"log"`        // of the entry in the tree of the log
	Checkpoint string    `json:"checkpoint"` // the log's signed note with its cosignatures
	Stamps     []Stamp   `json:"stamps,omitempty"`
}

// Record is all that is hashed of the record that the fields belong to; its commitment follows from it. Partition and
// Offset are what the bundle's maker says.
type Record struct {
	Leaves    []Hash    `json:"leaves"`             // of what belongs to no party
	Sections  []Section `json:"sections,omitempty"` // one a party, ascending
	Partition int       `json:"partition"`          // of the journal, for whoever can read it
	Offset    int64     `json:"offset"`
}

// Section is what concerns one party: its digest alone, or what that is of.
type Section struct {
	Party  string  `json:"party,omitempty"`  // absent where there is only the digest
	Digest *Hash   `json:"digest,omitempty"` // of a section of which nothing is shown
	Leaves []Hash  `json:"leaves,omitempty"`
	Sealed *Sealed `json:"sealed,omitempty"` // absent if the party has no sealed values
}

// Sealed is a party's sealed values: how many, and their digest or what that is of.
type Sealed struct {
	Count  uint64 `json:"count"`
	Digest *Hash  `json:"digest,omitempty"`
	Leaves []Hash `json:"leaves,omitempty"`
}

// Inclusion is an RFC 6962 audit path; the size of the tree is known from elsewhere.
type Inclusion struct {
	Index  uint64 `json:"index"`
	Hashes []Hash `json:"hashes"` // from the leaf's sibling up to the child of the root
}

// Field is a value that is shown: the leaf at Index of the record, of a section, or of a section's sealed values is of
// it.
type Field struct {
	Section string   `json:"section,omitempty"` // the party; absent: the record's own leaves
	Sealed  bool     `json:"sealed,omitempty"`  // among the sealed values of the section
	Index   uint64   `json:"index"`
	Path    string   `json:"path"`
	Kind    string   `json:"kind"`              // one of the Kind bytes
	Value   *string  `json:"value,omitempty"`   // of kinds s and n
	Members []Member `json:"members,omitempty"` // of kind g
	Salt    []byte   `json:"salt"`
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
	if len(b.Batch.Hashes) > maxHashes || len(b.Log.Hashes) > maxHashes {
		return fmt.Errorf("a path of more than %d hashes", maxHashes)
	}
	if err := b.Record.check(); err != nil {
		return err
	}
	if len(b.Fields) > MaxFields {
		return fmt.Errorf("more than %d fields", MaxFields)
	}
	if len(b.Stamps) > MaxStamps {
		return fmt.Errorf("more than %d time stamps", MaxStamps)
	}
	for i := range b.Stamps {
		if err := b.Stamps[i].check(); err != nil {
			return fmt.Errorf("stamps[%d]: %w", i, err)
		}
	}
	for i := range b.Fields {
		f := &b.Fields[i]
		if err := f.check(); err != nil {
			return fmt.Errorf("fields[%d]: %w", i, err)
		}
		leaves, err := b.Record.leavesOf(f)
		if err != nil {
			return fmt.Errorf("fields[%d]: %w", i, err)
		}
		if f.Index >= uint64(len(leaves)) {
			return fmt.Errorf("fields[%d]: its index is beyond the leaves", i)
		}
		if i > 0 && !b.Fields[i-1].before(f) {
			return fmt.Errorf("fields[%d]: sections, then paths and indexes must be strictly ascending", i)
		}
	}
	return nil
}

// before reports whether f may stand in front of next: leaves are sorted by path, so paths and indexes rise together.
func (f *Field) before(next *Field) bool {
	if f.Section != next.Section {
		return f.Section < next.Section
	}
	if f.Sealed != next.Sealed {
		return next.Sealed
	}
	return f.Path < next.Path && f.Index < next.Index
}

func (r *Record) check() error {
	n := len(r.Leaves)
	last := ""
	for i := range r.Sections {
		s := &r.Sections[i]
		n += len(s.Leaves) + 1
		if s.Digest != nil {
			if s.Party != "" || s.Leaves != nil || s.Sealed != nil {
				return fmt.Errorf("sections[%d] has a digest and more", i)
			}
			continue
		}
		if s.Party <= last || !utf8.ValidString(s.Party) {
			return fmt.Errorf("sections[%d]: parties must be strictly ascending", i)
		}
		last = s.Party
		if s.Sealed == nil {
			continue
		}
		n += len(s.Sealed.Leaves)
		switch {
		case s.Sealed.Count == 0, (s.Sealed.Digest == nil) == (s.Sealed.Leaves == nil),
			s.Sealed.Leaves != nil && uint64(len(s.Sealed.Leaves)) != s.Sealed.Count:
			return fmt.Errorf("sections[%d]: its sealed values are malformed", i)
		}
	}
	if len(r.Leaves) == 0 || n > MaxFields {
		return fmt.Errorf("a record has 1 to %d leaves", MaxFields)
	}
	return nil
}

// leavesOf returns the leaves among which a field is.
func (r *Record) leavesOf(f *Field) ([]Hash, error) {
	if f.Section == "" {
		if f.Sealed {
			return nil, errors.New("a sealed value belongs to a section")
		}
		return r.Leaves, nil
	}
	for i := range r.Sections {
		s := &r.Sections[i]
		if s.Party != f.Section {
			continue
		}
		if !f.Sealed {
			return s.Leaves, nil
		}
		if s.Sealed != nil {
			return s.Sealed.Leaves, nil
		}
	}
	return nil, errors.New("names a section that the bundle does not open")
}

func (f *Field) check() error {
	if len(f.Salt) != SaltSize || f.Path == "" {
		return errors.New("malformed")
	}
	if err := checkValue(f.Path, f.Kind, f.Value); err != nil {
		return err
	}
	if (f.Kind[0] == KindGroup) != (f.Members != nil) {
		return errMembers
	}
	if f.Members != nil {
		return checkMembersOf(f.Members)
	}
	return nil
}

// value returns the committed bytes of the value.
func (f *Field) value() []byte {
	if f.Members != nil {
		return AppendMembers(nil, f.Members)
	}
	return []byte(textOf(f.Value))
}

func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || '0' <= s[0] && s[0] <= '9') && '0' <= s[len(s)-1] && s[len(s)-1] <= '9' &&
		json.Valid([]byte(s))
}

// checkMembers refuses a member that occurs twice in an object, also in another letter case: encoding/json would take
// the last and another reader the first, and the two would see different claims in one verified file. Case is a matter
// of Unicode there ("fieldſ" is "fields"), so it refuses whatever is not in the small letters that all members have.
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
