package cases

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/quagmt/udecimal"
)

// ID numbers the cases of an install from 1.
type ID int64

// String is the form that people see: C-12.
func (id ID) String() string { return "C-" + strconv.FormatInt(int64(id), 10) }

// ParseID reads a case's number, with or without C-.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimPrefix(s, "C-"), "c-"), 10, 64)
	if err != nil || n < 1 {
		return 0, &InvalidError{Field: "case", Problem: "want a number such as C-12"}
	}
	return ID(n), nil
}

// Kind says what an entry of the journal records.
type Kind string

// The kinds of an entry.
const (
	Opened          Kind = "opened"           // a case was opened: by score, ring, rule, signal or person
	Joined          Kind = "joined"           // a further claim belongs to it, by a ring or a merge
	Rescored        Kind = "rescored"         // a claim of it was decided anew
	Questioned      Kind = "questioned"       // a new cause reopens the question that a person had answered
	Assigned        Kind = "assigned"         // taken, given or, with nobody in To, released
	Noted           Kind = "note"             // somebody wrote a note
	Exhibited       Kind = "exhibit"          // a file was added
	ExhibitSeen     Kind = "exhibit-viewed"   // somebody opened a file
	Exported        Kind = "exhibit-exported" // a copy of a file left the install
	Viewed          Kind = "viewed"           // somebody looked, once a minute
	Snoozed         Kind = "snoozed"          // put off until a time
	Disposed        Kind = "disposition"      // a person's answer: confirm, clear or refer
	Determined      Kind = "determined"       // the insurer holds that fraud is determined: a clock of the law starts
	Referred        Kind = "referred"         // the file went to an authority
	Contested       Kind = "contested"        // the subject objects
	Reopened        Kind = "reopened"         // a person opened it again
	MergeProposed   Kind = "merge-proposed"   // rings of two cases have merged
	Merged          Kind = "merged"           // it went on in another case
	Detached        Kind = "detached"         // a claim was taken out
	DeadlineChanged Kind = "deadline"         // a deadline was set, moved or met
	Restricted      Kind = "restricted"       // need to know: Group; empty lifts it
	PersonSet       Kind = "person"           // the roster; belongs to no case
	Relayed         Kind = "relayed"          // how far the journal of claims is read; belongs to no case
)

// Machine is who acts when no person does.
const Machine = "machine"

// Event is one entry of the journal. Which fields are set follows from Kind. It holds no clear identifier and no text
// that a person typed: that is sealed in notes.
type Event struct {
	Kind Kind `json:"kind"`
	Case ID   `json:"case,omitzero"` // not in the journal when opened: its place gives the number
	// its number among all entries, from 1; not in the journal: its place gives it
	Seq     int64     `json:"seq,omitzero"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`            // person, or Machine
	Command string    `json:"cmd,omitzero"`  // id of the command
	Bulk    string    `json:"bulk,omitzero"` // id of the bulk command that it was part of

	Cause       Cause        `json:"cause,omitzero"`       // opened, questioned
	Finding     *Finding     `json:"finding,omitzero"`     // opened, joined, rescored, questioned
	Deadlines   []Deadline   `json:"deadlines,omitzero"`   // opened, determined, deadline, reopened, contested
	To          string       `json:"to,omitzero"`          // assigned: to whom; referred: which authority
	Until       *time.Time   `json:"until,omitzero"`       // snoozed
	Note        *Note        `json:"note,omitzero"`        // note
	Exhibit     *Exhibit     `json:"exhibit,omitzero"`     // exhibit, exhibit-viewed, exhibit-exported
	Disposition *Disposition `json:"disposition,omitzero"` // disposition
	// a code: reopened, contested, merged, detached, deadline, restricted
	Reason string      `json:"reason,omitzero"`
	Other  ID          `json:"other,omitzero"`  // merge-proposed, merged, detached: the other case
	Claim  *ClaimRef   `json:"claim,omitzero"`  // detached
	Claims []ClaimItem `json:"claims,omitzero"` // joined by a merge
	Group  string      `json:"group,omitzero"`  // restricted
	Person *Person     `json:"person,omitzero"` // person
	Relay  *Relay      `json:"relay,omitzero"`  // relayed
	Wake   bool        `json:"wake,omitzero"`   // the snooze ends with this entry
}

// Cause says why a case was opened.
type Cause string

// The causes.
const (
	ByScore  Cause = "score"
	ByRing   Cause = "ring"
	ByRule   Cause = "rule"
	BySignal Cause = "signal"
	ByPerson Cause = "person"
	ByImport Cause = "import" // of the backlog of another system
)

// Money is an amount of a currency. Amounts of two currencies are never added.
type Money struct {
	Amount   udecimal.Decimal `json:"amount"`
	Currency string           `json:"currency"`
}

