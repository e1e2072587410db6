package main

import (
	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/install"
	"tallystick/privacy/erasure"
)

func eraseHold(g *globals, o *officerFlags) *cobra.Command {
	var ref claim.ClaimRef
	var reason string
	cmd := &cobra.Command{
		Use:   "hold CLAIM",
		Short: "Put a claim under legal hold",
		Long: "Hold keeps a claim from being erased, whoever asks, until it is released. Reasons are\n" +
			erasure.Codes(erasure.HoldReasons()) + ".",
		Example: "  tallystick erase hold C-2026-000042 --reason litigation --login a=olga.token",
		Args:    exactArgs(1, "one claim id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref.Claim = args[0]
			return o.atErasureDesk(cmd, g, func(c *install.Config, d *erasure.Desk, person string) error {
				if err := oneInsurer(c, &ref.Insurer); err != nil {
					return err
				}
				return d.Hold(cmd.Context(), person, ref, reason)
			})
		},
	}
	cmd.Flags().StringVar(&ref.Insurer, "insurer", "", "whose claim; needed where the install has several insurers")
	cmd.Flags().StringVar(&reason, "reason", "", "why: one of the list above")
	return cmd
}

func eraseRelease(g *globals, o *officerFlags) *cobra.Command {
	var ref claim.ClaimRef
	cmd := &cobra.Command{
		Use:     "release CLAIM",
		Short:   "End a legal hold",
		Long:    "Release ends a legal hold. What is to be erased of the claim goes with the next `tallystick erase run`.",
		Example: "  tallystick erase release C-2026-000042 --login a=olga.token",
		Args:    exactArgs(1, "one claim id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref.Claim = args[0]
			return o.atErasureDesk(cmd, g, func(c *install.Config, d *erasure.Desk, person string) error {
				if err := oneInsurer(c, &ref.Insurer); err != nil {
					return err
				}
				return d.Release(cmd.Context(), person, ref)
			})
		},
	}
	cmd.Flags().StringVar(&ref.Insurer, "insurer", "", "whose claim; needed where the install has several insurers")
	return cmd
}
