package fetch

import (
	"errors"
	"io"

	"github.com/segmentio/kafka-go/compress"
)

// inflateLimit is what a batch may hold once it is decompressed. Producers' batches are 1 MiB before compression, if
// nobody asked for other ones.
const inflateLimit = 256 << 20

// ErrInflated says that a batch holds more than is read once it is decompressed: some bytes can be made to stand for
// gigabytes.
var ErrInflated = errors.New("a compressed batch holds more than 256 MiB")

// kafka-go decompresses a whole batch before it hands it on, and has no limit of its own.
func init() {
	for i, codec := range compress.Codecs {
		if codec != nil {
			compress.Codecs[i] = boundedCodec{codec, inflateLimit}
		}
	}
}

type boundedCodec struct {
	compress.Codec
	limit int64
}

// NewReader is compress.Codec.
func (c boundedCodec) NewReader(r io.Reader) io.ReadCloser {
	return &boundedReader{c.Codec.NewReader(r), c.limit}
}

// boundedReader fails where a reader has more than the bytes that are left. It hides other methods: a WriteTo would
// pass it by.
type boundedReader struct {
	in   io.ReadCloser
	left int64
}

// Read is io.Reader.
func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrInflated
	}
	return n, err
}

// Close is io.Closer.
func (b *boundedReader) Close() error { return b.in.Close() }
