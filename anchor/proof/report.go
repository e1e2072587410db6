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

	Stated Stated // what the bundle says beside it, without proof
}

// ProvedField is a value that the record was committed to with.
type ProvedField struct {
	Path  string
	Kind  string // s, n, t or f, see the Kind constants
	Value string // of kinds s and n
	Group string // the party's tree it was sealed in, if any
}

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
	Hidden    uint64 // values of the record that the bundle does not show; sealed parties of which nothing is shown count as one each
}

func stated(b *Bundle) Stated {
	hidden := b.Record.Leaves - min(b.Record.Leaves, uint64(len(b.Groups)))
	for i := range b.Groups {
		hidden += b.Groups[i].Leaves
	}
	hidden -= min(hidden, uint64(len(b.Fields)))
	return Stated{Partition: b.Record.Partition, Offset: b.Record.Offset, Hidden: hidden}
}

// Text renders the report for people. Values are quoted, so that a value cannot forge a line of the report.
func (r *Report) Text() string {
	var b strings.Builder
	b.WriteString("PROVED\n")
	for _, f := range r.Fields {
		fmt.Fprintf(&b, "  %s = %s", printable(f.Path), f.text())
		if f.Group != "" { // else the tree of a party could speak in the name of the record
			fmt.Fprintf(&b, "    in %s", printable(f.Group))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  were committed to in one record    commitment %s\n", r.Commitment)
	fmt.Fprintf(&b, "  which is entry %d of %d of batch %d   root %s\n", r.BatchIndex+1, r.BatchEntries, r.Batch, r.BatchRoot)
	fmt.Fprintf(&b, "  of the log %s   at size %d, root %s\n", printable(r.Origin), r.LogSize, r.LogRoot)
	fmt.Fprintf(&b, "  signed by the key %s\n", printable(r.LogKey))
	if r.Quorum == 0 {
		b.WriteString("  UNWITNESSED: no witness keys were given, so the log may show others another history\n")
	}
	for _, w := range r.Witnesses {
		fmt.Fprintf(&b, "  witnessed by %s (key %s) at %s\n", printable(w.Name), w.KeyID, w.At.Format(time.RFC3339))
	}
	if r.Quorum > 0 {
		fmt.Fprintf(&b, "  %d witnesses signed, %d were needed\n", len(r.Witnesses), r.Quorum)
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
		fmt.Sprintf("what the record holds beside this: the bundle says that %d more values are not shown", r.Stated.Hidden),
		"that the values are true: a commitment shows that they were written down, not that they happened",
		"that this is the latest version of the claim: a later record may have replaced it",
		"that the record holds no second value under the same name: only who sees all its values can tell",
		fmt.Sprintf("where the record lies: the bundle says partition %d, offset %d of the insurer's journal", r.Stated.Partition, r.Stated.Offset),
	}
	if len(r.Witnesses) == 0 {
		return append(lines, "when the record was made, and that the log shows everybody the same history: nobody but the log signed")
	}
	return append(lines, "when the record was made: only that it existed at the times of the witnesses")
}

func (f ProvedField) text() string {
	switch f.Kind[0] {
	case KindTrue:
		return "true"
	case KindFalse:
		return "false"
	case KindNumber:
		return f.Value // checked to be a JSON number
	}
	return strconv.Quote(f.Value)
}

// printable returns s unless it holds something that could disturb a terminal or a line.
func printable(s string) string {
	if quoted := strconv.Quote(s); quoted != `"`+s+`"` {
		return quoted
	}
	return s
}
