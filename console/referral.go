package console

import (
	"archive/zip"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"strings"
	"time"

	"tallystick/cases"
)

//go:embed referral.html
var referralHTML string

var referralPage = template.Must(template.New("referral").Funcs(template.FuncMap{
	"when":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") },
	"score": func(f float64) string { return fmt.Sprintf("%.3f", f) },
	"words": func(code string) string { return strings.ReplaceAll(code, "-", " ") },
	"money": func(m *Money) string {
		if m == nil {
			return "not stated"
		}
		return m.Amount + " " + m.Currency
	},
}).Parse(referralHTML))

// referral is what the page of a referral file says. The five questions are those of 10 CCR 2698.37.
type referral struct {
	Case     *CasePage
	By       *Person
	At       time.Time
	Log      LogHead
	Proofs   []string // files in the ZIP
	Lacking  []string // claims without a proof, and why
	Complete bool     // a person has answered
	Notes    []CaseEvent
	Exhibits []CaseEvent
	Witness  int // tokens of witnesses: how many, never who
}

var unsafeName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func (s *Server) referralRoutes() {
	type file struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/cases/{case}/referral.zip", ID: "referral",
		Summary: "The referral file of a case: a page that prints, and proofs of the records that it cites",
		Right:   Export, Audit: true, Big: true},
		func(ctx context.Context, p *Person, in *CasePath) (*file, error) {
			c, err := s.casePage(ctx, p, in.id(), "")
			if err != nil {
				return nil, err
			}
			data, err := s.referral(ctx, p, c)
			if err != nil {
				return nil, err
			}
			name := unsafeName.ReplaceAllString(fmt.Sprintf("referral-%s-%s", c.Case.Insurer, c.Case.Claim), "-")
			return &file{"application/zip", fmt.Sprintf("attachment; filename=%q", name+".zip"), data}, nil
		})
}

// referral writes the ZIP. A record that is not final yet is named as lacking: the rest can be handed over all the
// same.
func (s *Server) referral(ctx context.Context, p *Person, c *CasePage) ([]byte, error) {
	r := referral{Case: c, By: p, At: time.Now().UTC(), Log: s.cfg.Anchors.Head(), Complete: c.Decided != nil}
	for _, e := range c.Chronology {
		switch e.Kind {
		case string(cases.Noted):
			r.Notes = append(r.Notes, e)
		case string(cases.Exhibited):
			r.Exhibits = append(r.Exhibits, e)
		}
	}
	if c.Record != nil {
		for _, t := range c.Record.Tokens {
			if t.Role == "witness" {
				r.Witness++
			}
		}
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, claim := range c.Claims {
		ref := claim.Ref
		if s.cfg.Prover == nil {
			r.Lacking = append(r.Lacking, ref.String()+": this install anchors nothing")
			continue
		}
		bundle, err := s.cfg.Prover.Prove(ctx, ref, nil)
		if err != nil {
			r.Lacking = append(r.Lacking, ref.String()+": "+err.Error())
			continue
		}
		name := "proofs/" + unsafeName.ReplaceAllString(ref.Insurer+"-"+ref.Claim, "-") + ".proof"
		if err := add(z, name, bundle); err != nil {
			return nil, err
		}
		r.Proofs = append(r.Proofs, name)
	}
	var page bytes.Buffer
	if err := referralPage.Execute(&page, r); err != nil {
		return nil, fmt.Errorf("writing the referral file: %w", err)
	}
	record, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the referral file: %w", err)
	}
	if err := add(z, "referral.html", page.Bytes()); err != nil {
		return nil, err
	}
	if err := add(z, "case.json", record); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("writing the referral file: %w", err)
	}
	return out.Bytes(), nil
}

func add(z *zip.Writer, name string, data []byte) error {
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("writing %s of the referral file: %w", name, err)
	}
	return nil
}
