//go:build integration

package attack

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// site is an install of the embedded servers that runs while it is attacked.
type site struct {
	bin     string
	dir     string
	config  string
	broker  string // host:port
	engine  string // host:port
	witness string // URL
	process *exec.Cmd

	mu  sync.Mutex
	out bytes.Buffer
}

var binary = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("TALLYSTICK_BIN"); bin != "" {
		return bin, nil
	}
	dir, err := os.MkdirTemp("", "tallystick-bin-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "tallystick")
	if out, err := exec.Command("go", "build", "-o", bin, "tallystick/cmd/tallystick").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the binary: %w: %s", err, out)
	}
	return bin, nil
})

// newSite starts the demo and waits until it has decided its claims and goes on running.
func newSite(t *testing.T) *site {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{bin: bin, dir: filepath.Join(t.TempDir(), "site")}
	s.process = exec.Command(bin, "demo", "--keep", "--claims", "200", "--dir", s.dir)
	out, err := s.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.process.Stderr = os.Stderr
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	running, read := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.mu.Lock()
			s.out.WriteString(lines.Text() + "\n")
			s.mu.Unlock()
			if strings.Contains(lines.Text(), "Ctrl-C ends it") {
				close(running)
			}
		}
	}()
	t.Cleanup(func() {
		if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		<-read
		_ = s.process.Wait() // its code says that it was interrupted
	})
	select {
	case <-running:
	case <-read:
		t.Fatalf("the demo ended; it wrote:\n%s", s.said())
	case <-time.After(3 * time.Minute):
		t.Fatalf("the demo does not run after three minutes; it wrote:\n%s", s.said())
	}
	s.config = filepath.Join(s.dir, "tallystick.yaml")
	s.broker = s.find(t, `Kafka broker +(\S+)`)
	s.engine = s.find(t, `ClickHouse engine +http://(\S+)`)
	s.witness = s.find(t, `witness +(http://\S+)`)
	return s
}

func (s *site) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

func (s *site) find(t *testing.T, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + pattern + `$`).FindStringSubmatch(s.said())
	if m == nil {
		t.Fatalf("the demo did not say %s:\n%s", pattern, s.said())
	}
	return m[1]
}

// cli runs another command of the program against the site; out and err are what it wrote.
func (s *site) cli(t *testing.T, args ...string) (out, err string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.bin, args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if failed := cmd.Run(); failed != nil {
		t.Errorf("tallystick %s: %v\n%s", strings.Join(args, " "), failed, e.String())
	}
	return o.String(), e.String()
}

// file is the content of a file of the site.
func (s *site) file(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// ask puts a statement to the engine, with its password unless the header says otherwise.
func (s *site) ask(t *testing.T, method, statement string, params url.Values, header map[string]string) (status int,
	answer string) {
	t.Helper()
	if params == nil {
		params = url.Values{}
	}
	var body io.Reader = strings.NewReader(statement)
	if method == http.MethodGet {
		params.Set("query", statement)
		body = nil
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.engine+"/?"+params.Encode(), body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-ClickHouse-Key", strings.TrimSpace(s.file(t, "clickhouse/password")))
	for name, value := range header {
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	resp, err := (&http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Errorf("%.100q: %v", statement, err)
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Errorf("%.100q: %v", statement, err)
	}
	return resp.StatusCode, string(text)
}

// idle opens connections that say nothing, until the test ends.
func idle(t *testing.T, addr string, n int) {
	t.Helper()
	for range n {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
}
