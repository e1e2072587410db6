package analytics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"

	chproto "github.com/ClickHouse/ch-go/proto"
	"pgregory.net/rapid"

	"tallystick/claim"
)

// memory is a store that answers as the test says and keeps what it was sent.
type memory struct {
	answers []error // of the next inserts; nil after the last
	tries   []sent
	at      []time.Time
	erased  []string
}

// sent is one insert: the journal's partitions and offsets of its rows, or the positions.
type sent struct {
	Table, Token string
	Rows         []string
	bytes        string
}

func (m *memory) erase(_ context.Context, left *claim.Entry) error {
	m.erased = append(m.erased, left.Claim)
	return nil
}

func (m *memory) insert(_ context.Context, table, token string, cols []column) error {
	s := sent{Table: table, Token: token}
	var all chproto.Buffer
	for _, c := range cols {
		c.values.EncodeColumn(&all)
	}
	s.bytes = string(all.Buf)
	switch table {
	case "entries":
		partitions, offsets := *cols[0].values.(*chproto.ColInt32), *cols[1].values.(*chproto.ColInt64)
		for i := range partitions {
			s.Rows = append(s.Rows, fmt.Sprintf("%d/%d", partitions[i], offsets[i]))
		}
	case "positions":
		partitions, positions := *cols[0].values.(*chproto.ColInt32), stringsOf(cols[1].values.(*words))
		for i := range partitions {
			s.Rows = append(s.Rows, fmt.Sprintf("%d=%s", partitions[i], positions[i]))
		}
	}
	m.tries = append(m.tries, s)
	m.at = append(m.at, time.Now())
	if len(m.answers) == 0 {
		return nil
	}
	err := m.answers[0]
	m.answers = m.answers[1:]
	return err
}

func stringsOf(w *words) []string {
	var col chproto.ColStr
	if err := col.DecodeColumn(chproto.NewReader(bytes.NewReader(w.bytes)), w.count); err != nil {
		panic(err)
	}
	all := make([]string, w.count)
	for i := range all {
		all[i] = col.Row(i)
	}
	return all
}

func (m *memory) sent() []string {
	var all []string
	for _, s := range m.tries {
		all = append(all, s.Table+" "+strings.Join(s.Rows, " "))
	}
	return all
}

func silent(o SinkOptions) SinkOptions {
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return o
}

func batch(partition int, position string, at time.Time, offsets ...int64) Batch {
	b := Batch{Partition: partition, Position: position, AppendTime: at}
	for _, o := range offsets {
		b.Rows = append(b.Rows, Row{Offset: o, Entry: deadEntry()})
	}
	return b
}

func TestWriteCutsInserts(t *testing.T) {
	april := appended.AddDate(0, 1, 0)
	for name, c := range map[string]struct {
		options SinkOptions
		batches []Batch
		want    []string
	}{
		"nothing": {},
		"batches of several partitions share an insert": {
			batches: []Batch{batch(0, "a", appended, 0, 1), batch(1, "b", appended, 0), batch(0, "c", appended, 2)},
			want:    []string{"entries 0/0 0/1 0/2 1/0", "positions 0=c 1=b"},
		},
		"a month ends an insert": {
			batches: []Batch{batch(0, "a", appended, 0), batch(0, "b", april, 1), batch(1, "c", appended, 0)},
			want:    []string{"entries 0/0", "entries 0/1", "entries 1/0", "positions 0=b 1=c"},
		},
		"a batch without rows moves the position alone": {
			batches: []Batch{batch(2, "z", appended)},
			want:    []string{"positions 2=z"},
		},
		"a batch without rows in another month": {
			batches: []Batch{batch(0, "a", appended, 0), batch(0, "b", april), batch(0, "c", april, 1)},
			want:    []string{"entries 0/0", "entries 0/1", "positions 0=c"},
		},
		"many rows": {
			options: SinkOptions{MaxRows: 2},
			batches: []Batch{batch(0, "a", appended, 0, 1, 2), batch(0, "b", appended, 3, 4)},
			want:    []string{"entries 0/0 0/1", "entries 0/2 0/3", "entries 0/4", "positions 0=b"},
		},
		"many bytes": {
			options: SinkOptions{MaxBytes: 600},
			batches: []Batch{batch(0, "a", appended, 0, 1, 2)},
			want:    []string{"entries 0/0 0/1", "entries 0/2", "positions 0=a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{}
			if err := newSink(m, silent(c.options)).Write(t.Context(), c.batches); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, m.sent()); d != "" {
				t.Errorf("inserts (-want +got):\n%s", d)
			}
		})
	}
}

