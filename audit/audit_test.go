package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/audit"
	"tallystick/internal/embedded"
	"tallystick/journal"
	"tallystick/journal/fetch"
)

func broker(t *testing.T) journal.Config {
	t.Helper()
	b, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return topic(
		t,
		journal.Config{Addr: kafka.TCP(b.Addrs()...), Transport: transport, Name: audit.Name,
			MaxWait: 50 * time.Millisecond},
		"audit",
	)
}

func topic(t *testing.T, cfg journal.Config, name string) journal.Config {
	t.Helper()
	cfg.Topic = name
	if err := journal.CreateTopic(t.Context(), cfg, journal.TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func trail(t *testing.T, cfg journal.Config) *audit.Trail {
	t.Helper()
	tr, err := audit.Open(t.Context(), audit.Config{Journal: cfg})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tr.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error("run:", err)
		}
	})
	return tr
}

// only lets one person do everything.
type only string

func (o only) Allowed(_ context.Context, person, _ string, _ audit.Object) (bool, error) {
	return person == string(o), nil
}

func TestAnActIsInTheTrailBeforeItHappens(t *testing.T) {
	cfg := broker(t)
	tr := trail(t, cfg)
	gate := &audit.Gate{Trail: tr, Rights: only("olga"), Code: func(error) string { return "key-gone" }}
	act := audit.Act{
		Person: "olga",
		Act:    "reveal.open",
		Right:  "reveal",
		Object: audit.Object{Insurer: "acme", Claim: "M-1", Party: "claimant"},
		Reason: "subpoena",
	}
	did := 0
	do := func(_ context.Context, entry int64) error {
		did++
		if last := tr.Recent(1); len(last) != 1 || last[0].Kind != audit.Intent || last[0].Number != entry {
			t.Errorf("when the act happens the trail ends with %+v", last)
		}
		if open := tr.Unfinished(); len(open) != 1 || open[0].Number != entry {
			t.Errorf("unfinished while the act happens: %+v", open)
		}
		return nil
	}
	if err := gate.Do(t.Context(), act, do); err != nil {
		t.Fatal(err)
	}
	if err := gate.Do(t.Context(), act, func(context.Context, int64) error {
		return errors.New("M-1 failed: secret")
	}); err == nil {
		t.Fatal("the act's error is gone")
	}
	act.Person = "peter"
	var denied *audit.DeniedError
	if err := gate.Do(t.Context(), act, do); !errors.As(err, &denied) {
		t.Errorf("peter: %v", err)
	}
	if did != 1 {
		t.Errorf("done %d times, want once", did)
	}
	var got []string
	for _, e := range tr.Recent(10) {
		got = append(got, fmt.Sprint(e.Number, " ", e.Kind, " ", e.Person, " ", e.Of, e.Result))
	}
	slices.Reverse(got)
	want := []string{"1 intent olga 0", "2 done olga 1", "3 intent olga 0", "4 failed olga 3key-gone",
		"5 denied peter 0"}
	if !slices.Equal(got, want) {
		t.Errorf("trail %q, want %q", got, want)
	}
	if n := len(tr.Unfinished()); n != 0 {
		t.Errorf("%d acts unfinished", n)
	}
}

func TestWithoutTheTrailNothingIsDone(t *testing.T) {
	cfg := broker(t)
	tr, err := audit.Open(t.Context(), audit.Config{Journal: cfg}) // and Run is not called: it takes nothing
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	gate := &audit.Gate{Trail: tr, Rights: only("olga")}
	err = gate.Do(ctx, audit.Act{Person: "olga", Act: "reveal.open"}, func(context.Context, int64) error {
		t.Error("it was done")
		return nil
	})
	if err == nil {
		t.Error("no error")
	}
}

