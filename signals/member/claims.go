package member

import (
	"bytes"
	"context"
	"fmt"
	"os"
)

// ClaimsFile is a list of open claims in a file, insurer/claim, one a line, which a claims system writes. It is read
// each time.
type ClaimsFile string

// Open implements [signals.Claims].
func (f ClaimsFile) Open(_ context.Context, insurer, claim string) error {
	text, err := os.ReadFile(string(f))
	if err != nil {
		return fmt.Errorf("the list of open claims: %w", err)
	}
	want := []byte(insurer + "/" + claim)
	for line := range bytes.Lines(text) {
		if bytes.Equal(bytes.TrimSpace(line), want) {
			return nil
		}
	}
	return fmt.Errorf("%s/%s is not in the list of open claims, %s", insurer, claim, string(f))
}
