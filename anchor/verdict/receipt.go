package verdict

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tallystick/anchor/proof"
)

// Receipt is what a policyholder wants to know of a claim's record, taken from values that were proved and from nothing
// else.
type Receipt struct {
	Insurer  string
	Claim    string
	Revision string
	Reported string // when the loss was reported, as the claim says: a day or a time; "" if that is not shown
	Decided  string // when the pipeline decided, RFC 3339
	Outcome  string
	// from the report to the decision, in whole days or in hours and minutes; "" if the report is not shown
	Delay string
}

// receiptPaths are the values that make a bundle a receipt; the time of the report is shown where the record has it.
var receiptPaths = []string{"entry.insurer", "entry.claim", "entry.revision", "entry.at", "decision.outcome"}

// ReceiptOf reads a report as a receipt; false if it lacks a value that a receipt has. What stands with a party is not
// taken: its name could be chosen by whoever sent the claim.
func ReceiptOf(r *proof.Report) (Receipt, bool) {
	values := map[string]string{}
	for _, f := range r.Fields {
		if f.Section == "" && f.Members == nil {
			values[f.Path] = f.Value
		}
	}
	for _, path := range receiptPaths {
		if values[path] == "" {
			return Receipt{}, false
		}
	}
	out := Receipt{
		Insurer: values["entry.insurer"], Claim: values["entry.claim"], Revision: values["entry.revision"],
		Reported: values["loss.reported"], Decided: values["entry.at"], Outcome: values["decision.outcome"],
	}
	out.Delay = delay(out.Reported, out.Decided)
	return out, true
}

// delay says how long it took. A report of a day alone is counted in days: no hour of it is known.
func delay(reported, decided string) string {
	end, err := time.Parse(time.RFC3339Nano, decided)
	if err != nil {
		return ""
	}
	if day, err := time.Parse(time.DateOnly, reported); err == nil {
		if days := int(end.UTC().Truncate(24*time.Hour).Sub(day).Hours() / 24); days >= 0 {
			return strconv.Itoa(days) + " days"
		}
		return ""
	}
	begin, err := time.Parse(time.RFC3339Nano, reported)
	if err != nil || end.Before(begin) {
		return ""
	}
	took := end.Sub(begin).Truncate(time.Minute)
	return fmt.Sprintf("%d hours %d minutes", int(took.Hours()), int(took.Minutes())%60)
}

// Text renders the receipt for people.
func (r Receipt) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "RECEIPT, from the values proved below\n  claim %q of %q, revision %s\n", r.Claim, r.Insurer,
		r.Revision)
	if r.Reported != "" {
		fmt.Fprintf(&b, "  reported %q, as the claim says\n", r.Reported)
	}
	fmt.Fprintf(&b, "  decided %q: %q\n", r.Decided, r.Outcome)
	if r.Delay != "" {
		fmt.Fprintf(&b, "  from the report to this decision: %s\n", r.Delay)
	}
	return b.String()
}
