package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tallystick/pipeline"
)

func deadLetterCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead-letter",
		Short: "List refused records, or have them decided again",
		Long: `A record that cannot be decided ends as a dead letter: its original, sealed to the pipeline's
intake key, with a reason code. Nobody can read it from the topic; replay puts the sealed
original back on the topic claims, where the pipeline opens it.`,
		Example: "  tallystick dead-letter list\n  tallystick dead-letter replay --code unknown-insurer",
	}
	cmd.AddCommand(deadLetterList(g), deadLetterReplay(g))
	return cmd
}

// letterFilter chooses dead letters.
type letterFilter struct {
	code string
	at   string
	all  bool
}

func (f *letterFilter) match(d pipeline.DeadLetter) bool {
	return (f.code == "" || string(d.Code) == f.code) && (f.at == "" || f.at == place(d))
}

func place(d pipeline.DeadLetter) string {
	return strconv.Itoa(d.Partition) + "/" + strconv.FormatInt(d.Offset, 10)
}

func deadLetterList(g *globals) *cobra.Command {
	var filter letterFilter
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the dead letters",
		Long:    "List prints where each dead letter lies, which source record it keeps, when and why that was refused,\nand at which field.",
		Example: "  tallystick dead-letter list --code not-json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "LETTER\tSOURCE\tREFUSED\tCODE\tFIELD")
			n := 0
			foreign, err := pipeline.DeadLetters(cmd.Context(), c.PipelineConfig(), func(d pipeline.DeadLetter) error {
				if filter.match(d) {
					n++
					fmt.Fprintf(w, "%s\t%d/%d\t%s\t%s\t%s\n", place(d), d.Source.Partition, d.Source.Offset,
						d.At.UTC().Format(time.RFC3339), d.Code, d.Path)
				}
				return nil
			})
			if err != nil {
				return err
			}
			if err := w.Flush(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d dead letters\n", n)
			if foreign > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "%d other records in %s were left out: they are not Tallystick's\n",
					foreign, c.Kafka.Topics.DeadLetters)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&filter.code, "code", "", "only those with this reason code")
	return cmd
}

func deadLetterReplay(g *globals) *cobra.Command {
	var filter letterFilter
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Put sealed originals back on the topic claims",
		Long: `Replay appends the sealed originals of the chosen dead letters to the topic claims, where they
are decided anew. One that is still bad becomes a dead letter again. Replaying twice is safe: the
same content under the same revision is counted as a duplicate.`,
		Example: "  tallystick dead-letter replay --letter 2/17\n  tallystick dead-letter replay --code unknown-insurer",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if filter.code == "" && filter.at == "" && !filter.all {
				return usageError{errors.New("choose with --letter, --code or --all")}
			}
			c, _, err := g.load()
			if err != nil {
				return err
			}
			target, err := pipeline.NewReplayer(c.PipelineConfig())
			if err != nil {
				return err
			}
			n := 0
			_, err = pipeline.DeadLetters(cmd.Context(), c.PipelineConfig(), func(d pipeline.DeadLetter) error {
				if !filter.match(d) {
					return nil
				}
				n++
				offset, err := target.Replay(cmd.Context(), d)
				if errors.Is(err, pipeline.ErrNoOriginal) || errors.Is(err, pipeline.ErrNoPartition) {
					fmt.Fprintf(cmd.ErrOrStderr(), "%s stays: %v\n", place(d), err)
					return nil
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is back at %s %d/%d\n", place(d), c.Kafka.Topics.Claims,
					d.Source.Partition, offset)
				return nil
			})
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("no dead letter matches %s", strings.TrimSpace(filter.code+" "+filter.at))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&filter.code, "code", "", "those with this reason code")
	cmd.Flags().StringVar(&filter.at, "letter", "", "the one at partition/offset, as list prints it")
	cmd.Flags().BoolVar(&filter.all, "all", false, "all of them")
	return cmd
}
