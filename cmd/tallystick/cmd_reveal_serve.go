package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/privacy/reveal/remote"
)

func revealServe(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Open fields for people of the console who agreed on it",
		Long: `Serve is the process that opens sealed fields for the console, which holds no key. It logs in to Vault as
two identities of its own, one for each half, for each opening anew. A request of one person opens when
one of reveal.approvers, another person, approved it in the audit trail. Who holds this process and both
its secrets can open everything: run it on a machine of its own. An install that does not want it has
officers open requests at a terminal, each with their own login.`,
		Example: "  tallystick reveal serve -c reveal.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := g.load()
			if err != nil {
				return err
			}
			return serveReveals(cmd.Context(), &c, log,
				func(address string) { fmt.Fprintln(cmd.OutOrStdout(), "ready", address) })
		},
	}
}

func serveReveals(ctx context.Context, c *install.Config, log *slog.Logger, ready func(string)) error {
	a, b, err := c.Reveal.Logins(ctx, c)
	if err != nil {
		return err
	}
	trail, stop, err := openTrail(ctx, c, log)
	if err != nil {
		return err
	}
	s := remote.Server{Trail: trail, Store: &sealedStore{c}, A: a, B: b, Approvers: c.Reveal.Approvers, Logger: log}
	err = install.ServeLink(ctx, c, "reveal.link", &c.Reveal.Link, s.Handler(), prometheus.NewRegistry(), log, ready)
	return errors.Join(err, stop())
}
