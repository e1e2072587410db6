package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"

	"tallystick/privacy"
)

// Config is how the pipeline reaches Vault.
type Config struct {
	// Client holds address and TLS; nil is one made from the environment (VAULT_ADDR, VAULT_CACERT, ...). Its token is
	// not used.
	Client   *api.Client
	Names    Names
	RoleID   string
	SecretID func() (string, error) // asked at every login, so that a file may be replaced while running; needed
	Insurers []string

	KeyTTL  time.Duration // how long keys in memory serve without an answer of Vault; 0 is 10 minutes
	Refresh time.Duration // how often they are read again; 0 is a quarter of KeyTTL
	// of one request; 0 is 10 seconds. A read of all keys takes several for each insurer, and at most KeyTTL
	Timeout time.Duration
	Retry   time.Duration // first pause after a failure, doubled up to Refresh; 0 is 1 second

	Logger  *slog.Logger // nil is silent
	Observe func(State)  // called after each attempt, from the service's goroutine; nil is nobody
}

// State is how the service stands, for metrics and readiness.
type State struct {
	Err      error     // of the last attempt; nil if it succeeded
	Expires  time.Time // when the keys in memory expire unless they are read again; zero if there are none
	Attempts int64     // since the start
	Failures int64     // likewise
	Logins   int64     // likewise
	Renewals int64     // of the token, likewise
}

