package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/quagmt/udecimal"

	"tallystick/cases"
)

// ActBody is what a person does to a case, as JSON. Act says which of the other fields count.
type ActBody struct {
	Act      string     `json:"act,omitempty" enum:"take,release,assign,note,snooze,decide,determine,refer,contest,reopen,deadline,restrict"`
	To       string     `json:"to,omitempty" maxLength:"200"`
	Auto     bool       `json:"auto,omitempty"`
	Text     string     `json:"text,omitempty" maxLength:"40000"`
	Subjects []string   `json:"subjects,omitempty" maxItems:"50"`
	Kept     []string   `json:"kept,omitempty" maxItems:"20" doc:"kinds of identifiers that the author was told of and keeps"`
	Until    *time.Time `json:"until,omitempty"`
	Verdict  string     `json:"verdict,omitempty" enum:"confirm,clear,refer"`
	Reasons  []string   `json:"reasons,omitempty" maxItems:"10"`
	Viewed   []string   `json:"viewed,omitempty" maxItems:"40"`
	Saved    *Money     `json:"saved,omitempty"`
	Reason   string     `json:"reason,omitempty" maxLength:"100"`
	Group    string     `json:"group,omitempty" maxLength:"100"`
	Name     string     `json:"name,omitempty" maxLength:"100"`
	Law      string     `json:"law,omitempty" maxLength:"200"`
	Met      bool       `json:"met,omitempty"`
}

// act returns the act of package cases.
func (a *ActBody) act() (cases.Act, error) {
	switch a.Act {
	case "take":
		return cases.Take{}, nil
	case "release":
		return cases.Release{}, nil
	case "assign":
		return cases.Assign{To: a.To, Auto: a.Auto}, nil
	case "note":
		return cases.AddNote{Text: a.Text, Subjects: a.Subjects, Kept: a.Kept}, nil
	case "snooze":
		if a.Until == nil {
			return nil, huma.Error422UnprocessableEntity("until: say until when")
		}
		return cases.Snooze{Until: *a.Until}, nil
	case "decide":
		d := cases.Decide{Verdict: cases.Verdict(a.Verdict), Reasons: a.Reasons, To: a.To, Viewed: a.Viewed}
		if a.Saved != nil {
			amount, err := udecimal.Parse(a.Saved.Amount)
			if err != nil {
				return nil, huma.Error422UnprocessableEntity("saved: want an amount such as 1000.00")
			}
			d.Saved = &cases.Money{Amount: amount, Currency: a.Saved.Currency}
		}
		return d, nil
	case "determine":
		return cases.Determine{}, nil
	case "refer":
		return cases.Refer{To: a.To}, nil
	case "contest":
		return cases.Contest{Reason: a.Reason}, nil
	case "reopen":
		return cases.Reopen{Reason: a.Reason}, nil
	case "deadline":
		d := cases.SetDeadline{Deadline: cases.Deadline{Name: a.Name, Law: a.Law, Met: a.Met}, Reason: a.Reason}
		if a.Until != nil {
			d.Deadline.Due = *a.Until
		}
		return d, nil
	case "restrict":
		return cases.Restrict{Group: a.Group, Reason: a.Reason}, nil
	}
	return nil, huma.Error422UnprocessableEntity("act: there is no such act")
}

// acts are the end points by which a case changes: one an act, so that each has its right.
var acts = []struct {
	name    string
	right   cases.Right
	summary string
}{
	{"take", cases.RightWork, "Take a case: one wins, the other is told who"},
	{"release", cases.RightWork, "Give a case back to the queue"},
	{"assign", cases.RightAssign, "Give a case to somebody"},
	{"note", cases.RightNotes, "Write a note"},
	{"snooze", cases.RightWork, "Put a case off"},
	{"decide", cases.RightDecide, "Answer the question and close the case"},
	{"determine", cases.RightDecide, "Record that fraud is determined: a clock of the law starts"},
	{"refer", cases.RightDecide, "Record that the file went to an authority"},
	{"contest", cases.RightContest, "Record that the subject objects"},
	{"reopen", cases.RightReopen, "Open a closed case again"},
	{"deadline", cases.RightDeadline, "Set, move or meet a deadline"},
	{"restrict", cases.RightRestrict, "Put a case under need to know"},
}

type actInput struct {
	CasePath
	Body struct {
		Command string `json:"command" minLength:"8" maxLength:"64" doc:"made by the client; the same again writes nothing"`
		Expect  int64  `json:"expect,omitempty" doc:"the case's version that the person saw"`
		ActBody
	}
}

// ActAnswer says what came of an act.
type ActAnswer struct {
	Case    cases.ID `json:"case"`
	Seq     int64    `json:"seq"`
	Version int64    `json:"version"`
}

func (s *Server) actRoutes() {
	type out struct{ Body ActAnswer }
	for _, a := range acts {
		e := endpoint{Method: http.MethodPost, Path: "/api/v1/cases/{case}/" + a.name, ID: "case." + a.name,
			Summary: a.summary, Right: Right(a.right), Audit: true}
		handle(s, e, func(ctx context.Context, p *Person, in *actInput) (*out, error) {
			in.Body.Act = a.name
			what, err := in.Body.ActBody.act()
			if err != nil {
				return nil, err
			}
			done, err := s.cfg.Cases.Do(ctx, p.actor(),
				cases.Command{ID: in.Body.Command, Case: in.id(), Expect: in.Body.Expect, Act: what})
			if err != nil {
				return nil, err
			}
			return &out{ActAnswer{done.Case, done.Seq, done.Version}}, nil
		})
	}
}
