package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
)

// ErrNotEvents says that a file has no claim events, so that it needs a mapping.
var ErrNotEvents = errors.New("not a file of JSON events")

// OpenEvents opens a file of claim events as they are: a JSON object a line, or an array of them. Records with a key
// and the event as text, as tools write topics to files, are taken too. Close the reader afterwards.
func OpenEvents(path string, options Options) (*Reader, error) {
	return openFile(path, func(file io.Reader) (*Reader, error) { return NewEvents(file, options) })
}

// NewEvents reads claim events from r.
func NewEvents(r io.Reader, options Options) (*Reader, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	read := &counter{Reader: r}
	in, err := unpack(read)
	if err != nil {
		return nil, err
	}
	if in, _, err = decode(in, "", []string{}); err != nil {
		return nil, err
	}
	if start, _ := in.Peek(sampledBytes); !isJSON(start) {
		return nil, ErrNotEvents
	}
	v, err := openValues(in)
	if err != nil {
		return nil, err
	}
	return &Reader{options: options, events: v, read: read, unknown: make(unknownWords)}, nil
}

// openFile opens a file for one of the kinds of reader.
func openFile(path string, open func(io.Reader) (*Reader, error)) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the feed: %w", err)
	}
	r, err := open(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("feed %s: %w", filepath.Base(path), err), file.Close())
	}
	r.closer = file
	if info, err := file.Stat(); err == nil {
		r.size = info.Size()
	}
	return r, nil
}

// readEvent returns the next event as it is written.
func (r *Reader) readEvent() (Row, error) {
	value, line, bad, err := r.events.next()
	if err != nil {
		return Row{}, err
	}
	if bad != "" {
		return rejected(line, "", "", claim.NotJSON, bad), nil
	}
	if len(value) == 0 {
		return Row{Line: line, Skipped: skipBlank}, nil
	}
	key, raw := unwrapped(value)
	raw = slices.Clone(raw) // the decoder's memory is used again
	e, err := claim.Decode(raw)
	var problem *claim.Problem
	switch {
	case err != nil && !errors.As(err, &problem):
		return Row{}, fmt.Errorf("line %d: %w", line, err)
	case problem == nil && key != nil:
		problem = claim.CheckKey(key, e)
	}
	if problem == nil {
		problem = r.check(e)
	}
	if problem != nil {
		return rejected(line, "", problem.Path, problem.Code, problem.Hint), nil
	}
	if e.Insurer == r.options.Insurer || r.options.Insurer == "" {
		compact := jsontext.Value(raw)
		if err := compact.Compact(); err != nil {
			return rejected(line, "", "", claim.NotJSON, "not JSON"), nil
		}
		return Row{Line: line, Event: e, raw: compact}, nil
	}
	return rejected(line, "", "insurer", claim.UnknownInsurer,
		"events say themselves whose claims they are; --insurer names another"), nil
}

// unwrapped returns the event of a record with key and value as text, or the value itself.
func unwrapped(value jsontext.Value) (key []byte, event jsontext.Value) {
	if !bytes.Contains(value[:min(len(value), 4096)], []byte(`"value"`)) {
		return nil, value
	}
	var record struct {
		Key   *string        `json:"key"`
		Value *string        `json:"value"`
		Other jsontext.Value `json:",unknown"`
	}
	if err := json.Unmarshal(value, &record); err != nil || record.Key == nil || record.Value == nil ||
		len(record.Other) > 2 {
		return nil, value
	}
	return []byte(*record.Key), jsontext.Value(*record.Value)
}

// check is the one validator, and whether the install takes the insurer's claims.
func (r *Reader) check(e *claim.Event) *claim.Problem {
	if len(r.options.Insurers) > 0 && e.Insurer != "" && !slices.Contains(r.options.Insurers, e.Insurer) {
		return &claim.Problem{Code: claim.UnknownInsurer, Path: "insurer", Offset: -1,
			Hint: "not an insurer of this install: see the setting insurers"}
	}
	return claim.Validate(e, r.options.Now(), r.options.Limits)
}
