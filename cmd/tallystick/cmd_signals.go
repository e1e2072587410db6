package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"tallystick/anchor/tilelog"
	"tallystick/signals/consortium"
	"tallystick/signals/member"
)

func signalsCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "signals",
		Short: "Warn other insurers, and be warned, without showing anybody",
		Long: `Signals let insurers of a consortium learn that an account, phone or person was flagged elsewhere. No
identifier leaves a house, and a look-up names an open claim, is metered and logged on both sides.

To set a consortium up: each node makes a key and a card (key); a dealer's ceremony makes the shared key
(ceremony); every member signs the file (sign) and every node takes it (adopt); evaluators import their
shares (evaluator import) and run; members serve. docs/signals.md goes through it.`,
		Example: "  tallystick signals serve --dir /var/lib/signals --listen 0.0.0.0:7481\n" +
			"  tallystick signals status --dir /var/lib/signals",
	}
	cmd.AddCommand(
		signalsKeyCommand(), signalsApproverKeyCommand(), signalsCeremonyCommand(), signalsSignCommand(),
		signalsAdoptCommand(),
		signalsJoinCommand(), signalsServeCommand(g), signalsPublishCommand(), signalsApproveCommand(),
		signalsLookUpCommand(),
		signalsTurnCommand("contest"), signalsTurnCommand("uphold"), signalsTurnCommand("clear"),
		signalsInquireCommand(), signalsAnswerCommand(), signalsLettersCommand(), signalsCausesCommand(),
		signalsSettleCommand(), signalsStatusCommand(),
	)
	return cmd
}

func signalsKeyCommand() *cobra.Command {
	var dir, name, role, address string
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make the key of a member's or evaluator's node, and its card for the others",
		Long: `Key makes a node's key in its directory, and beside it card.json, which the ceremony needs of every node. It
prints the public half, which the others compare by another way. It never replaces a key, and the key
never leaves the directory.`,
		Example: "  tallystick signals key --dir /var/lib/signals --name acme --role member \\\n" +
			"    --address signals.acme.example:7481",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" || name == "" || address == "" {
				return usageError{errors.New("--dir, --name and --address are required")}
			}
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return fmt.Errorf("--dir: %w", err)
			}
			key, err := consortium.NewKey(filepath.Join(dir, member.KeyFile), name)
			if err != nil {
				return err
			}
			card, err := key.Card(consortium.Role(role), address)
			if err != nil {
				return err
			}
			text, err := json.Marshal(card, jsontext.WithIndent("  "))
			if err != nil {
				return fmt.Errorf("writing the card: %w", err)
			}
			path := filepath.Join(dir, "card.json")
			if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
				return fmt.Errorf("writing the card: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(),
				"%s\nGive %s to the ceremony and compare the line above with the others by another way.\n",
				card.Signing, path)
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "the node's directory")
	cmd.Flags().StringVar(&name, "name", "", "the node's name in the consortium")
	cmd.Flags().StringVar(&role, "role", "member", "member or evaluator")
	cmd.Flags().StringVar(&address, "address", "", "host:port at which the others reach it")
	return cmd
}

func signalsApproverKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "approver-key FILE NAME",
		Short: "Make the key with which a person approves signals",
		Long: `Approver-key makes a person's Ed25519 key, writes it to a new file that only its owner can read, and prints
the public half for approvers in member.yaml. Each person makes their own, away from the node. It never
replaces a file.`,
		Example: "  tallystick signals approver-key ann.key ann@acme",
		Args:    exactArgs(2, "a file and a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := tilelog.GenerateKey(args[0], args[1])
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), key.VKey())
			return nil
		},
	}
}

func signalsCeremonyCommand() *cobra.Command {
	var charterFile, previousFile, out string
	var cardFiles []string
	cmd := &cobra.Command{
		Use:   "ceremony",
		Short: "Make the key of a new epoch, share it among evaluators, and write the file for members to sign",
		Long: `Ceremony is run by a dealer: while it runs, this process has the key. Run it before witnesses on a machine
without a network that is wiped afterwards. It writes consortium.txt, for all members to sign, and one
sealed share an evaluator. With --previous it makes the next epoch: a member whose card is missing has
left, a new card has joined.`,
		Example: "  tallystick signals ceremony --charter charter.yaml --card acme.json --card beta.json \\\n" +
			"    --card ev1.json --card ev2.json --out ceremony",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if charterFile == "" || out == "" || len(cardFiles) == 0 {
				return usageError{errors.New("--charter, --card and --out are required")}
			}
			charter, err := readCharter(charterFile)
			if err != nil {
				return err
			}
			var cards []consortium.Card
			for _, path := range cardFiles {
				text, err := os.ReadFile(path)
				if err != nil {
					return fmt.Errorf("--card: %w", err)
				}
				card, err := consortium.ParseCard(text)
				if err != nil {
					return fmt.Errorf("--card %s: %w", path, err)
				}
				cards = append(cards, card)
			}
			var previous []byte
			if previousFile != "" {
				if previous, err = os.ReadFile(previousFile); err != nil {
					return fmt.Errorf("--previous: %w", err)
				}
			}
			text, shares, err := consortium.Deal(charter, cards, previous, time.Now())
			if err != nil {
				return err
			}
			if err := os.MkdirAll(out, 0o700); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			if err := os.WriteFile(filepath.Join(out, "consortium.txt"), text, 0o600); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			for _, share := range shares {
				sealed, err := json.Marshal(share)
				if err != nil {
					return fmt.Errorf("writing a share: %w", err)
				}
				if err := os.WriteFile(filepath.Join(out, share.Evaluator+".share"), append(sealed, '\n'),
					0o600); err != nil {
					return fmt.Errorf("--out: %w", err)
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(),
				"%s/consortium.txt for all members to sign (digest %s)\n%d sealed shares, of which any %d answer\n",
				out, consortium.Digest(text), len(shares), charter.Threshold)
			return nil
		},
	}
	cmd.Flags().StringVar(&charterFile, "charter", "", "what the consortium agreed on (YAML)")
	cmd.Flags().StringArrayVar(&cardFiles, "card", nil, "a node's card; one each")
	cmd.Flags().StringVar(&previousFile, "previous", "", "the file in force, for the next epoch")
	cmd.Flags().StringVar(&out, "out", "", "directory for what the ceremony makes")
	return cmd
}

