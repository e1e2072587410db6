package install

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"tallystick/internal/neighbour"
)

// LinkConfig says how two processes of the install reach each other: the console, and one that holds a key in its
// place.
type LinkConfig struct {
	Listen    string `koanf:"listen"`     // of the process that answers
	URL       string `koanf:"url"`        // of it, for the console; empty: the install has none
	TokenFile string `koanf:"token_file"` // the secret that both have
	CertFile  string `koanf:"cert_file"`  // of this process; needed beyond loopback, as the other two
	KeyFile   string `koanf:"key_file"`
	CAFile    string `koanf:"ca_file"` // who may have signed the certificate of the other side
}

func (l *LinkConfig) check(key string, bad func(key string, value any, want string)) {
	if _, _, err := net.SplitHostPort(l.Listen); err != nil {
		bad(key+".listen", l.Listen, "want host:port")
	}
	if l.URL != "" && l.TokenFile == "" {
		bad(key+".token_file", `""`, "is needed beside "+key+".url")
	}
	if (l.CertFile == "") != (l.KeyFile == "") || (l.CertFile == "") != (l.CAFile == "") {
		bad(key+".cert_file", l.CertFile, "cert_file, key_file and ca_file go together")
	}
}

func (l *LinkConfig) secrets(key string) (s neighbour.Secrets, err error) {
	if l.TokenFile == "" {
		return s, fmt.Errorf("%s.token_file is not set: want a file with a secret that the console has too", key)
	}
	if s.Token, err = SecretFile(key+".token_file", l.TokenFile); err != nil {
		return s, err
	}
	if l.CertFile != "" {
		if s.TLS, err = neighbour.LoadPair(l.CertFile, l.KeyFile, l.CAFile); err != nil {
			return s, fmt.Errorf("%s: %w", key, err)
		}
	}
	return s, nil
}

// Dial returns a client for the other process, or nil where the install has none.
func (l *LinkConfig) Dial(key string) (*neighbour.Client, error) {
	if l.URL == "" {
		return nil, nil
	}
	s, err := l.secrets(key)
	if err != nil {
		return nil, err
	}
	c, err := neighbour.Dial(l.URL, s)
	if err != nil {
		return nil, fmt.Errorf("%s.url: %w", key, err)
	}
	return c, nil
}

// ServeLink answers the console until ctx is done; ready is told the address once it does.
func ServeLink(
	ctx context.Context, c *Config, key string, l *LinkConfig, h http.Handler, metrics prometheus.Gatherer,
	log *slog.Logger, ready func(string),
) error {
	s, err := l.secrets(key)
	if err != nil {
		return err
	}
	listener, err := neighbour.Listen(ctx, l.Listen, s)
	if err != nil {
		return fmt.Errorf("%s.listen: %w", key, err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return neighbour.Serve(ctx, listener, s, h, log) })
	g.Go(func() error { return Serve(ctx, c.HTTP, metrics, func() error { return nil }) })
	scheme := "http://"
	if s.TLS != nil {
		scheme = "https://"
	}
	ready(scheme + listener.Addr().String())
	return g.Wait()
}
