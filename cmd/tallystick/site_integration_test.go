//go:build integration

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/segmentio/kafka-go"
	"go.yaml.in/yaml/v3"

	"tallystick/claim"
	"tallystick/feed/mappings"
	"tallystick/install"
	"tallystick/internal/testenv"
	"tallystick/journal"
	"tallystick/privacy/keys/vault"
)

// site is an install of its own on the real servers: topics, keys, database, log and witness that no other test uses.
type site struct {
	t          *testing.T
	name       string
	dir        string
	bin        string
	configFile string
	cfg        install.Config
	http       string // of the first instance
	logKey     string
	witnessKey string
	vaultToken string // of Vault's root
}

// servers are where a site finds what it needs; what is empty is that of all tests.
type servers struct {
	kafka             []string
	clickHouse        string
	vault, vaultToken string
}

var binary = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("TALLYSTICK_BIN"); bin != "" {
		return bin, nil
	}
	dir, err := os.MkdirTemp("", "tallystick-bin-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "tallystick")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the binary: %w: %s", err, out)
	}
	return bin, nil
})

// newSite prepares everything as the README tells an operator to: vault setup, log-key, witness, migrate.
func newSite(t *testing.T, partitions int, insurers ...string) *site {
	t.Helper()
	return newSiteAt(t, servers{}, partitions, insurers...)
}

