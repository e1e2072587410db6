package detectors

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Lists keep their numbers whatever others come and go, and what is given back is used again.
func TestRunsKeepLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r runs
		type list struct{ run, n, fill uint32 }
		var lists []list
		for i := range rapid.IntRange(1, 200).Draw(t, "steps") {
			if len(lists) > 0 && rapid.IntRange(0, 2).Draw(t, "drop") == 0 {
				j := rapid.IntRange(0, len(lists)-1).Draw(t, "which")
				r.drop(lists[j].run, lists[j].n)
				lists = slices.Delete(lists, j, j+1)
				continue
			}
			n := uint32(rapid.OneOf(rapid.IntRange(0, 8), rapid.IntRange(0, 2*runPage)).Draw(t, "length"))
			l := list{r.add(n), n, uint32(i)}
			for j := range r.at(l.run, n) {
				r.at(l.run, n)[j] = l.fill
			}
			lists = append(lists, l)
		}
		for _, l := range lists {
			for _, v := range r.at(l.run, l.n) {
				if v != l.fill {
					t.Fatalf("a list of %d holds %d, want %d", l.n, v, l.fill)
				}
			}
		}
		pages := len(r.pages)
		for _, l := range lists {
			r.drop(l.run, l.n)
		}
		for _, l := range lists {
			r.add(l.n)
		}
		if len(r.pages) != pages {
			t.Fatalf("%d pages, %d before the same lists were given back and made again", len(r.pages), pages)
		}
	})
}
