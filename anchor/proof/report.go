package proof

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Report is what a verified bundle proves. Everything but Stated follows from the verifier's keys.
type Report struct {
	Fields     []ProvedField // values that the record holds
	Hidden     Hidden        // what it holds beside them
	Commitment Hash          // of the record

	Batch        uint64 // number of the batch that holds the commitment
	BatchEntries uint64 // commitments in the batch
	BatchIndex   uint64 // place of the commitment among them
	BatchRoot    Hash

	Origin  string // of the log that holds the batch
	LogKey  string // name and id of the key that signed the checkpoint
	LogSize uint64 // batches in the log at the checkpoint
	LogRoot Hash

	Quorum    int // how many witnesses the policy asked for; 0: unwitnessed
	Witnesses []Witnessed

	Stamped   []Stamped // by authorities that the verifier trusts
	Unchecked int       // time stamps of others, which prove nothing here

	Stated Stated // what the bundle says beside it, without proof
}

// ProvedField is a value that the record was committed to with.
type ProvedField struct {
	Path    string
	Kind    string   // see the Kind constants
	Value   string   // of kinds s and n
	Members []Member // of kind g
	Section string   // the party that it stands with, "" for the record itself
	Sealed  bool     // it was sealed, and has been opened
}

// Hidden is what the record holds and the bundle does not show. The counts are bound by the commitment; of a section of
// which there is only the digest nobody can say how much it holds.
type Hidden struct {
	Values   uint64 // that are not shown, tokens of a party as one
	Sections uint64 // parties of which there is only the digest
}

// None reports that the shown values are all values of the record.
func (h Hidden) None() bool { return h == Hidden{} }

// Witnessed is a cosignature that was checked.
type Witnessed struct {
	Name  string
	KeyID string
	At    time.Time // by the witness's clock
}

// Stated is what the maker of the bundle says and no hash binds.
type Stated struct {
	Partition int
	Offset    int64
}

func hiddenOf(b *Bundle) (h Hidden) {
	h.Values = uint64(len(b.Record.Leaves))
	for i := range b.Record.Sections {
		s := &b.Record.Sections[i]
		if s.Digest != nil {
			h.Sections++
			continue
		}
		h.Values += uint64(len(s.Leaves))
		if s.Sealed != nil {
			h.Values += s.Sealed.Count
		}
	}
	h.Values -= uint64(len(b.Fields)) // each is another leaf: they ascend
	return h
}

// Text renders the report for people. Values are quoted, so that a value cannot forge a line of the report.
func (r *Report) Text() string {
	var b strings.Builder
	b.WriteString("PROVED\n")
	for _, f := range r.Fields {
		f.write(&b)
	}
	if r.Hidden.None() {
		b.WriteString("  these are all the values of the record\n")
	}
	fmt.Fprintf(&b, "  were committed to in one record    commitment %s\n", r.Commitment)
	fmt.Fprintf(&b, "  which is entry %d of %d of batch %d   root %s\n", r.BatchIndex+1, r.BatchEntries, r.Batch,
		r.BatchRoot)
	fmt.Fprintf(&b, "  of the log %s   at size %d, root %s\n", Printable(r.Origin), r.LogSize, r.LogRoot)
	fmt.Fprintf(&b, "  signed by the key %s\n", Printable(r.LogKey))
	if r.Quorum == 0 {
		b.WriteString("  UNWITNESSED: no witness keys were given, so the log may show others another history\n")
	}
	for _, w := range r.Witnesses {
		fmt.Fprintf(&b, "  witnessed by %s (key %s) at %s\n", Printable(w.Name), w.KeyID, w.At.Format(time.RFC3339))
	}
	if r.Quorum > 0 {
		fmt.Fprintf(&b, "  %d witnesses signed, %d were needed\n", len(r.Witnesses), r.Quorum)
	}
	for _, s := range r.Stamped {
		fmt.Fprintf(&b, "  existed before %s by %s, for whom %s vouches    time stamp on the log at size %d\n",
			s.Before.Format(time.RFC3339Nano), Printable(s.By), Printable(s.Issuer), s.LogSize)
	}
	b.WriteString("NOT PROVED\n")
	for _, line := range r.NotProved() {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	return b.String()
}

// NotProved says in sentences what a reader might take for proved and is not.
func (r *Report) NotProved() []string {
	lines := []string{
		"that the values are true: a commitment shows that they were written down, not that they happened",
		"that this is the latest version of the claim: a later record may have replaced it",
		fmt.Sprintf("where the record lies: the bundle says partition %d, offset %d of the insurer's journal",
			r.Stated.Partition, r.Stated.Offset),
	}
	if !r.Hidden.None() {
		lines = append([]string{r.Hidden.text()}, lines...)
	}
	if len(r.Witnesses) == 0 {
		lines = append(lines, "that the log shows everybody the same history: nobody but the log signed")
	}
	return append(lines, r.timeNotProved())
}

// timeNotProved says what is not known of the time.
func (r *Report) timeNotProved() string {
	if len(r.Stamped) > 0 {
		return "when the record was made: only that it existed before the times of the time stamps"
	}
	text := "when the record was made: not time-stamped, so no authority for time says before when it existed"
	if r.Unchecked > 0 {
		text = fmt.Sprintf("when the record was made: %d time stamps are of authorities that you did not name, so nobody whom you trust says before when it existed", r.Unchecked)
	}
	if len(r.Witnesses) > 0 {
		text += "; it existed at the times of the witnesses, by their clocks"
	}
	return text
}

func (h Hidden) text() string {
	text := fmt.Sprintf("what the record holds beside this: %d more values are not shown", h.Values)
	if h.Sections > 0 {
		text += fmt.Sprintf(", and of %d parties nothing but a digest", h.Sections)
	}
	return text + "; one of them may have the name of one that is"
}

// Line is one value as people are shown it: quoted, so that it cannot be taken for anything else.
type Line struct {
	Path   string
	Value  string
	With   string // the party; "" for the record itself
	Sealed bool
}

// Lines returns the values of the field; those of a group begin with the group's path.
func (f ProvedField) Lines() []Line {
	with := "" // whose it is, is a word of the record and not of the path
	if f.Section != "" {
		with = Printable(f.Section)
	}
	if f.Members == nil {
		return []Line{{Printable(f.Path), valueText(f.Kind, f.Value), with, f.Sealed}}
	}
	var lines []Line
	for _, m := range f.Members {
		lines = append(lines, Line{Printable(f.Path + "." + m.Path), valueText(m.Kind, textOf(m.Value)), with,
			f.Sealed})
	}
	return lines
}

func (f ProvedField) write(b *strings.Builder) {
	for _, l := range f.Lines() {
		fmt.Fprintf(b, "  %s = %s", l.Path, l.Value)
		if l.With != "" {
			b.WriteString("    with " + l.With)
		}
		if l.Sealed {
			b.WriteString(", sealed")
		}
		b.WriteString("\n")
	}
}

func valueText(kind, value string) string {
	switch kind[0] {
	case KindTrue:
		return "true"
	case KindFalse:
		return "false"
	case KindNumber:
		return value // checked to be a JSON number
	}
	return strconv.Quote(value)
}

// Printable returns s unless it holds something that could disturb a terminal or a line.
func Printable(s string) string {
	if quoted := strconv.Quote(s); quoted != `"`+s+`"` {
		return quoted
	}
	return s
}
