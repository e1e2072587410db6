package cases

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/quagmt/udecimal"
)

// Filter chooses cases. A field that is empty chooses all; fields are joined by and, the values of one by or.
type Filter struct {
	Status       []Status         `json:"status,omitzero"` // empty: new and taken
	Insurers     []string         `json:"insurers,omitzero"`
	Lines        []string         `json:"lines,omitzero"`
	Outcomes     []string         `json:"outcomes,omitzero"`
	Verdicts     []Verdict        `json:"verdicts,omitzero"`
	Assignees    []string         `json:"assignees,omitzero"` // Nobody for those that nobody has
	Rules        []string         `json:"rules,omitzero"`     // ids without version
	Ring         string           `json:"ring,omitzero"`      // its id
	InRing       *bool            `json:"inRing,omitzero"`
	Hold         *bool            `json:"hold,omitzero"`
	Contested    *bool            `json:"contested,omitzero"`
	Questioned   *bool            `json:"questioned,omitzero"`
	ScoreMin     float64          `json:"scoreMin,omitzero"`
	ScoreMax     float64          `json:"scoreMax,omitzero"` // 0: none
	Currency     string           `json:"currency,omitzero"` // needed by MoneyMin and MoneyMax
	MoneyMin     udecimal.Decimal `json:"moneyMin,omitzero"`
	MoneyMax     udecimal.Decimal `json:"moneyMax,omitzero"`
	OpenedAfter  time.Time        `json:"openedAfter,omitzero"`
	OpenedBefore time.Time        `json:"openedBefore,omitzero"`
	DueBefore    time.Time        `json:"dueBefore,omitzero"`
	Claim        string           `json:"claim,omitzero"` // part of a claim's number
	Group        string           `json:"group,omitzero"`
	Jurisdiction string           `json:"jurisdiction,omitzero"`
}

// Nobody in Filter.Assignees chooses cases without an assignee.
const Nobody = "-"

// Sort says by what a queue is ordered. Cases that are equal in it are ordered by number.
type Sort string

// The orders. Desc of a Query turns them round. Cases without the value come last.
const (
	SortScore    Sort = "score"
	SortMoney    Sort = "money"
	SortOpened   Sort = "opened"
	SortMoved    Sort = "moved"
	SortDue      Sort = "due"
	SortRing     Sort = "ring"
	SortLine     Sort = "line"
	SortAssignee Sort = "assignee"
	SortReason   Sort = "reason"
)

var sorts = []Sort{SortScore, SortMoney, SortOpened, SortMoved, SortDue, SortRing, SortLine, SortAssignee, SortReason}

// Query asks for a page of a queue.
type Query struct {
	Filter Filter `json:"filter"`
	Sort   Sort   `json:"sort,omitzero"` // empty: score, highest first
	Desc   bool   `json:"desc,omitzero"`
	Cursor string `json:"cursor,omitzero"` // Next of the page before
	Limit  int    `json:"limit,omitzero"`  // 1 to MaxPage; 0: 50
}

// MaxPage bounds a page.
const MaxPage = 500

// Page is a part of a queue.
type Page struct {
	Rows  []Row  `json:"rows"`
	Next  string `json:"next,omitzero"` // cursor of the page after; empty: there is none
	Total int    `json:"total"`         // cases that match, on all pages
	Bands []Band `json:"bands"`         // of all that match, by outcome
	At    int64  `json:"at"`            // Seq up to which the journal is folded: Watch goes on after it
}

// Band counts the cases of an outcome.
type Band struct {
	Outcome string  `json:"outcome"`
	Count   int     `json:"count"`
	Sums    []Money `json:"sums"` // by currency, sorted
}

