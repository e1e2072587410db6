package cases

import (
	"fmt"
	"slices"
)

// Right is what an actor may do with cases.
type Right string

// The rights. Which role has which is for the install to say; see RightsOf for the usual ones.
const (
	RightRead     Right = "case.read"      // see cases and their chronology
	RightNotes    Right = "case.notes"     // read and write notes and exhibits
	RightWork     Right = "case.work"      // take, release, snooze, view
	RightDecide   Right = "case.decide"    // confirm, clear, refer, determine
	RightAssign   Right = "case.assign"    // give cases to others
	RightReopen   Right = "case.reopen"    // open again what was closed
	RightMerge    Right = "case.merge"     // merge and detach
	RightDeadline Right = "case.deadline"  // change a deadline
	RightRestrict Right = "case.restrict"  // put a case under need to know, or lift that
	RightPeople   Right = "case.people"    // the roster: lines, capacity, absence
	RightContest  Right = "case.contest"   // record an objection of the subject
	RightOpen     Right = "case.open"      // open a case by hand, import a backlog
	RightAll      Right = "case.all-group" // see restricted cases without being of their group
)

// RightsOf are the rights of a usual role: investigator, lead, officer, partner, supervisor, admin; nil for others.
func RightsOf(role string) []Right {
	work := []Right{RightRead, RightNotes, RightWork, RightDecide, RightContest, RightOpen}
	switch role {
	case "investigator":
		return work
	case "lead":
		return append(work, RightAssign, RightReopen, RightMerge, RightDeadline, RightRestrict, RightPeople, RightAll)
	case "officer", "supervisor":
		return []Right{RightRead}
	case "admin":
		return []Right{RightPeople}
	}
	return nil
}

// Actor is who reads or acts. Person is a stable id, such as the subject of the sign-in.
type Actor struct {
	Person   string
	Rights   []Right
	Insurers []string // whose cases they see; empty: all of the install
	Groups   []string // need-to-know groups that they are in
}

// May reports whether the actor has a right.
func (a Actor) May(r Right) bool { return slices.Contains(a.Rights, r) }

// RightError says which right is missing.
type RightError struct{ Right Right }

func (e *RightError) Error() string { return fmt.Sprintf("this needs the right %s", e.Right) }

func (a Actor) need(r Right) error {
	if a.Person == "" || a.Person == Machine || a.Person == Nobody || len(a.Person) > 200 {
		return &InvalidError{Field: "actor", Problem: "has no name, a reserved one, or one of more than 200 characters"}
	}
	if !a.May(r) {
		return &RightError{r}
	}
	return nil
}

// sees reports whether the actor may know that a case exists.
func (a Actor) sees(c *Case) bool {
	if len(a.Insurers) > 0 && !slices.Contains(a.Insurers, c.Insurer) {
		return false
	}
	return c.Group == "" || slices.Contains(a.Groups, c.Group) || a.May(RightAll) ||
		c.Assignee == a.Person && a.Person != ""
}
