package desk

import (
	"encoding/binary"
	"sync"
)

// shard holds the revisions of a part of the ids in pages without slack, and a small map that leads to them: a map that
// held them itself would keep up to as much again empty for growing. Nothing in it has pointers, so the garbage
// collector does not look through it. Its mutex must be held.
type shard struct {
	sync.Mutex
	first map[uint32]uint32 // the number of a revision whose id begins so; others that do follow by next
	pages []*page
	used  uint32 // revisions that the pages had room for so far, dropped ones included
	free  uint32 // the number of a dropped one, others follow by next; 0 when there is none
	len   int
}

// page is a multiple of the allocator's pages, so that nothing of it is lost.
type page [512]seen

// seen is a known revision.
type seen struct {
	id      [12]byte // without the first four bytes, which led here
	next    uint32
	content [16]byte // of the HMAC of the canonical content
	source  source
}

func split(id revisionID) (begin uint32, rest [12]byte) {
	return binary.BigEndian.Uint32(id[:]), [12]byte(id[4:])
}

// at returns a revision by its number. Numbers begin at 1.
func (s *shard) at(no uint32) *seen {
	return &s.pages[(no-1)/uint32(len(page{}))][(no-1)%uint32(len(page{}))]
}

// find returns nil for an id that the shard does not hold.
func (s *shard) find(id revisionID) *seen {
	begin, rest := split(id)
	for no := s.first[begin]; no != 0; no = s.at(no).next {
		if r := s.at(no); r.id == rest {
			return r
		}
	}
	return nil
}

// add makes room for an id that the shard does not hold.
func (s *shard) add(id revisionID) *seen {
	no := s.free
	if no != 0 {
		s.free = s.at(no).next
	} else {
		if s.used%uint32(len(page{})) == 0 {
			s.pages = append(s.pages, new(page))
		}
		s.used++
		no = s.used
	}
	begin, rest := split(id)
	r := s.at(no)
	r.id, r.next = rest, s.first[begin]
	s.first[begin] = no
	s.len++
	return r
}

// drop removes an id that the shard holds.
func (s *shard) drop(id revisionID) {
	begin, rest := split(id)
	no := s.first[begin]
	if r := s.at(no); r.id != rest {
		before := r
		for no = r.next; s.at(no).id != rest; no = before.next {
			before = s.at(no)
		}
		before.next = s.at(no).next
	} else if r.next != 0 {
		s.first[begin] = r.next
	} else {
		delete(s.first, begin)
	}
	s.at(no).next, s.free = s.free, no
	s.len--
}
