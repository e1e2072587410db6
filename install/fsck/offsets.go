package fsck

import "slices"

// offsets is a set of offsets. It keeps runs, so that a source without holes takes no memory however long it is.
type offsets struct {
	runs  []run // ascending, not touching
	count int64
}

// run is from..to, to not included.
type run struct{ from, to int64 }

// add reports whether the offset is new. Those that come in ascending order cost least.
func (o *offsets) add(offset int64) bool {
	at := o.after(offset)
	if at > 0 && offset < o.runs[at-1].to {
		return false
	}
	o.count++
	joinsLeft := at > 0 && o.runs[at-1].to == offset
	joinsRight := at < len(o.runs) && o.runs[at].from == offset+1
	switch {
	case joinsLeft && joinsRight:
		o.runs[at-1].to = o.runs[at].to
		o.runs = slices.Delete(o.runs, at, at+1)
	case joinsLeft:
		o.runs[at-1].to++
	case joinsRight:
		o.runs[at].from--
	default:
		o.runs = slices.Insert(o.runs, at, run{offset, offset + 1})
	}
	return true
}

func (o *offsets) has(offset int64) bool {
	at := o.after(offset)
	return at > 0 && offset < o.runs[at-1].to
}

// after returns the index of the first run that begins after the offset.
func (o *offsets) after(offset int64) int {
	if n := len(o.runs); n == 0 || o.runs[n-1].from <= offset {
		return n
	}
	at, _ := slices.BinarySearchFunc(o.runs, offset, func(r run, offset int64) int {
		if r.from <= offset {
			return -1
		}
		return 1
	})
	return at
}
