package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tallystick/console"
	"tallystick/console/web"
	"tallystick/install"
)

func consoleCommand(g *globals) *cobra.Command {
	var hash bool
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Serve the pages and the API in which people work on cases",
		Long: `Console serves the queue, the cases, the rings, the lead's and the officer's pages, and the API
under them (/api/v1/openapi.json). People sign in at your OIDC provider (console.oidc); for a
demonstration console.people names a file of people with passwords. It holds no key of tokens or
sealed values. Any number of consoles may run; a session lives in the one where it began.`,
		Example: "  tallystick console -c tallystick.yaml --set console.listen=127.0.0.1:8080",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if hash {
				return hashPassword(cmd.InOrStdin(), cmd.OutOrStdout())
			}
			c, log, err := g.load()
			if err != nil {
				return err
			}
			return runConsole(cmd.Context(), &c, log,
				func(address string) { fmt.Fprintln(cmd.OutOrStdout(), "ready", address) })
		},
	}
	cmd.Flags().BoolVar(&hash, "hash-password", false,
		"print the argon2id hash of the password on standard input, for console.people, and end")
	return cmd
}

// hashPassword prints the hash of a password, read from in.
func hashPassword(in io.Reader, out io.Writer) error {
	data, err := readBundle(in, "-")
	if err != nil {
		return err
	}
	password := strings.TrimRight(string(data), "\r\n")
	if len(password) < 12 {
		return usageError{errors.New("the password has less than 12 characters")}
	}
	hash, err := console.HashPassword(password)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, hash)
	return err
}

// runConsole serves until ctx is done; ready is told the address once it answers.
func runConsole(ctx context.Context, c *install.Config, log *slog.Logger, ready func(address string)) error {
	rec, err := openRecords(c)
	if err != nil {
		return err
	}
	defer rec.Close()
	work, err := install.OpenCasework(ctx, c, log)
	if err != nil {
		return err
	}
	defer work.Close()
	anchors, err := watchAnchors(c, log)
	if err != nil {
		return err
	}
	cfg := console.Config{
		Records: rec, Cases: work.Cases, Audit: work.Trail, Anchors: anchors, Insurers: c.Insurers,
		Version: install.BuildVersion(), ClaimsURL: c.Console.ClaimsURL,
		Secure: strings.HasPrefix(c.Console.URL, "https://"), Log: log,
	}
	if cfg.Reveals, cfg.RevealTerms, err = reveals(c); err != nil {
		return err
	}
	if cfg.Tokens, err = tokens(c); err != nil {
		return err
	}
	if c.Anchor.Directory != "" {
		cfg.Prover = consoleProver{c}
	}
	if cfg.Thresholds, err = thresholds(c.Rules); err != nil {
		return err
	}
	if err := signIns(ctx, c, &cfg); err != nil {
		return err
	}
	if files, built := web.Pages(); built {
		if cfg.Pages, err = console.Pages(files); err != nil {
			return err
		}
	}
	server, err := console.New(cfg)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Console.Listen)
	if err != nil {
		return fmt.Errorf("listening for the console (console.listen): %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return server.Run(ctx) })
	g.Go(func() error { return anchors.run(ctx) })
	g.Go(func() error { return serveConsole(ctx, listener, server.Handler(), log) })
	ready("http://" + listener.Addr().String())
	return g.Wait()
}

// signIns opens the ways to sign in that the configuration names.
func signIns(ctx context.Context, c *install.Config, cfg *console.Config) (err error) {
	if c.Console.OIDC.Issuer != "" {
		o, err := c.Console.Oidc()
		if err != nil {
			return err
		}
		if cfg.OIDC, err = console.OpenOIDC(ctx, o); err != nil {
			return err
		}
	}
	if c.Console.People != "" {
		if info, err := os.Stat(c.Console.People); err == nil && info.Mode().Perm()&0o077 != 0 {
			return fmt.Errorf("console.people: %s can be read by others: chmod 600 it", c.Console.People)
		}
		if cfg.Local, err = console.LoadLocalPeople(c.Console.People); err != nil {
			return err
		}
	}
	return nil
}

// serveConsole answers on listener until ctx is done. Streams end with ctx, so that the rest can be waited for.
func serveConsole(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stopped := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = srv.Shutdown(ctx)
	})
	defer stopped()
	if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the console: %w", err)
	}
	return nil
}
