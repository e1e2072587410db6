package install

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"tallystick/intermediary"
	"tallystick/pipeline/outcomes"
	"tallystick/pipeline/warnings"
)

// KafkaTLS says how connections to Kafka are encrypted.
type KafkaTLS struct {
	Enabled bool `koanf:"enabled"`
	// who may have signed the brokers' certificates, in place of the system's authorities
	CAFile     string `koanf:"ca_file"`
	CertFile   string `koanf:"cert_file"`   // our certificate, where brokers ask for one
	KeyFile    string `koanf:"key_file"`    // its private key
	ServerName string `koanf:"server_name"` // name in the brokers' certificates, if it is not the one in kafka.brokers
}

// KafkaSASL says who we are to Kafka.
type KafkaSASL struct {
	Mechanism    string `koanf:"mechanism"` // empty is no login
	Username     string `koanf:"username"`
	PasswordFile string `koanf:"password_file"`
}

var saslMechanisms = []string{"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"}

// checkSecurity checks how Kafka, Vault and ClickHouse are reached: what contradicts itself is refused, and in
// production what would send secrets or claims in clear to another machine.
func (c *Config) checkSecurity(bad func(key string, value any, want string)) {
	t, s := &c.Kafka.TLS, &c.Kafka.SASL
	for key, value := range map[string]string{"ca_file": t.CAFile, "cert_file": t.CertFile, "key_file": t.KeyFile,
		"server_name": t.ServerName} {
		if value != "" && !t.Enabled {
			bad("kafka.tls."+key, value, "has no effect without kafka.tls.enabled: true")
		}
	}
	switch {
	case t.CertFile != "" && t.KeyFile == "":
		bad("kafka.tls.key_file", `""`, "want the file with the private key of kafka.tls.cert_file")
	case t.KeyFile != "" && t.CertFile == "":
		bad("kafka.tls.cert_file", `""`, "want the file with the certificate of kafka.tls.key_file")
	}
	switch {
	case s.Mechanism == "":
		if s.Username != "" || s.PasswordFile != "" {
			bad("kafka.sasl.mechanism", `""`,
				"want SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, since kafka.sasl.username or password_file is given")
		}
	case !slices.Contains(saslMechanisms, s.Mechanism):
		bad("kafka.sasl.mechanism", s.Mechanism, "want SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN")
	default:
		if s.Mechanism == "PLAIN" && !t.Enabled {
			bad("kafka.sasl.mechanism", "PLAIN",
				"sends the password in clear: want kafka.tls.enabled: true, or SCRAM-SHA-512")
		}
		if s.Username == "" {
			bad("kafka.sasl.username", `""`, "want the user's name at Kafka")
		}
		if s.PasswordFile == "" {
			bad("kafka.sasl.password_file", `""`, "want a file that holds the user's password")
		}
	}
	if v := c.Keys.Vault.CAFile; v != "" && !IsHTTPS(c.Keys.Vault.Address) {
		bad("keys.vault.ca_file", v, "has no effect unless keys.vault.address begins with https://")
	}
	if v := c.ClickHouse.CAFile; v != "" && !c.ClickHouse.TLS {
		bad("clickhouse.ca_file", v, "has no effect without clickhouse.tls: true")
	}
	if c.Production {
		c.checkCleartext(bad)
	}
}

// checkCleartext wants TLS wherever a connection leaves the machine.
func (c *Config) checkCleartext(bad func(key string, value any, want string)) {
	if away := slices.IndexFunc(c.Kafka.Brokers, func(b string) bool { return !loopback(b) }); away >= 0 &&
		!c.Kafka.TLS.Enabled {
		bad("kafka.tls.enabled", false, "production wants TLS: claims would cross the network to "+
			c.Kafka.Brokers[away]+" in clear")
	}
	if u, err := url.Parse(c.Keys.Vault.Address); c.Keys.Service == "vault" && err == nil && u.Host != "" &&
		u.Scheme != "https" && !loopback(u.Host) {
		bad("keys.vault.address", c.Keys.Vault.Address, "production wants https: keys would cross the network in clear")
	}
	if a := c.ClickHouse.Addr; a != "" && !loopback(a) && !c.ClickHouse.TLS {
		bad("clickhouse.tls", false, "production wants TLS: entries and the password would cross the network to "+a+
			" in clear")
	}
}

func IsHTTPS(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https"
}

