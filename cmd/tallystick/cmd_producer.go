package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tallystick/claim/signed"
	"tallystick/feed"
	"tallystick/install"
)

func producerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "producer",
		Short:   "Make the key by which a producer signs claims",
		Example: "  tallystick producer key acme.key > producers/acme.pem",
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "key FILE",
		Short: "Make a key: the private half into a file, the public one to standard output",
		Long: `Key makes an Ed25519 key. The private half goes into a new file that only its owner can read and
stays with the producer, who signs each claim with it (import --sign, or any program: docs/producers.md).
The public half is for the operator of the install, as INSURER.pem in the directory that the
setting producers names. OpenSSL makes the same: openssl genpkey -algorithm ed25519.`,
		Example: "  tallystick producer key acme.key > producers/acme.pem",
		Args:    exactArgs(1, "the file for the private key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			private, public, err := signed.NewKey()
			if err != nil {
				return err
			}
			f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return fmt.Errorf("writing the private key: %w", err)
			}
			if _, err := f.Write(private); err != nil {
				f.Close()
				return fmt.Errorf("writing the private key: %w", err)
			}
			if err := f.Close(); err != nil {
				return fmt.Errorf("writing the private key: %w", err)
			}
			_, err = cmd.OutOrStdout().Write(public)
			return err
		},
	})
	return cmd
}

// sending opens a producer of claims that signs them where a key is given.
func sending(c *install.Config, key string) (*feed.KafkaProducer, error) {
	p := feed.NewKafkaProducer(c.Kafka.Brokers, c.Kafka.Topics.Claims, c.Transport, c.Balancer())
	if key == "" {
		return p, nil
	}
	text, err := install.SecretFile("--sign", key)
	if err != nil {
		return nil, err
	}
	signer, err := signed.ParseSigner([]byte(text))
	if err != nil {
		return nil, usageError{fmt.Errorf("--sign %s: %w", key, err)}
	}
	p.Sign(signed.Header, signer.Sign)
	return p, nil
}
