//go:build data

package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wholeFiles returns the folder with the public data sets. They are not part of the repository: they are others' data
// with terms of their own.
func wholeFiles(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TALLYSTICK_DATA")
	if dir == "" {
		t.Fatal("TALLYSTICK_DATA must name a folder with the public data sets; make test-data DATA=... sets it")
	}
	return dir
}

// Every row must become a claim.
func TestWholeFiles(t *testing.T) {
	dir := wholeFiles(t)
	for name, rows := range map[string]int{"insurance_transactions": 10_000, "fraud_oracle": 15_420} {
		t.Run(name, func(t *testing.T) {
			r, err := Open(shipped(t, name), filepath.Join(dir, name+".csv.gz"), Options{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = r.Close() }()
			events, refused := readAll(t, r)
			if len(events) != rows || len(refused) > 0 {
				t.Fatalf("%d events of %d, %d refused, the first %+v", len(events), rows, len(refused),
					refused[:min(1, len(refused))])
			}
			for _, e := range events {
				if name == "fraud_oracle" && strings.Contains(strings.ToLower(e[strings.Index(e, `"attributes"`):]),
					"fraud") {
					t.Fatal("the label is among the attributes")
				}
			}
		})
	}
}

func TestDraftOfWholeFiles(t *testing.T) {
	dir := wholeFiles(t)
	for _, name := range []string{"insurance_transactions", "fraud_oracle"} {
		file, err := os.Open(filepath.Join(dir, name+".csv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := Draft(name, file, DraftOptions{Beside: os.DirFS(dir), Feed: name + ".csv.gz"})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", text)
		r, err := Open(load(t, string(text)), file.Name(), Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		events, refused := readAll(t, r)
		t.Logf("%s: %d events, %d refused %s", name, len(events), len(refused),
			fmt.Sprint(refused[:min(3, len(refused))]))
		if len(refused) > 0 {
			t.Errorf("%s: %d rows refused", name, len(refused))
		}
	}
}