// loopback reports whether host:port is this machine. A name is resolved by nobody: only localhost counts.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// connectKafka makes the one transport and the one dialer through which every client of the process reaches Kafka. It
// reads the files that kafka.tls and kafka.sasl name, and connects to nothing.
func (c *Config) connectKafka() error {
	tlsConfig, err := c.Kafka.TLS.client()
	if err != nil {
		return err
	}
	login, err := c.Kafka.SASL.login()
	if err != nil {
		return err
	}
	c.Transport.TLS, c.Transport.SASL = tlsConfig, login
	// Asked for by name, a topic that we may not see is refused; in a list of all topics it would seem not to exist.
	c.Transport.MetadataTopics = c.TopicNames()
	c.Dialer = &kafka.Dialer{ClientID: c.Transport.ClientID, Timeout: 10 * time.Second, DualStack: true, TLS: tlsConfig,
		SASLMechanism: login}
	return nil
}

// TopicNames are all topics of the install, claims first.
func (c *Config) TopicNames() []string {
	t := c.Kafka.Topics
	names := []string{t.Claims, outcomes.Topic(t.Claims), warnings.Topic(t.Claims), intermediary.Topic(t.Claims),
		t.Scored, t.Keys,
		t.DeadLetters, t.Decisions, t.Closings, t.Cases, t.CaseKeys, t.Audit, t.Erasures, t.Settlement,
		t.SettlementClosings, t.Settings}
	if c.Kafka.DecisionsByInsurer {
		for _, insurer := range c.Insurers {
			names = append(names, c.Topics().Public(insurer))
		}
	}
	return names
}

// client returns nil where TLS is off.
func (t KafkaTLS) client() (*tls.Config, error) {
	if !t.Enabled {
		return nil, nil
	}
	config, err := Trusting("kafka.tls.ca_file", t.CAFile)
	if err != nil {
		return nil, err
	}
	config.ServerName = t.ServerName
	if t.CertFile == "" {
		return config, nil
	}
	if _, err := t.certificate(); err != nil {
		return nil, err
	}
	// Read again at each connection: a renewed certificate needs no restart.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return t.certificate() }
	return config, nil
}

func (t KafkaTLS) certificate() (*tls.Certificate, error) {
	key, err := SecretFile("kafka.tls.key_file", t.KeyFile)
	if err != nil {
		return nil, err
	}
	chain, err := os.ReadFile(t.CertFile)
	if err != nil {
		return nil, fmt.Errorf("kafka.tls.cert_file: %w", err)
	}
	pair, err := tls.X509KeyPair(chain, []byte(key))
	if err != nil {
		return nil, fmt.Errorf("kafka.tls.cert_file %s and kafka.tls.key_file %s: %w", t.CertFile, t.KeyFile, err)
	}
	return &pair, nil
}

// Trusting returns TLS settings that trust the authorities in a file of PEM certificates, or the system's where path is
// empty.
func Trusting(key, path string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if path == "" {
		return config, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %s holds no certificate in PEM (-----BEGIN CERTIFICATE-----)", key, path)
	}
	return config, nil
}

// login returns nil where there is none.
func (s KafkaSASL) login() (sasl.Mechanism, error) {
	if s.Mechanism == "" {
		return nil, nil
	}
	l := saslLogin{s}
	if _, err := l.mechanism(); err != nil {
		return nil, err
	}
	return l, nil
}

// saslLogin reads the password again at each login, so that a new one needs no restart.
type saslLogin struct{ config KafkaSASL }

func (l saslLogin) Name() string { return l.config.Mechanism }

func (l saslLogin) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	m, err := l.mechanism()
	if err != nil {
		return nil, nil, err
	}
	return m.Start(ctx)
}

func (l saslLogin) mechanism() (sasl.Mechanism, error) {
	password, err := SecretFile("kafka.sasl.password_file", l.config.PasswordFile)
	if err != nil {
		return nil, err
	}
	if password == "" {
		return nil, fmt.Errorf("kafka.sasl.password_file: %s is empty", l.config.PasswordFile)
	}
	var m sasl.Mechanism
	switch l.config.Mechanism {
	case "PLAIN":
		return plain.Mechanism{Username: l.config.Username, Password: password}, nil
	case "SCRAM-SHA-256":
		m, err = scram.Mechanism(scram.SHA256, l.config.Username, password)
	case "SCRAM-SHA-512":
		m, err = scram.Mechanism(scram.SHA512, l.config.Username, password)
	default:
		return nil, fmt.Errorf("kafka.sasl.mechanism: %s is not known", l.config.Mechanism)
	}
	if err != nil { // of the library: may quote the password
		return nil, errors.New("kafka.sasl: user name or password has characters that SCRAM does not allow")
	}
	return m, nil
}
