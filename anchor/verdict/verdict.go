package verdict

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"tallystick/anchor/proof"
)

// MaxBytes bounds a file that is looked at: a referral file with exhibits is the largest.
const MaxBytes = 64 << 20

// maxProofs bounds the proofs of a referral file that are verified.
const maxProofs = 1000

// Kind is what sort of file it is.
type Kind string

// The kinds.
const (
	Bundle   Kind = "bundle"
	Referral Kind = "referral"
)

// Verdict is what a file proves.
type Verdict struct {
	Kind      Kind
	Documents []Document // one, or each proof of a referral file
}

// Document is a verified proof.
type Document struct {
	Name   string // in a referral file
	Report *proof.Report
}

// KindOf tells by the first bytes what a file claims to be.
func KindOf(data []byte) Kind {
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) { // a ZIP, as the console writes referral files
		return Referral
	}
	return Bundle
}

// Check verifies a file. Where a proof does not hold, the error is or wraps a [*proof.Error]; nothing of a file is
// proved then.
func Check(data []byte, policy proof.Policy) (*Verdict, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("the file has more than %d bytes", MaxBytes)
	}
	if KindOf(data) == Referral {
		return checkReferral(data, policy)
	}
	report, err := proof.Verify(data, policy)
	if err != nil {
		return nil, err
	}
	return &Verdict{Kind: Bundle, Documents: []Document{{Report: report}}}, nil
}

// checkReferral verifies every proof in a referral file. What else is in the file proves nothing.
func checkReferral(data []byte, policy proof.Policy) (*Verdict, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("reading the referral file: %w", err)
	}
	if len(z.File) > maxProofs {
		return nil, fmt.Errorf("the referral file has %d files, limit %d", len(z.File), maxProofs)
	}
	v := &Verdict{Kind: Referral}
	for _, f := range z.File {
		if path.Dir(f.Name) != "proofs" || !strings.HasSuffix(f.Name, ".proof") {
			continue
		}
		report, err := checkMember(f, policy)
		if err != nil {
			return nil, fmt.Errorf("%q of the referral file: %w", f.Name, err)
		}
		v.Documents = append(v.Documents, Document{Name: f.Name, Report: report})
	}
	if len(v.Documents) == 0 {
		return nil, errors.New("the referral file holds no proof")
	}
	return v, nil
}

func checkMember(f *zip.File, policy proof.Policy) (*proof.Report, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	bundle, err := io.ReadAll(io.LimitReader(in, proof.MaxBundleBytes+1))
	if err != nil {
		return nil, err
	}
	return proof.Verify(bundle, policy)
}

// Text renders the verdict for people.
func (v *Verdict) Text() string {
	if v.Kind != Referral {
		return v.Documents[0].text()
	}
	var b strings.Builder
	for _, d := range v.Documents {
		fmt.Fprintf(&b, "== %q\n%s\n", d.Name, d.text())
	}
	fmt.Fprintf(&b, "%d proofs hold. The file's other pages are words: only what is listed above was proved.\n",
		len(v.Documents))
	return b.String()
}

func (d Document) text() string {
	if receipt, ok := ReceiptOf(d.Report); ok {
		return receipt.Text() + d.Report.Text()
	}
	return d.Report.Text()
}
