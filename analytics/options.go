package analytics

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"time"
)

// Protocol is how ClickHouse is spoken to.
type Protocol string

// The protocols.
const (
	HTTP   Protocol = "http"   // port 8123 or, with TLS, 8443; what the embedded engine speaks; not compressed
	Native Protocol = "native" // port 9000 or, with TLS, 9440; compressed with LZ4
)

// Options say where ClickHouse is. All are read once, by [Open].
type Options struct {
	Addr     string      // host:port; required
	Database string      // a plain identifier; "" means tallystick; created by [DB.Migrate]
	Username string      // "" means default
	Password Secret      // zero means none
	TLS      *tls.Config // nil means no TLS
	Protocol Protocol    // "" means HTTP

	DialTimeout time.Duration // 0 means 5 s
	// Timeout bounds one request, an insert or a query. 0 means 2 min.
	Timeout time.Duration
}

var databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// check fills in what is empty and names the first field that is not allowed.
func (o *Options) check() error {
	if o.Database == "" {
		o.Database = "tallystick"
	}
	if o.Protocol == "" {
		o.Protocol = HTTP
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = 5 * time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Minute
	}
	host, port, err := net.SplitHostPort(o.Addr)
	if err != nil || host == "" {
		return fmt.Errorf("analytics: Addr %q: give host:port, such as 127.0.0.1:8123", o.Addr)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("analytics: Addr %q: the port is a number from 1 to 65535", o.Addr)
	}
	if !databaseName.MatchString(o.Database) {
		return fmt.Errorf("analytics: Database %q: letters, digits and _ are allowed, beginning with a letter or _",
			o.Database)
	}
	if o.Protocol != HTTP && o.Protocol != Native {
		return fmt.Errorf("analytics: Protocol %q: http and native are allowed", o.Protocol)
	}
	if o.Password.value != "" && o.Username == "" {
		return fmt.Errorf("analytics: Username is empty though Password is given: name the user it belongs to")
	}
	if o.DialTimeout < 0 {
		return fmt.Errorf("analytics: DialTimeout %v: give a time above zero, or 0 for 5s", o.DialTimeout)
	}
	if o.Timeout < 0 {
		return fmt.Errorf("analytics: Timeout %v: give a time above zero, or 0 for 2m", o.Timeout)
	}
	return nil
}

// Secret is a value that no way of printing, logging or marshalling shows.
type Secret struct{ value string }

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{value} }

const hidden = "[secret]"

// String returns a fixed text.
func (Secret) String() string { return hidden }

// Format writes a fixed text for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue returns a fixed text.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns a fixed text.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText takes the value from a configuration.
func (s *Secret) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}
