package detectors

import (
	"testing"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

func TestRoundIsRoundInItsCurrency(t *testing.T) {
	for _, tt := range []struct {
		amount, currency string
		round            bool
	}{
		{"3000.00", "USD", true}, {"3000", "EUR", true}, {"3000.01", "USD", false}, {"3100", "GBP", false},
		{"0", "USD", false},
		{"300000", "JPY", true}, {"3000", "JPY", false}, {"1000", "KRW", false}, {"100000", "KRW", true},
		{"100.000", "KWD", true}, {"150", "KWD", false}, {"3000", "XAU", true}, {"3000", "DEM", true},
		{"3000", "", true},
	} {
		m := claim.Money{Amount: udecimal.MustParse(tt.amount), Currency: tt.currency}
		if got := multiple(m, 1000); got != tt.round {
			t.Errorf("%s %s: round is %v", tt.amount, tt.currency, got)
		}
	}
}
