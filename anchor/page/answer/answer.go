// Package answer puts a verdict into the JSON that the page shows in the reader's language. It must not know the
// browser, so that its tests run anywhere. Enter at [For].
package answer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tallystick/anchor/proof"
	"tallystick/anchor/verdict"
)

// Answer is what the page shows. Without Proved, Step and Problem say why nothing is proved.
type Answer struct {
	Proved      bool       `json:"proved"`
	Kind        string     `json:"kind"`
	Step        string     `json:"step,omitempty"`    // of the verification; "keys" or "file" where it did not begin
	Problem     string     `json:"problem,omitempty"` // in English, from the verifier
	Fingerprint string     `json:"fingerprint"`       // of the keys that were given
	Text        string     `json:"text,omitempty"`    // the report as the command prints it
	Documents   []Document `json:"documents,omitempty"`
}

// Document is one verified proof. Texts in it are quoted where they could disturb a reader.
type Document struct {
	Name       string    `json:"name,omitempty"`
	Lines      []Line    `json:"lines"`
	Commitment string    `json:"commitment"`
	Origin     string    `json:"origin"`
	LogKey     string    `json:"key"`
	LogSize    uint64    `json:"size"`
	LogRoot    string    `json:"root"`
	Batch      uint64    `json:"batch"`
	Entry      uint64    `json:"entry"` // from 1
	Entries    uint64    `json:"entries"`
	Hidden     uint64    `json:"hidden"`
	Parties    uint64    `json:"parties"` // of which there is only a digest
	Quorum     int       `json:"quorum"`
	Witnesses  []Witness `json:"witnesses"`
	Stamps     []Stamp   `json:"stamps"`
	Unchecked  int       `json:"unchecked"`
	Stated     [2]int64  `json:"stated"` // partition, offset
	Receipt    *Receipt  `json:"receipt,omitempty"`
}

// Receipt is what a policyholder asks first, of the same values.
type Receipt struct {
	Insurer  string `json:"insurer"`
	Claim    string `json:"claim"`
	Revision string `json:"revision"`
	Reported string `json:"reported"`
	Decided  string `json:"decided"`
	Outcome  string `json:"outcome"`
	Delay    string `json:"delay"`
}

// Line is one shown value.
type Line struct {
	Path   string `json:"path"`
	Value  string `json:"value"`
	With   string `json:"with,omitempty"`
	Sealed bool   `json:"sealed,omitempty"`
}

// Witness is a cosignature, Stamp a time stamp that was checked.
type (
	Witness struct {
		Name string `json:"name"`
		Key  string `json:"key"`
		At   string `json:"at"`
	}
	Stamp struct {
		By     string `json:"by"`
		Issuer string `json:"issuer"`
		Before string `json:"before"`
	}
)

// For verifies a file with the keys (as [verdict.ParseKeys] reads them) and returns an [Answer] as JSON. A fingerprint
// that is not empty must be that of the keys.
func For(file []byte, keys, fingerprint string) string {
	data, err := json.Marshal(answerFor(file, []byte(keys), fingerprint))
	if err != nil {
		return `{"proved":false,"step":"file","problem":"the verdict cannot be written"}`
	}
	return string(data)
}

func answerFor(file, keys []byte, fingerprint string) Answer {
	a := Answer{Kind: string(verdict.KindOf(file)), Fingerprint: verdict.Fingerprint(keys)}
	if strings.TrimSpace(fingerprint) != "" {
		if err := verdict.CheckFingerprint(keys, fingerprint); err != nil {
			return a.failed("keys", err)
		}
	}
	policy, err := verdict.ParseKeys(keys)
	if err != nil {
		return a.failed("keys", err)
	}
	v, err := verdict.Check(file, policy)
	if err != nil {
		return a.failed("file", err)
	}
	a.Proved, a.Text = true, v.Text()
	for _, d := range v.Documents {
		a.Documents = append(a.Documents, documentOf(d))
	}
	return a
}

func (a Answer) failed(step string, err error) Answer {
	a.Step, a.Problem = step, err.Error()
	var failed *proof.Error
	if errors.As(err, &failed) {
		a.Step = string(failed.Step)
	}
	return a
}

func documentOf(d verdict.Document) Document {
	r := d.Report
	doc := Document{
		Lines: []Line{}, Commitment: r.Commitment.String(), Origin: proof.Printable(r.Origin),
		LogKey:  proof.Printable(r.LogKey),
		LogSize: r.LogSize, LogRoot: r.LogRoot.String(), Batch: r.Batch, Entry: r.BatchIndex + 1,
		Entries: r.BatchEntries,
		Hidden:  r.Hidden.Values, Parties: r.Hidden.Sections, Quorum: r.Quorum, Unchecked: r.Unchecked,
		Witnesses: []Witness{}, Stamps: []Stamp{}, Stated: [2]int64{int64(r.Stated.Partition), r.Stated.Offset},
	}
	if d.Name != "" {
		doc.Name = fmt.Sprintf("%q", d.Name)
	}
	if receipt, ok := verdict.ReceiptOf(r); ok {
		shown := Receipt(receipt)
		doc.Receipt = &shown
	}
	for _, f := range r.Fields {
		for _, l := range f.Lines() {
			doc.Lines = append(doc.Lines, Line(l))
		}
	}
	for _, w := range r.Witnesses {
		doc.Witnesses = append(doc.Witnesses, Witness{proof.Printable(w.Name), w.KeyID, w.At.Format(time.RFC3339)})
	}
	for _, s := range r.Stamped {
		doc.Stamps = append(doc.Stamps, Stamp{proof.Printable(s.By), proof.Printable(s.Issuer),
			s.Before.Format(time.RFC3339Nano)})
	}
	return doc
}
