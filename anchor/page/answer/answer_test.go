package answer_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"tallystick/anchor/page/answer"
	"tallystick/anchor/verdict"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../../proof/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAnswers(t *testing.T) {
	named := strings.Fields(string(read(t, "keys.txt")))
	keys := "log " + named[0] + "\nwitness w " + named[1] + "\nquorum w\n" + string(read(t, "authorities.pem"))
	ask := func(file []byte, keys, fingerprint string) (a answer.Answer) {
		t.Helper()
		if err := json.Unmarshal([]byte(answer.For(file, keys, fingerprint)), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := ask(read(t, "stamped.json"), keys, verdict.Fingerprint([]byte(keys)))
	if !a.Proved || len(a.Documents) != 1 || len(a.Documents[0].Stamps) != 1 || len(a.Documents[0].Witnesses) != 1 ||
		a.Documents[0].Lines[0].Value != `"990.00"` {
		t.Errorf("got %+v", a)
	}
	for name, tt := range map[string]struct {
		file              []byte
		keys, print, step string
	}{
		"no keys":             {read(t, "stamped.json"), "", "", "keys"},
		"another fingerprint": {read(t, "stamped.json"), keys, strings.Repeat("0", 64), "keys"},
		"no bundle":           {[]byte("x"), keys, "", "bundle format"},
		"a broken ZIP":        {[]byte("PK\x03\x04"), keys, "", "file"},
	} {
		if a := ask(tt.file, tt.keys, tt.print); a.Proved || a.Step != tt.step || a.Problem == "" || a.Text != "" {
			t.Errorf("%s: got %+v", name, a)
		}
	}
}
