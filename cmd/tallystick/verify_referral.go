package main

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

// isReferral reports whether what is to be verified is a ZIP, as the console writes referral files.
func isReferral(data []byte) bool { return bytes.HasPrefix(data, []byte("PK\x03\x04")) }

// maxProofs bounds the proofs of a referral file that are verified.
const maxProofs = 1000

// verifyReferral verifies every proof in a referral file. What else is in the file proves nothing, and it says so.
func verifyReferral(out io.Writer, data []byte, policy proof.Policy) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("%w: reading the referral file: %w", errNotVerified, err)
	}
	if len(z.File) > maxProofs {
		return fmt.Errorf("%w: the referral file has %d files, limit %d", errNotVerified, len(z.File), maxProofs)
	}
	proofs := 0
	for _, f := range z.File {
		if path.Dir(f.Name) != "proofs" || !strings.HasSuffix(f.Name, ".proof") {
			continue
		}
		proofs++
		report, err := verifyMember(f, policy)
		if err != nil {
			return fmt.Errorf("%w: %q of the referral file: %w", errNotVerified, f.Name, err)
		}
		fmt.Fprintf(out, "== %q\n%s\n", f.Name, report.Text())
	}
	if proofs == 0 {
		return fmt.Errorf("%w: the referral file holds no proof", errNotVerified)
	}
	_, err = fmt.Fprintf(out, "%d proofs hold. The file's other pages are words: only what is listed above was proved.\n", proofs)
	return err
}

func verifyMember(f *zip.File, policy proof.Policy) (*proof.Report, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	bundle, err := io.ReadAll(io.LimitReader(in, bundleLimit+1))
	if err != nil {
		return nil, err
	}
	if len(bundle) > bundleLimit {
		return nil, errors.New("it is larger than any proof")
	}
	return proof.Verify(bundle, policy)
}
