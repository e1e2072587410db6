//go:build integration

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/install"
	"tallystick/install/doctor"
	"tallystick/internal/testenv"
	"tallystick/pipeline"
)

// TestEachRoleDoesItsPartOverTLS runs an install whose servers speak TLS alone and whose Kafka denies what is not
// granted: every command of docs/security.md as the user whose part it is, then each role against each topic.
func TestEachRoleDoesItsPartOverTLS(t *testing.T) {
	s := newSecureSite(t)
	if out := s.as(pipelineUser, "doctor"); strings.Contains(out, "WRONG") ||
		!strings.Contains(out, "over TLS, as tallystick-pipeline by SCRAM-SHA-512") ||
		!strings.Contains(out, "all 14 rights") {
		t.Fatalf("doctor:\n%s", out)
	}
	run := s.start("pipeline", s.http)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the pipeline's log:\n%s", run.tail())
		}
	})
	s.as(producer, "generate", "--send", "--claims", "300", "--seed", "5")
	w := s.writer(producer)
	if err := w.WriteMessages(t.Context(),
		kafka.Message{Key: []byte("acme/X"), Value: []byte("no claim")}); err != nil {
		t.Fatal(err)
	}

	// The auditor's fsck, by the binary and in this process.
	s.eventually("the auditor's fsck to find the log", time.Minute, func() bool {
		_, errs, err := s.try(nil, "fsck", "--config", s.configOf(auditor))
		if strings.Contains(errs, "Authorization") {
			t.Fatalf("the auditor: %s", errs)
		}
		return err == nil
	})
	report := s.settled(run, s.sent())
	if out := s.as(auditor, "fsck"); !strings.Contains(out, "1 dead") {
		t.Errorf("fsck by the auditor:\n%s\n%s", out, report)
	}

	// The claims system reads decisions in a group of its own.
	c := s.load(claimsSystem)
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: c.Kafka.Brokers, Dialer: c.Dialer, GroupID: claimsSystem + ".prod", Topic: c.Kafka.Topics.Decisions,
		MaxWait: 100 * time.Millisecond,
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if m, err := r.ReadMessage(ctx); err != nil || !strings.HasPrefix(string(m.Key), "acme/") {
		t.Errorf("the claims system reads %q, %v", m.Key, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}

	// A reader proves a claim, an operator has the dead letter decided again.
	bundle := filepath.Join(t.TempDir(), "claim.proof")
	s.as(readerUser, "prove", s.anyClaim(), "-o", bundle)
	s.cliNoConfig("verify", bundle, "--key", s.logKey, "--witness", s.witnessKey)
	if out := s.as(operator, "dead-letter", "list"); !strings.Contains(out, "1 dead letters") {
		t.Errorf("dead letters:\n%s", out)
	}
	before := s.sent()
	s.as(operator, "dead-letter", "replay", "--all")
	s.settled(run, before+1)

	// A password that is changed at Kafka and in the file needs no restart, nor does a restart of the broker.
	s.passwords[pipelineUser] = "another-" + s.passwords[pipelineUser]
	s.setPassword(pipelineUser, s.passwords[pipelineUser])
	s.configOf(pipelineUser)
	s.broker.Restart(t)
	s.as(producer, "generate", "--send", "--claims", "100", "--seed", "6")
	s.settled(run, s.sent())
	run.stop()

	t.Run("matrix", s.matrix)
}

