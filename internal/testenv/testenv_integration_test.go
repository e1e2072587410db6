//go:build integration

package testenv_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hashicorp/vault/api"
	"github.com/segmentio/kafka-go"

	"tallystick/internal/testenv"
)

func TestKafkaTakesAndGives(t *testing.T) {
	brokers := testenv.Kafka(t)
	topic := testenv.Name(t)
	testenv.CreateTopic(t, brokers, topic, 2, map[string]string{"max.message.bytes": "4194304"})
	roundTrip(t, brokers, topic, "x")
}

// roundTrip appends a value and reads it back.
func roundTrip(t *testing.T, brokers []string, topic, value string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: 10 * time.Second, Transport: transport}
	resp, err := client.Produce(ctx, &kafka.ProduceRequest{
		Topic: topic, Partition: 1, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte(value))}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		t.Fatal(resp.Error)
	}
	conn, err := kafka.DialLeader(ctx, "tcp", brokers[0], topic, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Seek(resp.BaseOffset, kafka.SeekAbsolute); err != nil {
		t.Fatal(err)
	}
	m, err := conn.ReadMessage(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Value) != value {
		t.Errorf("read %q, want %q", m.Value, value)
	}
}

func TestKafkaDoesNotCreateTopicsUnasked(t *testing.T) {
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(testenv.Kafka(t)...), Timeout: 10 * time.Second, Transport: transport}
	resp, err := client.Metadata(t.Context(), &kafka.MetadataRequest{Topics: []string{testenv.Name(t)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Topics) != 1 || resp.Topics[0].Error == nil {
		t.Errorf("metadata of an unknown topic: %+v", resp.Topics)
	}
}

func TestKafkaOfOnesOwnKeepsItsDataThroughAKill(t *testing.T) {
	s := testenv.StartKafka(t, testenv.KafkaOptions{Properties: map[string]string{"log.segment.bytes": "1048576"}})
	brokers := []string{s.Addr}
	testenv.CreateTopic(t, brokers, "kept", 2, nil)
	roundTrip(t, brokers, "kept", "before")
	s.Kill()
	s.Restart(t)
	conn, err := kafka.DialLeader(t.Context(), "tcp", s.Addr, "kept", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	m, err := conn.ReadMessage(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Value) != "before" {
		t.Errorf("read %q after the kill", m.Value)
	}
	roundTrip(t, brokers, "kept", "after")
}

func TestVaultSealsAndOpens(t *testing.T) {
	addr, token := testenv.Vault(t)
	transit(t, addr, token)
}

func transit(t *testing.T, addr, token string) {
	t.Helper()
	client, err := api.NewClient(&api.Config{Address: addr, HttpClient: &http.Client{}})
	if err != nil {
		t.Fatal(err)
	}
	client.SetToken(token)
	mount := testenv.Name(t)
	if err := client.Sys().MountWithContext(t.Context(), mount, &api.MountInput{Type: "transit"}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Logical().WriteWithContext(t.Context(), mount+"/keys/k", nil); err != nil {
		t.Fatal(err)
	}
	plain := base64.StdEncoding.EncodeToString([]byte("x"))
	sealed, err := client.Logical().WriteWithContext(t.Context(), mount+"/encrypt/k",
		map[string]any{"plaintext": plain})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := client.Logical().WriteWithContext(t.Context(), mount+"/decrypt/k",
		map[string]any{"ciphertext": sealed.Data["ciphertext"]})
	if err != nil {
		t.Fatal(err)
	}
	if opened.Data["plaintext"] != plain {
		t.Errorf("opened %v, want %v", opened.Data["plaintext"], plain)
	}
}

func TestVaultOfOnesOwnStopsAnswersWhilePaused(t *testing.T) {
	s := testenv.StartVault(t)
	ask := func(limit time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Addr+"/v1/sys/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	s.Pause(t)
	if ask(300*time.Millisecond) == nil {
		t.Error("a paused server answered")
	}
	s.Resume()
	if err := ask(10 * time.Second); err != nil {
		t.Errorf("a resumed server: %v", err)
	}
	s.Restart(t)
	transit(t, s.Addr, s.Token)
}

func TestClickHouseAnswers(t *testing.T) {
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{testenv.ClickHouse(t)}, Protocol: clickhouse.HTTP})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var sum uint64
	if err := conn.QueryRow(t.Context(), "SELECT sum(number) FROM numbers(?)", 10).Scan(&sum); err != nil {
		t.Fatal(err)
	}
	if sum != 45 {
		t.Errorf("sum is %d, want 45", sum)
	}
}
