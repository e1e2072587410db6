package install

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestConnectionsThatContradictThemselvesAreRefused(t *testing.T) {
	scram := slices.Clip([]string{"kafka.sasl.mechanism=SCRAM-SHA-512", "kafka.sasl.username=u",
		"kafka.sasl.password_file=p"})
	for name, tc := range map[string]struct {
		set  []string
		want []string
	}{
		"an authority without TLS": {[]string{"kafka.tls.ca_file=ca.pem"},
			[]string{"kafka.tls.ca_file: ca.pem", "kafka.tls.enabled: true"}},
		"a name without TLS": {[]string{"kafka.tls.server_name=k"},
			[]string{"kafka.tls.server_name: k", "kafka.tls.enabled: true"}},
		"a certificate without a key": {[]string{"kafka.tls.enabled=true", "kafka.tls.cert_file=c.pem"},
			[]string{"kafka.tls.key_file", "private key"}},
		"a key without a certificate": {[]string{"kafka.tls.enabled=true", "kafka.tls.key_file=c.key"},
			[]string{"kafka.tls.cert_file", "certificate"}},
		"a user without a mechanism": {[]string{"kafka.sasl.username=u"},
			[]string{"kafka.sasl.mechanism", "SCRAM-SHA-512"}},
		"a mechanism that is not one": {append(scram, "kafka.sasl.mechanism=OAUTHBEARER"),
			[]string{"kafka.sasl.mechanism: OAUTHBEARER", "SCRAM-SHA-256"}},
		"a mechanism without a user": {append(scram, "kafka.sasl.username="),
			[]string{"kafka.sasl.username", "user's name"}},
		"a mechanism without a secret": {append(scram, "kafka.sasl.password_file="),
			[]string{"kafka.sasl.password_file", "password"}},
		"a password in clear": {append(scram, "kafka.sasl.mechanism=PLAIN"),
			[]string{"kafka.sasl.mechanism: PLAIN", "in clear", "kafka.tls.enabled: true"}},
		"Vault's authority, no https": {[]string{"keys.vault.ca_file=ca.pem"},
			[]string{"keys.vault.ca_file: ca.pem", "https://"}},
		"ClickHouse's, no TLS": {[]string{"clickhouse.ca_file=ca.pem"},
			[]string{"clickhouse.ca_file: ca.pem", "clickhouse.tls: true"}},
		"a yes that is none": {[]string{"kafka.tls.enabled=perhaps"},
			[]string{"kafka.tls.enabled: perhaps: want true or false"}},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, tc.set, tc.want...)
		})
	}
}

func TestProductionWantsTLSToOtherMachines(t *testing.T) {
	vault := []string{"production=true", "keys.service=vault", "keys.vault.role_id=r", "keys.vault.secret_id_file=s"}
	there := slices.Clip(append(vault, "keys.vault.address=https://vault.example.org:8200"))
	for name, tc := range map[string]struct {
		set  []string
		want []string // none: it is allowed
	}{
		"all on this machine": {append(vault, "keys.vault.address=http://127.0.0.1:8200",
			"kafka.brokers=localhost:9092,[::1]:9092,127.8.8.8:1", "clickhouse.addr=localhost:9000"), nil},
		"one broker elsewhere": {append(there, "kafka.brokers=localhost:9092,kafka-2:9092"),
			[]string{"kafka.tls.enabled: false", "production wants TLS", "kafka-2:9092"}},
		"brokers with TLS": {append(there, "kafka.brokers=kafka-1:9093,kafka-2:9093", "kafka.tls.enabled=true"),
			nil},
		"Vault elsewhere": {append(vault, "keys.vault.address=http://vault.example.org:8200"),
			[]string{"keys.vault.address", "production wants https"}},
		"ClickHouse elsewhere": {append(there, "clickhouse.addr=ch:9000"),
			[]string{"clickhouse.tls: false", "production wants TLS", "ch:9000"}},
		"ClickHouse with TLS": {append(there, "clickhouse.addr=ch:9440", "clickhouse.tls=true"), nil},
		"a name like localhost's": {append(there, "kafka.brokers=localhost.example.org:9092"),
			[]string{"kafka.tls.enabled: false"}},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.want == nil {
				if _, err := Load(configFile(t, tryout), nil, tc.set); err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, tc.set, tc.want...)
		})
	}
}

