package detectors_test

import (
	"fmt"
	"strings"
	"testing"

	"tallystick/detectors"
)

// asks is a rule whose reason says what windows of a vendor hold.
const asks = `
keys:
  v: {of: [vendor.id]}
rules:
  - id: always
    version: 1
    title: t
    when: {yes: revision >= 0}
    weight: 1
    reason: "total {total} mean {mean} dev {dev}"
    facts:
      - {name: total, value: 'total("v", 30)'}
      - {name: mean, value: 'mean("v", 30)'}
      - {name: dev, value: 'deviation("v", 365)'}
` + cases

const vendor = "vendor.id=pid_1_v"

func claimed(amount, currency string) string {
	return fmt.Sprintf(`{"amounts":{"claimed":{"amount":"%s","currency":"%s"}}}`, amount, currency)
}

func said(r detectors.Result) string { return r.Decision.Reasons[0].Text }

// TestDeviationDoesNotDependOnCents: the deviation of 1,300 from forty amounts around 1,040 is 10.5, whatever their
// cents are.
func TestDeviationDoesNotDependOnCents(t *testing.T) {
	for _, cents := range []string{"00", "50", "99"} {
		d := newDesk(ruleSet(t, asks))
		for i := range 40 {
			d.decide(input(0, fmt.Sprint("c", i), i, claimed(fmt.Sprintf("%d.%s", 1000+(i%11)*8, cents), "EUR"),
				vendor))
		}
		if got := said(d.decide(input(0, "me", 41, claimed("1300", "EUR"), vendor))); !strings.Contains(got,
			"dev 10.4") && !strings.Contains(got, "dev 10.5") {
			t.Errorf("cents .%s: %s", cents, got)
		}
	}
}

// TestAmountsOfOtherCurrenciesAreNotCompared, whether a vendor has few claims or so many that they are counted by day.
func TestAmountsOfOtherCurrenciesAreNotCompared(t *testing.T) {
	for _, n := range []int{40, 60, 70} {
		d := newDesk(ruleSet(t, asks))
		d.decide(input(0, "old", 0, claimed("5", "USD"), vendor)) // long before the window
		for i := range n {
			d.decide(input(0, fmt.Sprint("c", i), 300+i%20, claimed("100", "EUR"), vendor))
		}
		if got := said(d.Score(t.Context(),
			input(100, "me", 321, claimed("100", "EUR"), vendor))); !strings.Contains(got,
			fmt.Sprintf("total %d mean 100", 100*n)) {
			t.Errorf("%d in euro, and one in dollars before the window: %s", n, got)
		}
		other := input(100, "other", 321, claimed("100", "USD"), vendor)
		scored := said(d.Score(t.Context(), other))
		if got := said(d.Decide(t.Context(), other)); got != scored || strings.Contains(got, "total 1") ||
			strings.Contains(got, "mean 1") {
			t.Errorf("%d in euro, one's own in dollars: scored %q, decided %q", n, scored, got)
		}
	}
}

// TestTheOrderOfTokensDoesNotMatter where one of them has an answer and the other none.
func TestTheOrderOfTokensDoesNotMatter(t *testing.T) {
	for _, order := range [][]string{{"vendor.id=pid_1_a", "vendor.id=pid_1_b"},
		{"vendor.id=pid_1_b", "vendor.id=pid_1_a"}} {
		d := newDesk(ruleSet(t, asks))
		d.decide(input(0, "a", 0, claimed("100", "EUR"), "vendor.id=pid_1_a"))
		d.decide(input(0, "b", 0, claimed("300", "EUR"), "vendor.id=pid_1_b"))
		d.decide(input(0, "c", 0, claimed("300", "USD"), "vendor.id=pid_1_b"))
		if got := said(d.decide(input(0, "me", 1, claimed("100", "EUR"), order...))); !strings.Contains(got,
			"total 100 ") {
			t.Errorf("%v: %s", order, got)
		}
	}
}
