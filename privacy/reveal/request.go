package reveal

import (
	"slices"
	"time"

	"tallystick/audit"
	"tallystick/claim"
)

// The acts in the audit trail.
const (
	actRequest  = "reveal.request"
	actApprove  = "reveal.approve"
	actWithdraw = "reveal.withdraw"
	actOpen     = "reveal.open"
)

// What the acts take. Approving, and ending what somebody else asked for, is for officers; where only officers ask,
// both are theirs.
const (
	Right        = "reveal"
	ApproveRight = "reveal.approve"
)

// Purpose is why fields are asked for.
type Purpose struct{ Code, Text string }

// Purposes are all that there are.
var purposes = []Purpose{
	{"complaint", "answering a complaint or an objection of the person"},
	{"court-order", "a court or an authority orders it"},
	{"data-subject", "the person asks for their own data"},
	{"investigation", "investigating suspected fraud in this claim"},
	{"payment", "paying or reclaiming what this claim decided"},
}

// Purposes lists what a request may be for, ascending by code.
func Purposes() []Purpose { return slices.Clone(purposes) }

// State is what a request has come to.
type State string

// The states. Only an approved request can be opened.
const (
	Waiting   State = "waiting" // for the second person
	Approved  State = "approved"
	Withdrawn State = "withdrawn"
	Used      State = "used" // opened, or an opening began whose end is not known
	Expired   State = "expired"
)

// Request is what the trail says of one.
type Request struct {
	Number    int64 // of its entry in the audit trail
	Requester string
	Approver  string // "" before
	Ender     string // who withdrew it, or refused it if that is another than who asked; "" if nobody did
	Ref       claim.ClaimRef
	Party     string
	Fields    []string
	Purpose   string
	At        time.Time
	Expires   time.Time

	openings map[int64]bool // intents to open that did not end without anything shown
}

// State returns what the request has come to.
func (r *Request) State(now time.Time) State {
	switch {
	case len(r.openings) > 0:
		return Used
	case r.Ender != "":
		return Withdrawn
	case !now.Before(r.Expires):
		return Expired
	case r.Approver != "":
		return Approved
	}
	return Waiting
}

// codeShown is the result of an opening that failed when something may have been shown already: it counts.
const codeShown = "may-be-shown"

// fold reads the requests from entries of the trail, oldest first. What a request needs follows it, so that a trail
// whose beginning is missing yields fewer requests and never one that looks unused. It believes no entry more than it
// must: an approval counts when it is done, by another person and in time; a withdrawal and an opening from their
// intent.
func fold(entries []audit.Entry) map[int64]*Request {
	all, open := map[int64]*Request{}, map[int64]audit.Entry{}
	for _, e := range entries {
		switch e.Kind {
		case audit.Intent:
			begin(all, &e)
			open[e.Number] = e
		case audit.Done, audit.Failed:
			intent, ok := open[e.Of]
			if !ok || intent.Act != e.Act || intent.Person != e.Person {
				continue
			}
			delete(open, e.Of)
			end(all, &intent, &e)
		}
	}
	return all
}

func begin(all map[int64]*Request, e *audit.Entry) {
	r := all[e.On]
	switch {
	case r == nil:
	case e.Act == actWithdraw && r.Ender == "":
		r.Ender = e.Person
	case e.Act == actOpen:
		r.openings[e.Number] = true
	}
}

func end(all map[int64]*Request, intent, result *audit.Entry) {
	done := result.Kind == audit.Done
	if intent.Act == actRequest && done {
		all[intent.Number] = &Request{
			Number: intent.Number, Requester: intent.Person,
			Ref:   claim.ClaimRef{Insurer: intent.Object.Insurer, Claim: intent.Object.Claim},
			Party: intent.Object.Party, Fields: intent.Fields, Purpose: intent.Reason,
			At: intent.At, Expires: intent.Expires, openings: map[int64]bool{},
		}
		return
	}
	r := all[intent.On]
	switch {
	case r == nil:
	case intent.Act == actApprove && done:
		if r.Approver == "" && intent.Person != r.Requester && intent.At.Before(r.Expires) {
			r.Approver = intent.Person
		}
	case intent.Act == actOpen && !done && result.Result != codeShown:
		delete(r.openings, intent.Number)
	}
}
