package console

import (
	"slices"

	"tallystick/cases"
)

// Role is what a person is in the install. A person may have several.
type Role string

// The roles.
const (
	Investigator Role = "investigator" // works on cases
	Lead         Role = "lead"         // works on cases, hands them out, reopens, sees how the team does
	Officer      Role = "officer"      // holds a half of the keys; sees requests and the audit, and no case
	Partner      Role = "partner"      // of another company: reads records and proves them
	Supervisor   Role = "supervisor"   // of the authority: reads, and writes nothing
	Admin        Role = "admin"        // people and sessions; sees no claim
)

// Roles are all roles, for tables and tests.
var Roles = []Role{Investigator, Lead, Officer, Partner, Supervisor, Admin}

// Right is one thing that a role allows. Those about cases are the rights of package cases, by the same names.
type Right string

// The rights that package cases does not know.
const (
	SignedIn       Right = "signed-in" // everybody who has a session
	Prove          Right = "record.prove"
	Export         Right = "case.export" // the referral file
	AskReveal      Right = "reveal.ask"
	AnswerReveal   Right = "reveal.answer"
	SearchClear    Right = "search.clear"    // claims by an identifier that one types
	ReadReveals    Right = "reveal.read"     // one's own requests; with the right to answer or to read the audit all
	ReadStatistics Right = "statistics.read" // the lead's page
	ReadDelays     Right = "delays.read"
	ReadAudit      Right = "audit.read"
	EndSessions    Right = "sessions.end"
)

// work is what who works on cases may do.
var work = append(ofCases(cases.RightRead, cases.RightNotes, cases.RightWork, cases.RightDecide, cases.RightContest,
	cases.RightOpen),
	Prove, Export, AskReveal, ReadReveals, SearchClear)

var rightsOf = map[Role][]Right{
	Investigator: work,
	Lead: slices.Concat(work, ofCases(cases.RightAssign, cases.RightReopen, cases.RightMerge, cases.RightDeadline,
		cases.RightRestrict,
		cases.RightPeople), []Right{ReadStatistics, ReadDelays}),
	Officer:    {AnswerReveal, ReadReveals, ReadAudit, ReadDelays},
	Partner:    {Prove},
	Supervisor: {Right(cases.RightRead), Prove, ReadStatistics, ReadDelays, ReadAudit, ReadReveals},
	Admin:      {EndSessions},
}

func ofCases(rights ...cases.Right) (all []Right) {
	for _, r := range rights {
		all = append(all, Right(r))
	}
	return all
}

// Person is who signed in, with what the company says they may see.
type Person struct {
	ID       string   `json:"id"`   // stable; stands in the journals
	Name     string   `json:"name"` // for other people
	Roles    []Role   `json:"roles"`
	Insurers []string `json:"insurers"` // whose claims they may see
	Groups   []string `json:"groups"`   // of need-to-know
}

// May reports whether one of the person's roles has the right.
func (p *Person) May(r Right) bool {
	if r == SignedIn {
		return true
	}
	return slices.ContainsFunc(p.Roles, func(role Role) bool { return slices.Contains(rightsOf[role], r) })
}

// Rights returns all rights of the person, sorted.
func (p *Person) Rights() []Right {
	var all []Right
	for _, role := range p.Roles {
		all = append(all, rightsOf[role]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Sees reports whether the person may know of an insurer's claim whose case is kept to a need-to-know group ("" is
// none).
func (p *Person) Sees(insurer, group string) bool {
	return slices.Contains(p.Insurers, insurer) && (group == "" || slices.Contains(p.Groups, group))
}

// actor is the person as package cases knows people. To cases, no insurer means all of them: who has none is no actor.
func (p *Person) actor() cases.Actor {
	if len(p.Insurers) == 0 {
		return cases.Actor{}
	}
	a := cases.Actor{Person: p.ID, Insurers: p.Insurers, Groups: p.Groups}
	for _, r := range p.Rights() {
		a.Rights = append(a.Rights, cases.Right(r))
	}
	return a
}

// Colleague is what one person sees of another.
type Colleague struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
}
