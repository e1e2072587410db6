package feed

import (
	"crypto/sha256"
	"strconv"

	"tallystick/claim"
)

// digest is the first half of a SHA-256: two claims of a feed do not meet in it.
type digest [16]byte

func digestOf(data []byte) digest {
	sum := sha256.Sum256(data)
	return digest(sum[:16])
}

// seen knows which revisions of claims a feed has brought, in some 60 bytes each: the pipeline takes a revision once, so another
// content under it is refused here, where the line can be named.
type seen struct {
	revisions map[digest]said
}

// said is what a line says of a revision.
type said struct {
	content digest
	line    int
}

// check notes an event and what it is written as. The line is that of an earlier event of the same revision, 0 if there is none.
func (s *seen) check(e *claim.Event, data []byte, line int) (earlier int, same bool) {
	key := digestOf(strconv.AppendInt(append(claim.Key(e.Insurer, e.ID), 0), int64(e.Revision), 10))
	now := said{digestOf(data), line}
	if before, ok := s.revisions[key]; ok {
		return before.line, before.content == now.content
	}
	if s.revisions == nil {
		s.revisions = make(map[digest]said)
	}
	s.revisions[key] = now
	return 0, false
}