// An error means that the outcome is unknown: the same bytes go out again under the same token, and nothing after them
// until they are confirmed.
func TestWriteInsists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{answers: []error{errors.New("reset"), context.DeadlineExceeded, &clickhouse.Exception{Code: 241},
			nil, errors.New("again")}}
		s := newSink(m, silent(SinkOptions{MaxRows: 2, MinWait: time.Second, MaxWait: 10 * time.Second}))
		if err := s.Write(t.Context(), []Batch{batch(0, "a", appended, 0, 1, 2)}); err != nil {
			t.Fatal(err)
		}
		want := []string{"entries 0/0 0/1", "entries 0/0 0/1", "entries 0/0 0/1", "entries 0/0 0/1", "entries 0/2",
			"entries 0/2", "positions 0=a"}
		if d := cmp.Diff(want, m.sent()); d != "" {
			t.Errorf("inserts (-want +got):\n%s", d)
		}
		for _, try := range m.tries[1:4] {
			if d := cmp.Diff(m.tries[0], try, cmp.AllowUnexported(sent{})); d != "" {
				t.Errorf("a retry differs (-first +retry):\n%s", d)
			}
		}
		if m.tries[4].Token == m.tries[0].Token {
			t.Error("another block has the same token")
		}
		for i, wait := range []time.Duration{m.at[1].Sub(m.at[0]), m.at[2].Sub(m.at[1])} {
			if wait < 500*time.Millisecond || wait > 10*time.Second {
				t.Errorf("wait %d was %v", i, wait)
			}
		}
		if st := s.Stats(); st != (Stats{Rows: 3, Inserts: 2, Retries: 4}) {
			t.Errorf("stats %+v", st)
		}
	})
}

// ClickHouse may be away for hours: the sink neither gives up nor asks too often.
func TestWriteWaitsForClickHouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		for range 1000 {
			m.answers = append(m.answers, errors.New("connection refused"))
		}
		start := time.Now()
		if err := newSink(m, silent(SinkOptions{})).Write(t.Context(),
			[]Batch{batch(0, "a", appended, 0)}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < time.Hour || took > 10*time.Hour {
			t.Errorf("a thousand tries took %v", took)
		}
	})
}

func TestWriteStopsAtRefusalAndAtEnd(t *testing.T) {
	m := &memory{answers: []error{&clickhouse.Exception{Code: 60, Message: "no table"}}}
	s := newSink(m, silent(SinkOptions{}))
	batches := []Batch{batch(0, "a", appended, 0)}
	if err := s.Write(t.Context(), batches); !errors.Is(err, ErrRefused) || len(m.tries) != 1 {
		t.Errorf("after %d tries: %v", len(m.tries), err)
	}
	if err := s.Write(t.Context(), batches); err != nil {
		t.Errorf("once mended: %v", err)
	}
	want := []string{"entries 0/0", "entries 0/0", "positions 0=a"}
	if d := cmp.Diff(want, m.sent()); d != "" {
		t.Errorf("inserts (-want +got):\n%s", d)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		m := &memory{}
		for range 1000 {
			m.answers = append(m.answers, errors.New("connection refused"))
		}
		if err := newSink(m, silent(SinkOptions{})).Write(ctx, batches); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestWriteRefusesBadBatches(t *testing.T) {
	odd := batch(0, "a", appended, 0)
	odd.Rows[0].Entry.Kind = "reopened"
	none := batch(0, "a", appended, 0)
	none.Rows[0].Entry = nil
	for word, batches := range map[string][]Batch{
		"append time": {batch(0, "a", time.Time{}, 0)},
		"order":       {batch(0, "a", appended, 5), batch(0, "b", appended, 5)},
		"kind":        {batch(1, "a", appended, 0), odd},
		"no entry":    {none},
	} {
		m := &memory{}
		err := newSink(m, silent(SinkOptions{})).Write(t.Context(), batches)
		if err == nil || !strings.Contains(err.Error(), word) || len(m.tries) != 0 {
			t.Errorf("%s: %v after %d inserts", word, err, len(m.tries))
		}
	}
}

// Whatever fails and however the batches are cut into calls: once a Write succeeded, each row up to the saved position
// is stored, and within a partition no row was stored before one that comes earlier.
func TestNoHoleBehindAPosition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		synctestless := SinkOptions{MinWait: time.Microsecond, MaxWait: time.Microsecond,
			MaxRows: rapid.IntRange(1, 4).Draw(t, "rows")}
		m := &memory{}
		s := newSink(m, silent(synctestless))
		next := map[int]int64{}
		for range rapid.IntRange(1, 6).Draw(t, "calls") {
			var batches []Batch
			for range rapid.IntRange(0, 5).Draw(t, "batches") {
				p := rapid.IntRange(0, 2).Draw(t, "partition")
				var offsets []int64
				for range rapid.IntRange(0, 4).Draw(t, "rows of a batch") {
					offsets = append(offsets, next[p])
					next[p]++
				}
				at := appended.AddDate(0, rapid.IntRange(0, 1).Draw(t, "month"), 0)
				batches = append(batches, batch(p, fmt.Sprint(next[p]), at, offsets...))
			}
			for range rapid.IntRange(0, 3).Draw(t, "failures") {
				m.answers = append(m.answers, errors.New("unknown outcome"))
			}
			if err := s.Write(context.Background(), batches); err != nil {
				t.Fatal(err)
			}
		}
		stored := map[string]bool{}
		for _, try := range m.tries {
			for _, row := range try.Rows {
				var p int
				var n int64
				if try.Table == "entries" {
					fmt.Sscanf(row, "%d/%d", &p, &n)
					if n > 0 && !stored[fmt.Sprintf("%d/%d", p, n-1)] {
						t.Fatalf("%s was sent before the row before it", row)
					}
					stored[row] = true
					continue
				}
				fmt.Sscanf(row, "%d=%d", &p, &n)
				for i := range n {
					if !stored[fmt.Sprintf("%d/%d", p, i)] {
						t.Fatalf("position %s is saved without row %d", row, i)
					}
				}
			}
		}
	})
}

