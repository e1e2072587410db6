package journal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func diff(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

func must[T any](v T, err error) func(failer) T {
	return func(t failer) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// failer is what tests, benchmarks and rapid's properties share.
type failer interface {
	Helper()
	Fatal(...any)
}
