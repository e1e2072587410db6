package cases

import (
	"slices"
	"time"
)

// there reports whether a person gets cases at a time.
func (p *Person) there(at time.Time) bool {
	return !p.Left &&
		!slices.ContainsFunc(p.Absent, func(a Absence) bool { return !at.Before(a.From) && at.Before(a.Until) })
}

// leastLoaded finds who of the roster gets a case: works on its line, is in its group, is there, has room, and has the
// least to do in relation to their capacity. Among equals the first by id.
func (s *state) leastLoaded(c *Case, now time.Time) (string, error) {
	best, least := "", 0.0
	for _, p := range s.persons() {
		if !p.there(now) || !among(p.Lines, c.Line) || c.Group != "" && !slices.Contains(p.Groups, c.Group) {
			continue
		}
		load := float64(s.load[p.ID])
		if p.Capacity > 0 {
			if s.load[p.ID] >= p.Capacity {
				continue
			}
			load /= float64(p.Capacity)
		} else {
			load /= 30 // who has no bound counts as one of usual capacity
		}
		if best == "" || load < least {
			best, least = p.ID, load
		}
	}
	if best == "" {
		return "", &InvalidError{Field: "to", Problem: "nobody of the roster is there, works on this line and has room"}
	}
	return best, nil
}

// check says what of a person cannot be.
func (p *Person) check() error {
	switch {
	case p.ID == "" || len(p.ID) > 200 || p.ID == Nobody || p.ID == Machine:
		return &InvalidError{Field: "person.id", Problem: "want 1 to 200 characters that are no reserved word"}
	case len(p.Name) > 200:
		return &InvalidError{Field: "person.name", Problem: "is longer than 200 characters"}
	case p.Capacity < 0 || p.Capacity > 100_000:
		return &InvalidError{Field: "person.capacity", Problem: "want 0 to 100000"}
	case len(p.Lines) > 20 || len(p.Groups) > 100 || len(p.Absent) > 100:
		return &InvalidError{Field: "person", Problem: "has too many lines, groups or absences"}
	}
	for _, a := range p.Absent {
		if !a.Until.After(a.From) {
			return &InvalidError{Field: "person.absent", Problem: "ends before it begins"}
		}
	}
	return nil
}

// Load is what a person has to do.
type Load struct {
	Person Person `json:"person"`
	Open   int    `json:"open"`
	There  bool   `json:"there"`
}
