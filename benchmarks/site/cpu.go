package site

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cpu is the processor time of a process so far.
func cpu(pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, ok := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// Usage is processor time by the name of the program.
type Usage map[string]time.Duration

// Total is the sum over all programs.
func (u Usage) Total() (sum time.Duration) {
	for _, d := range u {
		sum += d
	}
	return sum
}

// Since is what was used after before.
func (u Usage) Since(before Usage) Usage {
	more := Usage{}
	for name, d := range u {
		more[name] = d - before[name]
	}
	return more
}

// PerClaim says what each program used for each of n claims.
func (u Usage) PerClaim(n int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(u)) {
		if each := float64(u[name].Microseconds()) / float64(n); each >= 1 {
			parts = append(parts, fmt.Sprintf("%s %.0f", name, each))
		}
	}
	return fmt.Sprintf("%.0f µs (%s)", float64(u.Total().Microseconds())/float64(n), strings.Join(parts, ", "))
}

// CPUOfAll is the processor time so far of this process, the servers beside it and everything that they started: the
// descendants of our parent, which is internal/testenv/run. A program that has ended is left out.
func CPUOfAll() Usage {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	parents, names := map[int]int{}, map[int]string{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // it has ended
		}
		before, rest, _ := strings.Cut(string(text), ") ")
		_, names[pid], _ = strings.Cut(before, "(")
		if f := strings.Fields(rest); len(f) > 2 {
			parents[pid], _ = strconv.Atoi(f[1])
		}
	}
	top, all := os.Getppid(), Usage{}
	for pid := range parents {
		for at, ok := pid, true; ok; at, ok = parents[at] {
			if at == top {
				all[names[pid]] += cpu(pid)
				break
			}
		}
	}
	return all
}
