package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
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
	"tallystick/feed/mappings"
	"tallystick/install"
	"tallystick/internal/plain"
	"tallystick/privacy/intake"
)

// importFlags are how an import was called.
type importFlags struct {
	mapping, insurer, rejects     string
	dryRun, draft, header, revise bool
	maxRejects                    int
	resume, memory, sign, seal    string
}

func importCommand(g *globals) *cobra.Command {
	f := &importFlags{}
	cmd := &cobra.Command{
		Use:   "import FEED...",
		Short: "Turn feeds into claim events on Kafka",
		Long: `Import reads delimited text, JSON, workbooks (.xlsx) and Parquet, plain or gzipped, turns their
rows into claim events as a mapping says, and sends them to the topic claims. FEED is a file, a
folder or a pattern. Without --map the files hold claim events as they are, as JSON.

Every row is accounted for: imported, rejected or skipped with a reason. Rows that are not valid
are reported by line and column and do not stop it, but end it with code 3 if there are more than
--max-rejects. Importing again is safe: the same content counts as a duplicate, and other content
under a revision that was sent is told before anything is sent; --revise makes it the next one.

--map names a mapping file, or one that is built in. --dry-run sends nothing and shows ten
claims. --draft proposes a mapping for a feed never seen, with a guess at what is sensitive.`,
		Example: "  tallystick import --map insurance_transactions insurance_transactions.csv.gz\n" +
			"  tallystick import --draft new-feed.csv > new-feed.yaml\n" +
			"  tallystick import --map new-feed.yaml --dry-run new-feed.csv\n" +
			"  tallystick import --map new-feed.yaml --resume new-feed.position feeds/\n" +
			"  tallystick import events.jsonl",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || f.draft && len(args) > 1 {
				return usageError{fmt.Errorf("%s wants files, folders or patterns; --draft wants one file",
					cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.draft {
				return draftMapping(cmd.OutOrStdout(), args[0], f.header)
			}
			return f.run(cmd, g, args)
		},
	}
	cmd.Flags().StringVar(&f.mapping, "map", "", "mapping file, or the name of a built-in one")
	cmd.Flags().StringVar(&f.insurer, "insurer", "", "whose claims these are, instead of what the mapping says")
	cmd.Flags().StringVar(&f.rejects, "rejects", "",
		"file for rejected rows (CSV: line, column, path, code, reason; of several feeds, file first)")
	cmd.Flags().IntVar(&f.maxRejects, "max-rejects", 0, "how many rejected rows are no failure (exit code 3)")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "send nothing, show ten claims")
	cmd.Flags().BoolVar(&f.draft, "draft", false, "propose a mapping for the feed")
	cmd.Flags().BoolVar(&f.header, "header", false,
		"with --draft: the first line is the names of the columns, odd as they look")
	cmd.Flags().StringVar(&f.resume, "resume", "",
		"file that keeps how far the import came, to go on from there after an interrupt")
	cmd.Flags().StringVar(&f.memory, "memory", "",
		"file that remembers what was sent (default: one of this install in the user's cache folder)")
	cmd.Flags().StringVar(&f.sign, "sign", "",
		"private key that signs the claims, where the install wants that (producer key)")
	cmd.Flags().StringVar(&f.seal, "seal", "",
		"seal the claims to the intake key in this file, as `intake key` printed it")
	cmd.Flags().BoolVar(&f.revise, "revise", false,
		"send other content of a revision that was sent as the next revision")
	return cmd
}

// run imports all feeds that args name.
func (f *importFlags) run(cmd *cobra.Command, g *globals, args []string) (err error) {
	var m *feed.Mapping
	if f.mapping != "" {
		if m, err = loadMapping(f.mapping); err != nil {
			return err
		}
	}
	files, passed, err := feed.Files(args, m)
	if err != nil {
		return err
	}
	for _, p := range passed {
		fmt.Fprintf(cmd.ErrOrStderr(), "skipped %s: %s\n", p.Path, p.Reason)
	}
	if m == nil {
		if err := areEvents(files[0]); err != nil {
			return err
		}
	}
	options := feed.Options{Insurer: f.insurer}
	o := feed.ImportOptions{Progress: plain.Raw(cmd.ErrOrStderr()), Memory: feed.NewMemory(), Revise: f.revise,
		Named: len(files) > 1}
	var producer feed.Producer
	if !f.dryRun || g.config != "" { // a dry run needs no install, but one that is named says whose claims it takes
		c, _, err := g.load()
		if err != nil {
			return err
		}
		options.Insurers = c.Insurers
		if !f.dryRun {
			if o.Memory, err = f.openMemory(c); err != nil {
				return err
			}
			k, err := sending(&c, f.sign)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, k.Close()) }()
			producer = k
			if f.seal != "" {
				key, err := readIntakeKey(f.seal)
				if err != nil {
					return err
				}
				producer = feed.Sealing(k, key)
			}
		}
	}
	if f.dryRun {
		o.DryRun = plain.Data(cmd.OutOrStdout())
	}
	if f.rejects != "" {
		out, err := os.Create(f.rejects)
		if err != nil {
			return fmt.Errorf("writing rejected rows: %w", err)
		}
		defer func() { err = errors.Join(err, out.Close()) }()
		o.Rejects = out
	}
	job := &feed.Job{Files: files, Mapping: m, Reader: options, Import: o, Position: f.resume}
	report, err := job.Run(cmd.Context(), producer)
	printReport(cmd.ErrOrStderr(), report)
	if err == nil && report.Rejected > f.maxRejects {
		return fmt.Errorf("%d %w, more than the %d of --max-rejects", report.Rejected, errRejected, f.maxRejects)
	}
	return err
}

