package engine

import (
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// decompressed undoes a Content-Encoding; what comes out is bounded like what came in.
func decompressed(body io.Reader, encoding string, most int64) (io.Reader, error) {
	var plain io.Reader
	switch encoding {
	case "", "identity":
		return body, nil
	case "lz4":
		plain = lz4.NewReader(body)
	case "zstd":
		r, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return nil, fmt.Errorf("Content-Encoding zstd: %w", err)
		}
		plain = r
	case "gzip":
		r, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("Content-Encoding gzip: %w", err)
		}
		plain = r
	default:
		return nil, fmt.Errorf("Content-Encoding: the embedded engine knows gzip, lz4 and zstd")
	}
	return &boundedReader{from: plain, left: most, most: most}, nil
}

// boundedReader ends with an error, and not in silence, where its bound is.
type boundedReader struct {
	from       io.Reader
	left, most int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &http.MaxBytesError{Limit: b.most}
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return n + int(b.left), &http.MaxBytesError{Limit: b.most}
	}
	return n, err
}
