package cases

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"tallystick/journal/fetch"
)

// Keys keeps the keys of notes and exhibits, one for each, so that one can be forgotten without the others.
type Keys interface {
	// New makes a key of 32 bytes that is bound to a case and keeps it before it returns.
	New(ctx context.Context, bound string) (id string, key []byte, err error)
	// Get returns a key; ErrErased if it was forgotten.
	Get(ctx context.Context, id, bound string) ([]byte, error)
}

// NoteText is a note with its text.
type NoteText struct {
	Seq      int64     `json:"seq"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Text     string    `json:"text,omitzero"`
	Subjects []string  `json:"subjects,omitzero"`
	Erased   bool      `json:"erased,omitzero"` // its key was forgotten: nobody can read it any more
}

// MaxNote bounds a note, in characters.
const MaxNote = 10_000

const saltSize = 16

// sealed is content under a key of its own: a salt and the bytes. Its digest is salted, so that it can stand for ever.
type sealed struct {
	key    string
	data   []byte
	digest []byte
}

// seal encrypts content for a case under a fresh key. A crash behind it leaves a key without content.
func seal(ctx context.Context, keys Keys, kind string, id ID, content []byte) (sealed, error) {
	keyID, key, err := keys.New(ctx, id.String())
	if err != nil {
		return sealed{}, err
	}
	defer clear(key)
	aead, err := newGCM(key)
	if err != nil {
		return sealed{}, err
	}
	plain := make([]byte, saltSize, saltSize+len(content))
	_, _ = rand.Read(plain) // never fails: it ends the process instead
	plain = append(plain, content...)
	defer clear(plain)
	data := aead.Seal(nil, nil, plain, bind(kind, id, keyID))
	return sealed{key: keyID, data: data, digest: digestOf(kind, plain)}, nil
}

// bind is what a seal is bound to.
func bind(kind string, id ID, key string) []byte {
	return []byte("tallystick case " + kind + " v1\x00" + id.String() + "\x00" + key)
}

// digestOf commits to salt and content.
func digestOf(kind string, plain []byte) []byte {
	h := sha256.New()
	h.Write([]byte("tallystick case " + kind + " digest v1\n"))
	h.Write(plain)
	return h.Sum(nil)
}

// unseal opens what seal made, and checks it against the digest of the journal.
func unseal(ctx context.Context, keys Keys, kind string, id ID, s sealed) ([]byte, error) {
	key, err := keys.Get(ctx, s.key, id.String())
	if err != nil {
		return nil, err
	}
	defer clear(key)
	aead, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, s.data, bind(kind, id, s.key))
	if err != nil || len(plain) < saltSize || subtle.ConstantTimeCompare(digestOf(kind, plain), s.digest) != 1 {
		return nil, fmt.Errorf("a %s of case %s is damaged: it is not what the journal committed to", kind, id)
	}
	return plain[saltSize:], nil
}

// addNote seals a note and appends its entry. The key is kept before the note counts, so no note is without its key.
func (c *Cases) addNote(ctx context.Context, actor Actor, cmd Command, act AddNote) (Answer, error) {
	if err := checkNote(act); err != nil {
		return Answer{}, err
	}
	if done, ok, err := c.before(actor, cmd); err != nil || ok {
		return done, err
	}
	if c.cfg.Keys == nil {
		return Answer{}, ErrNoKeys
	}
	s, err := seal(ctx, c.cfg.Keys, "note", cmd.Case, []byte(act.Text))
	if err != nil {
		return Answer{}, fmt.Errorf("sealing a note: %w", err)
	}
	note := Note{
		Key: s.key, Sealed: s.data, Digest: s.digest, Size: utf8.RuneCountInString(act.Text), Subjects: act.Subjects,
		Found: act.Kept,
	}
	wait, err := c.submit(ctx, actor, cmd, func(p *proposal) ([]Event, error) {
		if err := p.check(); err != nil {
			return nil, err
		}
		e := p.event(Noted)
		own := note
		own.Of = p.c.refs()
		e.Note, e.Wake = &own, p.c.Until.After(p.now)
		return one(e)
	})
	if err != nil {
		return Answer{}, err
	}
	return wait()
}

// before checks a command that costs something before it is proposed, and finds one that was done.
func (c *Cases) before(actor Actor, cmd Command) (done Answer, ok bool, err error) {
	c.log.View(func(s *state) {
		if done, ok = s.done.get(actor.Person + "/" + cmd.ID); ok {
			return
		}
		p := &proposal{cfg: &c.cfg, state: s, actor: actor, now: c.now(), cmd: cmd, c: s.get(cmd.Case)}
		err = p.check()
	})
	return done, ok, err
}

var subject = regexp.MustCompile(`^(record|claimant|parties\[[0-9]{1,3}\])$`)

func checkSubjects(subjects []string) error {
	if len(subjects) > 50 {
		return &InvalidError{Field: "subjects", Problem: "are more than 50"}
	}
	for _, s := range subjects {
		if !subject.MatchString(s) {
			return &InvalidError{Field: "subjects", Problem: "want claimant, parties[0] and the like, or record"}
		}
	}
	return nil
}

func checkNote(act AddNote) error {
	n := utf8.RuneCountInString(act.Text)
	switch {
	case n == 0:
		return &InvalidError{Field: "text", Problem: "is empty"}
	case n > MaxNote:
		return &InvalidError{Field: "text", Problem: fmt.Sprintf("has %d characters, limit %d", n, MaxNote)}
	case !utf8.ValidString(act.Text):
		return &InvalidError{Field: "text", Problem: "is not UTF-8"}
	}
	if err := codes("kept", act.Kept, identifierKinds); err != nil {
		return err
	}
	if lacks := unkept(FindIdentifiers(act.Text), act.Kept); lacks != "" {
		return &InvalidError{
			Field:   "text",
			Problem: "seems to hold an identifier (" + lacks + "): take it out, or say that it stays",
		}
	}
	return checkSubjects(act.Subjects)
}

// Notes returns the notes of a case with their texts, oldest first.
func (c *Cases) Notes(ctx context.Context, actor Actor, id ID) ([]NoteText, error) {
	if err := actor.need(RightNotes); err != nil {
		return nil, err
	}
	if c.cfg.Keys == nil {
		return nil, ErrNoKeys
	}
	d, log, err := c.get(actor, id)
	if err != nil {
		return nil, err
	}
	out := make([]NoteText, 0, d.Case.Notes)
	for _, kept := range log {
		e, err := c.read(ctx, id, kept)
		if err != nil {
			return nil, err
		}
		if e.Kind != Noted {
			continue
		}
		text, err := c.noteText(ctx, id, kept, e)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

func (c *Cases) noteText(ctx context.Context, id ID, kept entry, e Event) (NoteText, error) {
	out := NoteText{Seq: e.Seq, By: e.By, At: e.At, Subjects: e.Note.Subjects}
	raw, err := c.fetch(ctx, kept.offset)
	if err != nil {
		return out, fmt.Errorf("reading note %d of case %s: %w", kept.seq, id, err)
	}
	var full Event
	if err := json.Unmarshal(raw, &full); err != nil || full.Note == nil {
		return out, fmt.Errorf("note %d of case %s is not where the journal had it", kept.seq, id)
	}
	plain, err := unseal(ctx, c.cfg.Keys, "note", id, sealed{e.Note.Key, full.Note.Sealed, e.Note.Digest})
	if errors.Is(err, ErrErased) {
		out.Erased = true
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Text = string(plain)
	return out, nil
}

// fetch reads the value of one record of the journal. What is read is held against a digest by who asks.
func (c *Cases) fetch(ctx context.Context, offset int64) ([]byte, error) {
	j := c.cfg.Journal
	reader, err := fetch.NewReader(
		fetch.Config{Addr: j.Addr, Transport: j.Transport, Topic: j.Topic, Offset: offset, MaxBytes: 1 << 20},
	)
	if err != nil {
		return nil, err
	}
	res, err := reader.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range res.Batches {
		for _, r := range b.Records {
			if r.Offset == offset {
				return r.Value, nil
			}
		}
	}
	return nil, fmt.Errorf("offset %d holds no record", offset)
}
