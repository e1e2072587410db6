package verdict_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tallystick/anchor/proof"
	"tallystick/anchor/verdict"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../proof/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestKeysAreReadOrRefused(t *testing.T) {
	keys := strings.Fields(string(testdata(t, "keys.txt")))
	log, witness, certificates := "log "+keys[0]+"\n", "witness w "+keys[1]+"\n", string(testdata(t, "authorities.pem"))
	for name, tt := range map[string]struct {
		text      string
		witnesses int
		quorum    int
		trust     bool
		problem   string
	}{
		"a log alone": {text: log + "quorum none\n"},
		"a witness":   {text: log + witness + "quorum w\n", witnesses: 1, quorum: 1},
		"a group": {text: "# whom we trust\n\n" + log + witness + "group g all w\nquorum g\n",
			witnesses: 1, quorum: 1},
		"an address behind each": {text: "log " + keys[0] + " https://a.example\nwitness w " + keys[1] +
			" https://b.example\nquorum w\n", witnesses: 1, quorum: 1},
		"a witness that none needs": {text: log + witness + "quorum none\n"},
		"certificates behind":       {text: log + "quorum none\n" + certificates, trust: true},
		"certificates before, CRLF": {text: strings.ReplaceAll(certificates+log+"quorum none\n", "\n", "\r\n"),
			trust: true},
		"nothing":                    {problem: "no quorum"},
		"no quorum":                  {text: log, problem: "no quorum"},
		"no log":                     {text: "quorum none\n", problem: "no log key"},
		"two logs":                   {text: log + log + "quorum none\n", problem: "line 2"},
		"two quorums":                {text: log + "quorum none\nquorum none\n", problem: "line 3"},
		"an unknown line":            {text: log + "trust me\nquorum none\n", problem: "line 2"},
		"an unknown witness":         {text: log + "group g 1 w\nquorum g\n", problem: "line 2"},
		"more than there are":        {text: log + witness + "group g 2 w\nquorum g\n", problem: "line 3"},
		"one witness twice":          {text: log + witness + "group g all w w\nquorum g\n", problem: "twice"},
		"a name twice":               {text: log + witness + witness + "quorum w\n", problem: "line 3"},
		"the log as its own witness": {text: log + "witness w " + keys[0] + "\nquorum w\n", problem: "key of the log"},
		"a cut certificate": {text: log + "quorum none\n" + certificates[:len(certificates)/2],
			problem: "cut or malformed"},
		"a certificate of nothing": {text: log +
			"quorum none\n-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", problem: "certificate"},
	} {
		policy, err := verdict.ParseKeys([]byte(tt.text))
		if tt.problem != "" {
			if err == nil || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("%s: got %v, want %q", name, err, tt.problem)
			}
			continue
		}
		if err != nil || len(policy.Witnesses) != tt.witnesses || policy.Quorum != tt.quorum ||
			(policy.Authorities != nil) != tt.trust || policy.LogKey != keys[0] {
			t.Errorf("%s: got %+v, %v", name, policy, err)
		}
	}
}

func TestWrittenKeysAreReadAlike(t *testing.T) {
	keys := strings.Fields(string(testdata(t, "keys.txt")))
	for _, policy := range []proof.Policy{{LogKey: keys[0]}, {LogKey: keys[0], Witnesses: keys[1:], Quorum: 1}} {
		got, err := verdict.ParseKeys(verdict.FormatKeys(policy, testdata(t, "authorities.pem")))
		if err != nil || got.LogKey != policy.LogKey || len(got.Witnesses) != len(policy.Witnesses) ||
			got.Quorum != policy.Quorum || got.Authorities == nil {
			t.Errorf("%+v came back as %+v, %v", policy, got, err)
		}
	}
}

func TestFingerprints(t *testing.T) {
	keys := []byte("log x\n")
	print := verdict.Fingerprint(keys)
	for _, spelled := range []string{print, strings.ToUpper(print), print[:4] + " " + print[4:8] + ":" + print[8:] +
		"\n"} {
		if err := verdict.CheckFingerprint(keys, spelled); err != nil {
			t.Errorf("%q: %v", spelled, err)
		}
	}
	for _, wrong := range []string{"", print[:63], print + "00", strings.Repeat("0", 64), "é" + print[2:]} {
		if err := verdict.CheckFingerprint(keys, wrong); err == nil {
			t.Errorf("%q was accepted", wrong)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	keys := strings.Fields(string(testdata(f, "keys.txt")))
	f.Add([]byte("log " + keys[0] + "\nwitness w " + keys[1] + "\ngroup g 1 w\nquorum g\n"))
	f.Add(testdata(f, "authorities.pem"))
	f.Fuzz(func(t *testing.T, text []byte) {
		policy, err := verdict.ParseKeys(text)
		if err == nil && (policy.Check() != nil || policy.Quorum > len(policy.Witnesses)) {
			t.Errorf("read as %+v", policy)
		}
	})
}

func FuzzCheck(f *testing.F) {
	policy, err := verdict.ParseKeys([]byte("log " + strings.Fields(string(testdata(f, "keys.txt")))[0] +
		"\nquorum none\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(testdata(f, "bundle.json"))
	f.Add([]byte("PK\x03\x04"))
	want := testdata(f, "bundle.json")
	f.Fuzz(func(t *testing.T, file []byte) {
		if v, err := verdict.Check(file, policy); err == nil && v.Text() == "" || err == nil &&
			bytes.Equal(file, want) && v.Kind != verdict.Bundle {
			t.Error("a verdict without words")
		}
	})
}
