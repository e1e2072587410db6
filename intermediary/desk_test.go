package intermediary_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/intermediary"
	"tallystick/internal/embedded"
	"tallystick/journal"
)

const books = `Police,agent,kind,at,amount,currency,nr,recorded
P-4711,A-0077,policy-issued,2024-02-01,,,1,2024-02-20
P-4711,A-0077,loss,2024-02-10,,,2,
P-4711,A-0077,premium-collected,2024-02-01,250.00,EUR,3,
P-4711,A-0077,commission-paid,2024-02-11,25.00,EUR,4,
P-9999,A-0077,commission-paid,2024-13-11,25.00,EUR,5,
,A-0077,commission-paid,2024-02-11,25.00,EUR,6,
P-9999,A-0077,commission-paid,2024-02-11,,EUR,7,
P-9999,A-0077,gift,2024-02-11,1,EUR,8,
`

// tokens stand for keys: what matters here is that no clear value goes further.
type tokens struct{}

func (tokens) Token(domain, value string, context ...string) (string, bool, error) {
	return domain + "_1_" + strings.Map(func(r rune) rune { return r + 40 }, value+strings.Join(context, "")),
		len(value) > 2, nil
}

func read(t *testing.T, text string) (events []intermediary.Event, bad []string) {
	t.Helper()
	columns := map[string]string{"Police": "policy", "agent": "intermediary", "nr": "id"}
	err := intermediary.ReadCSV(strings.NewReader(text), columns, map[string]string{"insurer": "alpha"},
		func(e intermediary.Event) error {
			if err := e.Protect(tokens{}); err != nil {
				return err
			}
			events = append(events, e)
			return nil
		}, func(e *intermediary.RowError) { bad = append(bad, e.Error()) })
	if err != nil {
		t.Fatal(err)
	}
	return events, bad
}

func TestRowsThatAreNoEventsAreToldWithTheirLine(t *testing.T) {
	events, bad := read(t, books)
	if len(events) != 4 {
		t.Errorf("%d events, want 4", len(events))
	}
	for i, want := range []string{"line 6: at", "line 7: policy is missing", "line 8: amount is missing",
		"line 9: kind is none of"} {
		if i >= len(bad) || !strings.HasPrefix(bad[i], want) {
			t.Errorf("row %d: got %q, want %q", i, bad, want)
		}
	}
}

func newJournal(t *testing.T) journal.Config {
	t.Helper()
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := journal.Config{
		Addr: kafka.TCP(broker.Addrs()...), Transport: transport, Topic: "claims.intermediaries",
		Name:    intermediary.JournalName,
		MaxWait: 20 * time.Millisecond,
	}
	if err := journal.CreateTopic(t.Context(), cfg, journal.TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func open(t *testing.T, cfg journal.Config) *intermediary.Desk {
	t.Helper()
	d, err := intermediary.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = d.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return d
}

func TestBooksAreWrittenOnce(t *testing.T) {
	cfg := newJournal(t)
	events, _ := read(t, books)
	if n, err := open(t, cfg).Take(t.Context(), events); n != 4 || err != nil {
		t.Fatalf("%d written, %v", n, err)
	}
	again := open(t, cfg)
	if n, err := again.Take(t.Context(), append(events, events[0])); n != 0 || err != nil {
		t.Errorf("again: %d written, %v", n, err)
	}
	other := events[2]
	other.Amount.Currency = "USD"
	if _, err := again.Take(t.Context(), []intermediary.Event{other}); !errors.Is(err, intermediary.ErrConflict) {
		t.Errorf("another content: %v", err)
	}
	again.View(func(b *intermediary.Book) {
		if b.Events() != 4 || b.Void() != 0 {
			t.Errorf("%d events, %d void", b.Events(), b.Void())
		}
		f := b.Figures(time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC), false)
		if len(f) != 1 || f[0].Issued != 1 || f[0].AfterLoss != 1 || f[0].Kept != 1 || f[0].KeptShare != 1 {
			t.Errorf("figures %+v", f)
		}
	})
	fold, err := journal.OpenFold(t.Context(), cfg, 0, journal.Position{})
	if err != nil {
		t.Fatal(err)
	}
	if err := fold.CatchUp(t.Context(), func(b journal.Batch) error {
		for _, r := range b.Records {
			if bytes.Contains(r.Value, []byte("4711")) || bytes.Contains(r.Value, []byte("A-0077")) ||
				bytes.Contains(r.Key, []byte("4711")) {
				t.Errorf("a clear identifier is in the journal: %s", r.Value)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"insurer":"alpha","id":"1","kind":"loss","intermediary":"pid_1_x","policy":"pol_1_x","at":"2024-02-10"}`))
	f.Add([]byte(`{"insurer":"alpha","id":"1","kind":"premium-collected","intermediary":"a","policy":"p","at":"2024-02-10","amount":{"amount":"1.50","currency":"EUR"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := intermediary.Decode(data)
		if err != nil {
			return
		}
		encoded, err := intermediary.Encode(&e)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := intermediary.Decode(encoded); err != nil || again != e {
			t.Errorf("%s becomes %s: %v", data, encoded, err)
		}
		_ = claim.Key(e.Insurer, e.Policy)
	})
}