// readCharter reads the YAML of a charter by way of its JSON, so that one decoder says what is wrong.
func readCharter(path string) (c consortium.Charter, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("--charter: %w", err)
	}
	body, err := yaml.YAMLToJSON(text)
	if err == nil {
		err = json.Unmarshal(body, &c, json.RejectUnknownMembers(true))
	}
	if err != nil {
		return c, fmt.Errorf("--charter %s: %w", path, err)
	}
	return c, nil
}

func signalsSignCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "sign FILE",
		Short: "Add this member's signature to the consortium's file",
		Long: `Sign adds the signature of this member's node to FILE, which the ceremony or join wrote. It needs the node's
key, and a file that lists this member with that key. It never changes the text: read it before you sign.`,
		Example: "  tallystick signals sign --dir /var/lib/signals ceremony/consortium.txt",
		Args:    exactArgs(1, "the consortium's file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := consortium.LoadKey(filepath.Join(dir, member.KeyFile))
			if err != nil {
				return err
			}
			msg, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("reading the consortium's file: %w", err)
			}
			signed, err := consortium.Sign(msg, key)
			if err != nil {
				return err
			}
			if err := os.WriteFile(args[0], signed, 0o600); err != nil {
				return fmt.Errorf("writing the consortium's file: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s signed %s\n", key.Name(), consortium.Digest(signed))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "the node's directory")
	return cmd
}

func signalsAdoptCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "adopt FILE",
		Short: "Put a version of the consortium's file, which all members signed, in force at this node",
		Long: `Adopt checks the signatures of all members and puts FILE in force at the member or evaluator of --dir. Compare
the digest that it prints with the other members by another way. It never takes a version that does not
follow the one in force.`,
		Example: "  tallystick signals adopt --dir /var/lib/signals ceremony/consortium.txt",
		Args:    exactArgs(1, "the consortium's file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			msg, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("reading the consortium's file: %w", err)
			}
			file, err := consortium.Adopt(filepath.Join(dir, member.ConsortiumFile), msg)
			if err != nil {
				return err
			}
			var names []string
			for _, m := range file.Members {
				names = append(names, m.Name)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s, version %d (%s) of %s\n", file.Name, file.Version,
				consortium.Digest(msg), strings.Join(names, ", "))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "the node's directory")
	return cmd
}

func signalsJoinCommand() *cobra.Command {
	var dir, cardFile, out string
	var budget int
	cmd := &cobra.Command{
		Use:   "join",
		Short: "Write the next version of the consortium's file with one member more, for all to sign",
		Long: `Join is run by a member: it adds the card of the one who joins to the version in force and seals the members'
keys for them. It needs this member's key and the file in force, and writes a text that is worth nothing
before all have signed it. It never gives anybody a share of the consortium's key.`,
		Example: "  tallystick signals join --dir /var/lib/signals --card gamma.json --budget 5000 --out consortium-next.txt",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := consortium.LoadKey(filepath.Join(dir, member.KeyFile))
			if err != nil {
				return err
			}
			text, err := os.ReadFile(cardFile)
			if err != nil {
				return fmt.Errorf("--card: %w", err)
			}
			card, err := consortium.ParseCard(text)
			if err != nil {
				return fmt.Errorf("--card: %w", err)
			}
			previous, err := os.ReadFile(filepath.Join(dir, member.ConsortiumFile))
			if err != nil {
				return fmt.Errorf("reading the consortium's file: %w", err)
			}
			next, err := consortium.Join(previous, card, budget, key, time.Now())
			if err != nil {
				return err
			}
			if err := os.WriteFile(out, next, 0o600); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s for all members to sign, %s too (digest %s)\n", out, card.Name,
				consortium.Digest(next))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "this member's directory")
	cmd.Flags().StringVar(&cardFile, "card", "", "the card of the one who joins")
	cmd.Flags().IntVar(&budget, "budget", 10000, "its daily budget at each evaluator")
	cmd.Flags().StringVar(&out, "out", "consortium-next.txt", "where the text goes")
	return cmd
}
