package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"

	"tallystick/privacy/text/corpus"
)

//go:embed presidio.py
var presidioScript string

// reference is what Presidio reached.
type reference struct {
	Score       corpus.Score
	MBPerSecond float64
}

// presidio lets Presidio read the texts. What it finds and nobody asked for (dates in words, web addresses,
// nationalities) is not counted against it.
func presidio(python string, texts []corpus.Text) (*reference, error) {
	var in, failure bytes.Buffer
	enc, size := json.NewEncoder(&in), 0
	for _, t := range texts {
		if err := enc.Encode(t); err != nil {
			return nil, err
		}
		size += len(t.Text)
	}
	cmd := exec.Command(python, "-c", presidioScript)
	cmd.Stdin, cmd.Stderr = &in, &failure
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("running Presidio: %w\n%s", err, failure.Bytes())
	}
	r, dec := &reference{}, json.NewDecoder(bytes.NewReader(out))
	for _, t := range texts {
		var found []corpus.Span
		if err := dec.Decode(&found); err != nil {
			return nil, fmt.Errorf("reading what Presidio found: %w", err)
		}
		r.Score.Add(t, found, nil)
	}
	for _, kind := range []string{"DATE_TIME", "URL", "NRP"} {
		if t := r.Score.ByKind[kind]; t != nil {
			r.Score.All.Wrong -= t.Wrong
		}
	}
	var end struct{ Seconds float64 }
	if err := dec.Decode(&end); err != nil || end.Seconds == 0 {
		return nil, fmt.Errorf("reading Presidio's time: %w", err)
	}
	r.MBPerSecond = float64(size) / 1e6 / end.Seconds
	return r, nil
}
