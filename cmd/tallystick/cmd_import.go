package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/feed"
	"tallystick/internal/plain"
	"tallystick/mappings"
)

func importCommand(g *globals) *cobra.Command {
	var mapping, insurer, rejects string
	var dryRun, draft, header bool
	var maxRejects int
	cmd := &cobra.Command{
		Use:   "import FEED.csv",
		Short: "Turn a CSV feed into claim events on Kafka",
		Long: `Import reads a CSV file, plain or gzipped, turns its rows into claim events as a mapping says,
and sends them to the topic claims. Rows that are not valid are reported by line and column and
do not stop it, but end it with code 3 if there are more than --max-rejects; importing again is
safe, since the same content counts as a duplicate.

--map names a mapping file, or one that is built in. --dry-run sends nothing and shows ten
claims. --draft proposes a mapping for a feed never seen, with a guess at what is sensitive.`,
		Example: "  tallystick import --map insurance_transactions insurance_transactions.csv.gz\n" +
			"  tallystick import --draft new-feed.csv > new-feed.yaml\n" +
			"  tallystick import --map new-feed.yaml --dry-run new-feed.csv",
		Args: exactArgs(1, "one CSV file"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if draft {
				return draftMapping(cmd.OutOrStdout(), args[0], header)
			}
			if mapping == "" {
				return usageError{fmt.Errorf("--map is required: a file, or one of %v; --draft proposes one", mappings.Names())}
			}
			m, err := loadMapping(mapping)
			if err != nil {
				return err
			}
			options := feed.Options{Insurer: insurer, Join: feed.BesideFeed(filepath.Dir(args[0]))}
			var producer feed.Producer
			if !dryRun || g.config != "" { // a dry run needs no install, but one that is named says whose claims it takes
				c, _, err := g.load()
				if err != nil {
					return err
				}
				options.Insurers = c.Insurers
				if !dryRun {
					k := feed.NewKafkaProducer(c.Kafka.Brokers, c.Kafka.Topics.Claims, c.transport)
					defer func() { err = errors.Join(err, k.Close()) }()
					producer = k
				}
			}
			reader, err := feed.Open(m, args[0], options)
			if err != nil {
				return err
			}
			defer reader.Close()
			o := feed.ImportOptions{Progress: plain.Raw(cmd.ErrOrStderr())}
			if rejects != "" {
				f, err := os.Create(rejects)
				if err != nil {
					return fmt.Errorf("writing rejected rows: %w", err)
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				o.Rejects = f
			}
			if dryRun {
				o.DryRun = plain.Data(cmd.OutOrStdout())
			}
			report, err := feed.Import(cmd.Context(), reader, producer, o)
			printReport(cmd.ErrOrStderr(), report)
			if err == nil && report.Rejected > maxRejects {
				return fmt.Errorf("%d %w, more than the %d of --max-rejects", report.Rejected, errRejected, maxRejects)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&mapping, "map", "", "mapping file, or the name of a built-in one")
	cmd.Flags().StringVar(&insurer, "insurer", "", "whose claims these are, instead of what the mapping says")
	cmd.Flags().StringVar(&rejects, "rejects", "", "file for rejected rows (CSV: line, column, path, code, reason)")
	cmd.Flags().IntVar(&maxRejects, "max-rejects", 0, "how many rejected rows are no failure (exit code 3)")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "send nothing, show ten claims")
	cmd.Flags().BoolVar(&draft, "draft", false, "propose a mapping for the feed")
	cmd.Flags().BoolVar(&header, "header", false, "with --draft: the first line is the names of the columns, odd as they look")
	return cmd
}

// draftMapping proposes a mapping for a CSV file, plain or gzipped.
func draftMapping(out io.Writer, path string, header bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the feed: %w", err)
	}
	defer f.Close()
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	dir, file := filepath.Split(path)
	text, err := feed.Draft(name, f, feed.DraftOptions{Beside: os.DirFS(cmp.Or(dir, ".")), Feed: file, Header: header})
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}

func loadMapping(name string) (*feed.Mapping, error) {
	if slices.Contains(mappings.Names(), name) {
		data, err := mappings.Get(name)
		if err != nil {
			return nil, err
		}
		return feed.Load(data)
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("--map %s: no such file, and the built-in mappings are %v", name, mappings.Names())
	}
	if err != nil {
		return nil, fmt.Errorf("reading the mapping: %w", err)
	}
	m, err := feed.Load(data)
	if err != nil {
		return nil, fmt.Errorf("the mapping %s is not valid:\n%w", name, err)
	}
	return m, nil
}

// errRejected ends an import whose other rows went through.
var errRejected = errors.New("rows were rejected")

func printReport(out io.Writer, r feed.Report) {
	fmt.Fprintf(out, "%d rows: %d imported, %d rejected, %d skipped", r.Rows, r.Imported, r.Rejected, r.Skipped)
	if r.Unsent > 0 {
		fmt.Fprintf(out, ", %d read and not acknowledged", r.Unsent)
	}
	fmt.Fprintln(out)
	printCounts(out, "rejected", r.Reasons)
	printCounts(out, "skipped", r.Skips)
	for _, path := range slices.Sorted(maps.Keys(r.Unknown)) {
		for _, word := range slices.Sorted(maps.Keys(r.Unknown[path])) {
			fmt.Fprintf(out, "%7d no rule can fire on %s %q: synonyms in the mapping can say what it is\n", r.Unknown[path][word], path, word)
		}
	}
}

// printCounts writes the commonest reasons first.
func printCounts(out io.Writer, what string, counts map[string]int) {
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for _, reason := range reasons {
		fmt.Fprintf(out, "%7d %s: %s\n", counts[reason], what, reason)
	}
}
