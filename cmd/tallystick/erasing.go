package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"tallystick/install"
	"tallystick/privacy/erasure"
)

// withErasureDesk runs do with the audit trail and the journal of erasures open.
func withErasureDesk(ctx context.Context, c *install.Config, log *slog.Logger, rights officerRights,
	do func(*erasure.Desk) error) error {
	ground, err := c.Ground(ctx)
	if err != nil {
		return err
	}
	follower, err := install.OpenErasures(ctx, c, log)
	if err != nil {
		return err
	}
	keys, err := install.OpenKeys(ctx, c, log, prometheus.NewRegistry())
	if err != nil {
		return fmt.Errorf("opening the keys that a person is recognised by: %w", err)
	}
	trail, stop, err := openTrail(ctx, c, log)
	if err != nil {
		return errors.Join(err, keys.Close())
	}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- follower.Run(running) }()
	err = do(erasure.New(erasure.DeskConfig{
		Trail: trail, Rights: rights, Follower: follower, Ground: ground, Keys: keys, Logger: log,
	}))
	end()
	return errors.Join(err, <-done, stop(), keys.Close())
}