func wantError(t *testing.T, set []string, want ...string) {
	t.Helper()
	_, err := Load(configFile(t, tryout), nil, set)
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q:\n%v", w, err)
		}
	}
}

func TestSecurityFilesAreCheckedWhenTheConfigurationIsRead(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, key := selfSigned(t)
	_, otherKey := selfSigned(t)
	ca, secret := put("ca.pem", cert, 0o644), put("password", "hush-hush\n", 0o600)
	private, open, other := put("our.key", key, 0o600), put("open.key", key, 0o644), put("other.key", otherKey, 0o600)
	readable, empty, none := put("readable", "hush-hush", 0o640), put("empty", "\n", 0o600), filepath.Join(dir, "none")
	tlsOn := []string{"kafka.tls.enabled=true", "kafka.tls.ca_file=" + ca}
	login := func(file string) []string {
		return append(tlsOn, "kafka.sasl.mechanism=SCRAM-SHA-512", "kafka.sasl.username=u", "kafka.sasl.password_file="+
			file)
	}
	pair := func(cert, key string) []string {
		return append(tlsOn, "kafka.tls.cert_file="+cert, "kafka.tls.key_file="+key)
	}
	for name, tc := range map[string]struct {
		set  []string
		want []string
	}{
		"no authority": {append(tlsOn, "kafka.tls.ca_file="+none), []string{"kafka.tls.ca_file", none}},
		"not a certificate": {append(tlsOn, "kafka.tls.ca_file="+secret),
			[]string{"kafka.tls.ca_file", secret, "PEM"}},
		"no certificate":     {pair(none, private), []string{"kafka.tls.cert_file", none}},
		"no key":             {pair(ca, none), []string{"kafka.tls.key_file", none}},
		"key for all to see": {pair(ca, open), []string{"kafka.tls.key_file", open, "chmod 600"}},
		"another's key":      {pair(ca, other), []string{"kafka.tls.cert_file", ca, "kafka.tls.key_file", other}},
		"no password":        {login(none), []string{"kafka.sasl.password_file", none}},
		"empty password":     {login(empty), []string{"kafka.sasl.password_file", empty, "is empty"}},
		"password for all":   {login(readable), []string{"kafka.sasl.password_file", readable, "chmod 600"}},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, tc.set, tc.want...)
			if _, err := Load(configFile(t, tryout), nil, tc.set); strings.Contains(err.Error(), "hush") {
				t.Error("the error tells the password")
			}
		})
	}

	c, err := Load(configFile(t, tryout), nil,
		append(login(secret), "kafka.tls.cert_file="+ca, "kafka.tls.key_file="+private))
	if err != nil {
		t.Fatal(err)
	}
	if c.Transport.TLS.MinVersion != tls.VersionTLS12 || c.Transport.TLS.InsecureSkipVerify ||
		c.Dialer.TLS != c.Transport.TLS {
		t.Errorf("transport %+v, dialer %+v", c.Transport.TLS, c.Dialer.TLS)
	}
	if c.Dialer.SASLMechanism != c.Transport.SASL || c.Transport.SASL.Name() != "SCRAM-SHA-512" {
		t.Errorf("transport %v, dialer %v", c.Transport.SASL, c.Dialer.SASLMechanism)
	}
	// Certificate and password are those of the moment.
	if got, err := c.Transport.TLS.GetClientCertificate(nil); err != nil || len(got.Certificate) != 1 {
		t.Errorf("our certificate: %v, %v", got, err)
	}
	if _, _, err := c.Transport.SASL.Start(t.Context()); err != nil {
		t.Error(err)
	}
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Transport.SASL.Start(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "kafka.sasl.password_file") {
		t.Errorf("without the file: %v", err)
	}
}

// selfSigned returns a certificate and its key in PEM.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", pkcs8)
}
