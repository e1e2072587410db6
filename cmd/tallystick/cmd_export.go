package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/anchor/export"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
)

func exportCommand() *cobra.Command {
	var out, keyFile string
	cmd := &cobra.Command{
		Use:   "export BUNDLE",
		Short: "Write a bundle's way into the log in formats of others",
		Long: `Export writes the batch entry that a bundle proves, and the way from it into the log as a C2SP
tlog-proof; with the log's signing key also as a COSE receipt (RFC 9942). Others' programs check these;
the shown values stay with the bundle. It verifies nothing: do that with "tallystick verify".`,
		Example: "  tallystick export claim.proof -o claim --key-file log.key",
		Args:    exactArgs(1, "one bundle file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := readBundle(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			b, err := proof.Parse(data)
			if err != nil {
				return fmt.Errorf("reading the bundle: %w", err)
			}
			files := map[string][]byte{".entry": []byte(b.Entry), ".tlog-proof": export.TlogProof(b)}
			if keyFile != "" {
				if files[".cose"], err = coseReceipt(b, keyFile); err != nil {
					return err
				}
			}
			if out == "" {
				out = strings.TrimSuffix(filepath.Base(args[0]), ".proof")
			}
			for suffix, content := range files {
				if err := os.WriteFile(out+suffix, content, 0o644); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: entry, tlog-proof%s\n", out,
				map[bool]string{true: ", cose"}[keyFile != ""])
			return err
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "beginning of the names of the files; default the bundle's name")
	cmd.Flags().StringVar(&keyFile, "key-file", "", "the log's signing key, for a COSE receipt")
	return cmd
}

// coseReceipt signs with the log's key, if it is that of the bundle's checkpoint.
func coseReceipt(b *proof.Bundle, keyFile string) ([]byte, error) {
	skey, err := tilelog.ReadKeyFile(keyFile)
	if err != nil {
		return nil, err
	}
	vkey, err := tilelog.VKeyOf(skey)
	if err != nil {
		return nil, err
	}
	// A receipt is the log's word: it is given on what this key has signed before, and on nothing else.
	bundle, err := b.Marshal()
	if err != nil {
		return nil, err
	}
	if _, err := proof.Verify(bundle, proof.Policy{LogKey: vkey}); err != nil {
		return nil, fmt.Errorf("%w: the bundle is not one of this log: %w", errNotVerified, err)
	}
	private, id, err := export.PrivateKey(skey)
	if err != nil {
		return nil, err
	}
	return export.Receipt(b, private, id)
}
