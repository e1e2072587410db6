//go:build data

package privacy

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tallystick/claim"
	"tallystick/feed"
	"tallystick/feed/mappings"
)

// The same of whole files of the public data sets, with all of their attributes kept.
func TestHardlyAnythingIsWithheldOfWholeFiles(t *testing.T) {
	dir := os.Getenv("TALLYSTICK_DATA")
	if dir == "" {
		t.Fatal("TALLYSTICK_DATA must name a folder with the public data sets")
	}
	for _, name := range mappings.Names() {
		t.Run(name, func(t *testing.T) {
			text, err := mappings.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			m, err := feed.Load(text)
			if err != nil {
				t.Fatal(err)
			}
			policy, done := "version: 1\nextends: default\nfields:\n", map[string]bool{}
			for i := range m.Fields {
				f := &m.Fields[i]
				if !strings.HasPrefix(f.Path, "attributes.") || f.Class == "identifier" || done[f.Path] {
					continue
				}
				done[f.Path] = true
				paths := []string{f.Path}
				if strings.HasSuffix(f.Path, ".money") {
					paths = []string{f.Path + ".amount", f.Path + ".currency"}
				}
				for _, path := range paths {
					policy += fmt.Sprintf("  %s: {class: open, action: keep}\n", path)
				}
			}
			p := protectorOf(t, policy)
			r, err := feed.Open(m, filepath.Join(dir, name+".csv.gz"), feed.Options{Insurer: "alpha"})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = r.Close() }()
			var out Protected
			var tally withheldTally
			for {
				row, err := r.Read()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if row.Event == nil {
					continue
				}
				raw, err := claim.Encode(row.Event)
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Protect(raw, &out); err != nil {
					t.Fatal(err)
				}
				tally.add(&out)
			}
			tally.check(t)
		})
	}
}
