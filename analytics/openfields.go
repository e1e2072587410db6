package analytics

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// fields are the open fields of an event that have columns of their own. The slices belong to the reader.
type fields struct {
	stage, outcome            []byte
	inception, expiry         []byte
	recorded, lossTime        []byte
	reported, cause, severity []byte
	city, region, country     []byte

	claimed, estimate, reserve, paid money
}

// eventReader takes fields out of events. It is lenient: a policy may generalise or drop any field, so one that is missing
// or of another type stays empty. It keeps its memory; one goroutine uses it.
type eventReader struct {
	in      bytes.Buffer
	decoder jsontext.Decoder
	arena   []byte
}

// read returns what it could read even beside an error. The result is valid until the next call.
func (r *eventReader) read(event jsontext.Value) (f fields, err error) {
	if len(event) == 0 {
		return fields{}, nil
	}
	r.in = *bytes.NewBuffer(event)
	r.arena = r.arena[:0]
	r.decoder.Reset(&r.in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err = r.object(func(name []byte) error {
		switch string(name) {
		case "stage":
			return r.text(&f.stage)
		case "outcome":
			return r.text(&f.outcome)
		case "recorded":
			return r.text(&f.recorded)
		case "policy":
			return r.object(func(name []byte) error {
				switch string(name) {
				case "inception":
					return r.text(&f.inception)
				case "expiry":
					return r.text(&f.expiry)
				}
				return r.skip()
			})
		case "loss":
			return r.loss(&f)
		case "amounts":
			return r.amounts(&f)
		}
		return r.skip()
	})
	return f, err
}

func (r *eventReader) loss(f *fields) error {
	return r.object(func(name []byte) error {
		switch string(name) {
		case "time":
			return r.text(&f.lossTime)
		case "reported":
			return r.text(&f.reported)
		case "cause":
			return r.text(&f.cause)
		case "severity":
			return r.text(&f.severity)
		case "place":
			return r.object(func(name []byte) error {
				switch string(name) {
				case "city":
					return r.text(&f.city)
				case "region":
					return r.text(&f.region)
				case "country":
					return r.text(&f.country)
				}
				return r.skip()
			})
		}
		return r.skip()
	})
}

func (r *eventReader) amounts(f *fields) error {
	return r.object(func(name []byte) error {
		switch string(name) {
		case "claimed":
			return r.money(&f.claimed)
		case "estimate":
			return r.money(&f.estimate)
		case "reserve":
			return r.money(&f.reserve)
		case "paid":
			return r.money(&f.paid)
		}
		return r.skip()
	})
}

func (r *eventReader) money(m *money) error {
	return r.object(func(name []byte) error {
		switch string(name) {
		case "amount":
			return r.text(&m.amount)
		case "currency":
			return r.text(&m.currency)
		}
		return r.skip()
	})
}

// object calls member for each name; member consumes the value. What is not an object is skipped.
func (r *eventReader) object(member func(name []byte) error) error {
	if r.decoder.PeekKind() != '{' {
		return r.skip()
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	for r.decoder.PeekKind() == '"' {
		name, err := r.decoder.ReadValue()
		if err != nil {
			return err
		}
		// The names are the schema's own: none of those looked for needs an escape.
		if err := member(name[1 : len(name)-1]); err != nil {
			return err
		}
	}
	_, err := r.decoder.ReadToken()
	return err
}

// skip reads a value as a whole; the decoder's own SkipValue would take it token by token.
func (r *eventReader) skip() error {
	_, err := r.decoder.ReadValue()
	return err
}

// text takes a string; anything else is skipped.
func (r *eventReader) text(to *[]byte) error {
	if r.decoder.PeekKind() != '"' {
		return r.skip()
	}
	v, err := r.decoder.ReadValue()
	if err != nil {
		return err
	}
	start := len(r.arena)
	r.arena, err = jsontext.AppendUnquote(r.arena, v)
	*to = r.arena[start:len(r.arena):len(r.arena)]
	return err
}