func (c Config) check() (Config, error) {
	c.Names = c.Names.withDefaults()
	switch {
	case c.RoleID == "":
		return c, errors.New("vault: RoleID is missing")
	case c.SecretID == nil:
		return c, errors.New("vault: SecretID is missing")
	case len(c.Insurers) == 0:
		return c, errors.New("vault: Insurers names no insurer")
	case c.KeyTTL < 0 || c.Refresh < 0 || c.Timeout < 0 || c.Retry < 0:
		return c, errors.New("vault: a duration is negative")
	}
	c.KeyTTL = orDuration(c.KeyTTL, 10*time.Minute)
	c.Refresh = orDuration(c.Refresh, c.KeyTTL/4)
	c.Timeout = orDuration(c.Timeout, 10*time.Second)
	c.Retry = orDuration(c.Retry, time.Second)
	if c.Refresh >= c.KeyTTL {
		return c, fmt.Errorf("vault: Refresh (%v) must be shorter than KeyTTL (%v)", c.Refresh, c.KeyTTL)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func orDuration(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// Service holds the keys of the moment. It implements [privacy.Keys].
type Service struct {
	cfg    Config
	client *api.Client // carries the service's own token; used by one goroutine at a time

	held  atomic.Pointer[held]
	mu    sync.Mutex
	state State
	fresh chan struct{} // closed and replaced when keys were read

	tokenEnds time.Time // of the client's token; zero: log in
	renewable bool

	stop context.CancelFunc
	done chan struct{}
}

// held are keys with their expiry.
type held struct {
	set     *privacy.KeySet
	expires time.Time
}

var _ privacy.Keys = (*Service)(nil)

// Open logs in, reads the keys and keeps them fresh until Close. While Vault does not answer it tries again until ctx
// ends; a refusal (wrong ids, missing rights, missing keys) is returned at once.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	cfg, err := cfg.check()
	if err != nil {
		return nil, err
	}
	client := cfg.Client
	if client == nil {
		if client, err = api.NewClient(nil); err != nil {
			return nil, fmt.Errorf("vault: make a client: %w", err)
		}
	} else if client, err = client.CloneWithHeaders(); err != nil {
		return nil, fmt.Errorf("vault: make a client: %w", err)
	}
	client.ClearToken()
	client.SetMaxRetries(0) // the service has its own pauses
	client.SetClientTimeout(cfg.Timeout)
	s := &Service{cfg: cfg, client: client, fresh: make(chan struct{}), done: make(chan struct{})}
	cfg.Logger.Info("asking vault for the keys", "address", client.Address())
	for pause := cfg.Retry; ; pause = min(2*pause, cfg.Refresh) {
		if err = s.attempt(ctx); err == nil {
			break
		}
		if refused(err) {
			return nil, fmt.Errorf("vault: get the keys: %w", err)
		}
		cfg.Logger.Warn("waiting for vault: nothing is decided before it gives the keys", "error", err, "again_in",
			pause)
		if wait(ctx, pause) != nil {
			return nil, fmt.Errorf("vault: get the keys: %w", errors.Join(ctx.Err(), err))
		}
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go s.run(running)
	return s, nil
}

// Close stops refreshing, waits for it and forgets the keys.
func (s *Service) Close() {
	s.stop()
	<-s.done
	s.held.Store(nil)
}

// run reads the keys again and again. After a failure it pauses shortly, then longer.
func (s *Service) run(ctx context.Context) {
	defer close(s.done)
	pause, failures := s.cfg.Refresh, 0
	for wait(ctx, pause) == nil {
		if err := s.attempt(ctx); err != nil {
			pause = min(s.cfg.Retry<<min(failures, 16), s.cfg.Refresh)
			failures++
			continue
		}
		pause, failures = s.cfg.Refresh, 0
	}
}

// wait pauses for d, give or take a tenth, so that a fleet does not call at once.
func wait(ctx context.Context, d time.Duration) error {
	d += time.Duration((rand.Float64() - 0.5) / 5 * float64(d))
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// attempt makes sure of a token, reads all keys and tells the observer.
func (s *Service) attempt(ctx context.Context) error {
	// Not Timeout: a Vault that answers slowly still answers. Later than this the keys would have expired when they
	// come.
	callCtx, cancel := context.WithTimeout(ctx, s.cfg.KeyTTL)
	defer cancel()
	began := time.Now()
	set, err := s.read(callCtx)
	if err == nil {
		var old *privacy.KeySet
		if h := s.held.Load(); h != nil {
			old = h.set
		}
		// The time to live runs from before the question: what was revoked since must not serve longer.
		s.held.Store(&held{set: set.Reuse(old), expires: began.Add(s.cfg.KeyTTL)})
	} else if h := s.held.Load(); h != nil && !time.Now().Before(h.expires) {
		s.held.Store(nil) // they serve nobody any more
	}
	s.note(err)
	return err
}

func (s *Service) note(err error) {
	s.mu.Lock()
	s.state.Attempts++
	was := s.state.Err
	s.state.Err = err
	if err != nil {
		s.state.Failures++
	} else {
		s.state.Expires = s.held.Load().expires
		close(s.fresh)
		s.fresh = make(chan struct{})
	}
	state := s.state
	s.mu.Unlock()
	switch {
	case err != nil && state.Expires.IsZero(): // Open says it
	case err != nil:
		s.cfg.Logger.Warn("vault does not give the keys", "error", err, "keys_expire", state.Expires)
	case was != nil:
		s.cfg.Logger.Info("vault gives the keys again")
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(state)
	}
}

func (s *Service) read(ctx context.Context) (*privacy.KeySet, error) {
	if err := s.authenticate(ctx); err != nil {
		return nil, err
	}
	set, err := fetch(ctx, s.client, s.cfg.Names, s.cfg.Insurers)
	if err == nil || status(err) != http.StatusForbidden {
		return set, err
	}
	// The token may have been revoked or lost with Vault's storage: one new login tells whether the role itself is
	// refused.
	if err := s.login(ctx); err != nil {
		return nil, err
	}
	return fetch(ctx, s.client, s.cfg.Names, s.cfg.Insurers)
}

// authenticate renews the token in good time, or logs in where there is none that can be renewed.
func (s *Service) authenticate(ctx context.Context) error {
	left := time.Until(s.tokenEnds)
	if left > 2*s.cfg.Refresh+s.cfg.Timeout {
		return nil
	}
	if left > 0 && s.renewable {
		secret, err := s.client.Auth().Token().RenewSelfWithContext(ctx, 0)
		if err == nil && secret != nil && secret.Auth != nil {
			ends := time.Now().Add(time.Duration(secret.Auth.LeaseDuration) * time.Second)
			grew := ends.Sub(s.tokenEnds) > s.cfg.Refresh/2
			s.tokenEnds, s.renewable = ends, secret.Auth.Renewable
			if grew {
				s.mu.Lock()
				s.state.Renewals++
				s.mu.Unlock()
				return nil
			}
			// Near its longest life a token is renewed by less and less.
		}
	}
	return s.login(ctx)
}

func (s *Service) login(ctx context.Context) error {
	secretID, err := s.cfg.SecretID()
	if err != nil {
		return fmt.Errorf("get the secret id: %w", err)
	}
	method, err := approle.NewAppRoleAuth(s.cfg.RoleID, &approle.SecretID{FromString: secretID},
		approle.WithMountPath(s.cfg.Names.AppRole))
	if err != nil {
		return fmt.Errorf("log in by approle: %w", err)
	}
	s.client.ClearToken()
	s.tokenEnds = time.Time{}
	secret, err := s.client.Auth().Login(ctx, method)
	if err != nil {
		return fmt.Errorf("log in by approle: %w", err)
	}
	if secret == nil || secret.Auth == nil {
		return fmt.Errorf("log in by approle: %w", errAnswer)
	}
	s.tokenEnds = time.Now().Add(time.Duration(secret.Auth.LeaseDuration) * time.Second)
	if secret.Auth.LeaseDuration == 0 { // a token without end
		s.tokenEnds = time.Now().Add(24 * time.Hour)
	}
	s.renewable = secret.Auth.Renewable
	s.mu.Lock()
	s.state.Logins++
	s.mu.Unlock()
	return nil
}

func status(err error) int {
	var response *api.ResponseError
	if errors.As(err, &response) {
		return response.StatusCode
	}
	return 0
}

// refused reports an answer that asking again will not change.
func refused(err error) bool {
	code := status(err)
	return code >= 400 && code < 500 && code != http.StatusTooManyRequests && code != http.StatusRequestTimeout
}

// Local reports that the keys are not in a file of this machine.
func (*Service) Local() bool { return false }

// State returns how the service stands.
func (s *Service) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Err returns nil while there are keys that have not expired, else [privacy.ErrUnavailable] with the cause.
func (s *Service) Err() error {
	_, err := s.keys()
	return err
}

// WaitReady returns nil as soon as there are keys, or the error of ctx.
func (s *Service) WaitReady(ctx context.Context) error {
	for {
		s.mu.Lock()
		fresh := s.fresh
		s.mu.Unlock()
		if s.Err() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-fresh:
		}
	}
}

func (s *Service) keys() (*privacy.KeySet, error) {
	h := s.held.Load()
	if h != nil && time.Now().Before(h.expires) {
		return h.set, nil
	}
	if err := s.State().Err; err != nil {
		return nil, fmt.Errorf("%w: vault: %w", privacy.ErrUnavailable, err)
	}
	return nil, privacy.ErrUnavailable
}

// Insurer returns the keys of an insurer, [privacy.ErrUnknownInsurer] or [privacy.ErrUnavailable].
func (s *Service) Insurer(name string) (*privacy.InsurerKeys, error) {
	set, err := s.keys()
	if err != nil {
		return nil, err
	}
	return set.Insurer(name)
}

// Sealing returns the officers' public halves or [privacy.ErrUnavailable].
func (s *Service) Sealing() (*privacy.SealingKeys, error) {
	set, err := s.keys()
	if err != nil {
		return nil, err
	}
	return set.Sealing()
}

// Intake returns the intake key or [privacy.ErrUnavailable].
func (s *Service) Intake() (*privacy.Intake, error) {
	set, err := s.keys()
	if err != nil {
		return nil, err
	}
	return set.Intake()
}