// ClaimRef names a claim.
type ClaimRef struct {
	Insurer string `json:"insurer"`
	Claim   string `json:"claim"`
}

func (r ClaimRef) key() string { return r.Insurer + "/" + r.Claim }

// Place is where an entry lies in the journal of claims.
type Place struct {
	Partition int   `json:"partition"`
	Offset    int64 `json:"offset"`
}

// Reason is a rule that spoke for or against.
type Reason struct {
	Rule   string  `json:"rule"`   // id@version
	Weight float64 `json:"weight"` // log-odds that it adds
}

// RingRef is a ring as it was when it was found.
type RingRef struct {
	ID      string     `json:"id"`
	Size    int        `json:"size"`
	Members []ClaimRef `json:"members,omitzero"` // the first of them, at most MaxMembers
}

// MaxMembers bounds the members of a ring that a finding names.
const MaxMembers = 64

// Finding is what a case needs of a decided entry: no token, no identifier, no sealed value.
type Finding struct {
	ClaimRef
	Revision     int       `json:"revision"`
	Line         string    `json:"line"`
	Score        float64   `json:"score"`
	Base         float64   `json:"base,omitzero"`
	Outcome      string    `json:"outcome"` // settle, review, investigate
	Hold         bool      `json:"hold,omitzero"`
	Reasons      []Reason  `json:"reasons,omitzero"` // heaviest first
	Rings        []RingRef `json:"rings,omitzero"`
	Money        *Money    `json:"money,omitzero"`        // claimed
	Jurisdiction string    `json:"jurisdiction,omitzero"` // such as US-CA
	Loss         string    `json:"loss,omitzero"`         // date of the loss, as far as it is known
	At           time.Time `json:"at"`                    // when it was decided
	Place        Place     `json:"place"`                 // of the entry
	History      bool      `json:"history,omitzero"`      // imported history: opens nothing
}

// ClaimItem is a claim of a case, as it was decided last.
type ClaimItem struct {
	ClaimRef
	Revision int       `json:"revision"`
	Line     string    `json:"line"`
	Score    float64   `json:"score"`
	Outcome  string    `json:"outcome"`
	Hold     bool      `json:"hold,omitzero"`
	Money    *Money    `json:"money,omitzero"`
	Reasons  []Reason  `json:"reasons,omitzero"`
	Rings    []RingRef `json:"rings,omitzero"`
	Place    Place     `json:"place"`
	At       time.Time `json:"at"`
}

// Note says that a note was written. Its text is sealed under a key of its own.
type Note struct {
	Key    string `json:"key"`             // id of the key, hex
	Sealed []byte `json:"sealed,omitzero"` // not in a chronology
	// salted: what was written can be shown to be this, and cannot be guessed
	Digest   []byte     `json:"digest"`
	Size     int        `json:"size"`              // characters
	Subjects []string   `json:"subjects,omitzero"` // the parties that it is about, such as claimant, parties[0]
	Of       []ClaimRef `json:"of,omitzero"`       // the claims that the case had then
	Found    []string   `json:"found,omitzero"`    // kinds of identifiers that its author was told of and kept
}

// Exhibit is a file: its bytes lie sealed in a store, by digest.
type Exhibit struct {
	Number    int        `json:"number"`             // E1, E2... of the case
	Name      string     `json:"name,omitzero"`      // sealed with the bytes; shown to who may read notes
	Type      string     `json:"type"`               // media type, as its bytes say
	Size      int64      `json:"size"`               // bytes
	Digest    []byte     `json:"digest"`             // SHA-256 of the stored, sealed bytes: its place in the store
	Content   []byte     `json:"content"`            // salted digest of the clear bytes
	Key       string     `json:"key"`                // id of the key, hex
	Source    string     `json:"source,omitzero"`    // a code: claimant, insurer, authority, public, other
	Collected time.Time  `json:"collected,omitzero"` // when it came into the insurer's hands
	To        string     `json:"to,omitzero"`        // exported: a code or an authority
	Subjects  []string   `json:"subjects,omitzero"`  // as of a note
	Of        []ClaimRef `json:"of,omitzero"`        // as of a note
}

// Verdict is a person's answer.
type Verdict string

// The verdicts.
const (
	Confirm   Verdict = "confirm" // fraud, as far as the insurer is concerned
	Clear     Verdict = "clear"   // not fraud
	ReferCase Verdict = "refer"   // for an authority or another team to answer
)

// Disposition is a person's answer with its reasons. It closes the case.
type Disposition struct {
	Verdict Verdict    `json:"verdict"`
	Reasons []string   `json:"reasons"`         // codes of the install
	To      string     `json:"to,omitzero"`     // refer: to whom
	Saved   *Money     `json:"saved,omitzero"`  // what was not paid because of it
	By      string     `json:"by,omitzero"`     // filled from the entry
	At      time.Time  `json:"at,omitzero"`     // filled from the entry
	Viewed  []string   `json:"viewed,omitzero"` // what its author had looked at, codes of the page's parts
	Claims  []Answered `json:"claims"`          // that it answers, filled from the case
}

