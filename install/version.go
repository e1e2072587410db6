package install

import (
	"cmp"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// version is set by the build (-X tallystick/install.version=...). A plain go build or go install leaves it empty.
var version string

// build says what a binary was made from.
type build struct {
	version  string // what the build was told, else what Go knows, else the revision, else unknown
	revision string // of the repository; empty when it was built without one
	time     string // of that revision, RFC 3339; may be empty
	changed  bool   // built from files that differ from the revision
}

// buildOf reads what Go wrote into the binary. stamped is what the build was told, or empty.
func buildOf(stamped string, info *debug.BuildInfo) build {
	var b build
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.time":
			b.time = s.Value
		case "vcs.modified":
			b.changed = s.Value == "true"
		}
	}
	module := info.Main.Version
	if module == "(devel)" { // Go's word for none
		module = ""
	}
	b.version = cmp.Or(stamped, module, b.revision, "unknown")
	return b
}

// BuildVersion is the version to show for a binary, as a metric label too.
func BuildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return cmp.Or(version, "unknown")
	}
	return buildOf(version, info).version
}

// String is one line: the version, and the revision if there is one.
func (b build) String() string {
	if b.revision == "" {
		return b.version
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s (revision %s", b.version, b.revision)
	if b.time != "" {
		fmt.Fprintf(&s, " of %s", b.time)
	}
	if b.changed {
		s.WriteString(", with changes")
	}
	s.WriteString(")")
	return s.String()
}

func VersionText() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("the binary carries no build information")
	}
	return fmt.Sprintf("%s, %s", buildOf(version, info), info.GoVersion), nil
}
