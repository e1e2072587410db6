//go:build !linux

package tilelog

import (
	"os"
	"testing"
)

// withoutRoot needs Linux where the test is run by root.
func withoutRoot(t *testing.T, _ string) {
	if os.Getuid() == 0 {
		t.Skip("root writes to read-only directories")
	}
}
