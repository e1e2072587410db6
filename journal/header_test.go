package journal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"pgregory.net/rapid"

	"tallystick/journal/fetch"
	"tallystick/journal/part"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vector is one batch of the published vectors: enough to check another implementation.
type vector struct {
	Comment string      `json:"comment"`
	Records [][2]string `json:"records"` // key, value
	Header  struct {
		Kind    Kind   `json:"kind"`
		Form    Form   `json:"form"`
		Epoch   uint32 `json:"epoch"`
		Prev    Digest `json:"prev"`
		From    int64  `json:"from"`
		To      int64  `json:"to"`
		Count   uint32 `json:"count"`
		Created int64  `json:"created"`
		Writer  string `json:"writer"`
	} `json:"header"`
	HeaderKey   string `json:"header_key_hex"`
	HeaderValue string `json:"header_value_hex"`
	Digest      Digest `json:"digest"`
	// Kafka is the record batch as kafka-go sends it, uncompressed, after its length.
	Kafka string `json:"kafka_record_batch_hex"`
	// Redacted is the same batch without the second part of its last record: its digest is the same.
	Redacted string `json:"redacted_kafka_record_batch_hex,omitzero"`
}

type vectors struct {
	Journal   string   `json:"journal"`
	Partition int      `json:"partition"`
	Genesis   Digest   `json:"genesis"`
	Batches   []vector `json:"batches"`
}

func makeVectors(t *testing.T) vectors {
	v := vectors{Journal: "insurer-7.claims.scored", Partition: 3}
	v.Genesis = Genesis(v.Journal, v.Partition)
	var writer [16]byte
	for i := range writer {
		writer[i] = byte(0xa0 + i)
	}
	prev := v.Genesis
	add := func(comment string, h Header, records ...[2]string) {
		h.Prev, h.Count, h.Created, h.Writer = prev, uint32(len(records)), 1_764_000_000_123+int64(len(v.Batches)),
			writer
		value := h.appendTo(nil)
		var rs []Record
		for _, r := range records {
			rs = append(rs, Record{Key: []byte(r[0]), Value: []byte(r[1])})
		}
		prev = must(Sum(h, rs))(t)
		if records == nil {
			records = [][2]string{}
		}
		out := vector{Comment: comment, Records: records, HeaderKey: hex.EncodeToString([]byte(headerKey)),
			HeaderValue: hex.EncodeToString(value), Digest: prev}
		out.Header.Kind, out.Header.Form = h.Kind, h.Form
		out.Header.Epoch, out.Header.Prev, out.Header.From, out.Header.To = h.Epoch, h.Prev, h.From, h.To
		out.Header.Count, out.Header.Created, out.Header.Writer = h.Count, h.Created, hex.EncodeToString(writer[:])
		out.Kafka = kafkaBatch(t, value, h.Created, rs)
		if h.Form == FormParts {
			last := &rs[len(rs)-1]
			last.Value = must(part.Redact(last.Value, func(i int, _ []byte) ([]byte, bool) {
				return []byte("beside"), i == 1
			}))(t)
			out.Redacted = kafkaBatch(t, value, h.Created, rs)
		}
		v.Batches = append(v.Batches, out)
	}
	add("the first batch names the genesis", Header{From: 0, To: 2}, [2]string{"ins-7|c-1", `{"decision":"settle"}`},
		[2]string{"ins-7|c-2", `{"decision":"review"}`})
	add("an empty key and an empty value", Header{From: 2, To: 3}, [2]string{"", "v"}, [2]string{"k", ""})
	add("covers source records without an entry", Header{From: 3, To: 10})
	add("covers nothing of the source", Header{From: 10, To: 10}, [2]string{"note", "x"})
	add("the source was reset and begins at 4", Header{Kind: KindEpoch, Epoch: 1, From: 10, To: 4},
		[2]string{"reason", "topic made anew"})
	add("goes on in the new epoch, its records as lists of parts", Header{Form: FormParts, Epoch: 1, From: 4, To: 6},
		[2]string{"k", string(part.Join([]part.Part{{Bytes: []byte("alone")}}))},
		[2]string{"k", string(part.Join([]part.Part{{Bytes: []byte("common")}, {Bytes: []byte("salt, claimant")},
			{Bytes: []byte("")}}))})
	add("as far as a source goes", Header{Epoch: 1, From: 6, To: math.MaxInt64}, [2]string{"k", "v"})
	return v
}

