package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"tallystick/anchor/page"
	"tallystick/anchor/proof"
	"tallystick/anchor/verdict"
	"tallystick/install"
	"tallystick/internal/plain"
)

// errNotVerified makes the exit code of a proof that does not hold.
var errNotVerified = errors.New("NOT VERIFIED")

func verifyCommand(g *globals) *cobra.Command {
	var policy proof.Policy
	var chain chainFlags
	var authorities, keysFile, fingerprint string
	cmd := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Verify a proof bundle offline",
		Long: `Verify checks a bundle with nothing but the log's key, which you must have from the insurer
by another way than the bundle, and the keys of witnesses you trust. It needs no network, no
configuration and no other file, and says what was proved and what was not. The exit code is 3
if the bundle does not hold. A bundle of - is read from standard input.

Time stamps in the bundle are checked against --time-authorities, at the time that each states, so
a stamp stays good after its certificate has ended. Without that list they prove nothing.

With --chain it also asks a chain's nodes whether the checkpoint is final there: then nobody's word,
not even the witnesses', is needed for that the log has one history. That needs the network.`,
		Example: `  tallystick verify claim.proof --key 'acme.example/claims+4a7c...+AQ...' \
    --witness 'witness.example+9f01...+BA...' --quorum 1`,
		Args: exactArgs(1, "one bundle file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if keysFile != "" {
				if policy.LogKey != "" || len(policy.Witnesses) > 0 || authorities != "" {
					return usageError{errors.New("--keys says whom you trust: leave --key, --witness and --time-authorities out")}
				}
				given, err := readKeys(keysFile, fingerprint)
				if err != nil {
					return err
				}
				given.Origin, given.Stamps = policy.Origin, policy.Stamps
				policy = given
			}
			if policy.LogKey == "" {
				return usageError{errors.New("--key or --keys is required: without the log's key anybody could have made the bundle")}
			}
			if keysFile == "" && len(policy.Witnesses) > 0 && !cmd.Flags().Changed("quorum") {
				policy.Quorum = len(policy.Witnesses)
			}
			if authorities != "" {
				trust, err := install.LoadTrust(authorities)
				if err != nil {
					return err
				}
				policy.Authorities = trust
			}
			if err := policy.Check(); err != nil {
				return usageError{err}
			}
			if err := chain.parse(); err != nil {
				return err
			}
			bundle, err := readBundle(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			found, err := verdict.Check(bundle, policy)
			if err != nil {
				return fmt.Errorf("%w: %w", errNotVerified, err)
			}
			if found.Kind == verdict.Referral {
				_, err = io.WriteString(cmd.OutOrStdout(), found.Text())
				return err
			}
			report := found.Documents[0].Report
			anchored, err := chain.check(cmd.Context(), report)
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), found.Text()+anchored)
			return err
		},
	}
	cmd.Flags().StringVar(&policy.LogKey, "key", "", "the log's verifier key (C2SP vkey)")
	cmd.Flags().StringVar(&policy.Origin, "origin", "", "the log's origin, where it is not the key's name")
	cmd.Flags().StringArrayVar(&policy.Witnesses, "witness", nil,
		"verifier key of a witness you trust; may be repeated")
	cmd.Flags().IntVar(&policy.Quorum, "quorum", 0, "how many of the witnesses must have signed; default all")
	cmd.Flags().StringVar(&authorities, "time-authorities", "",
		"file with certificates (PEM) of time authorities you trust, for the time stamps in the bundle")
	cmd.Flags().IntVar(&policy.Stamps, "stamps", 0,
		"how many of the time authorities must have stamped; by default none must, and the report says so")
	cmd.Flags().StringVar(&keysFile, "keys", "",
		"file of keys that you trust (C2SP tlog-policy, and certificates of time authorities), in place of the flags above")
	cmd.Flags().StringVar(&fingerprint, "fingerprint", "",
		"SHA-256 of the file of keys, as you were told it by another way")
	chain.addTo(cmd)
	cmd.AddCommand(verifyPageCommand(), verifyKeysCommand(g))
	return cmd
}

// bundleLimit bounds what is read; what reads it has limits of its own below it.
const bundleLimit = verdict.MaxBytes + 1

func readBundle(stdin io.Reader, name string) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("reading the bundle: %w", err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, bundleLimit))
	if err != nil {
		return nil, fmt.Errorf("reading the bundle: %w", err)
	}
	return data, nil
}

// readKeys reads whom a verifier trusts from a file, and holds it to a fingerprint if one is given.
func readKeys(name, fingerprint string) (proof.Policy, error) {
	keys, err := os.ReadFile(name)
	if err != nil {
		return proof.Policy{}, fmt.Errorf("reading the keys: %w", err)
	}
	if fingerprint != "" {
		if err := verdict.CheckFingerprint(keys, fingerprint); err != nil {
			return proof.Policy{}, fmt.Errorf("%w: %s: %w", errNotVerified, name, err)
		}
	}
	policy, err := verdict.ParseKeys(keys)
	if err != nil {
		return policy, fmt.Errorf("%s: %w", name, err)
	}
	return policy, nil
}

func verifyPageCommand() *cobra.Command {
	var out, keysFile string
	cmd := &cobra.Command{
		Use:   "page",
		Short: "Write verify.html, which verifies in a browser without this program and without network",
		Long: `Page writes one HTML file that holds the verifier. Whoever opens it, also from a file on a disk that is
cut off from every network, gives it a bundle or a referral file and is told in English or Chinese
what is proved and what is not.

With --keys the keys are fixed in the page, and it shows their fingerprint; tell that to the reader
by another way than the page.`,
		Example: "  tallystick verify page --keys keys.txt -o verify.html",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var keys []byte
			if keysFile != "" {
				if _, err := readKeys(keysFile, ""); err != nil {
					return err
				}
				var err error
				if keys, err = os.ReadFile(keysFile); err != nil {
					return err
				}
			}
			html, err := page.Page(keys)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = plain.Data(cmd.OutOrStdout()).Write(html)
				return err
			}
			if err := os.WriteFile(out, html, 0o644); err != nil {
				return err
			}
			if keys != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "The fingerprint of the keys in it is %s.\n", verdict.Fingerprint(keys))
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write instead of standard output")
	cmd.Flags().StringVar(&keysFile, "keys", "",
		"file of keys to fix in the page, as `tallystick verify keys` writes it")
	return cmd
}

func verifyKeysCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "Write the keys that verifiers of this install need",
		Long: `Keys writes the log's public key, its witnesses' with the quorum, and the certificates of the time
authorities, as one file for "verify --keys" and the page, and says its fingerprint. Give the file to
verifiers, and tell them the fingerprint by another way.`,
		Example: "  tallystick verify keys > keys.txt",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			_, policy, err := c.VerifyPolicy()
			if err != nil {
				return err
			}
			var certificates []byte
			if c.Anchor.Stamps.Trust != "" {
				if certificates, err = os.ReadFile(c.Anchor.Stamps.Trust); err != nil {
					return fmt.Errorf("anchor.stamps.trust_file: %w", err)
				}
			}
			keys := verdict.FormatKeys(policy, certificates)
			if _, err := verdict.ParseKeys(keys); err != nil {
				return fmt.Errorf("the keys of this install: %w", err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "The fingerprint of these keys is %s.\n", verdict.Fingerprint(keys))
			_, err = plain.Data(cmd.OutOrStdout()).Write(keys)
			return err
		},
	}
}
