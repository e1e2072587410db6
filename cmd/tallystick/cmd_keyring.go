package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/privacy/keys/keyring"
)

func keyringCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "keyring",
		Short:   "Keep keys in a local file, for trying out",
		Example: "  tallystick keyring new ./keys --insurer acme",
	}
	var insurers []string
	create := &cobra.Command{
		Use:   "new DIR",
		Short: "Make a keyring and two officers' files",
		Long: `New makes a keyring in DIR with fresh keys for the insurers named, and one file for each of the
two officers who only together can open what the pipeline sealed. It writes three random
passphrases beside them, mode 0600: give the officers theirs and delete them here.`,
		Example: "  tallystick keyring new ./keys --insurer acme --insurer zenith",
		Args:    exactArgs(1, "one directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(insurers) == 0 {
				return usageError{errors.New("--insurer is required")}
			}
			if err := newKeyring(args[0], insurers); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "keyring for %d insurers in %s\n", len(insurers), args[0])
			return nil
		},
	}
	create.Flags().StringArrayVar(&insurers, "insurer", nil, "an insurer of the install; may be repeated")
	cmd.AddCommand(create)
	return cmd
}

// passphraseFile is where newKeyring puts the pipeline's passphrase.
const passphraseFile = "keyring.pass"

// newKeyring makes a keyring whose passphrases are random and stand in files beside it.
func newKeyring(dir string, insurers []string) error {
	var pass keyring.Passphrases
	if err := install.CheckInsurers("--insurer", insurers); err != nil {
		return usageError{err}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the keyring's directory: %w", err)
	}
	// A new passphrase beside an old keyring would hide that the old one is what opens it.
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return errors.Join(fmt.Errorf("%s is not an empty directory: a keyring is never replaced", dir), err)
	}
	for name, p := range map[string]*[]byte{passphraseFile: &pass.Keyring, "officer-a.pass": &pass.OfficerA,
		"officer-b.pass": &pass.OfficerB} {
		*p = []byte(rand.Text())
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("writing a passphrase: %w", err)
		}
		_, err = f.Write(append(bytes.Clone(*p), '\n'))
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("writing a passphrase: %w", err)
		}
	}
	return keyring.Create(dir, pass, insurers...)
}
