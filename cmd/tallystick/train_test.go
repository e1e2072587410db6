package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tallystick/detectors/model"
)

const pastMapping = `name: past
fields:
  insurer: {value: acme}
  claim: number
  line: {value: motor}
  loss.time: day
  loss.cause: cause
  amounts.claimed: {column: amount, currency: EUR}
  claimant.id: {column: customer, class: identifier}
  parties[garage].role: {value: repairer, if: garage}
  parties[garage].id: {column: garage, class: identifier}
  attributes.rating.number: rating
  attributes.decision.text: decision
`

// pastFeed writes claims of two years: one garage in eight is crooked, and the column decision was filled by the
// investigators.
func pastFeed(t *testing.T, dir string) (feed, mapping string) {
	t.Helper()
	feed, mapping = filepath.Join(dir, "past.csv"), filepath.Join(dir, "past.yaml")
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	put := func(cells ...string) {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	put("number", "day", "cause", "amount", "customer", "garage", "rating", "decision", "fraud", "told")
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 1200 {
		day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*730/1200)
		garage, rating := r.IntN(40), r.NormFloat64()
		s := -3.2 + 0.6*rating
		if garage%8 == 0 {
			s += 2.5
		}
		fraud, decision := "0", ""
		if r.Float64() < model.Probability(s) {
			fraud = "1"
			decision = []string{"rejected", "rejected", "rejected", "rejected", ""}[r.IntN(5)]
		}
		cause := []string{"collision", "theft", "hail"}[r.IntN(3)]
		put(fmt.Sprint("C-", i), day.Format(time.DateOnly), cause, fmt.Sprint(200+r.IntN(5000)),
			fmt.Sprint("customer-", r.IntN(900)), fmt.Sprint("garage-", garage),
			fmt.Sprintf("%.2f", rating), decision, fraud, day.AddDate(0, 0, 60).Format(time.DateOnly))
	}
	if w.Flush(); w.Error() != nil {
		t.Fatal(w.Error())
	}
	for path, data := range map[string][]byte{feed: b.Bytes(), mapping: []byte(pastMapping)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return feed, mapping
}

func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// History in, trained, judged by a later time: the crooked garages carry it, and the investigators' column is named and
// not used.
func TestHistoryIsLearntFromAndJudgedWithoutServers(t *testing.T) {
	dir := t.TempDir()
	feed, mapping := pastFeed(t, dir)
	file := filepath.Join(dir, "model.json")
	out, err := command(t, "train", "--map", mapping, "--label", "fraud", "--known-at", "told", "--from", "2025-06",
		"-o", file, feed)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"left out: attributes.decision", "after the decision",
		"attributes.rating.number: {class: open, action: keep}"} {
		if !strings.Contains(out, want) {
			t.Errorf("train does not say %q:\n%s", want, out)
		}
	}
	m, err := readModel(file)
	if err != nil {
		t.Fatal(err)
	}
	used := strings.Join(m.Features(), " ")
	if !strings.Contains(used, "garage.fraud") || strings.Contains(used, "decision") {
		t.Errorf("the model reads %s", used)
	}
	scores, page := filepath.Join(dir, "scores.csv"), filepath.Join(dir, "report.html")
	out, err = command(t, "backtest", "--map", mapping, "--label", "fraud", "--outcome-delay", "60d", "--model", file,
		"--from", "2025-06", "--scores", scores, "--html", page, feed)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var auc float64
	if _, err := fmt.Sscanf(out[strings.Index(out, "\nAUC"):], "\nAUC %f", &auc); err != nil || auc < 0.7 {
		t.Errorf("AUC %v, %v\n%s", auc, err, out)
	}
	text, err := os.ReadFile(scores)
	if err != nil || strings.Count(string(text), "\n") < 300 || strings.Contains(string(text), "customer-") {
		t.Errorf("scores: %v, %d lines", err, strings.Count(string(text), "\n"))
	}
	if info, err := os.Stat(page); err != nil || info.Size() < 2000 {
		t.Errorf("page: %v", err)
	}
}

func TestTrainSaysWhatIsWrong(t *testing.T) {
	feed, mapping := pastFeed(t, t.TempDir())
	for name, c := range map[string]struct {
		want string
		args []string
	}{
		"no time of knowing": {"say from when outcomes were known", []string{"--label", "fraud"}},
		"no such column":     {"has no column", []string{"--label", "froud", "--outcome-delay", "0d"}},
		"three values":       {"3 values", []string{"--label", "cause", "--outcome-delay", "0d"}},
		"one value": {"the label has one value alone", []string{"--label", "cause", "--outcome-delay", "0d",
			"--fraud", "storm", "--cleared", "hail"}},
		"no label":             {"no claim has a label", []string{"--outcome-delay", "0d"}},
		"not a length of time": {"number of days", []string{"--label", "fraud", "--outcome-delay", "soon"}},
		"a share above all": {"want a share", []string{"--label", "fraud", "--outcome-delay", "0d", "--last",
			"1.5"}},
		"nothing before a date": {"known outcome, 0 of them fraud",
			[]string{"--label", "fraud", "--outcome-delay", "0d", "--from", "2020"}},
	} {
		out, err := command(t, append([]string{"train", "--map", mapping, "-o", filepath.Join(t.TempDir(), "m.json"),
			feed}, c.args...)...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q\n%s", name, err, c.want, out)
		}
	}
}
