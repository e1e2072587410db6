package testenv

import (
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"
)

// Environment variables that name servers which run already. The command
// testenv/run sets them for a whole test run.
const (
	EnvKafka      = "TALLYSTICK_TEST_KAFKA" // host:port, comma separated
	EnvVault      = "TALLYSTICK_TEST_VAULT" // http://host:port
	EnvVaultToken = "TALLYSTICK_TEST_VAULT_TOKEN"
	EnvClickHouse = "TALLYSTICK_TEST_CLICKHOUSE" // host:port of the HTTP interface
)

// Kafka gives the broker addresses of a real Apache Kafka. Topics are not
// created by being asked for: see [CreateTopic].
func Kafka(t testing.TB) []string {
	t.Helper()
	if addrs := os.Getenv(EnvKafka); addrs != "" {
		return strings.Split(addrs, ",")
	}
	return []string{sharedKafka.get(t).Addr}
}

// Vault gives the address, a URL, and the root token of a Vault in development
// mode. Its data are gone with the run.
func Vault(t testing.TB) (addr, rootToken string) {
	t.Helper()
	if addr := os.Getenv(EnvVault); addr != "" {
		return addr, os.Getenv(EnvVaultToken)
	}
	s := sharedVault.get(t)
	return s.Addr, s.Token
}

// ClickHouse gives host:port of ClickHouse's engine for clickhouse-go/v2 with
// Protocol HTTP and no compression.
func ClickHouse(t testing.TB) string {
	t.Helper()
	if addr := os.Getenv(EnvClickHouse); addr != "" {
		return addr
	}
	return sharedClickHouse.get(t).Addr
}

// Name makes a name that no other test and no other run of this test uses, valid
// for a topic, a mount, a database and a table: lower case, digits and "_", at
// most 50 bytes.
func Name(t testing.TB) string {
	clean := func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}
	name := strings.Map(clean, strings.ToLower(t.Name()))
	return "t_" + name[:min(len(name), 35)] + "_" + strings.ToLower(rand.Text()[:12])
}

// shared is a server that is started once in a process, on first use. It ends
// with the process.
type shared struct {
	start func() (*Server, error)
	once  sync.Once
	s     *Server
	err   error
}

var (
	sharedKafka      = shared{start: func() (*Server, error) { return startKafka(KafkaOptions{}) }}
	sharedVault      = shared{start: func() (*Server, error) { return startVault(false) }}
	sharedClickHouse = shared{start: func() (*Server, error) { return startClickHouse("") }}
)

func (s *shared) get(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() { s.s, s.err = s.start() })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.s
}

// own hands a server to one test and removes it after the test.
func own(t testing.TB, s *Server, err error) *Server {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the log of %s:\n%s", s.name, s.logTail())
		}
		s.Close()
	})
	return s
}
