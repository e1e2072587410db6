package fetch

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkFetch reads 20,000 claims of 1.2 KB from a broker in this process, which is counted too.
func BenchmarkFetch(b *testing.B) {
	const claims, size = 20_000, 1200
	for name, codec := range map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "lz4": kgo.Lz4Compression(),
		"zstd": kgo.ZstdCompression()} {
		b.Run(name, func(b *testing.B) {
			_, cfg := cluster(b)
			cfg.ReadCommitted = true
			cl := producer(b, cfg, kgo.ProducerBatchCompression(codec))
			for from := 0; from < claims; from += 500 {
				var values []string
				for i := range 500 {
					values = append(values, fmt.Sprintf("%*d", size, from+i))
				}
				put(b, cl, values...)
			}
			b.ReportAllocs()
			for b.Loop() {
				r := open(b, cfg)
				for r.NextOffset() < claims {
					if _, err := r.Fetch(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.SetBytes(claims * size)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/claims, "ns/record")
		})
	}
}
