package stamper

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"time"

	"tallystick/anchor/proof"
	"tallystick/anchor/timestamp"
)

// Heads is where the newest published head is; the log's directory is one.
type Heads interface {
	// Head returns the newest published checkpoint as a signed note, or an error that is fs.ErrNotExist.
	Head(ctx context.Context) ([]byte, error)
}

// Config of a [Stamper]. Heads, Authorities, Store and Trust are required.
type Config struct {
	Heads       Heads
	Authorities []*Authority
	Store       *Store
	// Trust returns whom we believe, anew for each stamp, so that a list that was renewed counts at once. A stamp of
	// nobody on the list is not kept: it would convince nobody.
	Trust func() (*timestamp.Trust, error)

	Every  time.Duration // between two stamps of an authority; what is in between is covered by the next. 0: 10 minutes
	Poll   time.Duration // between two looks at the head; 0: 5 s
	Retry  time.Duration // after a failure, doubled with each more up to Every; 0: 30 s
	Logger *slog.Logger  // nil: discard
}

// State is how far an authority has come.
type State struct {
	Authority string
	Size      uint64    // of the newest head that it stamped; 0: none
	At        time.Time // of that stamp; zero: none
	Err       error     // of the last attempt; nil: it succeeded
}

// Stamper has new heads stamped. Run once; State may be called at any time.
type Stamper struct {
	cfg    Config
	mu     sync.Mutex
	states []State
}

// New checks the configuration and reads how far the authorities have come.
func New(cfg Config) (*Stamper, error) {
	if cfg.Heads == nil || cfg.Store == nil || cfg.Trust == nil || len(cfg.Authorities) == 0 {
		return nil, errors.New("stamper: heads, authorities, store and trust are required")
	}
	for _, d := range []struct {
		value   *time.Duration
		without time.Duration
	}{{&cfg.Every, 10 * time.Minute}, {&cfg.Poll, 5 * time.Second}, {&cfg.Retry, 30 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.without
		}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Stamper{cfg: cfg}
	for _, a := range cfg.Authorities {
		size, at, err := cfg.Store.newest(a.name)
		if err != nil {
			return nil, err
		}
		s.states = append(s.states, State{Authority: a.name, Size: size, At: at})
	}
	return s, nil
}

// State returns how far each authority has come.
func (s *Stamper) State() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]State(nil), s.states...)
}

// Run stamps until ctx ends. Nothing that an authority does ends it, and none waits for another.
func (s *Stamper) Run(ctx context.Context) {
	var all sync.WaitGroup
	for i := range s.cfg.Authorities {
		all.Go(func() { s.follow(ctx, i) })
	}
	all.Wait()
}

// follow asks one authority again and again.
func (s *Stamper) follow(ctx context.Context, i int) {
	wait, said := s.cfg.Retry, ""
	for {
		next := s.cfg.Poll
		s.mu.Lock()
		state := s.states[i]
		s.mu.Unlock()
		if time.Since(state.At) >= s.cfg.Every {
			newState, err := s.stamp(ctx, s.cfg.Authorities[i], state)
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				wait, said = s.cfg.Retry, ""
			default:
				next, wait = wait, min(2*wait, max(s.cfg.Every, s.cfg.Retry))
				if text := err.Error(); text != said {
					said = text
					s.cfg.Logger.Warn("a time authority did not stamp, trying again", "authority", state.Authority,
						"error", err)
				}
			}
			newState.Err = err
			s.mu.Lock()
			s.states[i] = newState
			s.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// stamp has the newest head stamped if that authority has not stamped it.
func (s *Stamper) stamp(ctx context.Context, authority *Authority, state State) (State, error) {
	note, err := s.cfg.Heads.Head(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return state, nil
	}
	if err != nil {
		return state, fmt.Errorf("reading the log's head: %w", err)
	}
	text, _, _ := strings.Cut(string(note), "\n\n")
	head, err := proof.ParseCheckpoint(text + "\n")
	if err != nil {
		return state, fmt.Errorf("reading the log's head: %w", err)
	}
	if head.Size <= state.Size {
		return state, nil
	}
	response, err := authority.Ask(ctx, []byte(head.Text()))
	if err != nil {
		return state, err
	}
	trust, err := s.cfg.Trust()
	if err != nil {
		return state, err
	}
	stamped, err := trust.VerifyStamp(response, []byte(head.Text()))
	if err != nil {
		return state, fmt.Errorf("checking what the authority answered: %w", err)
	}
	if err := s.cfg.Store.Keep(head, Kept{Authority: authority.name, Before: stamped.Before,
		Response: response}); err != nil {
		return state, err
	}
	return State{Authority: authority.name, Size: head.Size, At: stamped.Before}, nil
}
