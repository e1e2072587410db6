//go:build integration

package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/anchor/verdict"
)

// vector is a file that the page and the command are both given.
type vector struct {
	name        string
	File        string `json:"file"`
	Keys        string `json:"keys"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Language    string `json:"language,omitempty"`
	Dropped     bool   `json:"dropped,omitempty"`
	keysFile    string
}

// said is what the page showed.
type said struct{ Verdict, Step, Text, Shown, Title string }

// vectors writes the golden bundles, bytes of them changed, and referral files around them.
func vectors(t *testing.T) []vector {
	t.Helper()
	testdata := func(name string) []byte {
		return []byte(readText(t, filepath.Join("../../anchor/proof/testdata", name)))
	}
	golden, stamped := testdata("bundle.json"), testdata("stamped.json")
	named := strings.Fields(string(testdata("keys.txt")))
	log := "log " + named[0] + "\n"
	all := log + "witness w " + named[1] + "\nquorum w\n" + string(testdata("authorities.pem"))
	dir := t.TempDir()
	var out []vector
	add := func(v vector, data []byte) {
		n := len(out)
		v.File, v.keysFile = filepath.Join(dir, fmt.Sprintf("%d", n)), filepath.Join(dir, fmt.Sprintf("%d.keys", n))
		if v.Keys == "" {
			v.Keys = all
		}
		for name, data := range map[string][]byte{v.File: data, v.keysFile: []byte(v.Keys)} {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, v)
	}
	add(vector{name: "the golden bundle"}, golden)
	add(vector{name: "in Chinese", Language: "zh"}, golden)
	add(vector{name: "dropped", Language: "en", Dropped: true}, golden)
	add(vector{name: "stamped"}, stamped)
	add(vector{name: "unwitnessed", Keys: log + "quorum none\n"}, stamped)
	add(vector{name: "another witness is needed", Keys: log + "witness w " + strings.Replace(named[1], "w1", "w2", 1) +
		"\nquorum w\n"}, golden)
	add(vector{name: "another log's key", Keys: "log " + strings.Replace(named[0], "claims", "other", 1) +
		"\nquorum none\n"}, golden)
	add(vector{name: "the right fingerprint", Fingerprint: verdict.Fingerprint([]byte(all))}, golden)
	add(vector{name: "another fingerprint", Fingerprint: strings.Repeat("ab", 32)}, golden)
	add(vector{name: "nothing"}, nil)
	add(vector{name: "a page"}, []byte("<html><script>alert(1)</script>"))
	bad := bytes.Replace(golden, []byte(`"review"`), []byte(`"settle"`), 1)
	add(vector{name: "another value"}, bad)
	add(vector{name: "a referral"},
		zipOf(t, map[string][]byte{"report.pdf": []byte("words"), "proofs/1.proof": golden, "proofs/2.proof": stamped}))
	add(vector{name: "a referral with a proof that does not hold"},
		zipOf(t, map[string][]byte{"proofs/1.proof": golden, "proofs/2.proof": bad}))
	add(vector{name: "a referral without proofs"}, zipOf(t, map[string][]byte{"report.pdf": []byte("words")}))
	add(vector{name: "a cut referral"}, zipOf(t, map[string][]byte{"proofs/1.proof": golden})[:300])
	receipt, receiptKey := receiptBundle(t)
	add(vector{name: "a receipt", Keys: "log " + receiptKey + "\nquorum none\n", Language: "en"}, receipt)
	add(vector{name: "a receipt in Chinese", Keys: "log " + receiptKey + "\nquorum none\n", Language: "zh"}, receipt)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 60 {
		changed := bytes.Clone(stamped)
		at := random.IntN(len(changed))
		changed[at] ^= 1 << random.IntN(8)
		add(vector{name: fmt.Sprintf("byte %d of mutant %d", at, i)}, changed)
	}
	return out
}

// receiptBundle is a policyholder's receipt in a log of one batch of one record.
func receiptBundle(t *testing.T) (bundle []byte, vkey string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, "insurer.example/claims")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	b := proof.Bundle{Version: proof.Version}
	for i, v := range [][2]string{{"decision.outcome", "settle"}, {"entry.at", "2026-11-30T10:05:30Z"},
		{"entry.claim", "C-1 </script><b>"},
		{"entry.insurer", "acme"}, {"entry.revision", "2"}, {"loss.reported", "2026-11-27"}} {
		f := proof.Field{Index: uint64(i), Path: v[0], Kind: "s", Value: &v[1], Salt: make([]byte, proof.SaltSize)}
		b.Fields, b.Record.Leaves = append(b.Fields, f), append(b.Record.Leaves, f.Leaf())
	}
	commitment := b.Record.Commitment()
	b.Entry = proof.BatchEntry{Origin: signer.Name(), Entries: 1, Root: tlog.RecordHash(commitment[:])}.Text()
	head := proof.Checkpoint{Origin: signer.Name(), Size: 1, Root: tlog.RecordHash([]byte(b.Entry))}
	signed, err := note.Sign(&note.Note{Text: head.Text()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	b.Checkpoint = string(signed)
	if bundle, err = b.Marshal(); err != nil {
		t.Fatal(err)
	}
	return bundle, vkey
}

func zipOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// browse opens a page in Chromium, cut off from the network, and gives it the vectors.
func browse(t *testing.T, html string, vectors []vector) (all []said, fingerprint string) {
	t.Helper()
	list, err := json.Marshal(vectors)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "vectors.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	driver, err := filepath.Abs("testdata/browser.mjs")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", driver, html, file)
	cmd.Dir = "../../console/web"
	var errs bytes.Buffer
	cmd.Stderr = &errs
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	var got struct {
		Said       []said
		Complaints []string
		Print      string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Complaints {
		t.Errorf("the browser complained: %s", c)
	}
	if len(got.Said) != len(vectors) {
		t.Fatalf("%d verdicts on %d vectors", len(got.Said), len(vectors))
	}
	return got.Said, got.Print
}

var failedStep = regexp.MustCompile(`proof not valid at step "([^"]+)"`)

