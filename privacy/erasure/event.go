package erasure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"tallystick/claim"
)

// Name is the logical name of the journal.
const Name = "erasures"

// Kind says what an event of the journal records.
type Kind string

// The kinds.
const (
	Requested Kind = "requested"
	Approved  Kind = "approved"
	Withdrawn Kind = "withdrawn"
	Found     Kind = "found"     // more records of the subject, which came in before the approval took hold
	Done      Kind = "done"      // every step was done
	Certified Kind = "certified" // a certificate was issued
	Held      Kind = "held"      // a claim is under legal hold: nothing of it is erased
	Released  Kind = "released"
)

// Target is one party in one revision of a claim.
type Target struct {
	Insurer  string `json:"insurer"`
	Claim    string `json:"claim"`
	Revision int    `json:"revision"`
	Party    string `json:"party"` // claimant, parties[0] or record
}

// Mark recognises the subject in what comes later. It is a keyed hash of a token, of no use without the keys of the
// insurer.
type Mark struct {
	Insurer string `json:"insurer"`
	// where the token may be another person's too: it counts in this claim alone
	Claim  string `json:"claim,omitzero"`
	Domain string `json:"domain,omitzero"` // of the token
	Sum    []byte `json:"sum"`
}

// Event is one entry of the journal. It holds no clear value and no token.
type Event struct {
	Kind    Kind      `json:"kind"`
	Number  int64     `json:"number,omitzero"` // of the erasure: that of the event which requested it; 0 in a request
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Trail   int64     `json:"trail,omitzero"`  // of a request: number of its entry in the audit trail
	Ground  string    `json:"ground,omitzero"` // of a request: a code of Grounds; of a hold: why
	Targets []Target  `json:"targets,omitzero"`
	Marks   []Mark    `json:"marks,omitzero"`
	Until   time.Time `json:"until,omitzero"` // of a request: when its marks are forgotten
	Insurer string    `json:"insurer,omitzero"`
	Claim   string    `json:"claim,omitzero"`  // of held and released
	Keys    int       `json:"keys,omitzero"`   // of done: how many keys were given up
	Notes   int       `json:"notes,omitzero"`  // of done: how many notes of cases
	Digest  []byte    `json:"digest,omitzero"` // of certified: SHA-256 of the certificate
}

// Limits of an event. A subject with more targets takes several events.
const (
	maxEventBytes = 900_000
	maxTargets    = 2_000
)

// ErrEvent says that an entry is not one that the journal takes.
var ErrEvent = errors.New("entry of the journal of erasures not valid")

var (
	words      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	partyName  = regexp.MustCompile(`^(record|claimant|parties\[[0-9]{1,3}\])$`)
	domainName = regexp.MustCompile(`^[a-z]{3}$`)
)

func (e *Event) check() error {
	bad := func(problem string) error { return fmt.Errorf("%w: %s", ErrEvent, problem) }
	switch {
	case e.At.IsZero() || e.By == "" || len(e.By) > 256:
		return bad("it does not say when, or by whom")
	case len(e.Targets) > maxTargets || len(e.Marks) > 8*maxTargets:
		return bad("it names too much at once")
	case e.Keys < 0 || e.Notes < 0:
		return bad("a count is below zero")
	}
	for _, t := range e.Targets {
		if !claim.ValidInsurer(t.Insurer) || t.Claim == "" || t.Revision < 1 || !partyName.MatchString(t.Party) {
			return bad("a target is no party of a claim")
		}
	}
	for _, m := range e.Marks {
		if !claim.ValidInsurer(m.Insurer) || len(m.Sum) != 16 || m.Claim == "" && !domainName.MatchString(m.Domain) {
			return bad("a mark is none")
		}
	}
	return e.checkKind(bad)
}

func (e *Event) checkKind(bad func(string) error) error {
	onClaim := e.Kind == Held || e.Kind == Released
	switch e.Kind {
	case Requested:
		if e.Number != 0 || !words.MatchString(e.Ground) || e.Until.IsZero() {
			return bad("a request without a ground or an end")
		}
	case Approved, Withdrawn, Found, Done:
	case Certified:
		if len(e.Digest) != 32 {
			return bad("a certificate without its digest")
		}
	case Held, Released:
		if !claim.ValidInsurer(e.Insurer) || e.Claim == "" || e.Kind == Held && !words.MatchString(e.Ground) {
			return bad("a hold without a claim or a reason")
		}
	default:
		return bad("a kind that this program does not know")
	}
	if e.Kind != Requested && !onClaim && e.Number < 1 {
		return bad("it does not name a request")
	}
	return nil
}

func (e Event) encode() ([]byte, error) {
	e.At = e.At.UTC().Truncate(time.Millisecond)
	if err := e.check(); err != nil {
		return nil, err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encoding an event of the journal of erasures: %w", err)
	}
	if len(data) > maxEventBytes {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrEvent, len(data), maxEventBytes)
	}
	return data, nil
}

// Decode reads an event as the journal has it.
func Decode(data []byte) (Event, error) {
	if len(data) > maxEventBytes {
		return Event{}, fmt.Errorf("%w: %d bytes, limit %d", ErrEvent, len(data), maxEventBytes)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var e Event
	if err := d.Decode(&e); err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Event{}, fmt.Errorf("%w: data after its end", ErrEvent)
	}
	return e, e.check()
}
