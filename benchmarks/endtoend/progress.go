package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func (s *site) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.http+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// scrape returns the pipeline's counters and gauges, summed over partitions: name, or name/label value.
func (s *site) scrape(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.http+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the pipeline's metrics: %w", err)
	}
	values := map[string]float64{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			v := m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetHistogram().GetSampleSum()
			values[name] += v
			for _, l := range m.GetLabel() {
				values[name+"/"+l.GetValue()] += v
				values[name+"_count/"+l.GetValue()] += float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return values, nil
}

// sinks that everything must have gone through before a claim counts as done.
var sinks = []string{"decisions", "clickhouse", "anchor"}

// mark is how far the pipeline was at a moment.
type mark struct {
	at      time.Time
	decided float64 // source records with an entry in the journal
	slowest float64 // the same, of the sink that is furthest behind
	cpu     time.Duration
	cpuAll  usage
	values  map[string]float64
}

// watch samples until n source records are decided and every sink has their entries.
func (s *site) watch(ctx context.Context, p *instance, n float64) ([]mark, error) {
	var marks []mark
	for {
		select {
		case <-p.exited:
			return nil, p.failure()
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		values, err := s.scrape(ctx)
		if err != nil {
			continue // not listening yet
		}
		entries := values["tallystick_entries_total"]
		m := mark{at: time.Now(), cpu: cpu(p.cmd.Process.Pid), decided: entries - values["tallystick_entries_total/raised"], values: values}
		m.slowest = m.decided
		for _, sink := range sinks {
			if entries > 0 {
				m.slowest = min(m.slowest, m.decided*values["tallystick_sink_entries_total/"+sink]/entries)
			}
		}
		if m.decided == 0 || m.slowest >= n { // it takes too long to be done every time
			m.cpuAll = cpuOfAll()
		}
		marks = append(marks, m)
		if m.slowest >= n {
			return marks, nil
		}
	}
}

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

// usage is processor time by the name of the program.
type usage map[string]time.Duration

func (u usage) total() (sum time.Duration) {
	for _, d := range u {
		sum += d
	}
	return sum
}

func (u usage) since(before usage) usage {
	more := usage{}
	for name, d := range u {
		more[name] = d - before[name]
	}
	return more
}

// perClaim says what each program used for each of n claims.
func (u usage) perClaim(n int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(u)) {
		if each := float64(u[name].Microseconds()) / float64(n); each >= 1 {
			parts = append(parts, fmt.Sprintf("%s %.0f", name, each))
		}
	}
	return fmt.Sprintf("%.0f µs (%s)", float64(u.total().Microseconds())/float64(n), strings.Join(parts, ", "))
}

// cpuOfAll is the processor time so far of this process, the servers beside it and everything that they started: the
// descendants of our parent, which is internal/testenv/run. A program that has ended is left out.
func cpuOfAll() usage {
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
	top, all := os.Getppid(), usage{}
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
