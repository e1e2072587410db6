package testenv

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"text/template"
	"time"
)

// ClickHouseUser and ClickHousePassword are the only login of [StartClickHouseServer].
const (
	ClickHouseUser     = "pipeline"
	ClickHousePassword = "ask-me-over-tls"
)

// StartClickHouseServer starts a ClickHouse server for this test alone, which
// speaks the native protocol over TLS and nothing else; Server.CAFile signed its
// certificate. It is the one that Debian packages, 18.16: years older than what
// the tables need, but the one server there is without a container.
func StartClickHouseServer(t testing.TB) *Server {
	t.Helper()
	s, err := startClickHouseServer()
	return own(t, s, err)
}

func startClickHouseServer() (*Server, error) {
	program, err := exec.LookPath("clickhouse-server")
	if err != nil {
		return nil, fmt.Errorf("no ClickHouse server: apt-get install clickhouse-server (Debian 12): %w", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tallystick-clickhouse-server-")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Addr: loopback(port), CAFile: filepath.Join(dir, "server.pem"), name: "ClickHouse server", dir: dir,
		command: []string{program, "--config-file=" + filepath.Join(dir, "config.xml")},
	}
	s.ready = func(ctx context.Context) error {
		conn, err := dialTrusting(ctx, "tcp", s.Addr, s.CAFile)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	if err = writeCertificate(s.CAFile, filepath.Join(dir, "server.key")); err == nil {
		err = writeServerConfig(dir, port)
	}
	if err == nil {
		err = s.start()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

var serverConfig = template.Must(template.New("config.xml").Parse(`<yandex>
  <logger><level>information</level><console>1</console></logger>
  <listen_host>127.0.0.1</listen_host>
  <tcp_port_secure>{{.Port}}</tcp_port_secure>
  <openSSL><server>
    <certificateFile>{{.Dir}}/server.pem</certificateFile>
    <privateKeyFile>{{.Dir}}/server.key</privateKeyFile>
    <verificationMode>none</verificationMode>
    <disableProtocols>sslv2,sslv3,tlsv1,tlsv1_1</disableProtocols>
  </server></openSSL>
  <path>{{.Dir}}/data/</path>
  <tmp_path>{{.Dir}}/data/tmp/</tmp_path>
  <mark_cache_size>67108864</mark_cache_size>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <users_config>{{.Dir}}/users.xml</users_config>
</yandex>
`))

var serverUsers = template.Must(template.New("users.xml").Parse(`<yandex>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users><{{.User}}>
    <password>{{.Password}}</password>
    <networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile>
    <quota>default</quota>
  </{{.User}}></users>
</yandex>
`))

func writeServerConfig(dir string, port int) error {
	for _, tmpl := range []*template.Template{serverConfig, serverUsers} {
		var text bytes.Buffer
		if err := tmpl.Execute(&text, map[string]any{"Dir": dir, "Port": port, "User": ClickHouseUser,
			"Password": ClickHousePassword}); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, tmpl.Name()), text.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writeCertificate makes a certificate for loopback that signs itself.
func writeCertificate(certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ClickHouse of a test"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		0o600); err != nil {
		return err
	}
	return os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
}
