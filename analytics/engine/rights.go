package engine

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
	"time"
)

// What a client of the engine may do is held three times, since its statements come from anybody who got hold of the
// password. The engine itself denies whatever reaches out of its tables by a table function (users.xml has no right to
// any source) and bounds time, memory and answers. What the engine's rights do not cover (see statement.go) is not let
// through to it. And where the kernel can, the process cannot reach other files at all (see Confine).

// limits bound one query.
type limits struct {
	Time, TimeMax time.Duration
	Memory        int64 // bytes
	Result        int64 // bytes of an answer, which is held in memory as a whole
}

func (l limits) Seconds() int64    { return int64(l.Time / time.Second) }
func (l limits) SecondsMax() int64 { return int64(l.TimeMax / time.Second) }

//go:embed users.xml.tmpl
var usersText string

var usersTemplate = template.Must(template.New("users.xml").Parse(usersText))

// writeRights writes the engine's configuration into dir and returns its path.
func writeRights(dir string, l limits) (string, error) {
	var users, config bytes.Buffer
	if err := usersTemplate.Execute(&users, l); err != nil {
		return "", fmt.Errorf("writing the engine's rights: %w", err)
	}
	usersFile, configFile := filepath.Join(dir, "users.xml"), filepath.Join(dir, "config.xml")
	config.WriteString("<clickhouse><users_config>")
	if err := xml.EscapeText(&config, []byte(usersFile)); err != nil {
		return "", fmt.Errorf("writing the engine's configuration: %w", err)
	}
	config.WriteString("</users_config></clickhouse>\n")
	for path, data := range map[string][]byte{usersFile: users.Bytes(), configFile: config.Bytes()} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return "", fmt.Errorf("writing the engine's rights: %w", err)
		}
	}
	return configFile, nil
}
