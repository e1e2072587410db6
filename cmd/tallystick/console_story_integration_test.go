//go:build integration

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestConsoleStory lets people work in a browser on the demonstration: console/web/story says what they do.
func TestConsoleStory(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "demo")
	cmd := exec.Command(bin, "demo", "--claims", "1500", "--keep", "--dir", dir)
	var out, errs lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGINT)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			cmd.Process.Kill()
		}
	})
	for begun := time.Now(); !strings.Contains(out.String(), "Ctrl-C ends it"); time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("the demo ended: %v\n%s%s", err, out.String(), errs.String())
		default:
		}
		if time.Since(begun) > 3*time.Minute {
			t.Fatalf("the demo did not come up:\n%s%s", out.String(), errs.String())
		}
	}
	address := regexp.MustCompile(`(?m)^http://127\.0\.0\.1:\d+$`).FindString(out.String())
	password := regexp.MustCompile(`all with the password (\S+)`).FindStringSubmatch(out.String())
	if address == "" || password == nil {
		t.Fatalf("the demo does not say where its console is and how to sign in:\n%s", out.String())
	}
	logKey := regexp.MustCompile(`log_key: (\S+)`).FindStringSubmatch(readText(t,
		filepath.Join(dir, "tallystick.yaml")))
	story := exec.Command("npx", "--no-install", "playwright", "test")
	story.Dir = "../../console/web"
	story.Env = append(os.Environ(), "CONSOLE_URL="+address, "CONSOLE_PASSWORD="+password[1], "TALLYSTICK_BIN="+bin,
		"VERIFY_ARGS=--key "+strings.Trim(logKey[1], `"'`), "STORY_OUT="+filepath.Join(t.TempDir(), "story"))
	if text, err := story.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\nconsole:\n%s", err, text, readText(t, filepath.Join(dir, "console.log")))
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
