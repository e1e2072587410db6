//go:build integration

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"maps"
	"math/big"
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"go.yaml.in/yaml/v3"

	"tallystick/install"
	"tallystick/internal/testenv"
)

// authority signs certificates of the test's own.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	a.write("ca.pem", pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	return a
}

// sign makes a key and a certificate for it, by the authority or, while there is none, by itself.
func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = serial
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) write(name string, blocks ...pem.Block) string {
	a.t.Helper()
	var text []byte
	for i := range blocks {
		text = append(text, pem.EncodeToMemory(&blocks[i])...)
	}
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

func (a *authority) ca() string { return filepath.Join(a.dir, "ca.pem") }

// issue returns files of a certificate for loopback and its key, each alone and both in one.
func (a *authority) issue(name string) (cert, key, both string) {
	a.t.Helper()
	c, k := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth,
			x509.ExtKeyUsageClientAuth},
	})
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		a.t.Fatal(err)
	}
	certificate, private := pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}, pem.Block{Type: "PRIVATE KEY", Bytes: der}
	return a.write(name+".pem", certificate), a.write(name+".key", private), a.write(name+".both", private, certificate)
}

// secureSite is an install whose Kafka, Vault and ClickHouse speak TLS and whose Kafka denies what is not granted. It
// knows a user for each role.
type secureSite struct {
	*site
	ca        *authority
	broker    *testenv.Server
	admin     *kafka.Client // of the listener in plain text, whose nobody is a super user
	passwords map[string]string
	file      map[string]any // the pipeline's configuration
}

const (
	deployer     = "tallystick-deployer"
	pipelineUser = "tallystick-pipeline"
	readerUser   = "tallystick-reader"
	producer     = "tallystick-producer"
	claimsSystem = "tallystick-claims-system"
	operator     = "tallystick-operator"
	officerUser  = "tallystick-officer"
	revealer     = "tallystick-revealer"
	auditor      = "tallystick-auditor"
)

var roles = []string{deployer, pipelineUser, readerUser, producer, claimsSystem, operator, officerUser, revealer,
	auditor}

// newSecureSite does what docs/security.md tells an operator to.
func newSecureSite(t *testing.T) *secureSite {
	t.Helper()
	return newSecureSiteFor(t, nil, nil)
}

// newSecureSiteFor makes one for insurers that have producers and claims systems of their own, with further settings.
func newSecureSiteFor(t *testing.T, insurers []string, change func(s *secureSite)) *secureSite {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &secureSite{
		site: &site{t: t, name: testenv.Name(t), dir: t.TempDir(), bin: bin, http: freeAddr(t)},
		ca:   newAuthority(t, "Test Authority"), passwords: map[string]string{},
	}
	_, _, keystore := s.ca.issue("kafka")
	s.broker = testenv.StartKafka(t,
		testenv.KafkaOptions{Second: "SASL_SSL", Properties: brokerProperties(s.ca.ca(), keystore)})
	transport := &kafka.Transport{MetadataTTL: time.Second}
	t.Cleanup(transport.CloseIdleConnections)
	s.admin = &kafka.Client{Addr: kafka.TCP(s.broker.Addr), Transport: transport, Timeout: 15 * time.Second}
	all := slices.Clone(roles)
	for _, insurer := range insurers {
		all = append(all, producer+"-"+insurer, claimsSystem+"-"+insurer)
	}
	for _, role := range all {
		s.passwords[role] = rand.Text()
		s.setPassword(role, s.passwords[role])
	}
	s.runACLScript("INSURERS=" + strings.Join(insurers, " "))

	vault := testenv.StartVaultTLS(t)
	s.logKey = strings.TrimSpace(s.cliNoConfig("log-key", s.path("log.key"), s.name+".example/claims"))
	witnessURL := s.startWitness()
	s.file = map[string]any{
		"production": true,
		"insurers":   []string{"acme"},
		"kafka": map[string]any{
			"brokers": []string{s.broker.Second}, "partitions": 2,
			"tls": map[string]any{"enabled": true, "ca_file": s.ca.ca()},
		},
		"keys": map[string]any{"service": "vault", "vault": map[string]any{
			"address": vault.Addr, "ca_file": vault.CAFile, "secret_id_file": s.path("secret-id")}},
		"clickhouse": map[string]any{"addr": s.clickHouseTLS(), "protocol": "http", "database": s.name, "tls": true,
			"ca_file": s.ca.ca()},
		"anchor": map[string]any{
			"directory": s.path("log"), "key_file": s.path("log.key"), "origin": s.name + ".example/claims",
			"quorum": 1, "close_every": "1s",
			"witnesses": []map[string]any{{"url": witnessURL, "key": s.witnessKey}},
		},
	}
	if change != nil {
		change(s)
	}
	s.configFile = s.configOf(pipelineUser)
	roleID := strings.TrimSpace(s.cliEnv([]string{"VAULT_TOKEN=" + vault.Token}, "vault", "setup"))
	s.file["keys"].(map[string]any)["vault"].(map[string]any)["role_id"] = roleID
	s.configFile = s.configOf(pipelineUser)
	s.cfg = s.load(auditor)
	s.as(deployer, "migrate")
	t.Cleanup(func() { s.dropDatabase() })
	return s
}