func (q *Query) fill() error {
	if q.Sort == "" {
		q.Sort, q.Desc = SortScore, true
	}
	if !slices.Contains(sorts, q.Sort) {
		return &InvalidError{Field: "sort", Problem: "is none of the orders that there are"}
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 1 || q.Limit > MaxPage {
		return &InvalidError{Field: "limit", Problem: "want 1 to 500"}
	}
	return q.Filter.check()
}

func (f *Filter) check() error {
	if (!f.MoneyMin.IsZero() || !f.MoneyMax.IsZero()) && f.Currency == "" {
		return &InvalidError{Field: "currency", Problem: "is needed to compare money"}
	}
	if len(f.Claim) > 200 || len(f.Ring) > 200 {
		return &InvalidError{Field: "filter", Problem: "is too long"}
	}
	for _, n := range []int{len(f.Status), len(f.Insurers), len(f.Lines), len(f.Outcomes), len(f.Assignees),
		len(f.Rules)} {
		if n > 100 {
			return &InvalidError{Field: "filter", Problem: "names more than 100 values of a field"}
		}
	}
	return nil
}

func among[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

func is(want *bool, v bool) bool { return want == nil || *want == v }

// match reports whether the filter chooses a case.
func (f *Filter) match(c *Case, now time.Time) bool {
	status := c.statusAt(now)
	if len(f.Status) == 0 {
		if status != New && status != Taken {
			return false
		}
	} else if !slices.Contains(f.Status, status) {
		return false
	}
	assignee := c.Assignee
	if assignee == "" {
		assignee = Nobody
	}
	if !among(f.Insurers, c.Insurer) || !among(f.Lines, c.Line) || !among(f.Outcomes, c.Outcome) ||
		!among(f.Assignees, assignee) {
		return false
	}
	if !is(f.InRing, len(c.Rings) > 0) || !is(f.Hold, c.Hold) || !is(f.Contested, c.Contested) ||
		!is(f.Questioned, c.Questioned) {
		return false
	}
	if c.Score < f.ScoreMin || f.ScoreMax > 0 && c.Score > f.ScoreMax {
		return false
	}
	if f.Group != "" && f.Group != c.Group || f.Jurisdiction != "" && f.Jurisdiction != c.Jurisdiction {
		return false
	}
	return f.matchTimes(c) && f.matchMoney(c) && f.matchParts(c)
}

func (f *Filter) matchTimes(c *Case) bool {
	switch {
	case !f.OpenedAfter.IsZero() && c.OpenedAt.Before(f.OpenedAfter),
		!f.OpenedBefore.IsZero() && !c.OpenedAt.Before(f.OpenedBefore):
		return false
	case !f.DueBefore.IsZero() && (c.Due.IsZero() || !c.Due.Before(f.DueBefore)):
		return false
	}
	return true
}

func (f *Filter) matchMoney(c *Case) bool {
	if f.Currency == "" {
		return true
	}
	m := c.lead().Money
	if m == nil || m.Currency != f.Currency || m.Amount.LessThan(f.MoneyMin) {
		return false
	}
	return f.MoneyMax.IsZero() || !m.Amount.GreaterThan(f.MoneyMax)
}

func (f *Filter) matchParts(c *Case) bool {
	if len(f.Verdicts) > 0 && (c.Disposition == nil || !slices.Contains(f.Verdicts, c.Disposition.Verdict)) {
		return false
	}
	if f.Ring != "" && !slices.ContainsFunc(c.Rings, func(r RingRef) bool { return r.ID == f.Ring }) {
		return false
	}
	if f.Claim != "" &&
		!slices.ContainsFunc(c.Claims, func(i ClaimItem) bool { return strings.Contains(i.Claim, f.Claim) }) {
		return false
	}
	if len(f.Rules) == 0 {
		return true
	}
	return slices.ContainsFunc(c.Claims, func(i ClaimItem) bool {
		return slices.ContainsFunc(i.Reasons, func(r Reason) bool {
			id, _, _ := strings.Cut(r.Rule, "@")
			return slices.Contains(f.Rules, id)
		})
	})
}

// rank is the place of a case in an order: it is compared by lack, number, text, then ID.
type rank struct {
	Lacks  bool    `json:"l,omitempty"`
	Number float64 `json:"n,omitempty"`
	Text   string  `json:"t,omitempty"`
	ID     ID      `json:"i"`
}

func (q *Query) rank(c *Case) rank {
	r := rank{ID: c.ID}
	at := func(t time.Time) { r.Number, r.Lacks = float64(t.UnixMilli()), t.IsZero() }
	switch q.Sort {
	case SortScore:
		r.Number = c.Score
	case SortMoney:
		// Amounts of several currencies cannot be compared: each currency has its place.
		if m := c.lead().Money; m != nil {
			r.Number, r.Text = m.Amount.InexactFloat64(), m.Currency
		} else {
			r.Lacks = true
		}
	case SortOpened:
		at(c.OpenedAt)
	case SortMoved:
		at(c.MovedAt)
	case SortDue:
		at(c.Due)
	case SortRing:
		if r.Lacks = len(c.Rings) == 0; !r.Lacks {
			r.Number = float64(c.Rings[0].Size)
		}
	case SortLine:
		r.Text = c.Line
	case SortAssignee:
		r.Text, r.Lacks = c.Assignee, c.Assignee == ""
	case SortReason:
		if first := c.lead().Reasons; len(first) > 0 {
			r.Text = first[0].Rule
		} else {
			r.Lacks = true
		}
	}
	return r
}

func (q *Query) compare(a, b rank) int {
	if a.Lacks != b.Lacks {
		if a.Lacks {
			return 1
		}
		return -1
	}
	n := cmp.Compare(a.Number, b.Number)
	t := cmp.Compare(a.Text, b.Text)
	if q.Desc {
		n = -n
	}
	if q.Sort == SortMoney {
		return cmp.Or(t, n, cmp.Compare(a.ID, b.ID))
	}
	if q.Desc {
		t = -t
	}
	return cmp.Or(n, t, cmp.Compare(a.ID, b.ID))
}

// cursor says after which case a page begins.
func (q *Query) cursor(r rank) string {
	data, err := json.Marshal(r)
	if err != nil {
		return "" // a rank holds nothing that cannot be written
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func parseCursor(s string) (rank, error) {
	var r rank
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(s) > 1000 || json.Unmarshal(data, &r) != nil {
		return r, &InvalidError{Field: "cursor", Problem: "is none that a page gave"}
	}
	return r, nil
}
