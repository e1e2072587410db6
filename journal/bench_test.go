package journal

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kfake"

	"tallystick/journal/fetch"
	"tallystick/journal/part"
)

// A batch as the pipeline writes them: 500 entries of 1.6 KB in five parts.
const (
	benchRecords = 500
	benchParts   = 5
	benchValue   = 1600
)

func benchEntries() []Record {
	records := make([]Record, benchRecords)
	for i := range records {
		value := make([]byte, benchValue)
		for j := range value {
			value[j] = "tallystick journal"[(i*7+j*j)%18]
		}
		var parts []part.Part
		for piece := range slices.Chunk(value, benchValue/benchParts) {
			parts = append(parts, part.Part{Bytes: piece})
		}
		records[i] = Record{Key: fmt.Appendf(nil, "insurer-7|claim-%d", i), Value: part.Join(parts)}
	}
	return records
}

func perRecord(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRecords, "ns/record")
	b.SetBytes(benchRecords * benchValue)
}

// BenchmarkFold is the fold alone: header, digest, records.
func BenchmarkFold(b *testing.B) {
	h := Header{Form: FormParts, To: benchRecords, Count: benchRecords, Prev: Genesis("bench", 0)}
	kb := fetch.Batch{Records: kafkaRecords(h.appendTo(nil), benchEntries())}
	for i := range kb.Records {
		kb.Records[i].Offset = int64(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		c := chain{pos: Position{Base: -1, Digest: h.Prev}}
		if _, ok, _, err := c.take(&kb); !ok || err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b)
}

// BenchmarkAppendEncode is an append without a broker: header, digest, and kafka-go's encoding.
func BenchmarkAppendEncode(b *testing.B) {
	records := benchEntries()
	for _, compression := range []kafka.Compression{0, kafka.Lz4, kafka.Zstd} {
		b.Run(compression.String(), func(b *testing.B) {
			var d digester
			b.ReportAllocs()
			for b.Loop() {
				h := Header{Form: FormParts, To: benchRecords, Count: benchRecords}
				value := h.appendTo(make([]byte, 0, headerSize))
				d.begin(value, h.Form)
				for i := range records {
					if err := d.add(records[i].Key, records[i].Value); err != nil {
						b.Fatal(err)
					}
				}
				d.sum()
				set := protocol.RecordSet{Version: 2, Attributes: protocol.Attributes(compression),
					Records: newBatchReader(value, 1, records)}
				if _, err := set.WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			perRecord(b)
		})
	}
}

// BenchmarkAppend and BenchmarkRead go through the embedded broker, which runs in this process and is counted too.
func BenchmarkAppend(b *testing.B) {
	_, cfg := cluster(b, kfake.SeedTopics(1, "scored"))
	cfg.Compression, cfg.Parts = kafka.Zstd, true
	a := must(NewAppender(b.Context(), cfg, 0, Position{}))(b)
	records := benchEntries()
	b.ReportAllocs()
	for b.Loop() {
		from := a.Position().To
		must(a.Append(b.Context(), from, from+benchRecords, records))(b)
	}
	perRecord(b)
}

func BenchmarkRead(b *testing.B) {
	_, cfg := cluster(b, kfake.SeedTopics(1, "scored"))
	cfg.Compression, cfg.Parts = kafka.Zstd, true
	a := must(NewAppender(b.Context(), cfg, 0, Position{}))(b)
	records := benchEntries()
	const batches = 40
	for i := range int64(batches) {
		must(a.Append(b.Context(), i*benchRecords, (i+1)*benchRecords, records))(b)
	}
	b.ReportAllocs()
	for b.Loop() {
		f := must(OpenFold(b.Context(), cfg, 0, Position{}))(b)
		for range batches {
			must(f.Next(b.Context()))(b)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRecords/batches, "ns/record")
	b.SetBytes(benchRecords * benchValue * batches)
}
