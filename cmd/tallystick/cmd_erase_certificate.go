package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/internal/plain"
	"tallystick/privacy/erasure"
)

func eraseCertificate(g *globals, o *officerFlags) *cobra.Command {
	var out, check string
	cmd := &cobra.Command{
		Use:   "certificate [NUMBER]",
		Short: "Issue the certificate of an erasure, or check one",
		Long: `Certificate reads the topic of wrapped keys from its start and, if no key of the person is left in it,
issues a certificate signed with the log's key: what was erased, what remains and until when. Kafka
compacts the topic within its max.compaction.lag.ms; before that there is no certificate.

With --check it reads a certificate and verifies it against the log's key.`,
		Example: "  tallystick erase certificate 1 --login b=peter.token -o erased.txt\n  tallystick erase certificate --check erased.txt",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if check != "" {
				return checkCertificate(cmd, g, check)
			}
			if len(args) != 1 {
				return usageError{errors.New("name the number of an erasure, or a file with --check")}
			}
			number, err := requestNumber(args[0])
			if err != nil {
				return err
			}
			return o.atErasureDesk(cmd, g, func(c *install.Config, d *erasure.Desk, person string) error {
				signer, err := c.LogSigner()
				if err != nil {
					return err
				}
				signed, err := d.Certify(cmd.Context(), person, number, c.ErasureKeeping(), signer)
				if err != nil {
					return err
				}
				if out == "" {
					_, err = plain.Data(cmd.OutOrStdout()).Write(signed)
					return err
				}
				return os.WriteFile(out, signed, 0o644)
			})
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write instead of standard output")
	cmd.Flags().StringVar(&check, "check", "", "file of a certificate to verify")
	return cmd
}

func checkCertificate(cmd *cobra.Command, g *globals, path string) error {
	c, _, err := g.load()
	if err != nil {
		return err
	}
	vkey, _, err := c.VerifyPolicy()
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	cert, err := erasure.ReadCertificate(signed, vkey)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotVerified, err)
	}
	fmt.Fprintf(cmd.OutOrStdout(),
		"verified: erasure %d (%s), %d records, %d keys given up, keys read to be gone at %s\n",
		cert.Number, cert.Ground, len(cert.Erased), cert.Keys, cert.KeysRead.Format(time.RFC3339))
	return nil
}