// matrix asks for each role and topic whether it may read and write there. What stands here is docs/security.md's
// table.
func (s *secureSite) matrix(t *testing.T) {
	topics := s.cfg.Kafka.Topics
	names := map[string]string{"claims": topics.Claims, "scored": topics.Scored, "keys": topics.Keys,
		"dead":      topics.DeadLetters,
		"decisions": topics.Decisions, "closings": topics.Closings}
	may := map[string]map[string]string{
		deployer:     {"scored": "rw"},
		pipelineUser: {"claims": "rw", "scored": "rw", "keys": "w", "dead": "w", "decisions": "w", "closings": "rw"},
		readerUser:   {"scored": "r", "closings": "r"},
		producer:     {"claims": "w"},
		claimsSystem: {"decisions": "r"},
		operator:     {"claims": "w", "dead": "r"},
		officerUser:  {"keys": "r", "scored": "r"},
		revealer:     {"keys": "r", "scored": "r"},
		auditor:      {"claims": "r", "scored": "r", "closings": "r", "dead": "r"},
	}
	asked := 0
	for _, role := range roles {
		for _, name := range sortedKeys(names) {
			for _, write := range []bool{false, true} {
				asked++
				letter := map[bool]string{false: "r", true: "w"}[write]
				allowed := strings.Contains(may[role][name], letter)
				err := s.answer(t.Context(), role, names[name], write)
				switch {
				case allowed && err != nil:
					t.Errorf("%s may not %s %s: %v", role, letter, name, err)
				case !allowed && !errors.Is(err, kafka.TopicAuthorizationFailed):
					t.Errorf("%s is not refused to %s %s: %v", role, letter, name, err)
				}
			}
		}
		// A group that is not the role's own.
		want := error(kafka.GroupAuthorizationFailed)
		if role == pipelineUser {
			want = nil
		}
		c := s.load(role)
		res, err := c.Client().OffsetFetch(t.Context(),
			&kafka.OffsetFetchRequest{GroupID: "tallystick", Topics: map[string][]int{topics.Claims: {0}}})
		if err == nil {
			err = res.Error
		}
		if !errors.Is(err, want) {
			t.Errorf("%s asks for the offsets of the install's group: %v, want %v", role, err, want)
		}
		c.Transport.CloseIdleConnections()
	}
	t.Logf("%d questions of %d roles on %d topics", asked, len(roles), len(names))
}

// TestDoctorSaysWhatIsWrongOnTheWay breaks one thing after the other.
func TestDoctorSaysWhatIsWrongOnTheWay(t *testing.T) {
	s := newSecureSite(t)
	stranger := newAuthority(t, "Stranger")
	wrong := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(wrong, []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	ofPlain := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(ofPlain, []byte("of-plain"), 0o600); err != nil {
		t.Fatal(err)
	}
	cert, key, _ := s.ca.issue("client")
	for name, tc := range map[string]struct {
		set  []string
		want []string
		not  string
	}{
		"nothing": {want: []string{"ok    kafka ", "ok    kafka rights", "ok    keys", "ok    clickhouse"},
			not: "WRONG"},
		"SCRAM-SHA-256 and a certificate of ours": {set: []string{"kafka.sasl.mechanism=SCRAM-SHA-256",
			"kafka.tls.cert_file=" + cert, "kafka.tls.key_file=" + key},
			want: []string{"by SCRAM-SHA-256"}, not: "WRONG"},
		"wrong password": {set: []string{"kafka.sasl.password_file=" + wrong},
			want: []string{"WRONG kafka ", "does not let tallystick-pipeline in", "kafka.sasl.username", wrong,
				"-     topics", "see kafka"}},
		"no such user": {set: []string{"kafka.sasl.username=nobody"},
			want: []string{"WRONG kafka ", "does not let nobody in"}},
		"unknown authority": {set: []string{"kafka.tls.ca_file=" + stranger.ca()},
			want: []string{"WRONG kafka ", "nobody whom we trust", "kafka.tls.ca_file", stranger.ca()}},
		"another name": {set: []string{"kafka.tls.server_name=kafka.example"},
			want: []string{"WRONG kafka ", "is not for kafka.example", "kafka.tls.server_name"}},
		"plain text there": {set: []string{"kafka.brokers=" + s.broker.Addr},
			want: []string{"WRONG kafka ", "does not speak TLS", "SASL_SSL"}},
		"TLS there": {set: []string{"kafka.tls.enabled=false", "kafka.tls.ca_file="},
			want: []string{"WRONG kafka ", "want TLS", "kafka.tls.enabled: true"}},
		"a login where there is none": {set: []string{"kafka.tls.enabled=false", "kafka.tls.ca_file=",
			"kafka.brokers=" + s.broker.Addr},
			want: []string{"WRONG kafka ", "knows no login"}},
		"no login where there is one": {set: []string{"kafka.sasl.mechanism=", "kafka.sasl.username=",
			"kafka.sasl.password_file="},
			want: []string{"WRONG kafka ", "want a login", "kafka.sasl.mechanism"}},
		"nobody there": {set: []string{"kafka.brokers=127.0.0.1:1"},
			want: []string{"WRONG kafka ", "127.0.0.1:1", "no broker answers", "kafka.brokers"}},
		"no rights at all": {set: []string{"kafka.sasl.mechanism=PLAIN", "kafka.sasl.username=plain",
			"kafka.sasl.password_file=" + ofPlain},
			want: []string{"ok    kafka ", "by PLAIN", "WRONG kafka rights",
				"kafka-acls.sh --add --allow-principal User:plain --operation Read --topic claims",
				"--operation Read --group tallystick", "deploy/kafka/acls.sh"}},
		"Vault's unknown authority": {set: []string{"keys.vault.ca_file=" + stranger.ca()},
			want: []string{"WRONG keys", "keys.vault.ca_file", "nobody whom we trust"}},
		"Vault over http": {set: []string{"keys.vault.ca_file=",
			"keys.vault.address=" + strings.Replace(s.load(pipelineUser).Keys.Vault.Address, "https", "http", 1)},
			want: []string{"WRONG keys", "https://", "keys.vault.address"}},
		"Vault's role": {set: []string{"keys.vault.role_id=00000000-0000-0000-0000-000000000000"},
			want: []string{"WRONG keys", "keys.vault.role_id", "secret_id_file"}},
		"ClickHouse's unknown authority": {set: []string{"clickhouse.ca_file=" + stranger.ca()},
			want: []string{"WRONG clickhouse", "clickhouse.ca_file", "nobody whom we trust"}},
		"ClickHouse without TLS": {set: []string{"clickhouse.ca_file=", "clickhouse.tls=false"},
			want: []string{"WRONG clickhouse", "clickhouse.tls: true"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"doctor", "--config", s.configFile}
			for _, set := range tc.set {
				args = append(args, "--set", set)
			}
			out, errs, err := s.try(nil, args...)
			for _, want := range tc.want {
				if !strings.Contains(out, want) {
					t.Errorf("doctor does not say %q:\n%s%s", want, out, errs)
				}
			}
			if tc.not != "" && (strings.Contains(out, tc.not) || err != nil) {
				t.Errorf("doctor: %v\n%s%s", err, out, errs)
			}
			if tc.not == "" && err == nil {
				t.Errorf("doctor succeeds:\n%s", out)
			}
			if strings.Contains(out+errs, s.passwords[pipelineUser]) {
				t.Error("doctor tells the password")
			}
		})
	}
	t.Run("one right is missing", func(t *testing.T) {
		s.revoke(pipelineUser, "claims.decisions", kafka.ACLOperationTypeWrite)
		s.eventually("the broker to know", 20*time.Second, func() bool {
			out, _, err := s.try(nil, "doctor", "--config", s.configFile)
			return err != nil && strings.Contains(out, "WRONG kafka rights") &&
				strings.Contains(out, "kafka-acls.sh --add --allow-principal User:tallystick-pipeline --operation Write --topic claims.decisions") &&
				!strings.Contains(out, "--topic claims.keys")
		})
		s.grant(grantsIn(t, strings.Fields("--add --allow-principal User:tallystick-pipeline --operation Write --topic claims.decisions"))...)
		s.eventually("the broker to know", 20*time.Second, func() bool {
			out, _, err := s.try(nil, "doctor", "--config", s.configFile)
			return err == nil && !strings.Contains(out, "WRONG")
		})
	})
}

