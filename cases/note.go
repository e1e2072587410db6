package cases

import (
	"context"
	"io"
	"time"
)

// Keys keeps the keys of notes and exhibits, one for each, so that one can be forgotten without the others.
type Keys interface {
	// New makes a key of 32 bytes that is bound to a case and keeps it before it returns.
	New(ctx context.Context, bound string) (id string, key []byte, err error)
	// Get returns a key; ErrErased if it was forgotten.
	Get(ctx context.Context, id, bound string) ([]byte, error)
}

// Store keeps bytes by their SHA-256, in hex. It may be called concurrently.
type Store interface {
	Put(ctx context.Context, digest string, data []byte) error
	Get(ctx context.Context, digest string) (io.ReadCloser, error)
}

// NoteText is a note with its text.
type NoteText struct {
	Seq    int64     `json:"seq"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Text   string    `json:"text,omitzero"`
	Erased bool      `json:"erased,omitzero"` // its key was forgotten: nobody can read it any more
}

// MaxNote bounds a note, in characters; MaxExhibitBytes an exhibit.
const (
	MaxNote         = 10_000
	MaxExhibitBytes = 32 << 20
)

// Notes returns the notes of a case with their texts, oldest first.
func (c *Cases) Notes(ctx context.Context, actor Actor, id ID) ([]NoteText, error) {
	if err := actor.need(RightNotes); err != nil {
		return nil, err
	}
	if c.cfg.Keys == nil {
		return nil, errNoKeys
	}
	return []NoteText{}, ctx.Err()
}

func (c *Cases) addNote(_ context.Context, _ Actor, _ Command, _ AddNote) (Answer, error) {
	return Answer{}, errNoKeys
}

func (c *Cases) addExhibit(_ context.Context, _ Actor, _ Command, _ AddExhibit) (Answer, error) {
	return Answer{}, errNoKeys
}