func brokerProperties(ca, keystore string) map[string]string {
	p := map[string]string{
		"ssl.keystore.type": "PEM", "ssl.keystore.location": keystore,
		"ssl.truststore.type": "PEM", "ssl.truststore.location": ca,
		"sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN",
		"authorizer.class.name":   "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		// of the listener in plain text and of the controller
		"super.users": "User:ANONYMOUS",
		"listener.name.sasl_ssl.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required user_plain="of-plain";`,
	}
	for _, m := range []string{"scram-sha-256", "scram-sha-512"} {
		p["listener.name.sasl_ssl."+m+
			".sasl.jaas.config"] = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	}
	return p
}

// setPassword gives a user one password for both SCRAM mechanisms, as kafka-configs.sh does.
func (s *secureSite) setPassword(user, password string) {
	s.t.Helper()
	for _, m := range []struct {
		kind kafka.ScramMechanism
		hash func() hash.Hash
	}{{kafka.ScramMechanismSha256, sha256.New}, {kafka.ScramMechanismSha512, sha512.New}} {
		salt := []byte(rand.Text())
		salted, err := pbkdf2.Key(m.hash, password, salt, 8192, m.hash().Size())
		if err != nil {
			s.t.Fatal(err)
		}
		res, err := s.admin.AlterUserScramCredentials(s.t.Context(),
			&kafka.AlterUserScramCredentialsRequest{Upsertions: []kafka.UserScramCredentialsUpsertion{
				{Name: user, Mechanism: m.kind, Iterations: 8192, Salt: salt, SaltedPassword: salted}}})
		if err == nil {
			err = res.Results[0].Error
		}
		if err != nil {
			s.t.Fatalf("giving %s a password: %v", user, err)
		}
	}
}

// runACLScript runs deploy/kafka/acls.sh with a stand-in for kafka-acls.sh that hands its options to the test, which
// makes the same grants through the protocol: the real one comes with Kafka's distribution alone.
func (s *secureSite) runACLScript(env ...string) {
	s.t.Helper()
	dir := s.t.TempDir()
	standIn, record := filepath.Join(dir, "kafka-acls.sh"), filepath.Join(dir, "record")
	if err := os.WriteFile(standIn, []byte("#!/bin/sh\necho \"$@\" >> "+record+"\n"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command("../../deploy/kafka/acls.sh")
	cmd.Env = append(os.Environ(), "BOOTSTRAP="+s.broker.Addr, "CLIENT=admin.properties", "ACLS="+standIn)
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("acls.sh: %v\n%s", err, out)
	}
	lines, err := os.ReadFile(record)
	if err != nil {
		s.t.Fatal(err)
	}
	var acls []kafka.ACLEntry
	for line := range strings.Lines(string(lines)) {
		acls = append(acls, grantsIn(s.t, strings.Fields(line))...)
	}
	s.grant(acls...)
}

// grantsIn reads the options of kafka-acls.sh.
func grantsIn(t *testing.T, args []string) []kafka.ACLEntry {
	t.Helper()
	pattern, principal := kafka.PatternTypeLiteral, ""
	var operations []kafka.ACLOperationType
	var on []kafka.ACLEntry
	add := false
	for i := 0; i < len(args); i++ {
		if args[i] == "--add" {
			add = true
			continue
		}
		if i+1 == len(args) {
			t.Fatalf("kafka-acls.sh %s: no value", args[i])
		}
		value := args[i+1]
		switch args[i] {
		case "--bootstrap-server", "--command-config":
		case "--allow-principal":
			principal = value
		case "--operation":
			var op kafka.ACLOperationType
			if err := op.UnmarshalText([]byte(value)); err != nil {
				t.Fatal(err)
			}
			operations = append(operations, op)
		case "--topic":
			on = append(on, kafka.ACLEntry{ResourceType: kafka.ResourceTypeTopic, ResourceName: value})
		case "--group":
			on = append(on, kafka.ACLEntry{ResourceType: kafka.ResourceTypeGroup, ResourceName: value})
		case "--resource-pattern-type":
			if value != "prefixed" {
				t.Fatalf("kafka-acls.sh --resource-pattern-type %s", value)
			}
			pattern = kafka.PatternTypePrefixed
		default:
			t.Fatalf("kafka-acls.sh has no option %s", args[i])
		}
		i++
	}
	if !add || !strings.HasPrefix(principal, "User:") || len(operations) == 0 || len(on) == 0 {
		t.Fatalf("kafka-acls.sh %s grants nothing", args)
	}
	var acls []kafka.ACLEntry
	for _, e := range on {
		for _, op := range operations {
			e.Principal, e.Host, e.Operation, e.PermissionType, e.ResourcePatternType = principal, "*", op,
				kafka.ACLPermissionTypeAllow, pattern
			acls = append(acls, e)
		}
	}
	return acls
}

func (s *secureSite) grant(acls ...kafka.ACLEntry) {
	s.t.Helper()
	res, err := s.admin.CreateACLs(s.t.Context(), &kafka.CreateACLsRequest{ACLs: acls})
	if err == nil {
		err = errors.Join(res.Errors...)
	}
	if err != nil {
		s.t.Fatalf("granting: %v", err)
	}
}

// revoke takes back one operation of a user on a topic.
func (s *secureSite) revoke(user, topic string, op kafka.ACLOperationType) {
	s.t.Helper()
	res, err := s.admin.DeleteACLs(s.t.Context(), &kafka.DeleteACLsRequest{Filters: []kafka.DeleteACLsFilter{{
		ResourceTypeFilter: kafka.ResourceTypeTopic, ResourceNameFilter: topic,
		ResourcePatternTypeFilter: kafka.PatternTypeLiteral,
		PrincipalFilter:           "User:" + user, HostFilter: "*", Operation: op,
		PermissionType: kafka.ACLPermissionTypeAllow,
	}}})
	if err != nil || len(res.Results) != 1 || res.Results[0].Error != nil || len(res.Results[0].MatchingACLs) != 1 {
		s.t.Fatalf("revoking %s on %s: %v, %+v", op, topic, err, res)
	}
}

// clickHouseTLS puts TLS before the engine, which has none of its own.
func (s *secureSite) clickHouseTLS() string {
	s.t.Helper()
	cert, key, _ := s.ca.issue("clickhouse")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		s.t.Fatal(err)
	}
	proxy := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http",
		Host: testenv.ClickHouse(s.t)}))
	proxy.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	proxy.StartTLS()
	s.t.Cleanup(proxy.Close)
	return proxy.Listener.Addr().String()
}

