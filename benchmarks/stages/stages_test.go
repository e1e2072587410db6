package stages

import (
	"bytes"
	"crypto/sha256"
	stdjson "encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"tallystick/analytics"
	"tallystick/anchor"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/detectors"
	"tallystick/detectors/rule"
	"tallystick/feed/synthetic"
	"tallystick/pipeline"
	"tallystick/pipeline/desk"
	"tallystick/privacy"
	"tallystick/privacy/keys/keyring"
)

// claims of the batch. The detectors hold them all, so windows and links have something to find.
const claims = 5000

// batch is the same claims at each stage.
type batch struct {
	raw        [][]byte
	protection *privacy.Protection
	keys       privacy.Keys
	set        *detectors.RuleSet
	open       [][]byte // open parts of events
	events     []claim.Event
	inputs     []detectors.Input
	entries    []claim.Entry
	encoded    [][]byte
}

var theBatch = sync.OnceValues(newBatch)

func load(b *testing.B) *batch {
	b.Helper()
	s, err := theBatch()
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func newBatch() (*batch, error) {
	dir, err := os.MkdirTemp("", "tallystick-stages-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	pass := keyring.Passphrases{Keyring: []byte("keys of a benchmark"), OfficerA: []byte("officer a of a benchmark"),
		OfficerB: []byte("officer b of a benchmark")}
	if err := keyring.Create(filepath.Join(dir, "keys"), pass, "acme", "birch"); err != nil {
		return nil, err
	}
	s := &batch{}
	if s.keys, err = keyring.Open(filepath.Join(dir, "keys"), pass.Keyring); err != nil {
		return nil, err
	}
	if s.protection, err = privacy.New(privacy.Config{Keys: s.keys,
		Limits: privacy.Limits{Bytes: 256 << 10}}); err != nil {
		return nil, err
	}
	if s.set, err = detectors.LoadRules(rule.FS); err != nil {
		return nil, err
	}
	feed, err := synthetic.Generate(synthetic.Config{Seed: 1, Claims: claims})
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	var records []pipeline.Record
	for event := range feed {
		value, err := claim.Encode(&event)
		if err != nil {
			return nil, err
		}
		s.raw = append(s.raw, value)
		records = append(records, pipeline.Record{Source: claim.SourceRef{Offset: int64(len(records)), Time: now},
			Key: claim.Key(event.Insurer, event.ID), Value: value})
	}
	state := detectors.NewState(s.set, detectors.StateConfig{})
	d, err := desk.New(desk.Config{Protection: s.protection, Keys: s.keys, State: state,
		Engine: detectors.NewEngine(s.set, state, detectors.Config{})})
	if err != nil {
		return nil, err
	}
	v, err := d.Decide(context, records)
	if err != nil {
		return nil, err
	}
	s.events = make([]claim.Event, claims)
	for i := range v.Entries {
		e := &v.Entries[i]
		data, err := new(entry.Encoder).Append(nil, e)
		if err != nil {
			return nil, err
		}
		s.entries, s.encoded = append(s.entries, *e), append(s.encoded, data)
		if e.Kind != claim.Decided {
			continue
		}
		n := len(s.open)
		open := new(claim.Renderer).Append(nil, e.Values)
		s.open = append(s.open, open)
		if err := claim.DecodeInto(open, &s.events[n]); err != nil {
			return nil, err
		}
		s.inputs = append(s.inputs, detectors.Input{Event: &s.events[n], Insurer: e.Insurer, Claim: e.Claim,
			Revision: e.Revision, Tokens: e.Tokens, Source: e.Source, At: e.At})
	}
	return s, nil
}

// measure reports a stage: one is called with the number of a claim, all claims in turn, and so is reference, which
// does something well known with the same claim.
func measure(b *testing.B, name, referenceName string, n int, one, reference func(i int) error) {
	b.Helper()
	run := func(f func(int) error, times int) time.Duration {
		start := time.Now()
		for i := range times {
			if err := f(i % n); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}
	run(one, n)
	var before, after runtime.MemStats
	var mine, theirs []time.Duration
	runtime.ReadMemStats(&before)
	times := 0
	var took time.Duration
	for b.Loop() { // a round is the whole batch, so that what is rare in it counts for what it is
		took += run(one, n)
		times += n
	}
	runtime.ReadMemStats(&after)
	for range 5 { // taking turns, so that other load weighs on both; the best counts
		mine, theirs = append(mine, run(one, n)), append(theirs, run(reference, n))
	}
	ratio := float64(slices.Min(mine)) / float64(slices.Min(theirs))
	best := float64(slices.Min(mine).Nanoseconds()) / float64(n)
	memory, allocs := float64(after.TotalAlloc-before.TotalAlloc)/float64(times),
		float64(after.Mallocs-before.Mallocs)/float64(times)
	b.ReportMetric(0, "ns/op") // of the batch: of no use
	b.ReportMetric(best, "ns/claim")
	b.ReportMetric(float64(took.Nanoseconds())/float64(times), "mean-ns/claim")
	b.ReportMetric(memory, "B/claim")
	b.ReportMetric(allocs, "allocs/claim")
	b.ReportMetric(ratio, "ratio")
	for _, f := range []struct {
		name, unit, reference string
		value, ratio          float64
	}{
		{"ns", "ns/claim", referenceName, best, ratio},
		{"bytes", "B/claim", "", memory, 0},
		{"allocs", "allocs/claim", "", allocs, 0},
	} {
		line, err := stdjson.Marshal(map[string]any{"name": "stage_" + name + "_" + f.name, "value": f.value,
			"unit": f.unit, "reference": f.reference, "ratio": f.ratio})
		if err != nil {
			b.Fatal(err)
		}
		fmt.Fprintln(os.Stderr, string(line))
	}
}

// say prints a figure that is none of time.
func say(name string, value float64, unit string) {
	fmt.Fprintf(os.Stderr, `{"name":%q,"value":%.1f,"unit":%q}`+"\n", name, value, unit)
}

// asMap is the reference of the stages that read: the standard library's decoder, into maps.
func asMap(data [][]byte) func(int) error {
	return func(i int) error {
		var m map[string]any
		return stdjson.Unmarshal(data[i], &m)
	}
}

func BenchmarkProtect(b *testing.B) {
	s := load(b)
	p := s.protection.Protector()
	var out privacy.Protected
	measure(b, "protect", "encoding/json into a map, the same claim", len(s.raw),
		func(i int) error { return p.Protect(s.raw[i], &out) }, asMap(s.raw))
}

func BenchmarkDecodeAndValidate(b *testing.B) {
	s := load(b)
	var e claim.Event
	now := time.Now()
	measure(b, "decode", "encoding/json into a map, the same open part", len(s.open), func(i int) error {
		if err := claim.DecodeInto(s.open[i], &e); err != nil {
			return err
		}
		if problem := claim.Validate(&e, now, claim.Limits{}); problem != nil {
			return problem
		}
		return nil
	}, asMap(s.open))
}

// BenchmarkFillAndValidate is what the desk does: it has the values of the open part already.
func BenchmarkFillAndValidate(b *testing.B) {
	s := load(b)
	p := s.protection.Protector()
	protected, open := make([]privacy.Protected, len(s.raw)), make([][]byte, len(s.raw))
	for i := range s.raw {
		if err := p.Protect(s.raw[i], &protected[i]); err != nil {
			b.Fatal(err)
		}
		open[i] = new(claim.Renderer).AppendLists(nil, protected[i].OpenLists, protected[i].Values)
	}
	var f claim.Filler
	now := time.Now()
	measure(b, "fill", "claim.DecodeInto of the same open part", len(protected), func(i int) error {
		out := &protected[i]
		e, err := f.Fill(out.OpenLists, out.Values)
		if err != nil {
			return err
		}
		if problem := claim.Validate(e, now, claim.Limits{}); problem != nil {
			return problem
		}
		return nil
	}, func(i int) error {
		var e claim.Event
		return claim.DecodeInto(open[i], &e)
	})
}

func BenchmarkScoreAndObserve(b *testing.B) {
	s := load(b)
	state := detectors.NewState(s.set, detectors.StateConfig{})
	engine := detectors.NewEngine(s.set, state, detectors.Config{})
	measure(b, "score", "encoding/json into a map, the same open part", len(s.inputs), func(i int) error {
		engine.Decide(context, &s.inputs[i])
		return nil
	}, asMap(s.open))
}

func BenchmarkCommit(b *testing.B) {
	s := load(b)
	var decided []*claim.Entry
	var bytesOf [][]byte
	for i := range s.entries {
		if s.entries[i].Kind != claim.Decided {
			continue
		}
		decided = append(decided, &s.entries[i])
		leaves, err := new(entry.Builder).Leaves(&s.entries[i])
		if err != nil {
			b.Fatal(err)
		}
		var all []byte
		for _, l := range leaves.Common {
			all = append(append(append(all, l.Salt[:]...), l.Path...), l.Value...)
		}
		for i := range leaves.Sections {
			for _, l := range leaves.Sections[i].Leaves {
				all = append(append(append(all, l.Salt[:]...), l.Path...), l.Value...)
			}
		}
		bytesOf = append(bytesOf, all)
	}
	calls := 0
	for _, e := range decided {
		record, err := new(entry.Builder).Leaves(e)
		if err != nil {
			b.Fatal(err)
		}
		calls += 1 + len(record.Common)
		for i := range record.Sections { // a party's sealed values, one over them, one over all of the party
			s := &record.Sections[i]
			calls += 1 + len(s.Leaves) + s.Count + min(s.Count, 1)
		}
	}
	say("hash_calls", float64(calls)/float64(len(decided)), "SHA-256 calls a claim")
	var builder entry.Builder
	var committer anchor.Committer
	measure(b, "commit", "one SHA-256 over the same leaves", len(decided), func(i int) error {
		leaves, err := builder.Leaves(decided[i])
		if err != nil {
			return err
		}
		_, err = committer.Commit(leaves)
		return err
	}, func(i int) error { _ = sha256.Sum256(bytesOf[i]); return nil })
}

func BenchmarkEncodeEntry(b *testing.B) {
	s := load(b)
	size, claims := 0, 0
	for i := range s.entries {
		if s.entries[i].Kind == claim.Decided {
			size, claims = size+len(s.encoded[i]), claims+1
		}
	}
	say("entry_bytes", float64(size)/float64(claims), "B a decided claim, before compression")
	var buf []byte
	var enc entry.Encoder
	measure(b, "encode", "encoding/json of the same entry", len(s.entries), func(i int) error {
		var err error
		buf, err = enc.Append(buf[:0], &s.entries[i])
		return err
	}, func(i int) error { _, err := stdjson.Marshal(&s.entries[i]); return err })
}

func BenchmarkDecodeEntry(b *testing.B) {
	s := load(b)
	var d entry.Decoder
	measure(b, "decode_entry", "encoding/json into a map, the same open part", len(s.encoded), func(i int) error {
		_, err := d.Decode(s.encoded[i])
		return err
	}, asMap(s.open))
}

// BenchmarkFold is what an instance does at its start with each entry of the journal, but for fetching.
func BenchmarkFold(b *testing.B) {
	s := load(b)
	var m entry.Decoder
	var d *desk.Desk
	measure(b, "fold", "encoding/json into a map, the same open part", len(s.encoded), func(i int) error {
		if i == 0 { // a desk takes an entry once
			state := detectors.NewState(s.set, detectors.StateConfig{})
			var err error
			d, err = desk.New(desk.Config{Protection: s.protection, Keys: s.keys, State: state,
				Engine: detectors.NewEngine(s.set, state, detectors.Config{})})
			if err != nil {
				return err
			}
		}
		e, err := m.Decode(s.encoded[i])
		if err != nil {
			return err
		}
		d.Observe(e)
		return nil
	}, asMap(s.open))
}

// perBatch is how many entries make a journal batch of the pipeline's default size.
const perBatch = 88

// BenchmarkJournal encodes record batches as kafka-go sends them, by compression.
func BenchmarkJournal(b *testing.B) {
	s := load(b)
	encode := func(c kafka.Compression) func(int) error {
		return func(i int) error {
			if i%perBatch != 0 {
				return nil
			}
			records := make([]protocol.Record, 0, perBatch)
			for _, value := range s.encoded[i:min(len(s.encoded), i+perBatch)] {
				records = append(records, protocol.Record{Value: protocol.NewBytes(value)})
			}
			set := protocol.RecordSet{Version: 2, Attributes: protocol.Attributes(c),
				Records: protocol.NewRecordReader(records...)}
			var out counter
			_, err := set.WriteTo(&out)
			return err
		}
	}
	for name, c := range map[string]kafka.Compression{"none": 0, "snappy": kafka.Snappy, "lz4": kafka.Lz4,
		"zstd": kafka.Zstd} {
		b.Run(name, func(b *testing.B) {
			measure(b, "journal_"+name, "the same batch uncompressed", len(s.encoded), encode(c), encode(0))
		})
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// BenchmarkColumns makes columns of entries and sends them to a server that throws them away.
func BenchmarkColumns(b *testing.B) {
	s := load(b)
	var sent []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query().Get("query")
		if query == "" { // a question stands in the body, an insert's rows do
			text, _ := io.ReadAll(r.Body)
			query = string(text)
		}
		if !strings.Contains(query, "INSERT INTO") {
			serveHello(w, strings.TrimSpace(query))
			return
		}
		if strings.Contains(query, "entries") && sent == nil {
			sent, _ = io.ReadAll(r.Body)
		}
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	db, err := analytics.Open(b.Context(), analytics.Options{Addr: server.Listener.Addr().String()})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	sink := db.Sink(analytics.SinkOptions{})
	rows := make([]analytics.Row, len(s.entries))
	for i := range s.entries {
		rows[i] = analytics.Row{Offset: int64(i), Entry: &s.entries[i]}
	}
	all := []analytics.Batch{{Position: "none", AppendTime: time.Now(), Rows: rows}}
	measure(b, "columns", "the same bytes over HTTP", len(rows), func(i int) error {
		if i != 0 {
			return nil
		}
		return sink.Write(context, all)
	}, func(i int) error {
		if i != 0 {
			return nil
		}
		res, err := http.Post(server.URL+"/?query=INSERT+INTO+other", "application/octet-stream", bytes.NewReader(sent))
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
}
