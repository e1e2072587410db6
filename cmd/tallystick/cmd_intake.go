package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/privacy/intake"
)

func intakeCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "intake",
		Short:   "Show the key to which producers seal claims",
		Example: "  tallystick intake key",
	}
	cmd.AddCommand(intakeKey(g))
	return cmd
}

// shownKey is a key as programs read it.
type shownKey struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Public  string `json:"public"`
	Newest  bool   `json:"newest"`
}

func intakeKey(g *globals) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Print the public intake key",
		Long: `Key prints the public half of the install's intake key on a line: its id, which has its version,
and its 32 bytes in base64. Producers seal claims to it (docs/sealed-intake.md, the Go package
privacy/intake, import --seal); the pipeline alone opens them. The key is no secret. With --all it
prints older versions too: what was sealed for them still opens.`,
		Example: "  tallystick intake key > acme.intake\n  tallystick intake key --all --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			keys, err := install.IntakeKeys(cmd.Context(), &c)
			if err != nil {
				return err
			}
			if !all {
				keys = keys[len(keys)-1:]
			}
			if !asJSON {
				for _, k := range keys {
					fmt.Fprintln(cmd.OutOrStdout(), k)
				}
				return nil
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(shownKeys(keys))
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "print every version, oldest first")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON, with what a sealing is made of")
	return cmd
}

func shownKeys(keys []*intake.Key) any {
	shown := make([]shownKey, len(keys))
	for i, k := range keys {
		shown[i] = shownKey{k.ID(), k.Version(), base64.StdEncoding.EncodeToString(k.Bytes()), i == len(keys)-1}
	}
	return map[string]any{"kem": "DHKEM(X25519, HKDF-SHA256)", "kdf": "HKDF-SHA256", "aead": "AES-256-GCM",
		"mode": "base",
		"info": intake.Info, "aad": intake.Context, "magic": base64.StdEncoding.EncodeToString([]byte(intake.Magic)),
		"keys": shown}
}
