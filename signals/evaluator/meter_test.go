package evaluator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hands is a clock that a test moves.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func noon() *hands { return &hands{at: time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC)} }

func newMeter(t testing.TB, clock *hands) (*Meter, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "meter")
	if err := CreateMeter(dir, clock.now()); err != nil {
		t.Fatal(err)
	}
	return openMeter(t, dir, clock), dir
}

func openMeter(t testing.TB, dir string, clock *hands) *Meter {
	t.Helper()
	m, err := OpenMeter(dir, clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func spend(m *Meter, member string, n, budget int) error {
	_, err := m.Spend(Spent{Member: member, Count: n, Purpose: "look-up"}, budget)
	return err
}

func TestABudgetIsOfAMemberAndADay(t *testing.T) {
	clock := noon()
	m, _ := newMeter(t, clock)
	for _, step := range []struct {
		member string
		count  int
		want   error
	}{
		{"acme", 60, nil}, {"acme", 41, ErrBudget}, {"acme", 40, nil}, {"acme", 1, ErrBudget},
		{"beta", 100, nil}, {"beta", 101, ErrBudget}, {"gamma", 0, ErrBudget}, {"gamma", -5, ErrBudget},
	} {
		if err := spend(m, step.member, step.count, 100); !errors.Is(err, step.want) {
			t.Errorf("%s spends %d: %v, want %v", step.member, step.count, err, step.want)
		}
	}
	clock.move(12 * time.Hour)
	if err := spend(m, "acme", 100, 100); err != nil {
		t.Errorf("the day after: %v", err)
	}
	clock.move(-time.Minute)
	if err := spend(m, "beta", 1, 100); !errors.Is(err, ErrClock) {
		t.Errorf("a clock that goes back gives the day before again: %v", err)
	}
}

// Whatever is spent, in whatever order and however often the process dies, is never more than the budget.
func TestSpentIsNeverOverTheBudget(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		clock := noon()
		dir := filepath.Join(t.TempDir(), fmt.Sprint(rapid.Uint64().Draw(rt, "dir")))
		if err := CreateMeter(dir, clock.now()); err != nil {
			rt.Fatal(err)
		}
		m := openMeter(t, dir, clock)
		const budget = 50
		got := map[string]int{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			member := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "member")
			day := clock.now().Format(time.DateOnly) + member
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0: // the process dies, and the disk holds half of a line that was not answered
				_ = m.Close()
				file := filepath.Join(dir, m.state.Day+".jsonl")
				text, err := os.ReadFile(file)
				if err != nil {
					rt.Fatal(err)
				}
				if err := os.WriteFile(file, append(text, `{"sequence":99,"mem`...), 0o600); err != nil {
					rt.Fatal(err)
				}
				m = openMeter(t, dir, clock)
			case 1:
				clock.move(7 * time.Hour)
			default:
				n := rapid.IntRange(1, 30).Draw(rt, "count")
				err := spend(m, member, n, budget)
				if (err == nil) != (got[day]+n <= budget) {
					rt.Fatalf("%d after %d of %d: %v", n, got[day], budget, err)
				}
				if err == nil {
					got[day] += n
				}
			}
		}
	})
}

