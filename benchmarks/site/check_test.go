package site

import (
	"strings"
	"testing"

	"tallystick/install/fsck"
)

func TestWhatIsNotThereIsNamed(t *testing.T) {
	whole := fsck.Report{Records: 10, Entries: 12, Rows: 12, Anchored: 12, Batches: 3, LogSize: 3}
	for name, tc := range map[string]struct {
		spoil func(*fsck.Report)
		want  string
	}{
		"all is there": {func(*fsck.Report) {}, ""},
		"a record that waits": {func(r *fsck.Report) { r.Records, r.Waiting = 9, 1 },
			"9 source records with an entry, want 10; 1 source records that wait, want 0"},
		"an entry without a row":  {func(r *fsck.Report) { r.Rows, r.Unstored = 11, 1 }, "11 rows, want 12"},
		"an entry without a leaf": {func(r *fsck.Report) { r.Anchored = 0 }, "0 leaves in closed batches, want 12"},
		"an unpublished batch":    {func(r *fsck.Report) { r.LogSize = 2 }, "2 batches under the checkpoint, want 3"},
		"a check that was left":   {func(r *fsck.Report) { r.Skipped = []string{"rows"} }, "1 checks left out, want 0"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Checked{Report: whole}
			tc.spoil(&c.Report)
			if got := strings.Join(c.Whole(10), "; "); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
