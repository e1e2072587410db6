package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/journal"
	"tallystick/pipeline"
	"tallystick/pipeline/outcomes"
)

func migrateCommand(g *globals) *cobra.Command {
	var status bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create missing topics and bring the ClickHouse schema up to date",
		Long: `Migrate creates the topics that are missing, with the settings that keep what is appended,
and applies the schema migrations that ClickHouse lacks. What exists stays as it is; a second
run changes nothing.`,
		Example: "  tallystick migrate --config tallystick.yaml\n  tallystick migrate --status",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := g.load()
			if err != nil {
				return err
			}
			if status {
				return migrationStatus(cmd.Context(), &c, cmd.OutOrStdout())
			}
			return migrate(cmd.Context(), &c, cmd.OutOrStdout(), log)
		},
	}
	cmd.Flags().BoolVar(&status, "status", false, "only say which migrations are applied")
	return cmd
}

func migrate(ctx context.Context, c *install.Config, out io.Writer, log *slog.Logger) error {
	client := c.Client()
	created, err := pipeline.CreateTopics(ctx, client, c.Topics(), c.Kafka.Partitions, c.Kafka.Replication,
		pipeline.Retention{Claims: c.Kafka.ClaimsRetention, DeadLetters: c.Kafka.LettersRetention})
	if err != nil {
		return err
	}
	public, err := pipeline.CreatePublic(ctx, client, c.Topics(), c.Insurers, c.Kafka.Partitions, c.Kafka.Replication)
	if err != nil {
		return err
	}
	created = append(created, public...)
	for _, name := range created {
		fmt.Fprintf(out, "created topic %s\n", name)
	}
	if len(created) > 0 {
		if err := install.AwaitTopic(ctx, c, c.Kafka.Topics.Claims, 15*time.Second); err != nil {
			return err
		}
		if err := outcomes.CreateTopic(ctx, client, c.Kafka.Topics.Claims, c.Kafka.Replication); err != nil {
			return err
		}
		fmt.Fprintf(out, "created topic %s\n", outcomes.Topic(c.Kafka.Topics.Claims))
	}
	for _, j := range []journal.Config{c.Closings(), c.ErasuresJournal()} {
		if _, err := install.CountPartitions(ctx, c, j.Topic); errors.Is(err, pipeline.ErrTopicMissing) {
			if err := journal.CreateTopic(ctx, j,
				journal.TopicOptions{Partitions: 1, Replication: c.Kafka.Replication}); err != nil {
				return err
			}
			if err := install.AwaitTopic(ctx, c, j.Topic, time.Minute); err != nil {
				return err
			}
			fmt.Fprintf(out, "created topic %s\n", j.Topic)
		} else if err != nil {
			return err
		}
	}
	db, err := install.OpenAnalytics(ctx, c)
	if err != nil || db == nil {
		return err
	}
	defer db.Close()
	applied, err := db.Migrate(ctx)
	if err != nil {
		return err
	}
	for _, m := range applied {
		fmt.Fprintf(out, "applied migration %s\n", m.Name)
	}
	if len(created)+len(applied) == 0 {
		fmt.Fprintln(out, "topics and schema are up to date")
	}
	return nil
}

func migrationStatus(ctx context.Context, c *install.Config, out io.Writer) error {
	db, err := install.OpenAnalytics(ctx, c)
	if err != nil {
		return err
	}
	if db == nil {
		fmt.Fprintln(out, "clickhouse.addr is not set: no schema to migrate")
		return nil
	}
	defer db.Close()
	all, err := db.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		state := "pending"
		if !m.Applied.IsZero() {
			state = "applied"
		}
		fmt.Fprintf(out, "%-8s %s\n", state, m.Name)
	}
	return nil
}