// newSiteAt prepares a site at servers of its own.
func newSiteAt(t *testing.T, at servers, partitions int, insurers ...string) *site {
	t.Helper()
	if at.kafka == nil {
		at.kafka = testenv.Kafka(t)
	}
	if at.clickHouse == "" {
		at.clickHouse = testenv.ClickHouse(t)
	}
	if at.vault == "" {
		at.vault, at.vaultToken = testenv.Vault(t)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, name: testenv.Name(t), dir: t.TempDir(), bin: bin, vaultToken: at.vaultToken}
	s.http = freeAddr(t)
	s.logKey = strings.TrimSpace(s.cliNoConfig("log-key", s.path("log.key"), s.name+".example/claims"))
	witnessURL := s.startWitness()
	secretID := s.path("secret-id")
	topics := map[string]any{}
	for _, topic := range []string{"claims", "scored", "keys", "dead_letters", "decisions", "closings", "cases",
		"case_keys", "audit", "erasures"} {
		topics[topic] = s.name + "." + topic
	}
	file := map[string]any{
		"insurers": insurers,
		"kafka":    map[string]any{"brokers": at.kafka, "group": s.name, "partitions": partitions, "topics": topics},
		"keys": map[string]any{"service": "vault", "vault": map[string]any{
			"address": at.vault, "prefix": s.name, "mount": s.name, "secret_id_file": secretID}},
		"clickhouse": map[string]any{"addr": at.clickHouse, "protocol": "http", "database": s.name},
		"anchor": map[string]any{
			"directory": s.path("log"), "key_file": s.path("log.key"), "origin": s.name + ".example/claims",
			"quorum": 1, "close_every": "1s", "close_at": 2000,
			"witnesses": []map[string]any{{"url": witnessURL, "key": s.witnessKey}},
		},
		"cases":     map[string]any{},
		"log_level": "debug",
	}
	s.configFile = s.path("tallystick.yaml")
	s.writeConfig(file)
	roleID := strings.TrimSpace(s.cliEnv([]string{"VAULT_TOKEN=" + at.vaultToken}, "vault", "setup"))
	file["keys"].(map[string]any)["vault"].(map[string]any)["role_id"] = roleID
	s.writeConfig(file)
	if s.cfg, err = install.Load(s.configFile, nil, nil); err != nil {
		t.Fatal(err)
	}
	s.cli("migrate")
	t.Cleanup(func() { s.dropDatabase() })
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) writeConfig(file map[string]any) {
	s.t.Helper()
	data, err := yaml.Marshal(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.configFile, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startWitness runs a witness for the site's log and returns its URL.
func (s *site) startWitness() string {
	s.t.Helper()
	cmd := exec.Command(s.bin, "witness", "--dir", s.path("witness"), "--key-file", s.path("witness.key"), "--name",
		"witness.example",
		"--listen", "127.0.0.1:0", "--log", s.logKey)
	var out lockedBuffer
	log, err := os.Create(s.path("witness.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = &out, log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	s.eventually("the witness", 30*time.Second, func() bool { return strings.Contains(out.String(), "\n") })
	var url string
	if _, err := fmt.Sscanf(out.String(), "ready %s %s", &url, &s.witnessKey); err != nil {
		s.t.Fatalf("the witness wrote %q (see %s): %v", out.String(), log.Name(), err)
	}
	return url
}

// cli runs a command of the binary with the site's configuration and returns what it printed. It must succeed.
func (s *site) cli(args ...string) string { s.t.Helper(); return s.cliEnv(nil, args...) }

func (s *site) cliEnv(env []string, args ...string) string {
	s.t.Helper()
	out, errs, err := s.try(env, append(args, "--config", s.configFile)...)
	if err != nil {
		s.t.Fatalf("tallystick %s: %v\n%s%s", strings.Join(args, " "), err, out, errs)
	}
	return out
}

func (s *site) cliNoConfig(args ...string) string {
	s.t.Helper()
	out, errs, err := s.try(nil, args...)
	if err != nil {
		s.t.Fatalf("tallystick %s: %v\n%s%s", strings.Join(args, " "), err, out, errs)
	}
	return out
}

func (s *site) try(env []string, args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.bin, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// instance is a running pipeline.
type instance struct {
	s    *site
	cmd  *exec.Cmd
	log  string
	http string
	done chan struct{}
	err  error
}

// start runs a pipeline with further settings. Its log is appended to NAME.log.
func (s *site) start(name, http string, settings ...string) *instance {
	s.t.Helper()
	in := &instance{s: s, log: s.path(name + ".log"), http: http, done: make(chan struct{})}
	f, err := os.OpenFile(in.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	in.cmd = exec.Command(s.bin, "run", "--config", s.configFile, "--set", "http="+http,
		"--set", "state.directory="+s.path(name+".state"), "--set", "state.keep_every=1s")
	for _, setting := range settings {
		in.cmd.Args = append(in.cmd.Args, "--set", setting)
	}
	in.cmd.Stdout, in.cmd.Stderr = f, f
	if err := in.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { in.err = in.cmd.Wait(); close(in.done) }()
	s.t.Cleanup(in.kill)
	return in
}

func (in *instance) kill() {
	in.cmd.Process.Kill()
	<-in.done
}

// stop drains the instance and fails the test if it does not end well.
func (in *instance) stop() {
	in.s.t.Helper()
	in.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-in.done:
	case <-time.After(60 * time.Second):
		in.kill()
		in.s.t.Fatalf("the instance did not drain within a minute; its log ends:\n%s", in.tail())
	}
	if in.err != nil {
		in.s.t.Fatalf("the instance ended with %v; its log ends:\n%s", in.err, in.tail())
	}
}

// check fails the test at once if the instance has ended by itself.
func (in *instance) check() {
	in.s.t.Helper()
	select {
	case <-in.done:
		in.s.t.Fatalf("the instance ended by itself (%v); its log ends:\n%s", in.err, in.tail())
	default:
	}
}

func (in *instance) tail() string {
	data, err := os.ReadFile(in.log)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4000):])
}

func (s *site) eventually(what string, limit time.Duration, ok func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited %s for %s", limit, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// settled waits until every source record is decided, stored and under the witnessed checkpoint, and returns the
// report.
func (s *site) settled(in *instance, records int64) string {
	s.t.Helper()
	var text string
	s.eventually(fmt.Sprintf("%d records to be decided, stored and anchored", records), 4*time.Minute, func() bool {
		if in != nil {
			in.check()
		}
		r, err := install.Fsck(s.t.Context(), &s.cfg)
		if r != nil {
			text = r.Text()
		}
		if err != nil {
			return false // nothing is published yet
		}
		if !r.OK() {
			s.t.Fatalf("fsck:\n%s", text)
		}
		return r.Records == records && r.Waiting == 0 && r.Unstored == 0 && r.Anchored == r.Entries &&
			r.LogSize == r.Batches
	})
	return text
}

// decidedTo is how many source records the journal covers.
func (s *site) decidedTo() int64 {
	s.t.Helper()
	total := int64(0)
	for p := range s.cfg.Kafka.Partitions {
		end, err := journal.Scan(s.t.Context(), s.cfg.Scored(), p, func(journal.Batch) error { return nil })
		if err != nil {
			s.t.Fatal(err)
		}
		total += end.To
	}
	return total
}

// sampleFeed writes the sample that comes with the mappings to files and returns its name and rows.
func sampleFeed(t *testing.T) (string, int64) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, mappings.Sample()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "insurance_transactions.csv")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return name, int64(bytes.Count(data, []byte("\n"))) - 1
}

// send puts events on the topic claims under their keys.
func (s *site) send(events ...claim.Event) {
	s.t.Helper()
	msgs := make([]kafka.Message, len(events))
	for i := range events {
		value, err := claim.Encode(&events[i])
		if err != nil {
			s.t.Fatal(err)
		}
		msgs[i] = kafka.Message{Key: claim.Key(events[i].Insurer, events[i].ID), Value: value}
	}
	s.sendRaw(msgs...)
}

func (s *site) sendRaw(msgs ...kafka.Message) {
	s.t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(s.cfg.Kafka.Brokers...), Topic: s.cfg.Kafka.Topics.Claims,
		Balancer:  kafka.Murmur2Balancer{},
		BatchSize: 1000, BatchTimeout: 5 * time.Millisecond, RequiredAcks: kafka.RequireAll}
	defer w.Close()
	err := w.WriteMessages(s.t.Context(), msgs...)
	for range 20 { // the client may still know the cluster from before the topic was made
		if !errors.Is(err, kafka.UnknownTopicOrPartition) {
			break
		}
		time.Sleep(500 * time.Millisecond)
		err = w.WriteMessages(s.t.Context(), msgs...)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) dropDatabase() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if db, err := install.OpenAnalytics(ctx, &s.cfg); err == nil {
		_ = db.Drop(ctx)
		_ = db.Close()
	}
}

