//go:build integration

package main

import (
	"bytes"
	endian "encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
)

// TestNoIdentifierIsKeptInTheClear sends claims whose every value that the field policy does not keep is marked, whole and
// broken in every way, and has every command and accident happen to them. Then it looks for each mark, in every encoding, in
// all that the install has kept or printed. Only the topic claims may hold them.
func TestNoIdentifierIsKeptInTheClear(t *testing.T) {
	c := newCage(t)
	c.sendAll()
	run := c.start("pipeline", c.http)
	c.settled(run, c.records())
	c.scrape(c.http)
	c.useCommands()
	c.settled(run, c.records()) // what was replayed and imported
	c.accidents(run)

	kept := c.collect()
	c.search(kept)
	c.mustHoldWhatIsKept(kept)
	c.mustFindWhatIsPlanted()
}

// cage is a site whose every word is kept for the search.
type cage struct {
	*site
	*aviary
	input   string // files that may hold clear values
	engine  string // the data of ClickHouse's engine
	printed []corner
	ring    []string // claims of acme that share a phone and an account
	alone   string   // a claim of birch
}

// corner is a part of what the install kept or printed.
type corner struct {
	kind, name string
	data       []byte
}

func newCage(t *testing.T) *cage {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	c := &cage{aviary: newAviary(t), input: t.TempDir(), engine: t.TempDir()}
	// An engine of the test's own: its files and its log are searched too.
	log, err := os.Create(filepath.Join(c.engine, "engine.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(bin, "engine", "--dir", filepath.Join(c.engine, "data"), "--listen", "127.0.0.1:0")
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	waiting := &site{t: t}
	waiting.eventually("the engine", time.Minute, func() bool { return strings.Contains(out.String(), "\n") })
	addr := strings.TrimSpace(strings.TrimPrefix(out.String(), "ready"))
	t.Setenv("TALLYSTICK_CLICKHOUSE_ADDR", addr)
	c.site = newSite(t, 2, "acme", "birch")
	c.cfg.ClickHouse.Addr = addr
	tmp := c.path("tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	return c
}

// sendAll puts whole and broken claims on the topic.
func (c *cage) sendAll() {
	var whole []kafka.Message
	shared := c.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineMotor)
	for i, line := range []claim.Line{claim.LineMotor, claim.LineHealth, claim.LineProperty, claim.LineLife, claim.LineTravel, claim.LineDevice, claim.LineMotor, claim.LineMotor} {
		insurer := "acme"
		if i == 5 {
			insurer = "birch"
		}
		id := "C-" + randomOf("abcdefghijklm", 12)
		e := c.claim(insurer, id, line)
		if i != 0 {
			c.strangers(e)
		}
		if insurer == "acme" { // one phone and one account under seven names
			to, from := e["claimant"].(map[string]any), shared["claimant"].(map[string]any)
			to["phone"], to["bankAccount"], to["address"] = from["phone"], from["bankAccount"], from["address"]
			e["loss"].(map[string]any)["reported"] = fmt.Sprintf("2026-01-%02d", 10+i)
			c.ring = append(c.ring, id)
		} else {
			c.alone = id
		}
		whole = append(whole, c.message(e))
	}
	whole = append(whole, whole[0], whole[3]) // sent twice: duplicates
	conflict := c.claim("acme", c.ring[1], claim.LineMotor)
	whole = append(whole, c.message(conflict)) // other content under the same revision
	next := c.claim("acme", c.ring[2], claim.LineProperty)
	next["revision"], next["stage"] = 3, "assessed"
	late := c.claim("acme", c.ring[2], claim.LineProperty)
	late["revision"] = 2
	whole = append(whole, c.message(next), c.message(late))
	withHeaders := c.message(c.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineMotor))
	withHeaders.Headers = []kafka.Header{{Key: c.word("header name"), Value: []byte(c.word("header value"))}}
	c.sendRaw(append(whole, withHeaders)...)
	c.sendRaw(c.broken()...)
}

func (c *cage) message(e map[string]any) kafka.Message {
	return kafka.Message{Key: claim.Key(e["insurer"].(string), e["claim"].(string)), Value: encoded(c.site.t, e)}
}

// broken are messages that no claim can be read from, or none that is valid, each with canaries.
func (c *cage) broken() []kafka.Message {
	var all []kafka.Message
	// add changes a good claim, then its JSON.
	add := func(change func(e map[string]any), text func([]byte) []byte) {
		e := c.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineMotor)
		if change != nil {
			change(e)
		}
		m := kafka.Message{Value: encoded(c.site.t, e)}
		insurer, _ := e["insurer"].(string)
		id, _ := e["claim"].(string)
		m.Key = claim.Key(insurer, id)
		if text != nil {
			m.Value = text(m.Value)
		}
		all = append(all, m)
	}
	object := func(e map[string]any, name string) map[string]any { return e[name].(map[string]any) }
	set := func(path, value string) func(map[string]any) {
		return func(e map[string]any) {
			names := strings.Split(path, ".")
			for _, n := range names[:len(names)-1] {
				e = e[n].(map[string]any)
			}
			e[names[len(names)-1]] = value
		}
	}
	for cut := 1; cut <= 8; cut++ {
		add(nil, func(b []byte) []byte { return b[:len(b)*cut/9] })
	}
	add(nil, func(b []byte) []byte { return append(b, b...) })
	add(nil, func(b []byte) []byte { return append(b[:len(b)-1:len(b)-1], `,"`+c.word("junk")+`"}`...) })
	add(nil, func([]byte) []byte { return []byte(c.word("no JSON") + " called") })
	add(nil, func([]byte) []byte { return []byte(`["` + c.word("a list") + `"]`) })
	add(nil, func([]byte) []byte { return []byte(`"` + c.word("a string") + `"`) })
	twice := c.word("duplicate unknown name")
	add(nil, func(b []byte) []byte {
		return append([]byte(`{"`+twice+`":"`+c.word("duplicate")+`","`+twice+`":1,`), b[1:]...)
	})
	add(nil, func(b []byte) []byte {
		return append([]byte(`{"claimant":{"name":"`+c.word("duplicate")+`"},`), b[1:]...)
	})
	add(nil, func(b []byte) []byte { return append([]byte(`{"claim":"`+c.word("duplicate claim")+`",`), b[1:]...) })
	add(nil, func(b []byte) []byte { return bytes.Replace(b, []byte(`"name":"`), []byte("\"name\":\"\xff\xfe"), 1) })
	add(nil, func(b []byte) []byte { return bytes.Replace(b, []byte(`"name":`), []byte("\"na\xffme\":"), 1) })
	add(nil, func(b []byte) []byte { return bytes.Replace(b, []byte(`"email":"`), []byte(`"email":"\ud800`), 1) })
	add(func(e map[string]any) { object(e, "claimant")["name"] = []any{c.word("wrong type")} }, nil)
	add(func(e map[string]any) {
		object(e, "claimant")["phone"] = map[string]any{c.word("wrong type"): c.word("wrong type")}
	}, nil)
	add(func(e map[string]any) { e["claimant"] = c.word("wrong type") }, nil)
	add(func(e map[string]any) { e["parties"] = map[string]any{c.word("wrong type"): 1} }, nil)
	add(func(e map[string]any) { e["attributes"] = []any{c.word("wrong type")} }, nil)
	for _, path := range []string{"revision", "vehicle.year", "loss.witnesses", "loss.place.latitude", "loss.policeReport", "claimant.birthDate",
		"loss.time", "amounts.claimed", "amounts.claimed.amount", "amounts.claimed.currency", "line", "stage", "claimant.address.country", "policy.termsDigest"} {
		add(func(e map[string]any) { set(path, c.word("wrong "+path))(e) }, nil)
	}
	add(set("amounts.claimed.amount", "-"+c.digits("negative money", 12)), nil)
	add(set("amounts.claimed.amount", c.digits("too many digits", 40)), nil)
	add(set("claimant.birthDate", "2997-11-23"), nil)
	add(func(e map[string]any) {
		e["attributes"] = map[string]any{c.word("attribute") + " name": map[string]any{"text": c.word("attribute")}}
	}, nil)
	add(func(e map[string]any) {
		e["attributes"] = map[string]any{c.word("attribute"): map[string]any{"text": c.word("two values"), "flag": true}}
	}, nil)
	add(func(e map[string]any) { object(e, "claimant")["name"] = strings.Repeat(c.word("long name")+" ", 200) }, nil)
	add(func(e map[string]any) { e["narrative"] = strings.Repeat(c.word("too large")+" ", 40000) }, nil)
	add(func(e map[string]any) {
		var deep any = c.word("too deep")
		for range 60 {
			deep = map[string]any{c.word("too deep name"): deep}
		}
		e["extra"] = deep
	}, nil)
	add(set("insurer", c.word("unknown insurer")), nil)
	add(set("insurer", c.word("invalid insurer")+"/\x01"), nil)
	add(set("insurer", ""), nil)
	add(set("claim", c.word("invalid claim")+"\x07"), nil)
	add(set("claim", strings.Repeat(c.word("long claim"), 20)), nil)
	add(func(e map[string]any) { e["claim"] = []any{c.word("claim of a wrong type")} }, nil)
	add(func(e map[string]any) { delete(e, "revision") }, nil)
	add(func(e map[string]any) { e["items"].([]any)[0].(map[string]any)["party"] = 99 }, nil)

	for _, key := range []string{c.word("key"), "acme/" + c.word("key"), c.word("key") + "/C-1", ""} {
		m := c.message(c.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineMotor))
		m.Key = []byte(key)
		all = append(all, m)
	}
	all = append(all,
		kafka.Message{Key: []byte("acme/" + c.word("key of a tombstone"))},
		kafka.Message{Key: []byte(c.word("key of nothing")), Value: []byte{}},
		kafka.Message{Key: []byte("acme/C-1"), Value: []byte(c.word("headers") + "{"), Headers: []kafka.Header{{Key: c.word("header"), Value: []byte(c.word("header"))}}},
	)
	return all
}