// The page gives the command's verdict on every vector: the same report, or the same step that failed.
func TestThePageSaysWhatTheCommandSays(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	html := filepath.Join(t.TempDir(), "verify.html")
	if out, err := exec.Command(bin, "verify", "page", "-o", html).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := vectors(t)
	pageSaid, _ := browse(t, html, all)
	verdicts := map[string]int{}
	for i, v := range all {
		args := []string{"verify", v.File, "--keys", v.keysFile}
		if v.Fingerprint != "" {
			args = append(args, "--fingerprint", v.Fingerprint)
		}
		var out, errs bytes.Buffer
		cmd := exec.Command(bin, args...)
		cmd.Stdout, cmd.Stderr = &out, &errs
		runErr := cmd.Run()
		got := pageSaid[i]
		verdicts[got.Verdict]++
		if (runErr == nil) != (got.Verdict == "proved") {
			t.Errorf("%s: the command says %v %s, the page %q %q", v.name, runErr, &errs, got.Verdict, got.Step)
			continue
		}
		if runErr == nil && got.Text != out.String() {
			t.Errorf("%s: the command says\n%s\nthe page\n%s", v.name, &out, got.Text)
		}
		if m := failedStep.FindStringSubmatch(errs.String()); runErr != nil && m != nil && m[1] != got.Step {
			t.Errorf("%s: failed for the command at %q, for the page at %q", v.name, m[1], got.Step)
		}
	}
	if verdicts["proved"] < 8 || verdicts["failed"] < 30 {
		t.Errorf("verdicts %v: the comparison says little", verdicts)
	}
	for i, words := range map[int][]string{
		0:  {"PROVED", "NOT PROVED", `"990.00"`, "not time-stamped", "with claimant", "was sealed"},
		1:  {"已证明", "未证明", `"990.00"`, "没有时间戳"},
		3:  {"Existed before 2000-01-01T00:00:01Z, by Example TSA"},
		4:  {"UNWITNESSED", "1 time stamps are of authorities that you did not name"},
		8:  {"NOT VERIFIED", "the keys cannot be used"},
		11: {"NOT VERIFIED", "a value is not the one that was recorded"},
		12: {"2 proofs in the referral file hold"},
		16: {"Receipt, from the values proved below", "C-1 </script><b>", "2026-11-27", "3 days",
			"all the values of the record"},
		17: {"回执", "赔付", "3 天", "该记录的全部内容"},
	} {
		for _, word := range words {
			if !strings.Contains(pageSaid[i].Shown, word) {
				t.Errorf("%s: the page does not show %q:\n%s", all[i].name, word, pageSaid[i].Shown)
			}
		}
	}
	if info, err := os.Stat(html); err != nil || info.Size() > 6<<20 {
		t.Errorf("the page: %v, %d bytes", err, info.Size())
	}
}

// A page with pinned keys shows their fingerprint and takes no others.
func TestPinnedKeys(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	golden := vectors(t)[0]
	html := filepath.Join(t.TempDir(), "verify.html")
	out, err := exec.Command(bin, "verify", "page", "--keys", golden.keysFile, "-o", html).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fingerprint := verdict.Fingerprint([]byte(golden.Keys))
	if !strings.Contains(string(out), fingerprint) {
		t.Errorf("the command does not say the fingerprint: %s", out)
	}
	forged := golden
	// what is typed into the hidden field counts for nothing
	forged.Keys = "log " + strings.Repeat("x", 20) + "\nquorum none\n"
	told := golden
	told.Fingerprint = strings.ToUpper(fingerprint[:32]) + " " + fingerprint[32:]
	other := golden
	other.Fingerprint = strings.Repeat("0", 64)
	pageSaid, print := browse(t, html, []vector{golden, forged, told, other})
	for i, want := range []string{"proved", "proved", "proved", "failed"} {
		if pageSaid[i].Verdict != want {
			t.Errorf("%d: got %+v", i, pageSaid[i])
		}
	}
	if strings.ReplaceAll(print, " ", "") != fingerprint {
		t.Errorf("the page shows the fingerprint %s", print)
	}
}
