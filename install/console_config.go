package install

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"tallystick/console"
)

// ConsoleConfig says who signs in where.
type ConsoleConfig struct {
	Listen    string `koanf:"listen"`     // address of pages and API
	URL       string `koanf:"url"`        // as browsers reach it; https makes cookies go over TLS alone
	People    string `koanf:"people"`     // file of local people, for a demonstration; refused in production
	ClaimsURL string `koanf:"claims_url"` // of the claims system, with {insurer} and {claim}
	LogKey    string `koanf:"log_key"`    // verifier key of the log: proofs need no signing key then
	OIDC      struct {
		Issuer           string `koanf:"issuer"`
		ClientID         string `koanf:"client_id"`
		ClientSecretFile string `koanf:"client_secret_file"`
		GroupsClaim      string `koanf:"groups_claim"`
		GroupsFile       string `koanf:"groups_file"` // what groups mean: roles and insurers
	} `koanf:"oidc"`
}

func (c *Config) checkConsole(bad func(key string, value any, want string)) {
	o := &c.Console
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		bad("console.listen", o.Listen, "want host:port")
	}
	if o.URL != "" {
		if u, err := url.Parse(o.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			bad("console.url", o.URL, "want a URL such as https://console.example.org")
		}
	}
	if c.Production && o.People != "" {
		bad("console.people", o.People, "production wants people to sign in at your provider (console.oidc)")
	}
	if c.Production && o.OIDC.Issuer != "" && !strings.HasPrefix(o.URL, "https://") {
		bad("console.url", o.URL, "production wants https")
	}
	if o.OIDC.Issuer == "" {
		return
	}
	for key, value := range map[string]string{
		"console.url": o.URL, "console.oidc.client_id": o.OIDC.ClientID,
		"console.oidc.client_secret_file": o.OIDC.ClientSecretFile,
		"console.oidc.groups_file":        o.OIDC.GroupsFile,
	} {
		if value == "" {
			bad(key, `""`, "is needed beside console.oidc.issuer")
		}
	}
}

// Oidc reads what the provider's groups mean.
func (o *ConsoleConfig) Oidc() (console.OIDCConfig, error) {
	secret, err := SecretFile("console.oidc.client_secret_file", o.OIDC.ClientSecretFile)
	if err != nil {
		return console.OIDCConfig{}, err
	}
	data, err := os.ReadFile(o.OIDC.GroupsFile)
	if err != nil {
		return console.OIDCConfig{}, fmt.Errorf("console.oidc.groups_file: %w", err)
	}
	var groups struct {
		Roles    map[string]console.Role `yaml:"roles"`
		Insurers map[string][]string     `yaml:"insurers"`
	}
	if err := yaml.Unmarshal(data, &groups); err != nil {
		return console.OIDCConfig{}, fmt.Errorf("console.oidc.groups_file: %w", err)
	}
	return console.OIDCConfig{
		Issuer: o.OIDC.Issuer, ClientID: o.OIDC.ClientID, ClientSecret: secret,
		RedirectURL: strings.TrimSuffix(o.URL, "/") + "/auth/callback",
		GroupsClaim: o.OIDC.GroupsClaim, Roles: groups.Roles, Insurers: groups.Insurers,
	}, nil
}
