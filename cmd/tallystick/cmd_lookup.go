package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"tallystick/console"
	"tallystick/install"
	"tallystick/internal/neighbour"
	"tallystick/privacy/lookup"
)

func lookupCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lookup",
		Short: "Make tokens of what people of the console type",
		Long: `Lookup is about searching the console by a phone number, an account or another identifier in clear. The
console holds no key, so another process makes the token.`,
		Example: "  tallystick lookup serve -c lookup.yaml",
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "serve",
		Short: "Answer the console until stopped",
		Long: `Serve makes tokens of single values for the console (lookup.* in the configuration). It logs in to Vault as
an identity of its own, for each look-up anew, and can neither seal nor open anything. It counts what a
person looks up on a day, and keeps and logs no value.`,
		Example: "  tallystick lookup serve -c lookup.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := g.load()
			if err != nil {
				return err
			}
			return install.ServeLookups(cmd.Context(), &c, log,
				func(address string) { fmt.Fprintln(cmd.OutOrStdout(), "ready", address) })
		},
	})
	return cmd
}

// consoleTokens asks the look-up process for the console.
type consoleTokens struct{ remote lookup.Client }

// tokens returns what the console asks, nil where the install has no look-up process.
func tokens(c *install.Config) (console.Tokens, error) {
	client, err := c.Lookup.Link.Dial("lookup.link")
	if client == nil || err != nil {
		return nil, err
	}
	return consoleTokens{lookup.Client{Neighbour: client}}, nil
}

// Tokens implements console.Tokens.
func (t consoleTokens) Tokens(ctx context.Context, q console.Clear) (map[string]string, int, error) {
	a, err := t.remote.Tokens(ctx, lookup.Question{Person: q.Person, Insurers: q.Insurers, Kind: q.Kind, Value: q.Value,
		Country: q.Country})
	if errors.Is(err, neighbour.ErrAway) {
		return nil, 0, &console.RefusedError{Status: http.StatusServiceUnavailable, Code: "lookup-away",
			Text: "the process that makes tokens does not answer"}
	}
	if err != nil {
		return nil, 0, refused(err)
	}
	return a.Tokens, a.Left, nil
}
