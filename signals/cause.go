package signals

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hit is what a look-up finds: how many others, what kinds, and never who or about whom.
type Hit struct {
	Publishers int      `json:"publishers"` // other members with a signal that counts; 0: no hit
	Kinds      []Kind   `json:"kinds,omitempty"`
	Lines      []string `json:"lines,omitempty"`
	Bases      []Basis  `json:"bases,omitempty"`
	Severity   int      `json:"severity,omitempty"` // of the gravest
	Newest     Month    `json:"newest,omitempty"`
	Domains    []Domain `json:"domains,omitempty"` // of the claim's own identifiers that matched
	Stale      []string `json:"stale,omitempty"`   // members whose copies are too old to count
}

// CountsFrom is the number of members from which on a count is shown: below it, a count says who.
const CountsFrom = 5

// Veiled returns the hit without its count if the consortium is so small that a count says who.
func (h Hit) Veiled(members int) Hit {
	if members < CountsFrom {
		h.Publishers = min(h.Publishers, 1)
	}
	return h
}

// Reason returns the words for an investigator, such as "flagged elsewhere (ring), health, this quarter". members is
// the size of the consortium.
func (h Hit) Reason(members int, now time.Time) string {
	if h.Publishers == 0 {
		return "not flagged elsewhere"
	}
	text := "flagged elsewhere"
	if members >= CountsFrom {
		text = fmt.Sprintf("flagged by %d others", h.Publishers)
	}
	var kinds []string
	for _, k := range h.Kinds {
		kinds = append(kinds, string(k))
	}
	text += " (" + strings.Join(kinds, ", ") + ")"
	if !slices.Contains(h.Bases, "established") {
		text += ", suspected"
	}
	text += ", " + strings.Join(h.Lines, " and ") + ", "
	at, err := h.Newest.Start()
	switch months := (now.UTC().Year()-at.Year())*12 + int(now.UTC().Month()) - int(at.Month()); {
	case err != nil:
		return text + "at a time that is not known"
	case (int(now.UTC().Month())-1)/3 == (int(at.Month())-1)/3 && now.UTC().Year() == at.Year():
		return text + "this quarter"
	case months < 12:
		return text + "within a year"
	default:
		return text + "over a year ago"
	}
}

// Cause is why a claim must be scored again: a hit came, changed or went. Its place names it for ever, so that a
// claim's new entry can say what it was scored again for, and so that a cause that comes twice is known.
type Cause struct {
	Journal   string    `json:"journal"` // "signals"
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"` // in the member's list of causes
	Epoch     int32     `json:"epoch"`  // of the consortium
	Time      time.Time `json:"time"`
	Insurer   string    `json:"insurer"`
	Claim     string    `json:"claim"`
	Hit       Hit       `json:"hit"` // what counts now; Publishers 0 lowers again
}

// Causes takes causes. *A hit alone never decides*: it is one feature and one reason among others, and never for
// underwriting.
type Causes interface {
	// Take returns nil once the cause is durable where claims are scored again. After an error, and after a crash, the
	// same cause comes again; whoever takes it knows it by its place. One call at a time, in the order of offsets.
	Take(ctx context.Context, cause Cause) error
}

// Claims tells whether a claim is open: a look-up without one is refused.
type Claims interface {
	// Open returns nil for an open claim of that insurer, else an error that says what it is instead.
	Open(ctx context.Context, insurer, claim string) error
}