// TestDoctorSaysThatVaultIsSealed is apart from the others: nothing works afterwards.
func TestDoctorSaysThatVaultIsSealed(t *testing.T) {
	v := testenv.StartVaultTLS(t)
	c, err := install.Load(leastConfig(t), nil, []string{"keys.service=vault", "keys.vault.address=" + v.Addr,
		"keys.vault.ca_file=" + v.CAFile,
		"keys.vault.role_id=unknown", "keys.vault.secret_id_file=none"})
	if err != nil {
		t.Fatal(err)
	}
	if err := doctor.AskVault(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	client, err := install.VaultClient(&c)
	if err != nil {
		t.Fatal(err)
	}
	client.SetToken(v.Token)
	if err := client.Sys().SealWithContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := doctor.CheckKeys(t.Context(), &c); err == nil ||
		!strings.Contains(err.Error(), "keys.vault.address: sealed") {
		t.Errorf("checkKeys: %v", err)
	}
}

func (s *secureSite) writer(role string) *kafka.Writer {
	c := s.load(role)
	w := &kafka.Writer{Addr: kafka.TCP(c.Kafka.Brokers...), Transport: c.Transport, Topic: c.Kafka.Topics.Claims,
		RequiredAcks: kafka.RequireAll,
		Balancer:     kafka.Murmur2Balancer{}, BatchTimeout: time.Millisecond}
	s.t.Cleanup(func() { w.Close() })
	return w
}

// sent is how many records claims holds.
func (s *secureSite) sent() int64 {
	s.t.Helper()
	total := int64(0)
	for p := range s.cfg.Kafka.Partitions {
		// it may have just been restarted
		s.eventually("the broker to say where claims ends", 30*time.Second, func() bool {
			res, err := s.admin.ListOffsets(s.t.Context(),
				&kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{"claims": {kafka.LastOffsetOf(p)}}})
			if err != nil || res.Topics["claims"][0].Error != nil {
				return false
			}
			total += res.Topics["claims"][0].LastOffset
			return true
		})
	}
	return total
}

