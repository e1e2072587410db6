package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func healthCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "health URL",
		Short: "Ask an instance or a witness whether it is well",
		Long: `Health fetches the URL and succeeds if the answer is 200. It is the health check of containers,
which have no other program to ask with: /healthz says that the process lives, /readyz that it
decides claims.`,
		Example: "  tallystick health http://127.0.0.1:9464/readyz",
		Args:    exactArgs(1, "a URL such as http://127.0.0.1:9464/readyz"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, args[0], nil)
			if err != nil {
				return usageError{err}
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
			if err != nil {
				return fmt.Errorf("reading the answer: %w", err)
			}
			answer := strings.TrimSpace(string(body))
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("%s: %s", res.Status, answer)
			}
			fmt.Fprintln(cmd.OutOrStdout(), answer)
			return nil
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 3*time.Second, "how long to wait for the answer")
	return cmd
}
