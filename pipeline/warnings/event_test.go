package warnings_test

import (
	"strings"
	"testing"
	"time"

	"tallystick/pipeline/warnings"
)

func warning() warnings.Event {
	return warnings.Event{Insurer: "acme", Claim: "C-1", At: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), Epoch: 1,
		Members: 2, Established: 1, Line: "health", Quarter: "2026-Q2"}
}

func TestAWarningSaysNoMoreThanItMay(t *testing.T) {
	for name, change := range map[string]func(*warnings.Event){
		"members":             func(e *warnings.Event) { e.Members = -1 },
		"established":         func(e *warnings.Event) { e.Established = 3 },
		"line":                func(e *warnings.Event) { e.Line = "Ann Example, Berlin" },
		"quarter":             func(e *warnings.Event) { e.Quarter = "spring" },
		"insurer and claim":   func(e *warnings.Event) { e.Claim = "" },
		"at":                  func(e *warnings.Event) { e.At = time.Time{} },
		"members is 0, which": func(e *warnings.Event) { e.Members, e.Established = 0, 0 },
	} {
		e := warning()
		change(&e)
		if _, err := warnings.Encode(&e); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzNews(f *testing.F) {
	e := warning()
	value, err := warnings.Encode(&e)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(value)
	f.Add([]byte(`{"insurer":"acme","claim":"C-1","at":"2026-05-04T03:02:01Z","epoch":1,"members":0,"established":0}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		e, err := warnings.Decode(value)
		if err != nil {
			return
		}
		if _, err := warnings.Encode(e); err != nil {
			t.Errorf("what was decoded cannot be encoded: %v", err)
		}
	})
}