func TestTokenNamesTheRows(t *testing.T) {
	base := []offsets{{0, 1, 5, 5}, {1, 0, 3, 4}}
	seen := map[string]bool{token(base): true}
	for _, other := range [][]offsets{base[:1], {{0, 1, 5, 4}, {1, 0, 3, 4}}, {{0, 1, 6, 5}, {1, 0, 3, 4}},
		{{2, 1, 5, 5}, {1, 0, 3, 4}}, {{0, 0, 5, 5}, {1, 0, 3, 4}}} {
		if seen[token(other)] {
			t.Errorf("%v has another block's token", other)
		}
		seen[token(other)] = true
	}
	if token(base) != token(append([]offsets(nil), base...)) {
		t.Error("the token of the same rows changes")
	}
}

func TestOpenNamesTheBadOption(t *testing.T) {
	for field, o := range map[string]Options{
		`Addr ""`:                {},
		`Addr "localhost"`:       {Addr: "localhost"},
		`Addr "localhost:x"`:     {Addr: "localhost:x"},
		`Addr "localhost:70000"`: {Addr: "localhost:70000"},
		`Addr ":8123"`:           {Addr: ":8123"},
		"Database \"a`b\"":       {Addr: "localhost:1", Database: "a`b"},
		`Database "1a"`:          {Addr: "localhost:1", Database: "1a"},
		`Protocol "grpc"`:        {Addr: "localhost:1", Protocol: "grpc"},
		"Username":               {Addr: "localhost:1", Password: NewSecret("hunter2")},
		"DialTimeout -1s":        {Addr: "localhost:1", DialTimeout: -time.Second},
		"Timeout -1s":            {Addr: "localhost:1", Timeout: -time.Second},
		"ClickHouse at 127.0.0.1": {Addr: "127.0.0.1:1", DialTimeout: time.Second, Username: "u",
			Password: NewSecret("hunter2")},
	} {
		_, err := Open(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the password", field)
		}
	}
}

func TestSecretDoesNotPrint(t *testing.T) {
	o := Options{Addr: "localhost:1", Password: NewSecret("hunter2")}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "options", o, "password", o.Password)
	text, err := o.Password.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(o), fmt.Sprintf("%+v", o), fmt.Sprintf("%#v", o),
		fmt.Sprintf("%s %q %x %d", o.Password, o.Password, o.Password, o.Password), string(text), log.String()} {
		if strings.Contains(s, "hunter2") || strings.Contains(s, "68756e74") {
			t.Errorf("shown: %s", s)
		}
	}
	var s Secret
	if err := s.UnmarshalText([]byte("hunter2")); err != nil || s.value != "hunter2" {
		t.Errorf("read %v, %v", s.value, err)
	}
}
