package doctor

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tallystick/anchor/tilelog"
	"tallystick/install"
	"tallystick/pipeline"
)

func TestDoctorLooksAtTheKeptState(t *testing.T) {
	dir := t.TempDir()
	file, kept := filepath.Join(dir, "file"), filepath.Join(dir, "kept")
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, filepath.Join(kept, pipeline.StateFile)} {
		if err := os.WriteFile(name, []byte("four"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ directory, want string }{
		{"", "each start folds the whole journal"},
		{filepath.Join(dir, "none"), "will be made"},
		{dir, "nothing is kept yet"},
		{kept, ", 4 bytes"},
		{file, "not a directory"},
	} {
		said, err := checkState(t.Context(), &install.Config{State: install.StateConfig{Directory: c.directory}})
		wantSaid(t, c.directory, said, err, c.want)
	}
	wantMissing(t, filepath.Join(dir, "none"))
}

func TestDoctorLooksAtTheLogsDirectory(t *testing.T) {
	dir := t.TempDir()
	file, keyFile := filepath.Join(dir, "file"), filepath.Join(dir, "key")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const origin = "example.org/claims"
	if _, err := tilelog.GenerateKey(keyFile, origin); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ directory, origin, want string }{
		{"", origin, "anchor.directory"},
		{dir, origin, "verifiers need the key " + origin},
		{filepath.Join(dir, "none", "yet"), origin, "verifiers need the key " + origin},
		{dir, "example.org/other", "anchor.origin is example.org/other, but the key"},
		{file, origin, "it cannot be written"},
		{filepath.Join(file, "within"), origin, "not a directory"},
		{"/proc/none", origin, "it is not there and cannot be made"}, // where not even root may
	} {
		said, err := checkLog(t.Context(),
			&install.Config{Anchor: install.AnchorConfig{Directory: c.directory, KeyFile: keyFile, Origin: c.origin}})
		wantSaid(t, c.directory, said, err, c.want)
	}
	wantMissing(t, filepath.Join(dir, "none"))
}

// wantSaid holds what a check says of a directory, well or ill, to what it should contain.
func wantSaid(t *testing.T, directory, said string, err error, want string) {
	t.Helper()
	if err != nil {
		said = err.Error()
	}
	if !strings.Contains(said, want) {
		t.Errorf("%q: %q, want %q", directory, said, want)
	}
}

func wantMissing(t *testing.T, directory string) {
	t.Helper()
	if _, err := os.Stat(directory); err == nil {
		t.Error("doctor made the directory, which then is not its user's")
	}
}

func TestDoctorKnowsThePortOfTheOtherProtocol(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	native, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer native.Close()
	go func() {
		for {
			conn, err := native.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 1024))
			conn.Write([]byte("\x02\x00\x00\x00\x00\x0dUnexpected packet from client")) // of an exception
			conn.Close()
		}
	}()
	for _, tc := range []struct{ protocol, addr, want string }{
		{"native", web.Listener.Addr().String(), "set clickhouse.protocol: http"},
		{"http", native.Addr().String(), "set clickhouse.protocol: native"},
	} {
		var c install.Config
		c.ClickHouse.Addr, c.ClickHouse.Protocol, c.ClickHouse.Database = tc.addr, tc.protocol, "claims"
		if _, err := checkClickHouse(t.Context(), &c); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.protocol, err)
		}
	}
}

func TestDoctorKnowsRulesThatNoTokenMeets(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	const links = `ruleset: own
version: 1
base: -3.0
bands: {review: 0.2, investigate: 0.6, hold: 0.5}
links: {phone: {fields: [FIELD], weight: 1, hub: 5}}
rules: []
`
	for _, c := range []struct{ field, want string }{{"phone", "own@1: 0 rules"},
		{"phnoe", "no token at links.phone: phnoe"}} {
		if err := os.WriteFile(rules, []byte(strings.Replace(links, "FIELD", c.field, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		said, err := checkRules(t.Context(), &install.Config{Rules: rules})
		wantSaid(t, c.field, said, err, c.want)
	}
}
