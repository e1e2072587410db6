//go:build integration

package main

import (
	"bytes"
	endian "encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// corner is a part of what the install kept or printed.
type corner struct {
	kind, name string
	data       []byte
}

// scrape keeps what an instance answers over HTTP.
func (c *cage) scrape(addr string) {
	for _, path := range []string{"/metrics", "/readyz", "/healthz", "/"} {
		res, err := http.Get("http://" + addr + path)
		if err != nil {
			c.site.t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			c.site.t.Fatal(err)
		}
		c.keep("http", path, body)
	}
}

// collect returns all that the install has kept or printed, but for the topic claims.
func (c *cage) collect() []corner {
	return slices.Concat(c.printed, c.topics(), c.tables(), c.files(c.dir), c.files(c.engine))
}

func (c *cage) topics() []corner {
	t := c.site.t
	client := &kafka.Client{Addr: kafka.TCP(c.cfg.Kafka.Brokers...), Timeout: 30 * time.Second}
	all, err := client.Metadata(t.Context(), &kafka.MetadataRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var places []corner
	for _, topic := range all.Topics {
		short, ours := strings.CutPrefix(topic.Name, c.prefix)
		if !ours || topic.Name == c.cfg.Kafka.Topics.Claims || topic.Internal {
			continue
		}
		for p := range topic.Partitions {
			var data bytes.Buffer
			c.topic(topic.Name, p, func(m kafka.Message) {
				data.Write(m.Key)
				data.WriteByte('\n')
				data.Write(m.Value)
				data.WriteByte('\n')
				for _, h := range m.Headers {
					fmt.Fprintf(&data, "%s\n%s\n", h.Key, h.Value)
				}
			})
			places = append(places, corner{"topic " + short, fmt.Sprint(topic.Name, "/", p), data.Bytes()})
		}
	}
	return places
}

// tables returns every table and view of the database, as bytes and as text, and what the engine logs of queries.
func (c *cage) tables() []corner {
	t := c.site.t
	var places []corner
	// A view with parameters holds nothing of its own and cannot be read whole.
	list := c.query("SELECT database, name FROM system.tables WHERE database = '" + c.cfg.ClickHouse.Database +
		"' AND create_table_query NOT LIKE '%{%:%}%' OR database = 'system' AND (name LIKE '%log%' OR name IN ('processes', 'parts', 'errors', 'query_cache')) FORMAT TSV")
	for line := range strings.Lines(string(list)) {
		database, table, _ := strings.Cut(strings.TrimSpace(line), "\t")
		name := "`" + database + "`.`" + table + "`"
		kind := "table " + table
		if database == "system" {
			kind = "system table"
		}
		places = append(places, corner{kind, name + " as bytes",
			c.query("SELECT * FROM " + name + " FORMAT RowBinary")})
		places = append(places, corner{kind, name + " as text", c.query("SELECT * FROM " + name + " FORMAT TSVRaw")})
	}
	if len(places) < 8 {
		t.Errorf("only %d tables and views were found:\n%s", len(places)/2, list)
	}
	return places
}

func (c *cage) query(sql string) []byte {
	t := c.site.t
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.cfg.ClickHouse.Addr+"/",
		strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	if c.cfg.ClickHouse.PasswordFile != "" { // the engine that the test starts obeys nobody else
		password, err := os.ReadFile(c.cfg.ClickHouse.PasswordFile)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(c.cfg.ClickHouse.Username, strings.TrimSpace(string(password)))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v, %s: %.500s", sql, err, res.Status, data)
	}
	return data
}

// files returns the files below a directory, and their names: logs, the insurer's log, the witness's store, bundles.
func (c *cage) files(dir string) []corner {
	var places []corner
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // the engine removes files while it runs
		}
		if slices.Contains(c.secrets(), path) || strings.HasPrefix(path, c.input) {
			return nil
		}
		kind := "file"
		switch ext := filepath.Ext(path); {
		case strings.HasPrefix(path, filepath.Join(c.engine, "data")):
			kind = "engine file"
		case ext == ".log" || ext == ".proof":
			kind = ext
		case strings.HasPrefix(path, c.cfg.Anchor.Directory):
			kind = "log directory"
		case strings.HasPrefix(path, c.path("witness")):
			kind = "witness"
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		places = append(places, corner{kind, path, append(data, path...)})
		return nil
	})
	if err != nil {
		c.site.t.Fatal(err)
	}
	return places
}

