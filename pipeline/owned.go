package pipeline

import (
	"maps"
	"slices"
)

// Owned returns the partitions that this instance decides, ascending.
func (pl *Pipeline) Owned() []int {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	return slices.Sorted(maps.Keys(pl.owned))
}
