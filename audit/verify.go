package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tallystick/journal"
)

// Finding is something about a trail that cannot be if nobody touched it.
type Finding struct {
	Offset int64  // in the partition; -1 if it has no place
	What   string // in words
}

func (f Finding) String() string {
	if f.Offset < 0 {
		return f.What
	}
	return "offset " + strconv.FormatInt(f.Offset, 10) + ": " + f.What
}

// Report is what Verify found.
type Report struct {
	Entries, Batches int64
	Races            int64 // batches that lost against another writer's: they count for nobody, and are normal
	Heads            int   // anchored heads that the trail agrees with
	Head             Head
	Findings         []Finding
}

// maxFindings bounds a report.
const maxFindings = 100

func (r *Report) find(offset int64, format string, args ...any) {
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, Finding{offset, fmt.Sprintf(format, args...)})
	}
}

// checker follows a trail batch by batch.
type checker struct {
	report Report
	heads  map[int64]journal.Digest // what was anchored, by number of entries
	states map[journal.Digest]bool  // that the trail has had
	open   map[int64]bool           // intents without a result
}

func newChecker(heads []Head) *checker {
	c := &checker{
		heads:  map[int64]journal.Digest{},
		states: map[journal.Digest]bool{journal.Genesis(Name, 0): true},
		open:   map[int64]bool{},
	}
	for _, h := range heads {
		if d, ok := c.heads[h.Entries]; ok && d != h.Digest {
			c.report.find(
				-1,
				"two heads of %d entries were anchored: the trail was rewritten, or two of them were kept",
				h.Entries,
			)
		}
		c.heads[h.Entries] = h.Digest
	}
	return c
}

// batch takes the next batch that counts.
func (c *checker) batch(b journal.Batch) error {
	r := &c.report
	r.Batches++
	if b.Kind != journal.KindData {
		r.find(b.Base, "the trail was reset: no program does that")
	}
	if b.To != b.From+int64(len(b.Records)) {
		r.find(b.Base, "the batch covers entries %d to %d and holds %d", b.From+1, b.To, len(b.Records))
	}
	for i, record := range b.Records {
		c.entry(b.Base+1+int64(i), b.From+int64(i)+1, record.Value)
	}
	r.Entries = b.To
	r.Head = Head{b.To, b.Digest}
	c.states[b.Digest] = true
	if want, ok := c.heads[b.To]; ok {
		delete(c.heads, b.To)
		if want == b.Digest {
			r.Heads++
		} else {
			r.find(b.Base, "the first %d entries are not those whose digest was anchored: one of them was edited, removed or moved", b.To)
		}
	}
	return nil
}

func (c *checker) entry(offset, number int64, value []byte) {
	e, err := Decode(value)
	if err != nil {
		c.report.find(offset, "entry %d: %v", number, err)
		return
	}
	switch e.Kind {
	case Intent:
		c.open[number] = true
	case Done, Failed:
		if !c.open[e.Of] {
			c.report.find(offset, "entry %d is the result of entry %d, which announces nothing or has one", number,
				e.Of)
		}
		delete(c.open, e.Of)
	}
}

// void takes a batch that does not count. One that names a state that the trail has had lost a race. Any other shows
// that the trail was another once: what it follows was edited or removed.
func (c *checker) void(v journal.Void) {
	if v.Reason == journal.VoidStale && c.states[v.Header.Prev] {
		c.report.Races++
		return
	}
	switch v.Reason {
	case journal.VoidStale, journal.VoidAhead:
		c.report.find(
			v.Base,
			"a batch of entries %d to %d follows a state that the trail never had: what it follows was edited, removed or moved",
			v.Header.From+1,
			v.Header.To,
		)
	default:
		c.report.find(v.Base, "%d records were put here by something that is not the trail's (%s)", v.Records, v.Reason)
	}
}

// end reports the heads that the trail does not reach.
func (c *checker) end() Report {
	for n := range c.heads {
		if n > c.report.Entries {
			c.report.find(-1, "a head of %d entries was anchored, and there are %d: entries were removed", n,
				c.report.Entries)
		} else {
			c.report.find(-1, "a head of %d entries was anchored, and no batch ends there: the trail was rewritten", n)
		}
	}
	return c.report
}

// Verify folds the whole trail and holds it against the heads that were anchored. An error means that the trail could
// not be read; what is wrong with it is in the report. Without heads the end of the trail is not protected: entries
// that were removed there cannot be told.
func Verify(ctx context.Context, cfg journal.Config, heads []Head) (Report, error) {
	c := newChecker(heads)
	cfg.OnVoid = c.void
	_, err := journal.Scan(ctx, cfg, 0, c.batch)
	var chain *journal.ChainError
	switch {
	case errors.As(err, &chain):
		c.report.find(chain.Position.Offset, "%v", chain)
	case err != nil:
		return c.report, fmt.Errorf("reading the audit trail: %w", err)
	}
	return c.end(), nil
}

// headLine begins the entry of a log that anchors a head.
const headLine = "tallystick audit head v1"

// Text is the head as a log holds it.
func (h Head) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", headLine, h.Entries, h.Digest)
}

// ParseHead reads what Text wrote.
func ParseHead(text string) (Head, error) {
	var h Head
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != headLine || lines[3] != "" {
		return h, errors.New("not an anchored head of an audit trail")
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || n < 0 || lines[1] != strconv.FormatInt(n, 10) {
		return h, errors.New("anchored head: no number of entries")
	}
	h.Entries = n
	if err := h.Digest.UnmarshalText([]byte(lines[2])); err != nil {
		return h, fmt.Errorf("anchored head: %w", err)
	}
	if h.Text() != text {
		return h, errors.New("anchored head: not written as a log holds it")
	}
	return h, nil
}