func TestAnEntryHoldsNoTokenAndNoValue(t *testing.T) {
	tr := trail(t, broker(t))
	for name, e := range map[string]audit.Entry{
		"token as claim": {Kind: audit.Intent, Person: "olga", Act: "reveal.open",
			Object: audit.Object{Claim: "phn_1_k7f3aaaabbbbccccddddeeee"}},
		"value as reason": {Kind: audit.Intent, Person: "olga", Act: "reveal.open", Reason: "Anna Smith asked"},
		"value as act":    {Kind: audit.Intent, Person: "olga", Act: "open +49 171 2345678"},
		"name as party": {Kind: audit.Intent, Person: "olga", Act: "reveal.open",
			Object: audit.Object{Party: "Anna Smith"}},
		"nobody":          {Kind: audit.Intent, Act: "reveal.open"},
		"value as field":  {Kind: audit.Intent, Person: "olga", Act: "reveal.request", Fields: []string{"Anna Smith"}},
		"rests on later":  {Kind: audit.Intent, Person: "olga", Act: "reveal.open", On: 99},
		"result of later": {Kind: audit.Done, Person: "olga", Act: "reveal.open", Of: 99},
	} {
		if _, err := tr.Write(t.Context(), e); !errors.Is(err, audit.ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// raw is a Kafka batch as stored.
type raw = fetch.Batch

func read(t *testing.T, cfg journal.Config) []raw {
	t.Helper()
	r, err := fetch.NewReader(
		fetch.Config{Addr: cfg.Addr, Transport: cfg.Transport, Topic: cfg.Topic, MaxWait: 50 * time.Millisecond},
	)
	if err != nil {
		t.Fatal(err)
	}
	end, err := r.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []raw
	for r.NextOffset() < end {
		res, err := r.Fetch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, res.Batches...)
	}
	return out
}

func write(t *testing.T, cfg journal.Config, batches []raw) {
	t.Helper()
	client := kafka.Client{Addr: cfg.Addr, Transport: cfg.Transport, Timeout: 10 * time.Second}
	for _, b := range batches {
		var records []kafka.Record
		for _, r := range b.Records {
			records = append(records, kafka.Record{Time: r.Time, Key: kafka.NewBytes(r.Key),
				Value: kafka.NewBytes(r.Value)})
		}
		var err error
		for range 100 { // the topic was made a moment ago
			var res *kafka.ProduceResponse
			res, err = client.Produce(t.Context(), &kafka.ProduceRequest{
				Topic: cfg.Topic, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...),
			})
			if err == nil {
				err = res.Error
			}
			if err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The trail is copied to another topic, as somebody would do who can write to Kafka, and changed on the way.
func TestVerifyFindsWhatWasTouched(t *testing.T) {
	cfg := broker(t)
	a, b := trail(t, cfg), trail(t, cfg)
	for n := range 12 {
		w := a
		if n%3 == 2 {
			w = b
		}
		e := audit.Entry{
			Kind:   audit.Intent,
			Person: "olga",
			Act:    "reveal.open",
			Object: audit.Object{Insurer: "acme", Claim: fmt.Sprint("M-", n)},
		}
		if _, err := w.Write(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	report, err := audit.Verify(t.Context(), cfg, nil)
	if err != nil || len(report.Findings) > 0 || report.Entries != 12 {
		t.Fatalf("untouched: %+v, %v", report, err)
	}
	head := report.Head
	first := read(t, cfg)
	copyOf := func() []raw { return slices.Clone(first) }
	edit := func(b raw) raw {
		b.Records = slices.Clone(b.Records)
		last := &b.Records[len(b.Records)-1]
		last.Value = bytes.Replace(last.Value, []byte("olga"), []byte("ivan"), 1)
		return b
	}
	for _, c := range []struct {
		name   string
		touch  func([]raw) []raw
		found  bool // without an anchored head
		headed bool // with one
	}{
		{"nothing", func(b []raw) []raw { return b }, false, false},
		{"an entry edited", func(b []raw) []raw { b[4] = edit(b[4]); return b }, true, true},
		{"an entry removed", func(b []raw) []raw { return slices.Delete(b, 4, 5) }, true, true},
		{"two entries in the other order", func(b []raw) []raw { b[4], b[5] = b[5], b[4]; return b }, true, true},
		// void for every reader
		{"an entry doubled", func(b []raw) []raw { return slices.Insert(b, 5, b[4]) }, false, false},
		{"something foreign", func(b []raw) []raw {
			return append(b, raw{Records: []fetch.Record{{Key: []byte("x"), Value: []byte("y"), Time: time.Now()}}})
		}, true, true},
		{"the first removed", func(b []raw) []raw { return b[1:] }, true, true},
		{"the last edited", func(b []raw) []raw { b[len(b)-1] = edit(b[len(b)-1]); return b }, false, true},
		{"the last removed", func(b []raw) []raw { return b[:len(b)-1] }, false, true},
		{"all removed", func(b []raw) []raw { return nil }, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			touched := topic(t, cfg, "copy-"+strings.ReplaceAll(c.name, " ", "-"))
			write(t, touched, c.touch(copyOf()))
			bare, err := audit.Verify(t.Context(), touched, nil)
			if err != nil {
				t.Fatal(err)
			}
			headed, err := audit.Verify(t.Context(), touched, []audit.Head{head})
			if err != nil {
				t.Fatal(err)
			}
			if (len(bare.Findings) > 0) != c.found {
				t.Errorf("without a head: %v", bare.Findings)
			}
			if (len(headed.Findings) > 0) != c.headed {
				t.Errorf("with the head: %v", headed.Findings)
			}
		})
	}
}

func TestAnExportVerifiesByItself(t *testing.T) {
	cfg := broker(t)
	tr := trail(t, cfg)
	for n := range 5 {
		e := audit.Entry{
			Kind:   audit.Intent,
			Person: "zoë <z>",
			Act:    "case.decide",
			Object: audit.Object{Insurer: "acme", Claim: fmt.Sprint("M&", n)},
		}
		if _, err := tr.Write(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	head, err := audit.Export(t.Context(), cfg, &out)
	if err != nil || head != tr.Head() {
		t.Fatalf("head %v, the trail's is %v: %v", head, tr.Head(), err)
	}
	heads := []audit.Head{head}
	report, err := audit.VerifyExport(bytes.NewReader(out.Bytes()), heads)
	if err != nil || len(report.Findings) > 0 || report.Entries != 5 || report.Heads != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	for i := range out.Len() {
		data := slices.Clone(out.Bytes())
		data[i] ^= 1
		if bytes.Equal(data, out.Bytes()) {
			continue
		}
		report, err := audit.VerifyExport(bytes.NewReader(data), heads)
		if err == nil && len(report.Findings) == 0 {
			t.Errorf("byte %d changed from %q: nothing found", i, out.Bytes()[i])
		}
	}
	lines := bytes.SplitAfter(out.Bytes(), []byte("\n"))
	for i := range lines[:len(lines)-1] {
		data := bytes.Join(slices.Delete(slices.Clone(lines), i, i+1), nil)
		if report, err := audit.VerifyExport(bytes.NewReader(data), heads); err == nil && len(report.Findings) == 0 {
			t.Errorf("line %d removed: nothing found", i)
		}
	}
}

func TestHeadsAsALogHoldsThem(t *testing.T) {
	h := audit.Head{Entries: 7, Digest: journal.Genesis("x", 1)}
	got, err := audit.ParseHead(h.Text())
	if err != nil || got != h {
		t.Fatalf("%v, %v", got, err)
	}
	for _, text := range []string{"", h.Text() + "\n", strings.ToUpper(h.Text()),
		strings.Replace(h.Text(), "7", "07", 1), strings.Replace(h.Text(), "v1", "v2", 1)} {
		if _, err := audit.ParseHead(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add(audit.Head{Entries: 7}.Text())
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := audit.ParseHead(text); err == nil && h.Text() != text {
			t.Errorf("%q was read as %q", text, h.Text())
		}
	})
}

func FuzzVerifyExport(f *testing.F) {
	f.Add([]byte(`{"prev":"00","from":0,"to":1,"created":1,"writer":"00","digest":"00","entries":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if report, err := audit.VerifyExport(bytes.NewReader(data), nil); err == nil && len(report.Findings) == 0 &&
			report.Entries > 0 {
			t.Errorf("a trail was forged: %+v", report)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"kind":"intent","at":"2026-11-30T05:00:00Z","person":"olga","act":"reveal.open"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := audit.Decode(data); err == nil && (e.Person == "" || e.Act == "") {
			t.Errorf("%+v", e)
		}
	})
}