// anyClaim is the id of a claim that was decided.
func (s *secureSite) anyClaim() string {
	s.t.Helper()
	db, err := install.OpenAnalytics(s.t.Context(), &s.cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	flagged, err := db.TopFlagged(s.t.Context(), 1)
	if err != nil || len(flagged) == 0 {
		s.t.Fatalf("no claim: %v", err)
	}
	return flagged[0].Claim
}

// TestACertificateInPlaceOfALogin has Kafka know who we are by our certificate.
func TestACertificateInPlaceOfALogin(t *testing.T) {
	ca := newAuthority(t, "Test Authority")
	_, _, keystore := ca.issue("kafka")
	cert, key, _ := ca.issue("tallystick-pipeline")
	properties := brokerProperties(ca.ca(), keystore)
	properties["ssl.client.auth"] = "required"
	broker := testenv.StartKafka(t, testenv.KafkaOptions{Second: "SSL", Properties: properties})
	file := leastConfig(t)
	set := []string{"kafka.brokers=" + broker.Second, "kafka.tls.enabled=true", "kafka.tls.ca_file=" + ca.ca()}
	c, err := install.Load(file, nil, set)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doctor.CheckKafkaConnection(t.Context(), &c); err == nil ||
		!strings.Contains(err.Error(), "kafka.tls.cert_file and key_file") {
		t.Errorf("without a certificate: %v", err)
	}
	if c, err = install.Load(file, nil,
		append(set, "kafka.tls.cert_file="+cert, "kafka.tls.key_file="+key)); err != nil {
		t.Fatal(err)
	}
	if saw, err := doctor.CheckKafkaConnection(t.Context(), &c); err != nil || saw != "1 of 1 brokers answer over TLS" {
		t.Errorf("with a certificate: %q, %v", saw, err)
	}
	// The user has no rights yet, and the broker knows their name: the certificate's subject.
	if _, err := doctor.CheckKafkaRights(t.Context(), &c); err == nil ||
		!strings.Contains(err.Error(), "--operation Read --topic claims") {
		t.Errorf("rights: %v", err)
	}
	admin := &kafka.Client{Addr: kafka.TCP(broker.Addr), Timeout: 15 * time.Second}
	var acls []kafka.ACLEntry
	for _, r := range doctor.Rights(&c) {
		for _, op := range r.Operations {
			e := kafka.ACLEntry{ResourceType: kafka.ResourceTypeTopic, ResourceName: r.Name,
				ResourcePatternType: kafka.PatternTypeLiteral,
				Principal:           "User:CN=tallystick-pipeline", Host: "*", Operation: op,
				PermissionType: kafka.ACLPermissionTypeAllow}
			if r.Group {
				e.ResourceType = kafka.ResourceTypeGroup
			}
			acls = append(acls, e)
		}
	}
	if res, err := admin.CreateACLs(t.Context(), &kafka.CreateACLsRequest{ACLs: acls}); err != nil ||
		errors.Join(res.Errors...) != nil {
		t.Fatal(err, res)
	}
	if created, err := pipeline.CreateTopics(t.Context(), admin, c.Topics(), 1, 1,
		pipeline.Retention{Claims: time.Hour, DeadLetters: time.Hour}); err != nil || len(created) != 5 {
		t.Fatal(created, err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		saw, err := doctor.CheckKafkaRights(t.Context(), &c)
		// without those on the closings: nothing is anchored
		if err == nil && saw == "all 11 rights that an instance needs" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("rights: %q, %v", saw, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// leastConfig is a file with what every configuration must say.
func leastConfig(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tallystick.yaml")
	const text = "insurers: [acme]\nkafka: {brokers: [\"localhost:9092\"]}\n" +
		"keys: {service: keyring, keyring: {directory: keys, passphrase_file: keys/pass}}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
