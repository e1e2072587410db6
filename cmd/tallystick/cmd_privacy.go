package main

import (
	"time"

	"github.com/spf13/cobra"

	"tallystick/internal/plain"
	"tallystick/privacy/text"
)

func privacyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "privacy",
		Short:   "Find what identifies people in free text",
		Example: "  tallystick privacy scan --json > spans.jsonl",
	}
	cmd.AddCommand(privacyScanCommand())
	return cmd
}

func privacyScanCommand() *cobra.Command {
	var asJSON bool
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Scan texts for names, numbers and addresses",
		Long: `Scan reads one text a line from standard input: a JSON string, or
{"text": "...", "known": [{"kind": "person", "value": "..."}]} with values that the claim holds. It writes
each text with what it found replaced by its kind; with --json the spans instead, with start and end in
characters, kind and score. A text that cannot be scanned, or takes too long, gets {"error": "..."} in its
place, and the command fails at the end.`,
		Example: "  tallystick privacy scan --json --timeout 5s > spans.jsonl",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			scan := text.Redacted
			if asJSON {
				scan = text.Lines
			}
			return scan(cmd.Context(), cmd.InOrStdin(), plain.Data(cmd.OutOrStdout()), limit)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write spans, one JSON object a line")
	cmd.Flags().DurationVar(&limit, "timeout", 10*time.Second, "how long one text may take")
	return cmd
}
