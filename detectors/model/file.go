package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// MaxBytes is the largest file that is read.
const MaxBytes = 16 << 20

// Read reads and seals a model. It reads no further than [MaxBytes].
func Read(r io.Reader) (*Model, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("read the model: larger than %d bytes", MaxBytes)
	}
	return Parse(data)
}

// Parse is [Read] of bytes at hand.
func Parse(data []byte) (*Model, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	m := new(Model)
	if err := dec.Decode(m); err != nil {
		return nil, fmt.Errorf("read the model: %w: not its JSON form", errDamaged)
	}
	if err := m.Seal(); err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	return m, nil
}

// Write writes the file.
func (m *Model) Write(w io.Writer) error {
	text, err := m.text()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("write the model: %w", err)
	}
	return nil
}

func (m *Model) text() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("write the model: %w", err)
	}
	return b.Bytes(), nil
}

// Name returns id@version.
func (m *Model) Name() string { return fmt.Sprintf("%s@%d", m.ID, m.Version) }

// Digest returns the SHA-256 of the file, in hexadecimal.
func (m *Model) Digest() (string, error) {
	text, err := m.text()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
