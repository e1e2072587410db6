package settings

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tallystick/claim"
)

func activation(t *testing.T, number int64, change func(*Active)) []byte {
	t.Helper()
	a := Active{Number: number, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), By: "m.lee"}
	if change != nil {
		change(&a)
	}
	value, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestABlobIsWholeOnceAllItsPartsAreThere(t *testing.T) {
	data := bytes.Repeat([]byte("model "), chunk/4)
	digest := claim.Hash(sha256.Sum256(data))
	ref := &Ref{Name: "fraud@1", Digest: hex.EncodeToString(digest[:])}
	s := NewState()
	for no := range 2 {
		if _, err := s.Blob(ref); err == nil {
			t.Fatal("half a blob was given out")
		}
		if err := s.record(encodePart(digest, no, 2, data[no*chunk:min((no+1)*chunk, len(data))])); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Blob(ref); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := s.Blob(&Ref{Name: "other@1", Digest: strings.Repeat("0", 64)}); err == nil ||
		!strings.Contains(err.Error(), "other@1") {
		t.Errorf("a blob that is not there: %v", err)
	}
}

func TestWhatSettingsRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		value []byte
		want  string
	}{
		"a number that does not follow": {activation(t, 3, nil), "activation 3 follows 0"},
		"bands that do not rise": {activation(t, 1,
			func(a *Active) { a.Cut = &Cut{Review: 0.7, Investigate: 0.2, Hold: 0.5} }), "cut: want"},
		"a draw of all":                   {activation(t, 1, func(a *Active) { a.Draw = 1 }), "draw"},
		"nobody":                          {activation(t, 1, func(a *Active) { a.By = "" }), "who and why"},
		"a field that there is not":       {[]byte(`{"number":1,"by":"x","colour":"red"}`), "neither a part"},
		"nothing":                         {nil, "neither a part"},
		"a part that is too short":        {[]byte("b12"), "a part of a blob"},
		"a part beyond their number":      {encodePart(claim.Hash{}, 5, 2, nil), "part 6 of 2"},
		"bytes that are not the digest's": {encodePart(claim.Hash{1}, 0, 1, []byte("x")), "do not have its digest"},
	} {
		if err := NewState().record(c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"number":1,"at":"2026-01-01T00:00:00Z","by":"x"}`))
	f.Add(encodePart(claim.Hash(sha256.Sum256([]byte("x"))), 0, 1, []byte("x")))
	f.Fuzz(func(t *testing.T, value []byte) {
		s := NewState()
		if err := s.record(value); err == nil && len(s.active)+len(s.blobs)+len(s.parts) == 0 {
			t.Error("a record was taken and left nothing")
		}
	})
}
