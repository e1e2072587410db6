package install

import (
	"runtime/debug"
	"testing"
)

func TestVersionSaysWhatTheBinaryWasMadeFrom(t *testing.T) {
	const revision = "b6fa5a2e7c1d0b9f8a7e6d5c4b3a29180f1e2d3c"
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{
			{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision},
			{Key: "vcs.time", Value: "2026-11-25T22:59:00Z"}, {Key: "vcs.modified", Value: modified},
		}
	}
	for name, c := range map[string]struct {
		stamped, module string
		settings        []debug.BuildSetting
		version, line   string
	}{
		"a release": {"v1.2.0", "v1.2.0", vcs("false"), "v1.2.0",
			"v1.2.0 (revision " + revision + " of 2026-11-25T22:59:00Z)"},
		"an image, built without the repository": {"v1.2.0", "(devel)", nil, "v1.2.0", "v1.2.0"},
		"go install of a published version":      {"", "v1.2.0", nil, "v1.2.0", "v1.2.0"},
		"go build in a clone": {"", "v0.0.0-20261125225900-b6fa5a2e7c1d", vcs("false"),
			"v0.0.0-20261125225900-b6fa5a2e7c1d",
			"v0.0.0-20261125225900-b6fa5a2e7c1d (revision " + revision + " of 2026-11-25T22:59:00Z)"},
		"go build in a clone with changes": {"", "v0.0.0-20261125225900-b6fa5a2e7c1d+dirty", vcs("true"),
			"v0.0.0-20261125225900-b6fa5a2e7c1d+dirty",
			"v0.0.0-20261125225900-b6fa5a2e7c1d+dirty (revision " + revision +
				" of 2026-11-25T22:59:00Z, with changes)"},
		"no module version": {"", "(devel)", vcs("false"), revision, revision + " (revision " + revision +
			" of 2026-11-25T22:59:00Z)"},
		"nothing to go by":    {"", "(devel)", nil, "unknown", "unknown"},
		"nothing from Go":     {"", "", nil, "unknown", "unknown"},
		"a revision, no time": {"v1", "", vcs("false")[:2], "v1", "v1 (revision " + revision + ")"},
	} {
		got := buildOf(c.stamped, &debug.BuildInfo{Main: debug.Module{Version: c.module}, Settings: c.settings})
		if got.version != c.version {
			t.Errorf("%s: version %q, want %q", name, got.version, c.version)
		}
		if got.String() != c.line {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.line)
		}
	}
}
