//go:build integration

package deploy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"tallystick/internal/testenv"
)

// TestComposeRehearsal goes the way of docker-compose.yml without containers: the image's binary and setup.sh run with
// the commands and variables of the file, against a real Kafka with the file's settings, a real Vault in dev mode, and
// ClickHouse's embedded engine.
func TestComposeRehearsal(t *testing.T) {
	project := compose(t)
	broker := testenv.StartKafka(t,
		testenv.KafkaOptions{Properties: brokerSettings(project.Services["kafka"].Environment)})
	vault := testenv.StartVault(t)
	clickhouse := testenv.StartClickHouse(t)

	s := newStage(t)
	witnessAddr, httpAddr := freeAddr(t), freeAddr(t)
	places := []string{"/etc/tallystick", s.config, "/var/lib/tallystick", s.log, "/var/lib/witness", s.witness,
		"/template.yaml", s.template}
	s.replace = strings.NewReplacer(append(places, addresses(broker, vault, clickhouse, witnessAddr, httpAddr)...)...)
	s.env = append(s.env, rehearsalEnv...)
	writeTemplate(t, s.template, s.replace, 0o600)

	setup := project.Services["setup"]
	setup.Environment["VAULT_TOKEN"] = &vault.Token
	first := s.setup(t, setup)
	second := s.setup(t, setup)
	if first != second {
		t.Errorf("setup run again has made other keys:\n%s\n%s", first, second)
	}

	witness := s.start(t, project.Services["witness"])
	s.healthy(t, witness, project.Services["witness"])
	s.run(t, project.Services["migrate"].Command...)
	s.run(t, project.Services["migrate"].Command...) // up again
	tallystick := s.start(t, project.Services["tallystick"])
	s.healthy(t, tallystick, project.Services["tallystick"])
	checkDoctor(t, s.run(t, project.Services["doctor"].Command...))
	metrics := "http://" + httpAddr + "/metrics"
	s.checkMetrics(t, metrics)

	// Claims go all the way.
	const config = "--config=/etc/tallystick/tallystick.yaml"
	s.run(t, "generate", "--send", "--claims=200", config)
	waitFor(t, metrics, `tallystick_sink_entries_total{sink="clickhouse"}`, func(v float64) bool { return v >= 200 })
	waitFor(t, metrics, "tallystick_anchor_batches_published", func(v float64) bool { return v >= 1 })

	// What the runbooks say of a sink that is away: claims are decided, it shows, and nothing needs to be done
	// afterwards.
	clickhouse.Kill()
	s.run(t, "generate", "--send", "--claims=200", "--seed=2", config)
	waitFor(t, metrics, `tallystick_sink_behind{partition="0",sink="clickhouse"}`,
		func(v float64) bool { return v > 0 })
	waitFor(t, metrics, `tallystick_sink_writing_seconds{sink="clickhouse"}`, func(v float64) bool { return v > 1 })
	waitFor(t, metrics, `tallystick_sink_behind{partition="0",sink="decisions"}`,
		func(v float64) bool { return v == 0 })
	clickhouse.Restart(t)
	waitFor(t, metrics, `tallystick_sink_behind{partition="0",sink="clickhouse"}`,
		func(v float64) bool { return v == 0 })
	waitFor(t, metrics, "tallystick_anchor_open_entries", func(v float64) bool { return v == 0 })
	tallystick.stop(t)

	// And of a log that is lost: begun empty, it is made anew from the closings, and the witness knows it.
	before := s.run(t, "fsck", config)
	for _, lost := range []string{"log", "log.state"} {
		if err := os.RemoveAll(filepath.Join(s.log, lost)); err != nil {
			t.Fatal(err)
		}
	}
	tallystick = s.start(t, project.Services["tallystick"])
	s.healthy(t, tallystick, project.Services["tallystick"])
	waitFor(t, metrics, "tallystick_anchor_batches_published", func(v float64) bool { return v >= 2 })
	tallystick.stop(t)
	after := s.run(t, "fsck", config)
	if before != after {
		t.Errorf("fsck before the log was lost:\n%s\nand after:\n%s", before, after)
	}
	witness.stop(t)
}

// rehearsalEnv changes what the mounted configuration says: the engine speaks nothing but HTTP, and nobody waits for a
// minute.
var rehearsalEnv = []string{"TALLYSTICK_CLICKHOUSE_PROTOCOL=http", "TALLYSTICK_ANCHOR_CLOSE_EVERY=1s"}

// addresses are pairs for a [strings.Replacer]: those of the compose file and those of a rehearsal.
func addresses(broker, vault, clickhouse *testenv.Server, witness, http string) []string {
	return []string{
		"kafka:9092", broker.Addr, "http://vault:8200", vault.Addr, "clickhouse:9000", clickhouse.Addr,
		"http://witness:7475", "http://" + witness, "0.0.0.0:7475", witness, "127.0.0.1:7475", witness,
		"0.0.0.0:9464", http, "127.0.0.1:9464", http,
	}
}

// writeTemplate writes the configuration that the compose file mounts, with the rehearsal's addresses.
func writeTemplate(t *testing.T, file string, replace *strings.Replacer, mode os.FileMode) {
	t.Helper()
	text, err := os.ReadFile("compose/tallystick.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(replace.Replace(string(text))), mode); err != nil {
		t.Fatal(err)
	}
}

