package claim

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode reads one event. See [DecodeInto].
func Decode(data []byte) (*Event, error) {
	e := new(Event)
	if err := DecodeInto(data, e); err != nil {
		return nil, err
	}
	return e, nil
}

// DecodeInto replaces e by the event in data: a whole event, or a part of it, which is the same JSON with fields left out.
// Names that the schema does not know are skipped; names are compared by case; a null is an absent value. Two
// equal names in one object and text that is not UTF-8 are refused. It does not retain data. The error is a *[Problem].
// On error e is left half filled. It says nothing about required fields and ranges: that is [Validate].
func DecodeInto(data []byte, e *Event) error {
	*e = Event{}
	if len(data) > MaxBytes {
		return &Problem{Code: TooLarge, Offset: MaxBytes, Hint: "at most 1 MiB"}
	}
	if at := tooDeep(data); at >= 0 {
		return &Problem{Code: TooDeep, Offset: int64(at), Hint: "at most 32 levels"}
	}
	if at := tooMany(data); at >= 0 {
		return &Problem{Code: TooLarge, Offset: at, Hint: hintValues}
	}
	if err := json.Unmarshal(data, e, wholeNumbers); err != nil {
		return problemOf(err)
	}
	if len(data) > 0 && isNull(data) {
		return &Problem{Code: WrongType, Offset: 0, Hint: "an object"}
	}
	return nil
}

const hintValues = "at most 4,096 values, and as many objects and lists"

// wholeNumbers reads a whole number however it is written.
var wholeNumbers = json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, n *int) error {
	if kind := dec.PeekKind(); kind != '0' {
		return errors.ErrUnsupported // the library knows what to say
	}
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	whole, ok := Whole(v)
	if !ok {
		return &Problem{Code: WrongType, Offset: -1, Hint: "a whole number"}
	}
	*n = whole
	return nil
}))

// tooMany returns the offset at which the text goes beyond MaxValues, or -1.
func tooMany(data []byte) int64 {
	if bytes.Count(data, []byte{','})+bytes.Count(data, []byte{'{'})+bytes.Count(data, []byte{'['}) < MaxValues {
		return -1
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	for values, objects := 0, 0; ; {
		within, members := dec.StackIndex(dec.StackDepth())
		token, err := dec.ReadToken()
		if err != nil {
			return -1 // the end, or what the decoder will say
		}
		switch token.Kind() {
		case '{', '[':
			objects++
		case '"', '0', 't', 'f':
			if within != '{' || members%2 == 1 {
				values++
			}
		}
		if values > MaxValues || objects > MaxValues {
			return dec.InputOffset()
		}
	}
}

// Encode writes an event. The same event gives the same bytes: fields in the order of the schema, attributes sorted.
func Encode(e *Event) ([]byte, error) {
	data, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return nil, problemOf(err) // the library quotes strings that are not UTF-8
	}
	return data, nil
}

// tooDeep returns the offset of the bracket that goes beyond MaxDepth, or -1. It runs before the decoder, whose own
// limit is 10,000 levels. On malformed input it may be wrong about strings; the decoder then refuses the input anyway.
func tooDeep(data []byte) int {
	if bytes.Count(data, []byte{'{'})+bytes.Count(data, []byte{'['}) <= MaxDepth {
		return -1 // counting is much faster than looking, and nearly always enough
	}
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = skipString(data, i)
		case '{', '[':
			if depth++; depth > MaxDepth {
				return i
			}
		case '}', ']':
			depth--
		}
	}
	return -1
}

// skipString returns the index of the quote that ends the string starting at i.
func skipString(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return i
}

func isNull(data []byte) bool {
	return strings.TrimSpace(string(data[:min(len(data), 64)])) == "null"
}

// problemOf maps an error of the JSON library. Its texts quote values and names, so none of them is passed on.
func problemOf(err error) *Problem {
	p := &Problem{Code: NotJSON, Offset: -1}
	if syn, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		p.Path, p.Offset = PatternOf(string(syn.JSONPointer)), syn.ByteOffset
		switch {
		case errors.Is(syn.Err, jsontext.ErrDuplicateName):
			// The pointer ends in the doubled name, the pattern keeps it only if the schema knows it.
			p.Code, p.Hint = DuplicateName, "each name once in an object"
		case syn.Err != nil && strings.HasPrefix(syn.Err.Error(), "invalid UTF-8"),
			syn.Err != nil && strings.HasPrefix(syn.Err.Error(), "invalid surrogate pair"):
			p.Code, p.Hint = NotUTF8, "UTF-8 text"
		case errors.Is(syn.Err, io.ErrUnexpectedEOF):
			p.Hint = "the text ends early"
		}
		return p
	}
	if sem, ok := errors.AsType[*json.SemanticError](err); ok {
		p.Path, p.Offset = PatternOf(string(sem.JSONPointer)), sem.ByteOffset
		p.Code, p.Hint = WrongType, wanted(sem)
		if inner, ok := errors.AsType[*Problem](sem.Err); ok {
			p.Code, p.Hint = inner.Code, inner.Hint
			if inner.Path != "" {
				p.Path += "." + inner.Path
			}
		}
		return p
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		p.Hint = "the text ends early"
	}
	return p
}
