package console

import (
	"context"
	"time"
)

// AuditLine is an entry of the trail as the page shows it.
type AuditLine struct {
	Number  int64     `json:"number"`
	Kind    string    `json:"kind"` // intent, denied, done, failed
	At      time.Time `json:"at"`
	Person  string    `json:"person"`
	Act     string    `json:"act"`
	Right   string    `json:"right,omitempty"`
	Insurer string    `json:"insurer,omitempty"`
	Claim   string    `json:"claim,omitempty"`
	Party   string    `json:"party,omitempty"`
	Case    int64     `json:"case,omitempty"`
	Count   int       `json:"count,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Second  string    `json:"second,omitempty"`
	Of      int64     `json:"of,omitempty"`
	Result  string    `json:"result,omitempty"`
}

func (s *Server) officerRoutes() {
	type lines struct {
		Body struct {
			Lines []AuditLine `json:"lines"`
			Log   LogHead     `json:"log"`
		}
	}
	type auditInput struct {
		Limit int `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/audit", ID: "audit",
		Summary: "The newest entries of the audit trail", Right: ReadAudit},
		func(ctx context.Context, p *Person, in *auditInput) (*lines, error) {
			var out lines
			out.Body.Log, out.Body.Lines = s.cfg.Anchors.Head(), []AuditLine{}
			for _, e := range s.cfg.Audit.Recent(in.Limit) {
				o := e.Object
				if o.Claim != "" {
					// The entry stays, so that the trail has no gap; which claim it was is for who may know of it.
					ok, err := s.sees(ctx, p, Ref{o.Insurer, o.Claim})
					if err != nil {
						return nil, err
					}
					if !ok {
						o.Insurer, o.Claim, o.Party, o.Case = "", "", "", 0
					}
				}
				out.Body.Lines = append(out.Body.Lines, AuditLine{
					e.Number, string(e.Kind), e.At, e.Person, e.Act, e.Right, o.Insurer, o.Claim, o.Party, o.Case,
					o.Count, e.Reason, e.Second, e.Of, e.Result,
				})
			}
			return &out, nil
		})
}
