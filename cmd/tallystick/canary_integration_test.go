//go:build integration

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
)

// TestNoIdentifierIsKeptInTheClear sends claims whose every value that the field policy does not keep is marked, whole
// and broken in every way, and has every command and accident happen to them. Then it looks for each mark, in every
// encoding, in all that the install has kept or printed. Only the topic claims may hold them.
func TestNoIdentifierIsKeptInTheClear(t *testing.T) {
	c := newCage(t)
	step := func(what string, do func()) {
		start := time.Now()
		do()
		t.Logf("%s: %s", what, time.Since(start).Round(time.Millisecond))
	}
	step("send", c.sendAll)
	run := c.start("pipeline", c.http)
	step("decide", func() { c.settled(run, c.records()) })
	c.scrape(c.http)
	step("commands", c.useCommands)
	step("decide what was replayed and imported", func() { c.settled(run, c.records()) })
	step("accidents", func() { c.accidents(run) })

	var kept []corner
	step("collect", func() { kept = c.collect() })
	step("search", func() { c.search(kept) })
	step("search for what is kept", func() { c.mustHoldWhatIsKept(kept) })
	step("plant and search", c.mustFindWhatIsPlanted)
}

// cage is a site whose every word is kept for the search.
type cage struct {
	*site
	*aviary
	input   string // files that may hold clear values
	engine  string // the data of ClickHouse's engine
	prefix  string // of the names of its topics
	printed []corner
	ring    []string // claims of acme that share a phone and an account
	alone   string   // a claim of birch
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
	password := filepath.Join(c.engine, "data", enginePasswordFile)
	t.Setenv("TALLYSTICK_CLICKHOUSE_ADDR", addr)
	t.Setenv("TALLYSTICK_CLICKHOUSE_USERNAME", "default")
	t.Setenv("TALLYSTICK_CLICKHOUSE_PASSWORD_FILE", password)
	t.Setenv("TALLYSTICK_KAFKA_SESSION", "6s") // the dead are missed sooner
	c.site = newSite(t, 2, "acme", "birch")
	c.prefix = c.name + "."
	c.cfg.ClickHouse.Addr, c.cfg.ClickHouse.Username, c.cfg.ClickHouse.PasswordFile = addr, "default", password
	for _, secret := range c.secrets() {
		data, err := os.ReadFile(secret)
		if err != nil {
			t.Fatal(err)
		}
		// a signing key is PRIVATE+KEY+name+hash+secret
		parts := strings.SplitN(strings.TrimSpace(string(data)), "+", 5)
		c.put(filepath.Base(secret), parts[len(parts)-1])
	}
	tmp := c.path("tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	return c
}

// secrets are files that hold the install's secrets: what is in them must be nowhere else.
func (c *cage) secrets() []string {
	return []string{c.path("secret-id"), c.path("log.key"), c.path("witness.key")}
}

// sendAll puts whole and broken claims on the topic.
func (c *cage) sendAll() {
	var whole []kafka.Message
	shared := c.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineMotor)
	for i, line := range []claim.Line{claim.LineMotor, claim.LineHealth, claim.LineProperty, claim.LineLife,
		claim.LineTravel, claim.LineDevice, claim.LineMotor, claim.LineMotor} {
		insurer := "acme"
		if i == 5 {
			insurer = "birch"
		}
		id := "C-" + randomOf("abcdefghijklm", 12)
		e := c.claim(insurer, id, line)
		if i == 2 || i == 5 {
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
	if out := c.works("fsck"); !strings.Contains(out, " rescored") {
		t.Errorf("no earlier claim of the ring was scored anew:\n%s", out)
	}
	c.works("dead-letter", "list")
	bundle := c.path("claim.proof")
	c.works("prove", c.alone, "--insurer", "birch", "--fields", "policy.product,amounts.claimed.amount", "-o", bundle)
	c.works("prove", c.ring[len(c.ring)-1], "--insurer", "acme")
	c.works("prove", c.ring[0], "--insurer", "acme", "--original", "--fields", "policy.product")
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
	c.works("config", "check")
	c.works("rules", "test")
}

// accidents end instances in every way while claims keep coming.
func (c *cage) accidents(run *instance) {
	more := func(n int) {
		var msgs []kafka.Message
		for i := range n {
			e := c.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineHealth)
			if i == 0 {
				c.strangers(e)
			}
			msgs = append(msgs, c.message(e))
		}
		c.sendRaw(append(msgs, kafka.Message{Key: []byte(c.word("key")),
			Value: []byte(`{"claimant":{"name":"` + c.word("truncated"))})...)
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