// checkDoctor looks whether the doctor has found anything wrong, and whether it has looked.
func checkDoctor(t *testing.T, out string) {
	t.Helper()
	if strings.Contains(out, "WRONG") || !strings.Contains(out, "ok    witnesses") {
		t.Errorf("doctor says\n%s", out)
	}
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndex(s, "\n")+1:]
}

// waitFor asks for the metrics until the series has a value that is as wanted.
func waitFor(t *testing.T, url, series string, want func(float64) bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		got := "nothing"
		for line := range strings.Lines(scrape(t, url)) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), series+" "); ok {
				v, err := strconv.ParseFloat(value, 64)
				if err != nil {
					t.Fatal(err)
				}
				if want(v) {
					return
				}
				got = value
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s stays at %s", series, got)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func scrape(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// brokerSettings are the settings of the image's variables, as the image reads them, without those that say where it
// is.
func brokerSettings(env types.MappingWithEquals) map[string]string {
	place := regexp.MustCompile(`LISTENER|LOG_DIRS|NODE_ID|PROCESS_ROLES|QUORUM_VOTERS`)
	settings := map[string]string{}
	for name, value := range env {
		if key, ok := strings.CutPrefix(name, "KAFKA_"); ok && value != nil && !place.MatchString(name) {
			settings[strings.ToLower(strings.ReplaceAll(key, "_", "."))] = *value
		}
	}
	return settings
}

// stage holds what are volumes in the compose file.
type stage struct {
	binary, config, log, witness, template string
	replace                                *strings.Replacer
	env                                    []string
}

func newStage(t *testing.T) *stage {
	dir := t.TempDir()
	s := &stage{
		binary: filepath.Join(dir, "bin", "tallystick"), config: filepath.Join(dir, "config"),
		log:     filepath.Join(dir, "log"),
		witness: filepath.Join(dir, "witness"), template: filepath.Join(dir, "template.yaml"),
	}
	for _, d := range []string{filepath.Dir(s.binary), s.config, s.log, s.witness} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(binary(t), s.binary); err != nil {
		t.Fatal(err)
	}
	s.env = []string{"PATH=" + filepath.Dir(s.binary) + ":" + os.Getenv("PATH"), "TMPDIR=" + dir, "HOME=" + dir}
	return s
}

// setup runs setup.sh and returns the line that it ends with.
func (s *stage) setup(t *testing.T, service types.ServiceConfig) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "compose/setup.sh")
	cmd.Env = append(s.env, "CONFIG="+s.config, "WITNESS="+s.witness, "TEMPLATE="+s.template)
	for name, value := range service.Environment {
		cmd.Env = append(cmd.Env, name+"="+*value)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("setup.sh: %v\n%s%s", err, out, stderr.String())
	}
	return lastLine(string(out))
}

func (s *stage) command(t *testing.T, args []string) *exec.Cmd {
	args = append([]string{}, args...)
	for i := range args {
		args[i] = s.replace.Replace(args[i])
	}
	cmd := exec.CommandContext(t.Context(), s.binary, args...)
	cmd.Env = s.env
	return cmd
}

// run runs the image's binary to its end and returns what it prints.
func (s *stage) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.command(t, args).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// service is a process that runs.
type service struct {
	cmd  *exec.Cmd
	out  *bytes.Buffer
	done chan error
}

func (s *stage) start(t *testing.T, config types.ServiceConfig) *service {
	t.Helper()
	p := &service{cmd: s.command(t, config.Command), out: &bytes.Buffer{}, done: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.Cancel = func() error { return p.cmd.Process.Kill() }
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	return p
}

// healthy runs the health check of the service until it succeeds.
func (s *stage) healthy(t *testing.T, p *service, config types.ServiceConfig) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		out, err := s.command(t, config.HealthCheck.Test[2:]).CombinedOutput()
		if err == nil {
			return
		}
		select {
		case err := <-p.done:
			t.Fatalf("%s ended: %v\n%s", config.Name, err, p.out)
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not become healthy: %s", config.Name, out)
		}
	}
}

func (p *service) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.done:
		if err != nil {
			t.Errorf("%v ended with %v\n%s", p.cmd.Args[1], err, p.out)
		}
	case <-time.After(40 * time.Second):
		t.Errorf("%v does not stop", p.cmd.Args[1])
	}
}

// checkMetrics compares what an instance shows with what the page of metrics lists.
func (s *stage) checkMetrics(t *testing.T, url string) {
	t.Helper()
	body := scrape(t, url)
	declared := declaredMetrics(t)
	shown := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (tallystick_\w+) (\w+)$`).FindAllStringSubmatch(body, -1) {
		shown[m[1]] = true
		if declared[m[1]].kind != m[2] {
			t.Errorf("%s is a %s, the sources say %q", m[1], m[2], declared[m[1]].kind)
		}
	}
	for name, m := range declared {
		elsewhere := strings.HasPrefix(name, "tallystick_chain_") || strings.HasPrefix(name, "tallystick_follow_") ||
			strings.HasPrefix(name, "tallystick_stamp_") // not configured here
		if len(m.labels) == 0 && !shown[name] && !elsewhere {
			t.Errorf("%s is not shown", name)
		}
	}
	for _, want := range []string{"tallystick_ready 1", "tallystick_state_loaded 1", "tallystick_partitions_owned 4",
		`tallystick_sink_behind{partition="3",sink="clickhouse"} 0`} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("not shown: %s", want)
		}
	}
	if !regexp.MustCompile(`(?m)^tallystick_witness_up\{key="[0-9a-f]{8}",witness="witness.compose.example"\} 1$`).MatchString(body) {
		t.Error("the witness is not shown to be up")
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr())
}