// Answered is a claim that a person answered, as it was decided then.
type Answered struct {
	ClaimRef
	Revision int     `json:"revision"`
	Score    float64 `json:"score"`
	Place    Place   `json:"place"`
}

// Deadline is a time by which something must be done.
type Deadline struct {
	Name string    `json:"name"`          // such as report-to-authority
	Due  time.Time `json:"due"`           // zero: no longer asked for
	Law  string    `json:"law,omitzero"`  // where it is written
	From Start     `json:"from,omitzero"` // what it counts from; empty: a person set it
	Met  bool      `json:"met,omitzero"`
}

// Person is somebody who works on cases.
type Person struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitzero"`
	Lines    []string  `json:"lines,omitzero"`    // that they work on; none: all
	Capacity int       `json:"capacity,omitzero"` // open cases at a time; 0: no bound
	Absent   []Absence `json:"absent,omitzero"`
	Groups   []string  `json:"groups,omitzero"` // need-to-know groups, for assignment
	Left     bool      `json:"left,omitzero"`   // gets nothing any more
}

// Absence is a time in which a person gets no cases.
type Absence struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Relay says how far a partition of a journal was read by who reads it for cases, or of this one for others.
type Relay struct {
	Name      string `json:"name"` // of the journal, or of what follows this one
	Partition int    `json:"partition"`
	Position  string `json:"position"` // a journal.Position, or a Seq
}

func (r Relay) key() string { return "relay/" + r.Name + "/" + strconv.Itoa(r.Partition) }

// MaxEventBytes bounds an entry; a sealed note of 10,000 characters fits.
const MaxEventBytes = 96 << 10

// ErrEvent says that an entry of the journal of cases cannot be read.
var ErrEvent = errors.New("entry of cases not valid")

// errNewer says that a newer program wrote the entry.
var errNewer = errors.New("kind not known to this program: it is older than the journal")

// encode writes the form of the journal.
func (e *Event) encode() ([]byte, error) {
	e.Seq = 0
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encoding an entry of cases: %w", err)
	}
	if len(data) > MaxEventBytes {
		return nil, &InvalidError{Field: "entry", Problem: fmt.Sprintf("has %d bytes, limit %d", len(data),
			MaxEventBytes)}
	}
	return data, nil
}

// DecodeEvent reads an entry of the journal.
func DecodeEvent(data []byte) (Event, error) {
	if len(data) > MaxEventBytes {
		return Event{}, fmt.Errorf("%w: %d bytes, limit %d", ErrEvent, len(data), MaxEventBytes)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	// A field that is not known is passed over; what an older program must not miss comes as a kind of its own.
	var e Event
	if err := d.Decode(&e); err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Event{}, fmt.Errorf("%w: data after its end", ErrEvent)
	}
	return e, e.check()
}

// check says whether the fields fit the kind.
func (e *Event) check() error {
	bad := func(what string) error { return fmt.Errorf("%w: kind %q %s", ErrEvent, e.Kind, what) }
	if e.At.IsZero() || e.By == "" || e.Seq != 0 {
		return bad("without time or author, or with a number")
	}
	lacks := false
	switch e.Kind {
	case Opened:
		if e.Case != 0 || e.Finding == nil || e.Finding.Insurer == "" || e.Finding.Claim == "" {
			return bad("names a case, or no claim")
		}
		return nil
	case Joined:
		lacks = e.Finding == nil && len(e.Claims) == 0
	case Rescored, Questioned:
		lacks = e.Finding == nil
	case Noted:
		lacks = e.Note == nil
	case Exhibited, ExhibitSeen, Exported:
		lacks = e.Exhibit == nil
	case Snoozed:
		lacks = e.Until == nil
	case Disposed:
		lacks = e.Disposition == nil
	case MergeProposed, Merged:
		lacks = e.Other == 0
	case Detached:
		lacks = e.Claim == nil
	case DeadlineChanged:
		lacks = len(e.Deadlines) == 0
	case PersonSet:
		if e.Person == nil || e.Person.ID == "" {
			return bad("lacks what it says")
		}
		return nil
	case Relayed:
		if e.Relay == nil {
			return bad("lacks what it says")
		}
		return nil
	case Assigned, Viewed, Determined, Referred, Contested, Reopened, Restricted:
	default:
		return fmt.Errorf("%w: %w", ErrEvent, errNewer)
	}
	if lacks || e.Case < 1 {
		return bad("lacks what it says, or names no case")
	}
	return nil
}