// records is how many records the topic claims has.
func (c *cage) records() int64 {
	t := c.site.t
	t.Helper()
	n := int64(0)
	for p := range c.cfg.Kafka.Partitions {
		conn, err := kafka.DialLeader(t.Context(), "tcp", c.cfg.Kafka.Brokers[0], c.cfg.Kafka.Topics.Claims, p)
		if err != nil {
			t.Fatal(err)
		}
		first, end, err := conn.ReadOffsets()
		conn.Close()
		if err != nil {
			t.Fatal(err)
		}
		n += end - first
	}
	return n
}

// command runs a command and keeps what it printed, also if it fails.
func (c *cage) command(args ...string) (string, error) {
	out, errs, err := c.try(nil, append(args, "--config", c.configFile)...)
	c.keep("command", args[0], []byte(out+errs))
	return out + errs, err
}

func (c *cage) keep(kind, name string, data []byte) {
	c.printed = append(c.printed, corner{kind, name, data})
}

// works is a command that must succeed.
func (c *cage) works(args ...string) string {
	c.site.t.Helper()
	out, err := c.command(args...)
	if err != nil {
		c.site.t.Fatalf("tallystick %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// useCommands does what operators do, well and badly.
func (c *cage) useCommands() {
	t := c.site.t
	c.works("doctor")
	if out := c.works("fsck"); !strings.Contains(out, " raised") {
		t.Errorf("no earlier claim of the ring was raised:\n%s", out)
	}
	c.works("dead-letter", "list")
	bundle := c.path("claim.proof")
	c.works("prove", c.alone, "--insurer", "birch", "--fields", "policy.product,amounts.claimed.amount", "-o", bundle)
	c.works("prove", c.ring[len(c.ring)-1], "--insurer", "acme")
	for _, field := range []string{"claimant.name", "narrative"} {
		if out, err := c.command("prove", c.alone, "--insurer", "birch", "--fields", field); err == nil {
			t.Errorf("a sealed field was proved:\n%s", out)
		}
	}
	out, errs, err := c.try(nil, "verify", bundle, "--key", c.logKey, "--witness", c.witnessKey)
	c.keep("command", "verify", []byte(out+errs))
	if err != nil {
		t.Errorf("verify: %v\n%s", err, errs)
	}
	c.importFeed()
	c.works("dead-letter", "replay", "--all")
	c.works("migrate")
	c.works("migrate", "--status")
	c.works("rules", "test")
}

// importFeed imports a feed of which some rows are refused.
func (c *cage) importFeed() {
	t := c.site.t
	sample, err := filepath.Abs("../../mappings/sample")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{} // canary of an id, so that joins still find it
	for _, file := range []string{"insurance_transactions.csv", "agents.csv", "vendors.csv"} {
		f, err := os.Open(filepath.Join(sample, file))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		rows = rows[:min(len(rows), 40)]
		for i, row := range rows[1:] {
			for col, name := range rows[0] {
				switch name {
				case "AGENT_ID", "VENDOR_ID":
					if row[col] != "" && names[row[col]] == "" {
						names[row[col]] = c.word(name)
					}
					row[col] = names[row[col]]
				case "CUSTOMER_ID", "POLICY_NUMBER", "CUSTOMER_NAME", "AGENT_NAME", "VENDOR_NAME", "ADDRESS_LINE1", "ADDRESS_LINE2", "CITY", "SSN",
					"ROUTING_NUMBER", "ACCT_NUMBER", "EMP_ROUTING_NUMBER", "EMP_ACCT_NUMBER", "CUSTOMER_EDUCATION_LEVEL":
					row[col] = c.word(name)
				}
			}
			if file != "insurance_transactions.csv" {
				continue
			}
			bad := []string{"LOSS_DT", "REPORT_DT", "CLAIM_AMOUNT", "PREMIUM_AMOUNT", "INSURANCE_TYPE", "INCIDENT_HOUR_OF_THE_DAY", "AGE", "ANY_INJURY",
				"POLICE_REPORT_AVAILABLE", "CLAIM_STATUS", "AGENT_ID", "MARITAL_STATUS"}
			if i < len(bad) { // a value that the column does not take
				row[slices.Index(rows[0], bad[i])] = c.word("bad " + bad[i])
			}
		}
		if file == "insurance_transactions.csv" {
			rows = append(rows, []string{c.word("short row"), c.word("short row")})
			rows = append(rows, append(slices.Clone(rows[20]), c.word("long row")))
		}
		var text bytes.Buffer
		if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		if file == "insurance_transactions.csv" {
			text.WriteString(c.word("stray quote") + `"x,` + c.word("stray quote") + "\n")
		}
		if err := os.WriteFile(filepath.Join(c.input, file), text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	feed := filepath.Join(c.input, "insurance_transactions.csv")
	out := c.works("import", "--map", "insurance_transactions", "--rejects", c.path("rejects.csv"), feed)
	if !strings.Contains(out, "rejected") || strings.Contains(out, " 0 rejected") || strings.Contains(out, " 0 imported") {
		t.Errorf("import:\n%s", out)
	}
	c.works("import", "--draft", feed)
	if _, err := c.command("import", "--map", feed, feed); err == nil { // a feed given for a mapping
		t.Error("a feed was taken for a mapping")
	}
}

// accidents end instances in every way while claims keep coming.
func (c *cage) accidents(run *instance) {
	more := func(n int) {
		var msgs []kafka.Message
		for range n {
			e := c.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineHealth)
			c.strangers(e)
			msgs = append(msgs, c.message(e))
		}
		c.sendRaw(append(msgs, kafka.Message{Key: []byte(c.word("key")), Value: []byte(`{"claimant":{"name":"` + c.word("truncated"))})...)
	}
	more(10)
	second := c.start("second", freeAddr(c.site.t))
	more(10)
	run.kill() // kill -9
	more(10)
	c.settled(second, c.records())
	more(10)
	second.stop() // SIGTERM: drains
	third := c.start("third", c.http)
	c.settled(third, c.records())
	more(10)
	third.cmd.Process.Signal(syscall.SIGQUIT) // Go prints every goroutine, as a panic does
	<-third.done
	if !strings.Contains(third.tail(), "goroutine") {
		c.site.t.Errorf("no goroutines in the log after SIGQUIT:\n%s", third.tail())
	}
	fourth := c.start("fourth", c.http)
	c.settled(fourth, c.records())
	c.scrape(c.http)
	c.works("fsck")
	fourth.stop()
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
		short, ours := strings.CutPrefix(topic.Name, c.name+".")
		if !ours || topic.Name == c.cfg.Kafka.Topics.Claims {
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
		places = append(places, corner{kind, name + " as bytes", c.query("SELECT * FROM " + name + " FORMAT RowBinary")})
		places = append(places, corner{kind, name + " as text", c.query("SELECT * FROM " + name + " FORMAT TSVRaw")})
	}
	if len(places) < 8 {
		t.Errorf("only %d tables and views were found:\n%s", len(places)/2, list)
	}
	return places
}

func (c *cage) query(sql string) []byte {
	t := c.site.t
	res, err := http.Post("http://"+c.cfg.ClickHouse.Addr+"/", "text/plain", strings.NewReader(sql))
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
				t.Errorf("LEAK: %s (%q) as %s in %s %s: %q", h.form.canary.name, h.form.canary.value, h.form.how, p.kind, p.name, around)
			}
		}
	}
	t.Logf("%d canaries in %d forms were looked for in %d places of %d bytes together: %d found", len(c.canaries), len(s.forms), len(places), size, found)
}

// mustHoldWhatIsKept shows that the places were read, decompressed, and can be searched: what the policy keeps is there.
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
		"topic scored": "policy.product", "topic keys": "claim", "topic decisions": "claim", "table entries": "policy.product", ".proof": "policy.product",
	} {
		if !holds[kind][name] {
			t.Errorf("%s was not found in %s, which keeps it: was it read?", name, kind)
		}
	}
	for _, kind := range []string{"topic dead_letters", "topic closings", "command", "http", ".log", "log directory", "witness", "engine file"} {
		if size[kind] == 0 {
			t.Errorf("nothing was read of %s", kind)
		}
	}
}

// mustFindWhatIsPlanted puts a canary in each kind of place and looks again.
func (c *cage) mustFindWhatIsPlanted() {
	t := c.site.t
	planted := &canary{"planted", randomOf("abcdefghijklmnopqrstuvwxyz", 14)}
	w := &kafka.Writer{Addr: kafka.TCP(c.cfg.Kafka.Brokers...), Topic: c.cfg.Kafka.Topics.Decisions, Compression: kafka.Zstd, RequiredAcks: kafka.RequireAll}
	err := w.WriteMessages(t.Context(), kafka.Message{Key: []byte("acme/C-1"), Value: bytes.Repeat([]byte("x"), 1000),
		Headers: []kafka.Header{{Key: "h", Value: []byte(strings.ToUpper(planted.value))}}})
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	table := "`" + c.cfg.ClickHouse.Database + "`.planted"
	c.query("CREATE TABLE " + table + " (a Array(String)) ENGINE = MergeTree ORDER BY tuple()")
	c.query("INSERT INTO " + table + " SELECT [hex('" + planted.value + "')]")
	if err := os.WriteFile(filepath.Join(c.cfg.Anchor.Directory, "planted"), []byte(wide(planted.value, endian.LittleEndian)), 0o600); err != nil {
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
