package embedded

import (
	"encoding/binary"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// What a client may ask of the broker, which believes whatever it is told: kfake makes room for as many bytes as a
// request says it has, and ends with its process over a request that it does not know.
const (
	maxRequest     = 128 << 20 // above any batch that the topics take
	maxConnections = 1000
	firstRequest   = 10 * time.Second // from connecting
)

var errNoRequest = errors.New("what came is no request of Kafka's protocol")

// listener hands out connections whose requests are looked at as they come in.
type listener struct {
	net.Listener
	open atomic.Int64
}

// Accept implements net.Listener. Connections beyond the limit are closed.
func (l *listener) Accept() (net.Conn, error) {
	for {
		inner, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) > maxConnections {
			l.open.Add(-1)
			_ = inner.Close()
			continue
		}
		c := &conn{Conn: inner, from: l, new: true}
		if err := inner.SetReadDeadline(time.Now().Add(firstRequest)); err != nil {
			_ = c.Close()
			continue
		}
		return c, nil
	}
}

// conn ends where a request is none. It is read by one goroutine at a time.
type conn struct {
	net.Conn
	from   *listener
	closed atomic.Bool

	new  bool    // its first request is not here in full
	head [8]byte // of the request that is coming: its size, key and version
	have int     // bytes of head
	left int64   // bytes of the request's rest that are to come
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if follow := c.follow(p[:n]); follow != nil {
		_ = c.Close()
		return 0, follow
	}
	return n, err
}

// follow keeps track of where requests begin.
func (c *conn) follow(p []byte) error {
	for len(p) > 0 {
		if c.have < len(c.head) {
			n := copy(c.head[c.have:], p)
			c.have, p = c.have+n, p[n:]
			// The size alone is checked first: room is made for it before more is read.
			if size := int64(binary.BigEndian.Uint32(c.head[:])); c.have >= 4 && (size > maxRequest || size < 8) {
				return errNoRequest
			}
			if c.have == len(c.head) {
				if !known(c.head) {
					return errNoRequest
				}
				c.left = int64(binary.BigEndian.Uint32(c.head[:])) - 4
			}
			continue
		}
		n := min(int64(len(p)), c.left)
		c.left, p = c.left-n, p[n:]
		if c.left == 0 {
			c.have = 0
			if c.new {
				c.new = false
				if err := c.Conn.SetReadDeadline(time.Time{}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// known reports whether the broker has the request's key and version.
func known(head [8]byte) bool {
	request := kmsg.RequestForKey(int16(binary.BigEndian.Uint16(head[4:])))
	version := int16(binary.BigEndian.Uint16(head[6:]))
	return request != nil && version >= 0 &&
		(version <= request.MaxVersion() || request.Key() == int16(kmsg.ApiVersions))
}

// Close implements net.Conn.
func (c *conn) Close() error {
	if !c.closed.Swap(true) {
		c.from.open.Add(-1)
	}
	return c.Conn.Close()
}
