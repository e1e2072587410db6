// Package mappings holds the mappings that come with the program, for two public data sets, and a small made-up feed in
// the columns of the first. It holds data only and knows no other package; package feed reads it.
package mappings

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.yaml sample
var files embed.FS

// Names returns the names of the mappings, sorted.
func Names() []string {
	paths, _ := fs.Glob(files, "*.yaml") // the pattern is valid
	for i := range paths {
		paths[i] = strings.TrimSuffix(paths[i], ".yaml")
	}
	slices.Sort(paths)
	return paths
}

// Get returns the YAML of a mapping.
func Get(name string) ([]byte, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("no mapping %s; there are %s", name, strings.Join(Names(), ", "))
	}
	return data, nil
}

// Sample is a folder of CSV files: insurance_transactions.csv with its agents.csv and vendors.csv. All rows are made
// up.
func Sample() fs.FS {
	sub, err := fs.Sub(files, "sample")
	if err != nil {
		panic(err) // unreachable: the folder is embedded
	}
	return sub
}
