package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tallystick/audit"
	"tallystick/install"
	"tallystick/privacy"
	"tallystick/privacy/token"
)

func tokenCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "token",
		Short:   "Show how identifiers become tokens",
		Example: "  tallystick token kinds\n  tallystick token explain --insurer acme --kind phone --country DE < number.txt",
	}
	cmd.AddCommand(tokenKinds(), tokenExplain(g))
	return cmd
}

func tokenKinds() *cobra.Command {
	return &cobra.Command{
		Use:     "kinds",
		Short:   "List the kinds of identifiers",
		Long:    "Kinds lists the kinds of identifiers that get tokens, with the words that rules and lists of placeholders\ncall them by and the version of their normal form.",
		Example: "  tallystick token kinds",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "KIND\tTOKEN\tFORM\tWHAT")
			for _, d := range token.Domains() {
				fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", d.Word, d.Name, d.Form, d.About)
			}
			return w.Flush()
		},
	}
}

// explaining is what the command asks.
type explaining struct {
	insurer, kind, country, typ string
}

func tokenExplain(g *globals) *cobra.Command {
	u, f := &explainer{}, &explaining{}
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Show the normal form and the token of a value",
		Long: `Explain reads a value from standard input, never from the command line, and writes its normal form
and its token, or why it has none: absent, too short, or a placeholder. Of a kind that is made of
several fields it reads a line a field: person name and birth date; address line1, line2, city,
postcode, country; account IBAN, bank, number; what is not known is an empty line. It takes the role
officer and is in the audit trail, which names the insurer and the kind and not the value.`,
		Example: "  tallystick token explain --as dana --role officer --insurer acme --kind phone --country DE < number.txt",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			domain, err := f.domain()
			if err != nil {
				return err
			}
			parts, err := f.read(cmd.InOrStdin(), domain)
			if err != nil {
				return err
			}
			return withCasework(cmd, g, func(ctx context.Context, c *install.Config, w *casework) error {
				gate := audit.Gate{Trail: w.Trail, Rights: u, Code: caseErrorCode}
				act := audit.Act{Person: u.name, Act: "token.explain", Right: explainRight, Reason: domain.Word,
					Object: audit.Object{Insurer: f.insurer}}
				return gate.Do(ctx, act, func(ctx context.Context, _ int64) error {
					e, err := install.ExplainToken(ctx, c, f.insurer, domain.Name, parts)
					if err != nil {
						return err
					}
					return sayExplained(cmd.OutOrStdout(), &e)
				})
			})
		},
	}
	cmd.Flags().StringVar(&u.name, "as", "", "who asks")
	cmd.Flags().StringVar(&u.role, "role", "", "role of who asks; officer may")
	cmd.Flags().StringVar(&f.insurer, "insurer", "", "whose token it is")
	cmd.Flags().StringVar(&f.kind, "kind", "", "kind of identifier; see token kinds")
	cmd.Flags().StringVar(&f.country, "country", "", "country of a phone number, a plate or an official number")
	cmd.Flags().StringVar(&f.typ, "type", "", "type of an official number, such as ssn or passport")
	return cmd
}

// explainRight is the right to see how a value becomes a token: who has it can try values against what is kept.
const explainRight = "token.explain"

// explainer is who asks.
type explainer struct{ name, role string }

// Allowed implements audit.Rights.
func (u *explainer) Allowed(_ context.Context, person, right string, _ audit.Object) (bool, error) {
	return person != "" && u.role == "officer" && right == explainRight, nil
}

func (f *explaining) domain() (*token.Domain, error) {
	if f.insurer == "" {
		return nil, usageError{errors.New("--insurer is required")}
	}
	for _, d := range token.Domains() {
		if f.kind == d.Word || f.kind == d.Name {
			return d, nil
		}
	}
	return nil, usageError{fmt.Errorf("--kind %q: see `tallystick token kinds`", f.kind)}
}

// read reads the value, a line a field, and what it is read by.
func (f *explaining) read(in io.Reader, d *token.Domain) ([]string, error) {
	_, most := d.Composed()
	lines := bufio.NewScanner(io.LimitReader(in, 1<<16))
	var parts []string
	for lines.Scan() {
		parts = append(parts, strings.TrimRight(lines.Text(), "\r"))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the value: %w", err)
	}
	if len(parts) == 0 || len(parts) > most {
		return nil, usageError{fmt.Errorf("a %s is %d lines of standard input, got %d", d.Word, most, len(parts))}
	}
	for len(parts) < most {
		parts = append(parts, "")
	}
	return append(parts, []string{f.country, f.typ}[:d.Contexts()]...), nil
}

func sayExplained(out io.Writer, e *privacy.Explanation) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "kind\t%s (%s)\nform\tversion %d\n", e.Domain.Word, e.Domain.Name, e.Domain.Form)
	if e.Outcome == token.Named {
		fmt.Fprintf(w, "normal form\t%s\ntoken\t%s\n", strings.ReplaceAll(e.Normal, "\x1f", " | "), e.Token)
	} else {
		fmt.Fprintf(w, "token\tnone: %s\n", e.Outcome)
	}
	return w.Flush()
}
