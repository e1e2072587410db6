package cases

import (
	"io"
	"time"
)

// Command is one change that a person wants.
type Command struct {
	ID     string // made by the client, at most 64 characters; the same one again writes nothing. Empty: one is made
	Case   ID
	Expect int64 // the case's version that its author saw; 0: whatever it is, for notes, exhibits and views alone
	Act    Act
}

// Act is what to do. The acts are those of this file.
type Act interface {
	right() Right
}

// Answer says what came of a command.
type Answer struct {
	Case    ID    `json:"case"`
	Seq     int64 `json:"seq"`     // of its last entry; 0 if nothing was written
	Version int64 `json:"version"` // of the case now
	Opened  ID    `json:"opened,omitzero"`
	Err     error `json:"-"` // in bulk: why this case was left as it is
}

// Take gives the case to the actor. A case that another has cannot be taken: it is assigned, or released first.
type Take struct{}

// Release gives the case back to the queue.
type Release struct{}

// Assign gives the case to a person, or, with Auto, to whoever of the roster works on its line, is there, is in its
// group and has the least to do.
type Assign struct {
	To   string
	Auto bool
}

// AddNote writes a note. What looks like an identifier is pointed out by FindIdentifiers before; Kept says that the
// author was told of these kinds and keeps them.
type AddNote struct {
	Text     string // 1 to 10,000 characters
	Subjects []string
	Kept     []string
}

// AddExhibit adds a file, whose bytes are stored sealed.
type AddExhibit struct {
	Name      string
	Type      string // media type as claimed; it must be what the bytes are
	Source    string // a code
	Collected time.Time
	Subjects  []string
	Content   io.Reader // at most MaxExhibitBytes
}

// View says that the actor looked. It is written at most once a minute and person.
type View struct{}

// Snooze puts the case off. Until lies ahead, at most a year.
type Snooze struct{ Until time.Time }

// Decide answers the question and closes the case.
type Decide struct {
	Verdict Verdict
	Reasons []string // codes of the install, at least one
	To      string   // refer: to whom
	Saved   *Money
	Viewed  []string
}

// Determine says that the insurer holds fraud to be determined, which starts clocks of the law.
type Determine struct{}

// Refer says that the file went to an authority.
type Refer struct{ To string }

// Contest records that the subject objects. A closed case is open again.
type Contest struct{ Reason string }

// Reopen opens a closed case again.
type Reopen struct{ Reason string }

// Merge lets the case go on in another one of the same insurer.
type Merge struct {
	Into   ID
	Reason string
}

// Detach takes a claim out of the case and opens a case of its own for it.
type Detach struct {
	Claim  ClaimRef
	Reason string
}

// SetDeadline sets, moves or, with Met, meets a deadline.
type SetDeadline struct {
	Deadline Deadline
	Reason   string
}

// Restrict puts the case under need to know; an empty Group lifts it.
type Restrict struct {
	Group  string
	Reason string
}

func (Take) right() Right        { return RightWork }
func (Release) right() Right     { return RightWork }
func (Assign) right() Right      { return RightAssign }
func (AddNote) right() Right     { return RightNotes }
func (AddExhibit) right() Right  { return RightNotes }
func (View) right() Right        { return RightRead }
func (Snooze) right() Right      { return RightWork }
func (Decide) right() Right      { return RightDecide }
func (Determine) right() Right   { return RightDecide }
func (Refer) right() Right       { return RightDecide }
func (Contest) right() Right     { return RightContest }
func (Reopen) right() Right      { return RightReopen }
func (Merge) right() Right       { return RightMerge }
func (Detach) right() Right      { return RightMerge }
func (SetDeadline) right() Right { return RightDeadline }
func (Restrict) right() Right    { return RightRestrict }

// BulkCommand does one act on many cases: those of Cases, or all that match All. Acts: Take, Release, Assign, Snooze,
// Decide, Reopen, Restrict.
type BulkCommand struct {
	ID    string
	Cases []Target // at most MaxBulk
	All   *Filter  // all that match, whatever was on the page; bounded by MaxBulkAll
	Act   Act
}

// Target is a case of a bulk command with the version that its author saw; 0: whatever it is.
type Target struct {
	Case   ID    `json:"case"`
	Expect int64 `json:"expect,omitzero"`
}

// Bounds of bulk commands.
const (
	MaxBulk    = 1000
	MaxBulkAll = 100_000
)

// RightOf is the right that an act takes.
func RightOf(a Act) Right { return a.right() }