// kafkaBatch is a batch as kafka-go sends it, after its length.
func kafkaBatch(t *testing.T, header []byte, created int64, records []Record) string {
	set := protocol.RecordSet{Version: 2, Records: newBatchReader(header, created, records)}
	var b bytes.Buffer
	if _, err := set.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b.Bytes()[4:])
}

// The bytes are fixed for ever: a change of this file is a change of the format.
func TestGoldenBatches(t *testing.T) {
	got, err := json.MarshalIndent(makeVectors(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", "batches.golden.json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, path, string(got), string(want))
}

// The published bytes fold to the published digests.
func TestGoldenBatchesFold(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "batches.golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	for _, redacted := range []bool{false, true} {
		c := chain{partition: v.Partition, pos: Position{Base: -1, Digest: Genesis(v.Journal, v.Partition)}}
		offset := int64(0)
		for _, b := range v.Batches {
			text := b.Kafka
			if redacted && b.Redacted != "" {
				text = b.Redacted
			}
			wire, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			kb := decodeKafka(t, wire, offset)
			offset += int64(len(kb.Records))
			got, ok, reason, err := c.take(&kb)
			if err != nil || !ok {
				t.Fatalf("%s: void %q, %v", b.Comment, reason, err)
			}
			if got.Digest != b.Digest || got.Next.To != b.Header.To || got.Next.Offset != offset {
				t.Fatalf("%s: %+v", b.Comment, got)
			}
		}
	}
}

// decodeKafka reads an uncompressed record batch with kafka-go, as if it lay at base.
func decodeKafka(t testing.TB, wire []byte, base int64) fetch.Batch {
	t.Helper()
	var set protocol.RecordSet
	size := []byte{byte(len(wire) >> 24), byte(len(wire) >> 16), byte(len(wire) >> 8), byte(len(wire))}
	if _, err := set.ReadFrom(bytes.NewReader(append(size, wire...))); err != nil {
		t.Fatal(err)
	}
	kb := fetch.Batch{Base: base}
	for {
		r, err := set.Records.ReadRecord()
		if err != nil {
			return kb
		}
		key, value := must(protocol.ReadAll(r.Key))(t), must(protocol.ReadAll(r.Value))(t)
		kb.Records = append(kb.Records, fetch.Record{Offset: base + r.Offset, Key: key, Value: value})
	}
}

func TestHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Header{
			Kind:    Kind(rapid.IntRange(0, 1).Draw(t, "kind")),
			Form:    Form(rapid.IntRange(0, 1).Draw(t, "form")),
			Epoch:   rapid.Uint32().Draw(t, "epoch"),
			From:    rapid.Int64Min(0).Draw(t, "from"),
			To:      rapid.Int64Min(0).Draw(t, "to"),
			Count:   rapid.Uint32().Draw(t, "count"),
			Created: rapid.Int64().Draw(t, "created"),
		}
		copy(h.Prev[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev"))
		copy(h.Writer[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "writer"))
		got, err := decodeHeader([]byte(headerKey), h.appendTo(nil))
		if err != nil || got != h {
			t.Fatalf("got %+v, %v, want %+v", got, err, h)
		}
	})
}

