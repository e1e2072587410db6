package detectors

// runs holds short lists of numbers of any length in a few large pages without pointers: the garbage collector need not
// look at them, and a list costs its numbers alone. A list that is given back serves the next of its length.
type runs struct {
	pages [][]uint32
	open  uint32 // number of the page that new lists come from
	used  uint32 // of it; 0 while there is none
	free  map[uint32]uint32
}

const (
	runPage = 1 << 14
	noRun   = ^uint32(0)
)

// at returns the list of n numbers that begins at run.
func (r *runs) at(run, n uint32) []uint32 {
	if n == 0 {
		return nil
	}
	first := run % runPage
	return r.pages[run/runPage][first : first+n : first+n]
}

// add makes a list of n numbers, of any value, and returns where it begins.
func (r *runs) add(n uint32) uint32 {
	if n == 0 {
		return 0
	}
	if run, ok := r.free[n]; ok {
		if next := r.at(run, 1)[0]; next == noRun {
			delete(r.free, n)
		} else {
			r.free[n] = next
		}
		return run
	}
	if n > runPage { // a page of its own
		r.pages = append(r.pages, make([]uint32, n))
		return uint32(len(r.pages)-1) * runPage
	}
	if r.used == 0 || r.used+n > runPage {
		r.pages = append(r.pages, make([]uint32, runPage))
		r.open, r.used = uint32(len(r.pages)-1), 0
	}
	run := r.open*runPage + r.used
	r.used += n
	return run
}

// drop gives the list back. Its numbers must not be used any more.
func (r *runs) drop(run, n uint32) {
	if n == 0 {
		return
	}
	if r.free == nil {
		r.free = map[uint32]uint32{}
	}
	next, ok := r.free[n]
	if !ok {
		next = noRun
	}
	r.at(run, 1)[0] = next
	r.free[n] = run
}
