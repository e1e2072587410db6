package embedded_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"tallystick/internal/embedded"
)

// Whoever reaches the broker's port can neither end it nor have it take memory by a few bytes.
func TestTheBrokerOutlivesWhatIsNoRequest(t *testing.T) {
	b := start(t, embedded.Config{Dir: t.TempDir(), Topics: []embedded.Topic{{Name: "claims", Partitions: 1}}})
	request := func(size uint32, key, version int16, rest ...byte) []byte {
		var out bytes.Buffer
		for _, v := range []any{size, key, version, rest} {
			if err := binary.Write(&out, binary.BigEndian, v); err != nil {
				t.Fatal(err)
			}
		}
		return out.Bytes()
	}
	for name, sent := range map[string][]byte{
		"4 GiB":               {0xff, 0xff, 0xff, 0xff},
		"a size below a head": {0, 0, 0, 2, 0, 0},
		"HTTP":                []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"an unknown key":      request(14, 9999, 0, make([]byte, 10)...),
		"a negative key":      request(14, -1, 0, make([]byte, 10)...),
		"an unknown version":  request(14, 3, 999, make([]byte, 10)...),
		"a negative version":  request(14, 3, -3, make([]byte, 10)...),
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", b.Addrs()[0])
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write(sent); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			var timeout net.Error
			if _, err := io.Copy(io.Discard, conn); errors.As(err, &timeout) && timeout.Timeout() {
				t.Error("the connection is still open")
			}
		})
	}
	if got := produce(t, client(t, b), "claims", 0, "a"); got != 0 {
		t.Errorf("offset %d", got)
	}
}
