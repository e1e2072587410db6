package text

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxLine is how long a line may be: a text of MaxBytes with some of it escaped.
const maxLine = 2*MaxBytes + 1<<10

// ErrNotScanned means that at least one line got an error in place of spans.
var ErrNotScanned = errors.New("some texts were not scanned")

// result is what is written for a line: spans, or why there are none.
type result struct {
	Spans []Span `json:"spans"`
	Error string `json:"error,omitempty"`
}

// MarshalJSON leaves out the spans where there is an error, and writes no spans as [].
func (r result) MarshalJSON() ([]byte, error) {
	if r.Error != "" {
		return json.Marshal(struct {
			Error string `json:"error"`
		}{r.Error})
	}
	return json.Marshal(struct {
		Spans []Span `json:"spans"`
	}{r.Spans})
}

// Lines scans one text a line, a JSON string or {"text": "...", "known": [{"kind": "person", "value": "..."}]}, and
// writes one line for each, in order: {"spans": [...]} or {"error": "..."}. A text that takes longer than limit gets
// an error. It returns ErrNotScanned if any did, and stops at a line that is too long, at an error of in or out, and
// when ctx ends.
func Lines(ctx context.Context, in io.Reader, out io.Writer, limit time.Duration) error {
	return lines(ctx, in, out, limit, func(_ string, r result) ([]byte, error) { return json.Marshal(r) })
}

// Redacted reads what Lines reads and writes each text, as a JSON string, with its spans replaced by their kinds in
// brackets.
func Redacted(ctx context.Context, in io.Reader, out io.Writer, limit time.Duration) error {
	return lines(ctx, in, out, limit, func(s string, r result) ([]byte, error) {
		if r.Error != "" {
			return json.Marshal(r)
		}
		return json.Marshal(Replace(s, r.Spans, func(span Span) string { return "[" + string(span.Kind) + "]" }))
	})
}

func lines(ctx context.Context, in io.Reader, out io.Writer, limit time.Duration, line func(string, result) ([]byte,
	error)) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxLine)
	failed, n := 0, 0
	for ; scanner.Scan(); n++ {
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			n--
			continue
		}
		s, r := scanLine(ctx, scanner.Bytes(), limit)
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.Error != "" {
			failed++
		}
		b, err := line(s, r)
		if err == nil {
			_, err = out.Write(append(b, '\n'))
		}
		if err != nil {
			return fmt.Errorf("writing the result of text %d: %w", n+1, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("reading text %d (a line has at most %d bytes): %w", n+1, maxLine, err)
	}
	if failed > 0 {
		return fmt.Errorf("%w: %d of %d", ErrNotScanned, failed, n)
	}
	return nil
}

func scanLine(ctx context.Context, line []byte, limit time.Duration) (string, result) {
	var in struct {
		Text  *string `json:"text"`
		Known []Known `json:"known"`
	}
	if line = bytes.TrimSpace(line); line[0] == '"' {
		in.Text = new(string)
		if json.Unmarshal(line, in.Text) != nil {
			return "", result{Error: "the line is no JSON string"}
		}
	} else if json.Unmarshal(line, &in) != nil || in.Text == nil {
		return "", result{Error: `the line is neither a JSON string nor an object with "text"`}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	spans, err := Scan(ctx, *in.Text, in.Known)
	if err != nil {
		return "", result{Error: err.Error()}
	}
	return *in.Text, result{Spans: spans}
}
