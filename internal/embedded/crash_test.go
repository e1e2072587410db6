package embedded_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"

	"tallystick/internal/embedded"
)

const envCrashDir = "TALLYSTICK_EMBEDDED_CRASH_DIR"

// TestMain lets this binary be the broker process that a test kills.
func TestMain(m *testing.M) {
	dir := os.Getenv(envCrashDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	b, err := embedded.Start(embedded.Config{Dir: dir, Topics: []embedded.Topic{{Name: "claims", Partitions: 1}}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(b.Addrs()[0])
	bufio.NewReader(os.Stdin).ReadByte() // until killed, or the test is gone
}

func TestAcknowledgedRecordsSurviveAKill(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for life := range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), envCrashDir+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		addr, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		transport := &kafka.Transport{}
		c := &kafka.Client{Addr: kafka.TCP(strings.TrimSpace(addr)), Transport: transport}
		if got := values(t, c, "claims", 0, 0); life > 0 && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("life %d: read %v, want %v", life, got, want)
		}
		for i := range 20 {
			v := fmt.Sprint(life, "-", i)
			produce(t, c, "claims", 0, v)
			want = append(want, v)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		transport.CloseIdleConnections()
	}
}