// Records cannot be cut differently and keep the digest.
func TestDigestSeparatesRecords(t *testing.T) {
	seen := map[Digest]int{}
	for i, records := range [][]Record{
		nil,
		{{}},
		{{}, {}},
		{{Key: []byte("ab")}},
		{{Value: []byte("ab")}},
		{{Key: []byte("a"), Value: []byte("b")}},
		{{Key: []byte("a")}, {Value: []byte("b")}},
		{{Key: []byte("a")}, {Key: []byte("b")}},
	} {
		sum := must(Sum(Header{}, records))(t)
		if j, ok := seen[sum]; ok {
			t.Fatalf("records %d and %d have one digest", i, j)
		}
		seen[sum] = i
	}
}

// A batch whose records are not of the form that it says counts for nobody, whoever chained it.
func TestBatchOfAnotherFormIsVoid(t *testing.T) {
	genesis := Genesis("form", 0)
	h := Header{Form: FormParts, Prev: genesis, To: 1, Count: 1}
	kb := fetch.Batch{Records: kafkaRecords(h.appendTo(nil), []Record{{Value: []byte("whole")}})}
	kb.Records[1].Offset = 1
	c := chain{pos: Position{Base: -1, Digest: genesis}}
	if _, ok, reason, err := c.take(&kb); ok || reason != VoidMalformed || err != nil {
		t.Fatalf("counts %t, void %q, %v", ok, reason, err)
	}
	if c.pos.Digest != genesis || c.pos.Offset != 2 {
		t.Fatalf("the state is %v", c.pos)
	}
}

// A journal of version 1 is refused by name, and not passed over as batches of no use.
func TestVersionOneIsRefused(t *testing.T) {
	old := genesis("tallystick journal v1 genesis\n", "claims.scored", 2)
	value := append([]byte{1, 0, 0, 0, 0, 0}, old[:]...)
	value = append(value, make([]byte, 82-len(value))...)
	kb := fetch.Batch{Records: []fetch.Record{{Key: []byte("TSJ1"), Value: value}}}
	c := chain{topic: "claims.scored", partition: 2, pos: Position{Base: -1, Digest: Genesis("claims.scored", 2)},
		older: old}
	if _, _, _, err := c.take(&kb); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "version 1") {
		t.Fatalf("got %v", err)
	}
	// Where a journal has begun, or for another partition, it is a stranger's record like any other.
	c = chain{pos: Position{Base: -1, Digest: Genesis("claims.scored", 3)},
		older: genesis("tallystick journal v1 genesis\n", "claims.scored", 3)}
	if _, ok, reason, err := c.take(&kb); ok || reason != VoidForeign || err != nil {
		t.Fatalf("counts %t, void %q, %v", ok, reason, err)
	}
}

func TestGenesisBindsNameAndPartition(t *testing.T) {
	seen := map[Digest]bool{}
	for _, name := range []string{"a", "b", "ab", "a\x00"} {
		for p := range 3 {
			seen[Genesis(name, p)] = true
		}
	}
	if len(seen) != 12 {
		t.Fatalf("%d of 12 beginnings differ", len(seen))
	}
}

func TestPositionText(t *testing.T) {
	p := Position{Offset: 12, Base: 8, Digest: Digest{1, 2, 3}, To: 77, Epoch: 4}
	raw := must(json.Marshal(map[string]Position{"at": p}))(t)
	if want := `{"at":"tsj2:12:8:0102030000000000000000000000000000000000000000000000000000000000:4:77"}`; string(raw) != want {
		t.Fatalf("got %s", raw)
	}
	var back map[string]Position
	if err := json.Unmarshal(raw, &back); err != nil || back["at"] != p {
		t.Fatalf("got %v, %v", back, err)
	}
	for _, bad := range []string{"", "tsj1" + p.String()[4:], p.String() + ":1", "tsj2:x:8:" + p.Digest.String() +
		":4:77", "tsj2:1:0:00:0:0", "tsj2:1:0:" + strings.Repeat("zz", 32) + ":0:0", "tsj2:12:8:" + p.Digest.String() +
		":-4:77"} {
		q := p
		if err := q.UnmarshalText([]byte(bad)); err == nil || q != p {
			t.Errorf("%q: %v, %v", bad, q, err)
		}
	}
}

