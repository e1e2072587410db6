//go:build integration

package attack

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

var asker = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (s *site) submit(t *testing.T, body []byte) (status int, answer string) {
	t.Helper()
	resp, err := asker.Post(s.witness+"/add-checkpoint", "", bytes.NewReader(body))
	if err != nil {
		t.Errorf("asking the witness: %v", err)
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("asking the witness: %v", err)
	}
	return resp.StatusCode, string(text)
}

// witnessForks holds the log's key, as an insurer does who wants two histories.
func witnessForks(t *testing.T, s *site) {
	signer, err := note.NewSigner(strings.TrimSpace(s.file(t, "log.key")))
	if err != nil {
		t.Fatal(err)
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(signer.Name())))
	resp, err := asker.Get(s.witness + "/" + hash + "/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	last, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", resp.Status, err)
	}
	size := strings.Split(string(last), "\n")[1]
	for range 60 {
		root := make([]byte, 32)
		if _, err := rand.Read(root); err != nil {
			t.Fatal(err)
		}
		forked, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%s\n%s\n", signer.Name(), size,
			base64.StdEncoding.EncodeToString(root))}, signer)
		if err != nil {
			t.Fatal(err)
		}
		if status, answer := s.submit(t,
			fmt.Appendf(nil, "old %s\n\n%s", size, forked)); status != http.StatusUnprocessableEntity &&
			status != http.StatusConflict {
			t.Fatalf("a fork: %d %s", status, answer)
		}
		if status, _ := s.submit(t, fmt.Appendf(nil, "old 0\n\n%s", forked)); status != http.StatusConflict {
			t.Errorf("a fork from nothing: %d", status)
		}
	}
	kept := 0
	err = filepath.WalkDir(filepath.Join(s.dir, "witness", "evidence"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			kept++
		}
		return err
	})
	if err != nil || kept == 0 || kept > 40 {
		t.Errorf("%d files of evidence, %v", kept, err)
	}
}

func witnessGarbage(t *testing.T, s *site) {
	for _, body := range [][]byte{
		nil, []byte("\x00"), bytes.Repeat([]byte("x"), 1<<20), []byte("old 18446744073709551615\n\n"),
		[]byte("old -1\n\nx\n"),
		[]byte("old 0\n" + strings.Repeat("AAAA\n", 10_000) + "\n"), []byte("old 0\n\n../../etc\n1\n\n\n— x y\n"),
	} {
		if status, answer := s.submit(t, body); status < 400 || status >= 500 {
			t.Errorf("%.40q: %d %.100s", body, status, answer)
		}
	}
	for _, path := range []string{"/..%2f..%2flog.key/checkpoint", "/last/checkpoint", "/%2e%2e/checkpoint",
		"/evidence", "//checkpoint"} {
		resp, err := asker.Get(s.witness + path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func witnessIdle(t *testing.T, s *site) {
	idle(t, strings.TrimPrefix(s.witness, "http://"), 500)
	resp, err := asker.Get(s.witness + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// Of what a web server publishes nothing holds a head that its witnesses have not signed.
func logPublishesNothingUnwitnessed(t *testing.T, s *site) {
	err := filepath.WalkDir(filepath.Join(s.dir, "log"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.HasPrefix(data, []byte("demo.example/claims\n")) &&
			!bytes.Contains(data, []byte("\n— witness.example ")) {
			t.Errorf("%s is signed by the log alone", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(s.dir, "log.state", "signed")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the signed head: %v, %v", info, err)
	}
}
