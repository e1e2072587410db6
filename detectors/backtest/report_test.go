package backtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"tallystick/detectors/backtest"
	"tallystick/detectors/model"
)

// ten claims over ten days: the fraud of each line is scored highest, and one innocent as high.
func ten() []backtest.Claim {
	var out []backtest.Claim
	for i := range 10 {
		c := backtest.Claim{Insurer: "acme", ID: string(rune('a' + i)), Line: "motor",
			At: time.Date(2026, 1, 27+i, 0, 0, 0, 0, time.UTC), Amount: 100, Score: 0.1}
		if i%2 == 1 {
			c.Line = "health"
		}
		if i < 2 {
			c.Fraud, c.Score = true, 0.9
		}
		if i == 9 {
			c.Score = 0.95
		}
		out = append(out, c)
	}
	return out
}

func TestReport(t *testing.T) {
	r, err := backtest.New("t", "h", ten(), 1.0/3)
	if err != nil {
		t.Fatal(err)
	}
	at := r.Capacities[2]
	if at.Looked != 3 || at.Fraud != 2 || at.Innocent != 1 || at.MoneyCaught != 200 || at.MoneyFraud != 200 {
		t.Errorf("at the capacity: %+v", at)
	}
	if len(r.Lines) != 2 || r.Lines[0].Name != "health" || r.Lines[0].Caught != 1 || r.Lines[0].Innocent != 1 {
		t.Errorf("lines: %+v", r.Lines)
	}
	if len(r.Months) != 2 || r.Months[1].Name != "2026-02" || r.Months[1].Fraud != 0 || r.Months[1].AUC != nil ||
		r.Months[1].Alerts != 1 {
		t.Errorf("months: %+v", r.Months)
	}
	if got := *r.All.AUC; got != 14.0/16 {
		t.Errorf("AUC %v", got)
	}
}

func TestReportIsWrittenInThreeWays(t *testing.T) {
	r, err := backtest.New("A <title>", "how", ten(), 0)
	if err != nil {
		t.Fatal(err)
	}
	r.Left = []model.Leaver{{Feature: "attributes.decision", Why: "it leaks"}}
	var text, page, data bytes.Buffer
	for _, err := range []error{r.Text(&text), r.HTML(&page), r.JSON(&data)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(text.String(), "attributes.decision: it leaks") {
		t.Errorf("text: %s", text.String())
	}
	if got := page.String(); !strings.Contains(got, "A &lt;title&gt;") || strings.Count(got, "<polyline") != 2 ||
		!strings.HasSuffix(strings.TrimSpace(got), "</html>") {
		t.Errorf("page: %s", got)
	}
	var back struct{ Claims, Fraud int }
	if err := json.Unmarshal(data.Bytes(), &back); err != nil || back.Claims != 10 || back.Fraud != 2 {
		t.Errorf("JSON: %+v %v", back, err)
	}
}

func TestNothingToJudgeBy(t *testing.T) {
	if _, err := backtest.New("t", "h", nil, 0); !errors.Is(err, backtest.ErrNothing) {
		t.Errorf("got %v", err)
	}
}