func TestManySpendAtOnce(t *testing.T) {
	m, dir := newMeter(t, noon())
	var wait sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for range 50 {
		wait.Go(func() {
			if spend(m, "acme", 3, 100) == nil {
				mu.Lock()
				passed++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if passed != 33 || m.Used("acme") != 99 {
		t.Errorf("%d passed, %d used", passed, m.Used("acme"))
	}
	_ = m.Close()
	if again := openMeter(t, dir, noon()); again.Used("acme") != 99 {
		t.Errorf("after a restart %d are used", again.Used("acme"))
	}
}

// What is lost, whole or in part, closes the meter; it never opens with a fresh budget on the same day.
func TestALostDiskClosesTheMeter(t *testing.T) {
	day := "2026-11-16.jsonl"
	for name, lose := range map[string]func(t *testing.T, dir string){
		"all":       func(t *testing.T, dir string) { remove(t, dir) },
		"the state": func(t *testing.T, dir string) { remove(t, filepath.Join(dir, meterFile)) },
		"the day":   func(t *testing.T, dir string) { remove(t, filepath.Join(dir, day)) },
		"the first line": func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, day), func(s string) string { _, s, _ = strings.Cut(s, "\n"); return s })
		},
		"a figure": func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, day),
				func(s string) string { return strings.Replace(s, `"used":60`, `"used":10`, 1) })
		},
		"to noise": func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, day), func(string) string { return "\x00\x00\x00\n" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock := noon()
			m, dir := newMeter(t, clock)
			for range 2 {
				if err := spend(m, "acme", 30, 100); err != nil {
					t.Fatal(err)
				}
				if err := spend(m, "beta", 1, 100); err != nil {
					t.Fatal(err)
				}
			}
			_ = m.Close()
			lose(t, dir)
			if _, err := OpenMeter(dir, clock.now); !errors.Is(err, ErrLost) {
				t.Fatalf("opened: %v", err)
			}
			// The way out is a new meter, which opens tomorrow.
			if err := RenewMeter(filepath.Dir(dir), clock.now()); err != nil {
				t.Fatal(err)
			}
			renewed := openMeter(t, dir, clock)
			if err := spend(renewed, "acme", 1, 100); !errors.Is(err, ErrShut) {
				t.Errorf("on the same day: %v", err)
			}
			clock.move(12 * time.Hour)
			if err := spend(renewed, "acme", 100, 100); err != nil {
				t.Errorf("on the next: %v", err)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, path string, how func(string) string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(how(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A disk that was put back to an earlier state is whole in itself. A receipt that a member holds tells.
func TestADiskThatWasSetBackIsNoticed(t *testing.T) {
	clock := noon()
	m, dir := newMeter(t, clock)
	if err := spend(m, "acme", 10, 100); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "2026-11-16.jsonl")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	last, err := m.Spend(Spent{Member: "acme", Count: 90}, 100)
	if err != nil {
		t.Fatal(err)
	}
	_ = m.Close()
	if err := os.WriteFile(file, before, 0o600); err != nil {
		t.Fatal(err)
	}
	back := openMeter(t, dir, clock)
	if err := back.SetBack(last.Sequence); !errors.Is(err, ErrLost) {
		t.Errorf("a receipt of a line that is gone: %v", err)
	}
	if err := spend(back, "beta", 1, 100); !errors.Is(err, ErrLost) {
		t.Errorf("it counts on: %v", err)
	}
}

// A full or broken disk stops the evaluator: nothing that is not on disk is let through.
func TestADiskThatFailsStopsTheMeter(t *testing.T) {
	m, _ := newMeter(t, noon())
	_ = m.file.Close()
	for range 2 {
		if err := spend(m, "acme", 1, 100); !errors.Is(err, ErrBroken) {
			t.Errorf("spent without a disk: %v", err)
		}
	}
}

func TestGoingThroughAListRaisesAnAlarm(t *testing.T) {
	clock := noon()
	m, _ := newMeter(t, clock)
	const budget = 1000
	for range 25 {
		if err := spend(m, "acme", 10, budget); err != nil {
			t.Fatal(err)
		}
	}
	if alarm := m.Alarm("acme", budget); alarm != "" {
		t.Errorf("at a quarter: %s", alarm)
	}
	if err := spend(m, "acme", 1, budget); err != nil {
		t.Fatal(err)
	}
	if m.Alarm("acme", budget) == "" {
		t.Error("over a quarter of a day's budget in ten minutes, and no alarm")
	}
	clock.move(11 * time.Minute)
	if err := spend(m, "acme", 1, budget); err != nil {
		t.Fatal(err)
	}
	if alarm := m.Alarm("acme", budget); alarm != "" {
		t.Errorf("eleven minutes later: %s", alarm)
	}
	for range 11 {
		clock.move(11 * time.Minute)
		if err := spend(m, "acme", 50, budget); err != nil {
			t.Fatal(err)
		}
	}
	if m.Alarm("acme", budget) == "" {
		t.Error("over four fifths of a day's budget, slowly, and no alarm")
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{"consortium":"c","epoch":1,"time":"2026-11-16T12:00:00Z","purpose":"look-up","claim":"` +
		strings.Repeat("0", 64) + `","blinded":"` + strings.Repeat("A", 43) + `="}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parseRequest(body)
		if err == nil && (len(r.Blinded)%32 != 0 || len(r.Blinded) == 0 || len(r.Claim) != 64) {
			t.Errorf("%+v", r)
		}
	})
}

func FuzzReadMeter(f *testing.F) {
	f.Add([]byte(`{"sequence":1,"time":"2026-11-16T12:00:00Z","member":"a","epoch":1,"purpose":"look-up","claim":"","request":"","count":1,"used":1,"previous":"` + strings.Repeat("0", 64) + `"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := CreateMeter(dir, noon().now()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "2026-11-16.jsonl"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := OpenMeter(dir, noon().now)
		if err != nil {
			return
		}
		defer m.Close()
		if err := spend(m, "a", 1, 1<<40); err != nil && !errors.Is(err, ErrBudget) {
			t.Errorf("what opens counts: %v", err)
		}
	})
}
