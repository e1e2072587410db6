package timestamp_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tallystick/anchor/proof"
	"tallystick/anchor/timestamp"
	"tallystick/anchor/timestamp/timestamptest"
)

var message = []byte("insurer.example/claims\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")

func trust(t testing.TB, list []byte) *timestamp.Trust {
	t.Helper()
	parsed, err := timestamp.ParseTrust(list)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// A stamp is good for as long as anybody reads it: its certificate has to be valid when it was made, and not today.
func TestTheChainIsCheckedAtTheTimeOfTheStamp(t *testing.T) {
	began, ended := time.Date(1999, 7, 1, 0, 0, 0, 0, time.UTC), time.Date(2000, 7, 1, 0, 0, 0, 0, time.UTC)
	authority := timestamptest.New(t, timestamptest.Options{From: began, Until: ended})
	stampAt := func(at time.Time) (stamp []byte) {
		// its clock stands at the year 2000
		synctest.Test(t, func(t *testing.T) { stamp = authority.Stamp(t, message, at) })
		return stamp
	}
	for name, tt := range map[string]struct {
		at time.Time
		ok bool
	}{
		"while it was valid, long ago": {time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC), true},
		"before it began":              {began.Add(-time.Hour), false},
		"after it ended":               {ended.Add(time.Hour), false},
		"today":                        {time.Now().Truncate(time.Second), false},
	} {
		got, err := trust(t, authority.Root).VerifyStamp(stampAt(tt.at), message)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
		if tt.ok && (!got.Before.Equal(tt.at.Add(time.Second)) || got.By != "Example TSA" ||
			got.Issuer != "Example Time") {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestWhoMayStamp(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	good := timestamptest.New(t, timestamptest.Options{})
	for name, tt := range map[string]struct {
		options timestamptest.Options
		list    []byte
		message string
		want    error // nil: some error
		ok      bool
	}{
		"an authority on the list":      {ok: true},
		"an intermediate on the list":   {options: timestamptest.Options{Intermediate: true}, ok: true},
		"another list":                  {list: good.Root, want: proof.ErrUntrusted},
		"another message":               {message: "another head"},
		"a certificate for servers":     {options: timestamptest.Options{ForServers: true}},
		"a use that is not critical":    {options: timestamptest.Options{NotCritical: true}},
		"an authority for certificates": {options: timestamptest.Options{SignedByCA: true}},
	} {
		t.Run(name, func(t *testing.T) {
			authority := timestamptest.New(t, tt.options)
			list, text := authority.Root, message
			if tt.list != nil {
				list = tt.list
			}
			if tt.message != "" {
				text = []byte(tt.message)
			}
			_, err := trust(t, list).VerifyStamp(authority.Stamp(t, message, now), text)
			if (err == nil) != tt.ok || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("got %v", err)
			}
			if !tt.ok && tt.want == nil && errors.Is(err, proof.ErrUntrusted) {
				t.Fatal("a stamp that is not right was taken for one of an unknown authority")
			}
		})
	}
}

// Every byte of a stamp is flipped: the stamp then fails, or says the same.
func TestEveryByteOfAStampCounts(t *testing.T) {
	authority := timestamptest.New(t, timestamptest.Options{})
	list := trust(t, authority.Root)
	stamp := authority.Stamp(t, message, time.Now().Truncate(time.Second))
	want, err := list.VerifyStamp(stamp, message)
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i := range stamp {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			changed := bytes.Clone(stamp)
			changed[i] ^= flip
			got, err := list.VerifyStamp(changed, message)
			if err != nil {
				continue
			}
			if same++; got != want {
				t.Fatalf("byte %d: says %+v", i, got)
			}
		}
	}
	t.Logf("%d of %d changes made no difference: they are in what no signature covers and nobody reads", same,
		3*len(stamp))
	if same > len(stamp)/4 {
		t.Errorf("%d changes made no difference", same)
	}
}

func TestATrustListIsReadOrRefused(t *testing.T) {
	a, b := timestamptest.New(t, timestamptest.Options{}),
		timestamptest.New(t, timestamptest.Options{Until: time.Now().Add(48 * time.Hour)})
	both := trust(t, append(append([]byte("Some text\n"), a.Root...), b.Root...))
	if left := time.Until(both.Ends()); left < 47*time.Hour || left > 49*time.Hour {
		t.Errorf("the list ends in %s", left)
	}
	for name, list := range map[string][]byte{
		"nothing":     nil,
		"no PEM":      []byte("tsa.example.org"),
		"a key":       pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}),
		"no DER":      pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}),
		"a cut block": a.Root[:len(a.Root)/2],
	} {
		if _, err := timestamp.ParseTrust(list); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func FuzzVerifyStamp(f *testing.F) {
	authority := timestamptest.New(f, timestamptest.Options{})
	list := trust(f, authority.Root)
	f.Add(authority.Stamp(f, message, time.Now().Truncate(time.Second)))
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, response []byte) {
		if got, err := list.VerifyStamp(response, message); err == nil && got.By != "Example TSA" {
			t.Errorf("a stamp by %q", got.By)
		}
	})
}
