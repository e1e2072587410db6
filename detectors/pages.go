package detectors

// pages holds records of one kind in pages of equal size. A slice that grows copies what it holds, half a gigabyte in
// the end, with the state locked; a page stays where it is.
type pages[T any] struct {
	pages []*[pageSize]T
	n     uint32
}

const pageSize = 1 << 8

// at returns the record of that number, which was added before.
func (p *pages[T]) at(no uint32) *T { return &p.pages[no/pageSize][no%pageSize] }

// add makes room for one more record and returns its number.
func (p *pages[T]) add() uint32 {
	if p.n%pageSize == 0 {
		p.pages = append(p.pages, new([pageSize]T))
	}
	p.n++
	return p.n - 1
}

func (p *pages[T]) len() int { return int(p.n) }