// search fails the test for every canary that it finds.
func (c *cage) search(places []corner) {
	t := c.site.t
	s := newSearcher(c.canaries)
	size, found := 0, 0
	for _, p := range places {
		size += len(p.data)
		for _, h := range s.find(p.data) {
			if found++; found <= 60 {
				around := p.data[max(0, h.offset-60):min(len(p.data), h.offset+80)]
				t.Errorf("LEAK: %s (%q) as %s in %s %s: %q", h.form.canary.name, h.form.canary.value, h.form.how,
					p.kind, p.name, around)
			}
		}
	}
	t.Logf("%d canaries in %d forms were looked for in %d places of %d bytes together: %d found", len(c.canaries),
		len(s.forms), len(places), size, found)
}

// mustHoldWhatIsKept shows that the places were read, decompressed, and can be searched: what the policy keeps is
// there.
func (c *cage) mustHoldWhatIsKept(places []corner) {
	t := c.site.t
	s := newSearcher(c.kept)
	holds := map[string]map[string]bool{}
	size := map[string]int{}
	for _, p := range places {
		if holds[p.kind] == nil {
			holds[p.kind] = map[string]bool{}
		}
		size[p.kind] += len(p.data)
		for _, h := range s.find(p.data) {
			holds[p.kind][h.form.canary.name] = true
		}
	}
	for kind, name := range map[string]string{
		"topic scored": "policy.product", "topic keys": "claim", "topic decisions": "claim",
		"table entries": "policy.product", ".proof": "policy.product",
	} {
		if !holds[kind][name] {
			t.Errorf("%s was not found in %s, which keeps it: was it read?", name, kind)
		}
	}
	for _, kind := range []string{"topic dead_letters", "topic closings", "command", "http", ".log", "log directory",
		"witness", "engine file"} {
		if size[kind] == 0 {
			t.Errorf("nothing was read of %s", kind)
		}
	}
}

// mustFindWhatIsPlanted puts a canary in each kind of place and looks again.
func (c *cage) mustFindWhatIsPlanted() {
	t := c.site.t
	planted := &canary{"planted", randomOf("abcdefghijklmnopqrstuvwxyz", 14)}
	w := &kafka.Writer{Addr: kafka.TCP(c.cfg.Kafka.Brokers...), Topic: c.cfg.Kafka.Topics.Decisions,
		Compression: kafka.Zstd, RequiredAcks: kafka.RequireAll}
	err := w.WriteMessages(t.Context(), kafka.Message{Key: []byte("acme/C-1"), Value: bytes.Repeat([]byte("x"), 1000),
		Headers: []kafka.Header{{Key: "h", Value: []byte(strings.ToUpper(planted.value))}}})
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	table := "`" + c.cfg.ClickHouse.Database + "`.planted"
	c.query("CREATE TABLE " + table + " (a Array(String)) ENGINE = MergeTree ORDER BY tuple()")
	c.query("INSERT INTO " + table + " SELECT [hex('" + planted.value + "')]")
	if err := os.WriteFile(filepath.Join(c.cfg.Anchor.Directory, "planted"),
		[]byte(wide(planted.value, endian.LittleEndian)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.path("planted.log"), []byte(fmt.Sprint([]byte(planted.value))), 0o600); err != nil {
		t.Fatal(err)
	}
	c.command("no-such-command-" + planted.value)
	s := newSearcher([]*canary{planted})
	found := map[string]bool{}
	for _, p := range c.collect() {
		if len(s.find(p.data)) > 0 {
			found[p.kind] = true
		}
	}
	for _, kind := range []string{"topic decisions", "table planted", "log directory", ".log", "command"} {
		if !found[kind] {
			t.Errorf("a canary planted in %s was not found", kind)
		}
	}
}
