package claim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// readOpen reads data with r and with Decode, and fails where they differ, problems included.
func readOpen(t failer, r *OpenReader, data []byte) {
	t.Helper()
	want, refused := Decode(data)
	got, err := r.Read(data)
	if refused != nil {
		if diff := cmp.Diff(refused, err); diff != "" {
			t.Fatalf("another problem with %s:\n%s", data, diff)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v with %s", err, data)
	}
	if diff := cmp.Diff(want, got, equalDecimals); diff != "" {
		t.Fatalf("another event of %s:\n%s", data, diff)
	}
}

func TestOpenReaderIsDecode(t *testing.T) {
	var r OpenReader // one for all, so that nothing may be left of the event before
	rapid.Check(t, func(t *rapid.T) {
		data, err := Encode(anEvent(t))
		if err != nil {
			t.Fatal(err)
		}
		readOpen(t, &r, data)
	})
}

func TestOpenReaderLeavesDoubtToDecode(t *testing.T) {
	var r OpenReader
	for _, data := range []string{
		``, `{}`, `null`, `5`, `"x"`, `[]`, `[1]`, `{"line":"motor"`, `{"line":"motor"}}`, `{"line":"motor",}`,
		`{"line":"motor","line":"motor"}`, `{"loss":{"cause":"a"},"loss":{"fault":"b"}}`, `{"line":null,"line":"motor"}`,
		`{"line":"m\u006ftor"}`, `{"l\u0069ne":"motor"}`, "{\"line\":\"\xff\"}", "{\"line\":\"\n\"}", `{"line": "motor"}`,
		`{"loss.cause":"a"}`, `{"parties[0]":{"role":"agent"}}`, `{"":"a"}`, `{"attributes":{}}`, `{"attributes":{"a":{}}}`,
		`{"attributes":{"a":{"text":"b"},"c":{"number":1.5}}}`, `{"parties":[]}`, `{"parties":[{}]}`, `{"parties":{}}`, `{"stage":{}}`,
		`{"parties":[null]}`, `{"parties":["a"]}`, `{"policy":5}`, `{"revision":01}`, `{"revision":1e2}`, `{"revision":-0}`, `{"revision":1.}`,
		`{"loss":{"place":{"latitude":1.5,"longitude":-0.25}}}`, `{"loss":{"place":{"latitude":1.5.5}}}`, `{"loss":{"place":{"latitude":1-5}}}`,
		`{"amounts":{"paid":{"amount":"1"}}}`, `{"amounts":{"paid":{"amount":1,"currency":"EUR"}}}`,
		`{"unknown":{"a":[1,{"b":[true,false]}]},"line":"motor"}`, `{"items":[{"modifiers":["a","b"]},{"modifiers":["c"]}]}`, `{"vehicle":{"commercial":tru}}`,
	} {
		readOpen(t, &r, []byte(data))
		readOpen(t, &r, []byte(data)) // by the places that it has met
	}
}

func FuzzOpenReader(f *testing.F) {
	for _, seed := range []string{`{"line":"motor","parties":[{"role":"agent"}],"amounts":{"paid":{"amount":"1.50","currency":"EUR"}}}`, `{"attributes":{"a":{"flag":true}},"items":[{"modifiers":["a"]}]}`} {
		f.Add([]byte(seed))
	}
	f.Add(readMotor(f))
	var r OpenReader
	f.Fuzz(func(t *testing.T, data []byte) { readOpen(t, &r, data) })
}

func TestOpenReaderAllocatesLittleForTheSameAgain(t *testing.T) {
	data := []byte(`{"line":"motor","parties":[{"role":"agent"}],"amounts":{"paid":{"amount":"1.50","currency":"EUR"}},"loss":{"place":{"latitude":1.5}}}`)
	var r OpenReader
	if n := testing.AllocsPerRun(20, func() {
		if _, err := r.Read(data); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
