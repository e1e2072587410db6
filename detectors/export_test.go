package detectors

import "io"

// KeepBy is Keep with another number of claims under one lock.
func (s *State) KeepBy(w io.Writer, page uint32) error { return s.keep(w, page) }
