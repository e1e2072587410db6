package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	command "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tallystick/analytics/engine"
)

// envConfined makes this test's process the confined one; its value names the folder of the test.
const envConfined = "TALLYSTICK_TEST_CONFINED"

// TestConfined has the kernel keep a process from what lies beside its data, even where the process tries by itself.
func TestConfined(t *testing.T) {
	if dir := os.Getenv(envConfined); dir != "" {
		confined(dir)
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dir := t.TempDir()
	for name, content := range map[string]string{"libchdb.so": "", "secret": "top secret",
		"addr": listener.Addr().String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := command.Command(os.Args[0], "-test.run=^TestConfined$")
	cmd.Env = append(os.Environ(), envConfined+"="+dir)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errOut.String())
	}
	if strings.Contains(errOut.String(), "the kernel has no Landlock") ||
		strings.Contains(errOut.String(), "the kernel's Landlock is of version") {
		t.Skip(errOut.String())
	}
	want := []string{
		"confined true", "write data true", "read data true", "read library true",
		"read secret false", "write secret false", "move secret false", "make beside false", "run false",
		"connect false",
	}
	for _, w := range want {
		if !strings.Contains(out.String(), w+"\n") {
			t.Errorf("not %q:\n%s", w, out.String())
		}
	}
}

func confined(dir string) {
	say := func(what string, err error) {
		fmt.Println(what, err == nil)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	beside := func(name string) string { return filepath.Join(dir, name) }
	data := beside("data")
	// The address is read before: afterwards nothing here is.
	addr, err := os.ReadFile(beside("addr"))
	if err == nil {
		err = os.Setenv("TALLYSTICK_TEST_ADDR", string(addr))
	}
	if err != nil && os.Getenv("TALLYSTICK_TEST_ADDR") == "" {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	say("confined", engine.Confine(engine.Config{DataDir: data, Addr: "127.0.0.1:0", Library: beside("libchdb.so")}))
	say("write data", os.WriteFile(filepath.Join(data, "f"), []byte("x"), 0o600))
	_, err = os.ReadFile(filepath.Join(data, "f"))
	say("read data", err)
	_, err = os.ReadFile(beside("libchdb.so"))
	say("read library", err)
	_, err = os.ReadFile(beside("secret"))
	say("read secret", err)
	say("write secret", os.WriteFile(beside("secret"), nil, 0o644))
	say("move secret", os.Rename(beside("secret"), filepath.Join(data, "secret")))
	say("make beside", os.WriteFile(beside("new"), nil, 0o644))
	say("run", command.Command("/bin/true").Run())
	conn, err := net.Dial("tcp", os.Getenv("TALLYSTICK_TEST_ADDR"))
	if err == nil {
		err = errors.Join(conn.Close())
	}
	say("connect", err)
	os.Exit(0)
}
