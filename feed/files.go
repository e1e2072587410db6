package feed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// kinds are the ends of names of files that are feeds.
var kinds = []string{".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".parquet"}

// Passed is a file that is no feed, and why.
type Passed struct{ Path, Reason string }

// Files returns the feeds that arguments name, each once and in order: files as they are, of folders the files whose
// names end as feeds do, and of patterns such as 2024-*.csv what fits them. The files that the mapping joins are no
// feeds; m may be nil.
func Files(args []string, m *Mapping) (files []string, passed []Passed, err error) {
	add := func(path string) {
		switch name := strings.TrimSuffix(filepath.Base(path), ".gz"); {
		case slices.Contains(files, path):
		case strings.HasPrefix(name, "."):
			passed = append(passed, Passed{path, "hidden"})
		case m != nil && slices.ContainsFunc(m.Files,
			func(f File) bool { return strings.TrimSuffix(filepath.Base(f.Path), ".gz") == name }):
			passed = append(passed, Passed{path, "joined by the mapping"})
		case !slices.Contains(kinds, strings.ToLower(filepath.Ext(name))):
			passed = append(passed, Passed{path, "its name does not end as a feed's: " + strings.Join(kinds, " ")})
		default:
			files = append(files, path)
		}
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case err == nil && !info.IsDir():
			if !slices.Contains(files, arg) {
				files = append(files, arg)
			}
		case err == nil:
			entries, err := os.ReadDir(arg) // sorted
			if err != nil {
				return nil, nil, fmt.Errorf("read the folder of feeds: %w", err)
			}
			for _, entry := range entries {
				path := filepath.Join(arg, entry.Name())
				if info, err := os.Stat(path); err == nil && info.IsDir() {
					passed = append(passed, Passed{path, "a folder in a folder"})
					continue
				}
				add(path)
			}
		case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?["):
			found, globErr := filepath.Glob(arg) // sorted
			if globErr != nil {
				return nil, nil, fmt.Errorf("%s: %w", arg, globErr)
			}
			for _, path := range found {
				add(path)
			}
		default:
			return nil, nil, fmt.Errorf("open the feed: %w", err)
		}
	}
	if len(files) == 0 {
		return nil, passed, errors.New("no feed among what is named")
	}
	return files, passed, nil
}
