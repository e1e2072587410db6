package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"

	"tallystick/install/fsck"
)

// Checked is what `tallystick fsck` found and what that took.
type Checked struct {
	fsck.Report
	Took     time.Duration
	CPU      time.Duration
	Resident int64 // bytes, the most it had
}

// Fsck checks the site. What is wrong stands in the report; the error says that there is none.
func (s *Site) Fsck(ctx context.Context) (*Checked, error) {
	start := time.Now()
	out, state, err := s.run(ctx, []string{"fsck", "--json", "--config", s.configFile(0)})
	c := &Checked{Took: time.Since(start)}
	if state != nil {
		c.CPU = state.UserTime() + state.SystemTime()
		if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
			c.Resident = usage.Maxrss << 10
		}
	}
	if jsonErr := json.Unmarshal(out, &c.Report); jsonErr != nil {
		return nil, errors.Join(err, fmt.Errorf("reading the report of fsck: %w", jsonErr))
	}
	if err != nil && c.OK() {
		return nil, err
	}
	return c, nil
}

// Whole says what is missing in a site that has come to rest with so many source records, besides what fsck finds
// wrong: nothing may wait, be unstored or lie outside a published batch. An empty list says that all is there.
func (c *Checked) Whole(records int64) []string {
	var missing []string
	for _, part := range []struct {
		what       string
		have, want int64
	}{
		{"source records with an entry", c.Records, records},
		{"source records that wait", c.Waiting, 0},
		{"entries that outlive their record", c.Gone, 0},
		{"rows", c.Rows, c.Entries},
		{"leaves in closed batches", c.Anchored, c.Entries},
		{"batches under the checkpoint", int64(c.LogSize), int64(c.Batches)},
		{"checks left out", int64(len(c.Skipped)), 0},
	} {
		if part.have != part.want {
			missing = append(missing, fmt.Sprintf("%d %s, want %d", part.have, part.what, part.want))
		}
	}
	return missing
}
