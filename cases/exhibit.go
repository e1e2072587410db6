package cases

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Store keeps bytes by their SHA-256, in hex. It may be called concurrently.
type Store interface {
	// Put returns when the bytes are kept for good; bytes that are there are kept once.
	Put(ctx context.Context, digest string, data []byte) error
	// Get returns the bytes; fs.ErrNotExist if they are not there.
	Get(ctx context.Context, digest string) ([]byte, error)
}

// MaxExhibitBytes bounds an exhibit.
const MaxExhibitBytes = 32 << 20

// exhibitTypes are what an exhibit may be: what its bytes say, by http.DetectContentType.
var exhibitTypes = []string{
	"application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp", "text/plain", "audio/mpeg", "audio/wave",
	"video/mp4",
	"video/webm", "application/zip",
}

// exhibitSources are where an exhibit may come from.
var exhibitSources = []string{"claimant", "insurer", "authority", "provider", "witness", "public", "other"}

// ExhibitFile is an exhibit with its bytes.
type ExhibitFile struct {
	Exhibit
	Name string
	Data []byte
}

// addExhibit stores a file sealed and appends its entry. A crash in between leaves bytes in the store that nothing
// names and that nobody can read.
func (c *Cases) addExhibit(ctx context.Context, actor Actor, cmd Command, act AddExhibit) (Answer, error) {
	if done, ok, err := c.before(actor, cmd); err != nil || ok {
		return done, err
	}
	if c.cfg.Keys == nil || c.cfg.Exhibits == nil {
		return Answer{}, ErrNoKeys
	}
	data, kind, err := readExhibit(act, c.cfg.Now())
	if err != nil {
		return Answer{}, err
	}
	s, err := seal(ctx, c.cfg.Keys, "exhibit", cmd.Case, append([]byte(act.Name+"\x00"), data...))
	if err != nil {
		return Answer{}, fmt.Errorf("sealing an exhibit: %w", err)
	}
	sum := sha256.Sum256(s.data)
	if err := c.cfg.Exhibits.Put(ctx, hex.EncodeToString(sum[:]), s.data); err != nil {
		return Answer{}, fmt.Errorf("storing an exhibit: %w", err)
	}
	wait, err := c.submit(ctx, actor, cmd, func(p *proposal) ([]Event, error) {
		if err := p.check(); err != nil {
			return nil, err
		}
		e := p.event(Exhibited)
		e.Exhibit = &Exhibit{
			Number: p.c.Exhibits + 1, Type: kind, Size: int64(len(data)), Digest: sum[:], Content: s.digest, Key: s.key,
			Source:    act.Source,
			Collected: act.Collected.UTC(), Subjects: act.Subjects,
		}
		e.Exhibit.Of = p.c.refs()
		e.Wake = p.c.Until.After(p.now)
		return one(e)
	})
	if err != nil {
		return Answer{}, err
	}
	return wait()
}

// readExhibit reads at most MaxExhibitBytes and holds the bytes to the type that was claimed.
func readExhibit(act AddExhibit, now time.Time) (data []byte, kind string, err error) {
	switch {
	case act.Name == "" || len(act.Name) > 255 || !utf8.ValidString(act.Name) ||
		strings.ContainsAny(act.Name, "\x00/\\"):
		return nil, "", &InvalidError{Field: "name", Problem: "want 1 to 255 characters without slashes"}
	case !slices.Contains(exhibitSources, act.Source):
		return nil, "", &InvalidError{Field: "source", Problem: "want one of " + strings.Join(exhibitSources, ", ")}
	case act.Collected.After(now):
		return nil, "", &InvalidError{Field: "collected", Problem: "lies ahead"}
	case act.Content == nil:
		return nil, "", &InvalidError{Field: "content", Problem: "is missing"}
	}
	if err := checkSubjects(act.Subjects); err != nil {
		return nil, "", err
	}
	data, err = io.ReadAll(io.LimitReader(act.Content, MaxExhibitBytes+1))
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("reading an exhibit: %w", err)
	case len(data) == 0:
		return nil, "", &InvalidError{Field: "content", Problem: "is empty"}
	case len(data) > MaxExhibitBytes:
		return nil, "", &InvalidError{Field: "content", Problem: fmt.Sprintf("has more than %d bytes", MaxExhibitBytes)}
	}
	kind, _, _ = strings.Cut(http.DetectContentType(data), ";")
	claimed, _, _ := strings.Cut(act.Type, ";")
	switch {
	case !slices.Contains(exhibitTypes, kind):
		return nil, "", &InvalidError{Field: "content", Problem: "is of a type that is not kept"}
	case !strings.EqualFold(strings.TrimSpace(claimed), kind):
		return nil, "", &InvalidError{Field: "type", Problem: "is not what the bytes are: " + kind}
	}
	return data, kind, nil
}

// ReadExhibit returns an exhibit with its bytes and records who looked at it, before it is shown; to is where a copy
// goes that leaves the install, empty if it does not. ErrErased if its key was forgotten.
func (c *Cases) ReadExhibit(ctx context.Context, actor Actor, id ID, number int, to string) (ExhibitFile, error) {
	if err := actor.need(RightNotes); err != nil {
		return ExhibitFile{}, err
	}
	if c.cfg.Keys == nil || c.cfg.Exhibits == nil {
		return ExhibitFile{}, ErrNoKeys
	}
	if len(to) > 200 {
		return ExhibitFile{}, &InvalidError{Field: "to", Problem: "is too long"}
	}
	_, log, err := c.get(actor, id)
	if err != nil {
		return ExhibitFile{}, err
	}
	for _, kept := range log {
		e, err := c.read(ctx, id, kept)
		if err != nil {
			return ExhibitFile{}, err
		}
		if e.Kind == Exhibited && e.Exhibit.Number == number {
			return c.openExhibit(ctx, actor, id, *e.Exhibit, to)
		}
	}
	return ExhibitFile{}, ErrNotFound
}

func (c *Cases) openExhibit(ctx context.Context, actor Actor, id ID, x Exhibit, to string) (ExhibitFile, error) {
	seen := x
	seen.To = to
	kind := ExhibitSeen
	if to != "" {
		kind = Exported
	}
	cmd := Command{Case: id, Act: View{}}
	if err := checkID(&cmd.ID); err != nil {
		return ExhibitFile{}, err
	}
	wait, err := c.submit(ctx, actor, cmd, func(p *proposal) ([]Event, error) {
		if err := p.check(); err != nil {
			return nil, err
		}
		e := p.event(kind)
		e.Exhibit = &seen
		return one(e)
	})
	if err != nil {
		return ExhibitFile{}, err
	}
	if _, err := wait(); err != nil {
		return ExhibitFile{}, err
	}
	data, err := c.cfg.Exhibits.Get(ctx, hex.EncodeToString(x.Digest))
	if err != nil {
		return ExhibitFile{}, fmt.Errorf("reading exhibit E%d of case %s: %w", x.Number, id, err)
	}
	plain, err := unseal(ctx, c.cfg.Keys, "exhibit", id, sealed{x.Key, data, x.Content})
	if err != nil {
		return ExhibitFile{}, err
	}
	name, content, ok := strings.Cut(string(plain), "\x00")
	if !ok {
		return ExhibitFile{}, errors.New("an exhibit has no name: it is damaged")
	}
	return ExhibitFile{Exhibit: x, Name: name, Data: []byte(content)}, nil
}
