package stages

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/pipeline"
	"tallystick/pipeline/desk"
)

// hostile is what somebody can send who wants one claim to cost as much as the limits allow: claims that prepare for
// it, and it.
type hostile struct {
	name  string
	first []string
	last  string
}

// people is a claim whose claimant and parties have these national ids, as many as a list takes at each.
func people(id string, ids []string) string {
	lists := make([]string, 0, 4)
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		var list strings.Builder
		for i, number := range byPath(ids[:n]) {
			if i > 0 {
				list.WriteByte(',')
			}
			fmt.Fprintf(&list, `{"number":%q}`, number)
		}
		lists, ids = append(lists, list.String()), ids[n:]
	}
	var parties strings.Builder
	for i, list := range lists[1:] {
		if i > 0 {
			parties.WriteByte(',')
		}
		fmt.Fprintf(&parties, `{"role":"third-party","nationalIds":[%s]}`, list)
	}
	return fmt.Sprintf(`{"insurer":"acme","claim":%q,"revision":1,"line":"motor","claimant":{"nationalIds":[%s]},"parties":[%s]}`,
		id, lists[0], parties.String())
}

// byPath puts ids into a list so that they stand in their order where an entry has them by the text of their path.
func byPath(ids []string) []string {
	at := make([]int, len(ids))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int { return strings.Compare(strconv.Itoa(a)+"]", strconv.Itoa(b)+"]") })
	out := make([]string, len(ids))
	for i, to := range at {
		out[to] = ids[i]
	}
	return out
}

func numbers(prefix string, from, n, modulus int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s-%05d", prefix, (from+i)%modulus)
	}
	return out
}

// padding is more national ids than any claim keeps; a claim has at most 4,096 values.
const padding = 3900

func hostiles() []hostile {
	// of two that share all, joined by one that names one of each: a hundred are scored anew
	pairs := hostile{name: "pairs"}
	var joins []string
	for i := range 50 {
		ids := numbers(fmt.Sprint("pair", i), 0, padding, padding)
		pairs.first = append(pairs.first, people(fmt.Sprint("a", i), ids), people(fmt.Sprint("b", i), ids))
		joins = append(joins, ids[0])
	}
	pairs.last = people("last", append(joins, numbers("own", 0, padding-50, padding)...))

	// each of 127 claims shares the fifty that are kept of its claimant with eighteen others
	mesh := hostile{name: "mesh"}
	for i := range 127 {
		ids := append(numbers("mesh", i*50, 50, 334), numbers(fmt.Sprint("own", i), 0, padding-50, padding)...)
		mesh.first = append(mesh.first, people(fmt.Sprint("m", i), ids))
	}
	mesh.last = people("last", append(numbers("mesh", 0, 50, 334), numbers("own", 0, padding-50, padding)...))

	wide := hostile{name: "wide"} // more claims than are searched
	for i := range 150 {
		ids := append(numbers("wide", i/4*10, 100, 1000), numbers(fmt.Sprint("own", i), 0, padding-100, padding)...)
		wide.first = append(wide.first, people(fmt.Sprint("w", i), ids))
	}
	wide.last = people("last", append(numbers("wide", 0, 100, 1000), numbers("own", 0, padding-100, padding)...))
	return []hostile{pairs, mesh, wide}
}

// BenchmarkWorstClaim decides the costliest claims that the limits allow, everything but the appending included.
func BenchmarkWorstClaim(b *testing.B) {
	s := load(b)
	for _, h := range hostiles() {
		b.Run(h.name, func(b *testing.B) {
			var spent time.Duration
			for range b.N {
				b.StopTimer()
				state := detectors.NewState(s.set, detectors.StateConfig{})
				d, err := desk.New(desk.Config{Protection: s.protection, Keys: s.keys, State: state,
					Engine: detectors.NewEngine(s.set, state, detectors.Config{})})
				if err != nil {
					b.Fatal(err)
				}
				now := time.Now().UTC()
				offset := int64(0)
				decide := func(value string) pipeline.Verdicts {
					id := value[strings.Index(value, `"claim":"`)+9:]
					id = id[:strings.IndexByte(id, '"')]
					v, err := d.Decide(b.Context(),
						[]pipeline.Record{{Source: claim.SourceRef{Offset: offset, Time: now},
							Key: claim.Key("acme", id), Value: []byte(value)}})
					if err != nil || v.Entries[0].Kind != claim.Decided {
						b.Fatalf("%v %+v", err, v.Entries[0].Dead)
					}
					offset++
					return v
				}
				for _, value := range h.first {
					decide(value)
				}
				b.StartTimer()
				before := cpu(b)
				v := decide(h.last)
				spent += cpu(b) - before
				b.StopTimer()
				decision := v.Entries[0].Decision
				b.ReportMetric(float64(len(v.Entries)-1), "rescored")
				if h.name == "wide" != decision.Omitted.Links || h.name != "wide" && len(decision.Rings) != 1 {
					b.Fatalf("a ring: %v, given up: %v", len(decision.Rings), decision.Omitted.Links)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(spent.Microseconds())/1000/float64(b.N), "worst_claim_ms")
		})
	}
}

// cpu is what the process has used of processors: other work on the machine does not count.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