// Size is an upper bound, and a close one.
func TestSizeBoundsTheEncodedBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records []Record
		for range rapid.IntRange(0, 40).Draw(t, "records") {
			records = append(records, Record{
				Key:   make([]byte, rapid.IntRange(0, 300).Draw(t, "key")),
				Value: make([]byte, rapid.IntRange(0, 20_000).Draw(t, "value")),
			})
		}
		set := protocol.RecordSet{Version: 2, Records: newBatchReader(make([]byte, headerSize), 1, records)}
		var b bytes.Buffer
		if _, err := set.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		n, bound := b.Len()-4, Size(records...)
		if n > bound || bound-n > recordOverhead*(len(records)+2) {
			t.Fatalf("encoded %d, bound %d", n, bound)
		}
	})
}

func FuzzDecodeHeader(f *testing.F) {
	h := Header{Kind: KindEpoch, Epoch: 1, From: 2, To: 3, Count: 4, Created: 5}
	f.Add([]byte(headerKey), h.appendTo(nil))
	f.Add([]byte("TSJ1"), []byte{})
	f.Fuzz(func(t *testing.T, key, value []byte) {
		h, err := decodeHeader(key, value)
		if err != nil {
			return
		}
		if string(key) != headerKey || !bytes.Equal(h.appendTo(nil), value) {
			t.Fatalf("%x %x decodes to %+v, which encodes otherwise", key, value, h)
		}
	})
}

// The fold of arbitrary batches never panics, never moves backwards, and counts only what the rule says.
func FuzzFold(f *testing.F) {
	genesis := Genesis("fuzz", 0)
	h := Header{Prev: genesis, To: 5, Count: 1}
	good := h.appendTo(nil)
	f.Add([]byte(headerKey), good, []byte("k"), []byte("v"), byte(1), int64(0))
	f.Add([]byte(headerKey), good, []byte(""), []byte(""), byte(0), int64(3))
	f.Add([]byte("other"), []byte("x"), []byte("k"), []byte("v"), byte(9), int64(-1))
	h.Form = FormParts
	f.Add([]byte(headerKey), h.appendTo(nil), []byte("k"), []byte{1, 2, 'p'}, byte(1), int64(0))
	f.Add([]byte(headerKey), h.appendTo(nil), []byte("k"), []byte("no parts"), byte(1), int64(0))
	f.Fuzz(func(t *testing.T, key, value, k, v []byte, n byte, base int64) {
		c := chain{pos: Position{Base: -1, Digest: genesis}}
		base %= 1 << 40
		for range 2 {
			before := c.pos
			kb := fetch.Batch{Base: base, Records: []fetch.Record{{Offset: base, Key: key, Value: value}}}
			for i := range int64(n % 4) {
				kb.Records = append(kb.Records, fetch.Record{Offset: base + 1 + i, Key: k, Value: v})
			}
			b, ok, reason, err := c.take(&kb)
			switch {
			case err != nil:
				if base >= before.Offset || c.pos != before {
					t.Fatalf("at %v: %v", c.pos, err)
				}
				return
			case ok:
				if b.Prev != before.Digest || b.From != before.To || int(b.Count) != len(b.Records) || reason != "" ||
					b.Next != c.pos || b.Digest == before.Digest {
					t.Fatalf("counted %+v at %v", b, before)
				}
			default:
				if reason == "" || c.pos.Digest != before.Digest || c.pos.To != before.To {
					t.Fatalf("void %q moved %v to %v", reason, before, c.pos)
				}
			}
			if c.pos.Offset <= before.Offset {
				t.Fatalf("from %v to %v", before, c.pos)
			}
			base = c.pos.Offset
		}
	})
}

var _ kafka.RecordReader = (*batchReader)(nil)