// officer logs in to Vault as one of the two officers.
func (s *site) officer(half vault.Half) vault.Officer {
	s.t.Helper()
	names := install.VaultNames(&s.cfg)
	return vault.Officer{Client: s.login(names.OfficerRole(half)), Names: names, Half: half}
}

// login returns a client with a fresh token of a role.
func (s *site) login(role string) *api.Client {
	s.t.Helper()
	admin, err := api.NewClient(&api.Config{Address: s.cfg.Keys.Vault.Address})
	if err != nil {
		s.t.Fatal(err)
	}
	admin.SetToken(s.vaultToken)
	names := install.VaultNames(&s.cfg)
	credentials, err := vault.NewCredentials(s.t.Context(), admin, names, role)
	if err != nil {
		s.t.Fatal(err)
	}
	client, err := api.NewClient(&api.Config{Address: s.cfg.Keys.Vault.Address})
	if err != nil {
		s.t.Fatal(err)
	}
	login, err := client.Logical().WriteWithContext(s.t.Context(), "auth/"+names.AppRole+"/login",
		map[string]any{"role_id": credentials.RoleID, "secret_id": credentials.SecretID})
	if err != nil {
		s.t.Fatal(err)
	}
	client.SetToken(login.Auth.ClientToken)
	return client
}

// lockedBuffer is written by a process while the test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }
