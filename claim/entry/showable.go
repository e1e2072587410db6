package entry

import (
	"errors"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
)

// Why an entry that decodes may have no JSON. A journal that this program wrote has none of them.
var (
	ErrText   = errors.New("a value is not UTF-8")
	ErrNumber = errors.New("a value of a number is none")
	ErrYear   = errYear
)

// showable tells what JSON could not say.
func showable(e *claim.Entry) error {
	if !writable(e.At) || !e.Source.Time.IsZero() && !writable(e.Source.Time) {
		return ErrYear
	}
	if o := e.Context.Origin; o != nil && !o.Time.IsZero() && !writable(o.Time) {
		return ErrYear
	}
	for i := range e.Values {
		v := &e.Values[i]
		switch {
		case !utf8.Valid(v.Bytes) || !utf8.ValidString(v.Path.Text):
			return ErrText
		case v.Kind == claim.LeafNumber &&
			(!jsontext.Value(v.Bytes).IsValid() || jsontext.Value(v.Bytes).Kind() != '0'):
			return ErrNumber
		}
	}
	return nil
}
