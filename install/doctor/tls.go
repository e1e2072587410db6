package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"tallystick/install"

	"github.com/hashicorp/vault/api"
)

// explainCertificate says what is wrong with the certificate of a server and what to do, or nothing if that is not it.
// otherName completes "its certificate is".
func explainCertificate(err error, server, caKey, caFile, otherName string) error {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	if caFile == "" {
		caFile = "not set, and the system's authorities are asked"
	}
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("nobody whom we trust has signed the certificate of %s: %s must hold the authority that did (now it is %s): %w", server, caKey, caFile, err)
	case errors.As(err, &host):
		return fmt.Errorf("the certificate of %s is %s: %w", server, otherName, err)
	case errors.As(err, &invalid):
		return fmt.Errorf("the certificate of %s is not valid: %w", server, err)
	}
	return nil
}

// AskVault asks once whether Vault answers and is open; the client of the keys would try again and again.
func AskVault(ctx context.Context, c *install.Config) error {
	client, err := install.VaultClient(c)
	if err != nil {
		return err
	}
	client.SetMaxRetries(0)
	client.ClearToken()
	health, err := client.Sys().HealthWithContext(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("asking Vault for its health: %w", err)
	case !health.Initialized:
		return errors.New("keys.vault.address: not initialised: `vault operator init`")
	case health.Sealed:
		return errors.New("keys.vault.address: sealed: `vault operator unseal`")
	}
	return nil
}

// explainVault adds what to do about an error of Vault.
func explainVault(c *install.Config, err error) error {
	v := &c.Keys.Vault
	if advice := explainCertificate(err, "Vault", "keys.vault.ca_file", v.CAFile,
		"not for the host in keys.vault.address"); advice != nil {
		return advice
	}
	var record tls.RecordHeaderError
	var answer *api.ResponseError
	switch {
	case !install.IsHTTPS(v.Address) && (strings.Contains(err.Error(), "HTTP request to an HTTPS server") ||
		errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return fmt.Errorf("what answers there does not speak plain HTTP: keys.vault.address must begin with https:// if it is Vault with TLS: %w", err)
	case errors.As(err, &record) || strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return fmt.Errorf("keys.vault.address: what answers there does not speak TLS: is the address right? %w", err)
	case !errors.As(err, &answer):
		return fmt.Errorf("keys.vault.address: %w", err)
	case answer.StatusCode == http.StatusBadRequest && strings.HasSuffix(answer.URL, "/login"):
		return fmt.Errorf("login refused by Vault: check keys.vault.role_id and what keys.vault.secret_id_file (%s) holds, and keys.vault.approle; `tallystick vault setup` makes and prints them: %w", v.SecretIDFile, err)
	case answer.StatusCode == http.StatusForbidden:
		return fmt.Errorf("refused by Vault to the pipeline's role: `tallystick vault setup` writes the policies of keys.vault.prefix %s and mount %s again: %w", v.Prefix, v.Mount, err)
	}
	return err
}

// explainClickHouse adds what to do about an error of ClickHouse.
func explainClickHouse(c *install.Config, err error) error {
	ch := &c.ClickHouse
	if advice := explainCertificate(err, "ClickHouse", "clickhouse.ca_file", ch.CAFile,
		"not for the host in clickhouse.addr"); advice != nil {
		return advice
	}
	var record tls.RecordHeaderError
	text := err.Error()
	switch {
	case errors.As(err, &record) || strings.Contains(text, "HTTP response to HTTPS client"):
		return fmt.Errorf("ClickHouse does not speak TLS there: name its secure port in clickhouse.addr (mostly 9440, or 8443 for http), or set clickhouse.tls: false: %w", err)
	case strings.Contains(text, "HTTP request to an HTTPS server") || !ch.TLS && strings.Contains(text, "EOF"):
		return fmt.Errorf("ClickHouse hangs up: does it speak TLS on that port? Then set clickhouse.tls: true: %w", err)
	case strings.Contains(text, "handshake") &&
		(strings.Contains(text, "i/o timeout") || strings.Contains(text, "unexpected packet [72]")):
		return fmt.Errorf("nobody speaks ClickHouse's native protocol there: is it the port for HTTP (mostly 8123)? Then set clickhouse.protocol: http: %w", err)
	case strings.Contains(text, "malformed HTTP") || strings.Contains(text, "is for clickhouse-client"):
		return fmt.Errorf("nobody speaks HTTP there: is it the port of ClickHouse's native protocol (mostly 9000)? Then set clickhouse.protocol: native: %w", err)
	case strings.Contains(text, "code: 516") || strings.Contains(text, "Code: 516") ||
		strings.Contains(text, "AUTHENTICATION_FAILED"):
		return fmt.Errorf("ClickHouse does not let %s in: check clickhouse.username and what clickhouse.password_file holds: %w", ch.Username, err)
	case strings.Contains(text, "code: 497") || strings.Contains(text, "Code: 497") ||
		strings.Contains(text, "ACCESS_DENIED"):
		return fmt.Errorf("ClickHouse refuses it to %s: deploy/clickhouse/users.sql has the grants: %w", ch.Username,
			err)
	}
	return err
}