// readIntakeKey reads the newest key of a file that `intake key` printed.
func readIntakeKey(path string) (*intake.Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--seal: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	key, err := intake.ParseKey(lines[len(lines)-1])
	if err != nil {
		return nil, usageError{fmt.Errorf("--seal: %s: %w", path, err)}
	}
	return key, nil
}

// areEvents says that a mapping is missing, before anything else is asked for.
func areEvents(path string) error {
	r, err := feed.OpenEvents(path, feed.Options{})
	if errors.Is(err, feed.ErrNotEvents) {
		return usageError{fmt.Errorf("--map is required but for JSON events: a file, or one of %v; --draft proposes one", mappings.Names())}
	}
	if err != nil {
		return err
	}
	return r.Close()
}

// openMemory opens what this install was sent before.
func (f *importFlags) openMemory(c install.Config) (*feed.Memory, error) {
	path := f.memory
	if path == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("finding a place to remember what was sent; --memory names one: %w", err)
		}
		install := sha256.Sum256([]byte(strings.Join(c.Kafka.Brokers, ",") + "/" + c.Kafka.Topics.Claims))
		path = filepath.Join(cache, "tallystick", "imports", hex.EncodeToString(install[:8])+".sent")
	}
	return feed.OpenMemory(path)
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
	if r.Claims > 0 && r.Claims != r.Imported {
		fmt.Fprintf(out, " (%d claims)", r.Claims)
	}
	if r.Unsent > 0 {
		fmt.Fprintf(out, ", %d read and not acknowledged", r.Unsent)
	}
	fmt.Fprintln(out)
	printCounts(out, "rejected", r.Reasons)
	printCounts(out, "skipped", r.Skips)
	if r.Revised > 0 {
		fmt.Fprintf(out, "%7d claims are sent as their next revision\n", r.Revised)
	}
	for _, column := range r.Absent {
		fmt.Fprintf(out, "        no row has %s\n", column)
	}
	for _, path := range slices.Sorted(maps.Keys(r.Unknown)) {
		for _, word := range slices.Sorted(maps.Keys(r.Unknown[path])) {
			fmt.Fprintf(out, "%7d no rule can fire on %s %q: synonyms in the mapping can say what it is\n",
				r.Unknown[path][word], path, word)
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