// configOf writes the configuration of a role and returns its file.
func (s *secureSite) configOf(role string) string {
	s.t.Helper()
	password := s.path(role + ".password")
	if err := os.WriteFile(password, []byte(s.passwords[role]+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	file := maps.Clone(s.file)
	k := maps.Clone(file["kafka"].(map[string]any))
	k["sasl"] = map[string]any{"mechanism": "SCRAM-SHA-512", "username": role, "password_file": password}
	file["kafka"] = k
	vault := s.file["keys"].(map[string]any)["vault"].(map[string]any)
	if vault["role_id"] == nil {
		vault["role_id"] = "unknown"
	}
	data, err := yaml.Marshal(file)
	if err != nil {
		s.t.Fatal(err)
	}
	path := s.path(role + ".yaml")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s *secureSite) load(role string) install.Config {
	s.t.Helper()
	c, err := install.Load(s.configOf(role), nil, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// as runs a command of the binary with the configuration of a role. It must succeed.
func (s *secureSite) as(role string, args ...string) string {
	s.t.Helper()
	out, errs, err := s.try(nil, append(args, "--config", s.configOf(role))...)
	if err != nil {
		s.t.Fatalf("%s: tallystick %s: %v\n%s%s", role, strings.Join(args, " "), err, out, errs)
	}
	return out
}

// answer is the broker's to a role that reads or writes one partition, asked past the client's own knowledge of the
// cluster.
func (s *secureSite) answer(ctx context.Context, role, topic string, write bool) error {
	c := s.load(role)
	host, port, _ := net.SplitHostPort(s.broker.Second)
	n := 0
	if _, err := fmt.Sscan(port, &n); err != nil {
		s.t.Fatal(err)
	}
	conn, err := c.Dialer.DialPartition(ctx, "tcp", s.broker.Second,
		kafka.Partition{Topic: topic, ID: 0, Leader: kafka.Broker{Host: host, Port: n}})
	if err != nil {
		s.t.Fatalf("%s cannot connect: %v", role, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if write {
		_, err := conn.WriteMessages(kafka.Message{Key: []byte("matrix"), Value: []byte("matrix")})
		return err
	}
	if _, err := conn.Seek(0, kafka.SeekAbsolute|kafka.SeekDontCheck); err != nil {
		s.t.Fatal(err)
	}
	batch := conn.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: 1 << 20, MaxWait: 10 * time.Millisecond})
	err = batch.Err()
	_ = batch.Close()
	if errors.Is(err, kafka.RequestTimedOut) { // nothing to read, but allowed
		return nil
	}
	return err
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
