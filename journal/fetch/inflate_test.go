package fetch

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go/compress"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestABatchThatInflatesWithoutEndIsRefusedWithItsPlace(t *testing.T) {
	_, cfg := cluster(t)
	before := compress.Codecs
	t.Cleanup(func() { compress.Codecs = before })
	for i, codec := range compress.Codecs {
		if b, ok := codec.(boundedCodec); ok {
			compress.Codecs[i] = boundedCodec{b.Codec, 64 << 10}
		}
	}
	for name, codec := range map[string]kgo.CompressionCodec{"gzip": kgo.GzipCompression(), "lz4": kgo.Lz4Compression(),
		"zstd": kgo.ZstdCompression(), "snappy": kgo.SnappyCompression()} {
		t.Run(name, func(t *testing.T) {
			cl := producer(t, cfg, kgo.ProducerBatchCompression(codec))
			at := open(t, cfg)
			end, err := at.End(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			at.SeekTo(end)
			put(t, cl, strings.Repeat("a", 60<<10))
			if _, err := at.Fetch(t.Context()); err != nil {
				t.Fatalf("within the limit: %v", err)
			}
			put(t, cl, strings.Repeat("a", 70<<10))
			_, err = at.Fetch(t.Context())
			if !errors.Is(err, ErrInflated) || !strings.Contains(err.Error(), cfg.Topic+"/0 at ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEveryCodecIsBounded(t *testing.T) {
	for i, codec := range compress.Codecs[1:] {
		if b, ok := codec.(boundedCodec); !ok || b.limit != inflateLimit {
			t.Fatalf("codec %d: %T", i+1, codec)
		}
		var buf bytes.Buffer
		w := codec.NewWriter(&buf)
		w.Write([]byte("a claim"))
		w.Close()
		if got, err := io.ReadAll(codec.NewReader(&buf)); err != nil || string(got) != "a claim" {
			t.Errorf("%s: %q %v", codec.Name(), got, err)
		}
	}
}
