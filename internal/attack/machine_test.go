//go:build integration

package attack

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

func brokerGarbage(t *testing.T, s *site) {
	for _, sent := range []string{
		"\xff\xff\xff\xff", "\x7f\xff\xff\xff\x00\x03\x00\x00", "GET / HTTP/1.1\r\n\r\n",
		"\x00\x00\x00\x0e\x27\x0f\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00",
		"\x00\x00\x00\x0e\x00\x03\x03\xe7\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00",
		"\x00\x00\x00\x0e\xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00",
	} {
		for range 20 {
			conn, err := net.Dial("tcp", s.broker)
			if err != nil {
				t.Fatalf("after %q: %v", sent, err)
			}
			if _, err := conn.Write([]byte(sent)); err != nil {
				t.Error(err)
			}
			t.Cleanup(func() { conn.Close() })
		}
	}
	idle(t, s.broker, 300)
	status, err := os.ReadFile("/proc/" + s.pidOf(t, "broker") + "/status")
	if err != nil {
		t.Fatal(err)
	}
	var kib int
	for line := range strings.SplitSeq(string(status), "\n") {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if _, err := fmt.Sscan(value, &kib); err != nil {
				t.Fatal(err)
			}
		}
	}
	if kib == 0 || kib > 1<<20 {
		t.Errorf("the broker has taken %d KiB", kib)
	}
}

// portsLoopback reads the kernel's list of who listens where.
func portsLoopback(t *testing.T, s *site) {
	for _, part := range []string{"broker", "engine", "witness"} {
		inodes := map[string]bool{}
		links, err := filepath.Glob("/proc/" + s.pidOf(t, part) + "/fd/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			if to, err := os.Readlink(link); err == nil {
				inodes[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
			}
		}
		found := 0
		for _, list := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
			f, err := os.Open(list)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for lines := bufio.NewScanner(f); lines.Scan(); {
				const listening = "0A"
				fields := strings.Fields(lines.Text())
				if len(fields) < 10 || fields[3] != listening || !inodes[fields[9]] {
					continue
				}
				found++
				address, _, _ := strings.Cut(fields[1], ":")
				if raw, err := hex.DecodeString(address); err != nil || len(raw) != 4 || raw[3] != 127 {
					t.Errorf("the %s listens on %s", part, fields[1])
				}
			}
		}
		if found == 0 {
			t.Errorf("no port of the %s was found", part)
		}
	}
}

func filesPrivate(t *testing.T, s *site) {
	if info, err := os.Stat(s.dir); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%s: %v, %v", s.dir, info.Mode(), err)
	}
	for _, name := range []string{"log.key", "witness.key", "tallystick.yaml", "clickhouse/password",
		"clickhouse/users.xml", "log.state/signed"} {
		if info, err := os.Stat(filepath.Join(s.dir, filepath.FromSlash(name))); err != nil ||
			info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	err := filepath.WalkDir(filepath.Join(s.dir, "keys"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// outputControl sends a claim whose field names draw on a terminal, and looks at what commands print of it.
func outputControl(t *testing.T, s *site) {
	s.send(t, "acme/ATTACK-1", "{\"insurer\":\"acme\",\"claim\":\"ATTACK-1\",\"\u001b]0;owned\u0007\u202e\":1}")
	s.send(t, "acme/ATTACK-2", "{\"insurer\":\"acme\",\"claim\":\"\\u001b[2J\u009b31m\"}")
	deadline := time.Now().Add(30 * time.Second)
	for {
		out, _ := s.cli(t, "dead-letter", "list", "-c", s.config)
		if strings.Contains(out, "2 dead letters") || time.Now().After(deadline) {
			if !strings.Contains(out, "2 dead letters") || strings.ContainsAny(out, "\x1b\x07\u009b\u202e") {
				t.Errorf("printed %q", out)
			}
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (s *site) send(t *testing.T, key, value string) {
	t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(s.broker), Topic: "claims", Balancer: kafka.Murmur2Balancer{},
		RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond}
	defer w.Close()
	if err := w.WriteMessages(t.Context(), kafka.Message{Key: []byte(key), Value: []byte(value)}); err != nil {
		t.Fatal(err)
	}
}

// decidesClaims sends claims as a producer does, and waits until they are rows.
func decidesClaims(t *testing.T, s *site) {
	count := func() int {
		_, answer := s.ask(t, "POST", "SELECT count() FROM tallystick.entries_deduped WHERE kind != 'dead'", nil, nil)
		var n int
		if _, err := fmt.Sscan(answer, &n); err != nil {
			t.Errorf("counting: %v: %s", err, answer)
		}
		return n
	}
	before := count()
	s.cli(t, "generate", "--send", "--claims", "150", "--seed", "77", "-c", s.config)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(300 * time.Millisecond) {
		if n := count(); n >= before+150 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%d rows, there were %d before 150 claims were sent", n, before)
		}
	}
	if out, _ := s.cli(t, "doctor", "-c", s.config); strings.Contains(out, "WRONG") {
		t.Errorf("doctor:\n%s", out)
	}
}
