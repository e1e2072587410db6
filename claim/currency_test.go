package claim

import "testing"

func TestCurrencies(t *testing.T) {
	for _, code := range []string{"EUR", "USD", "VES", "VED", "MRU", "SLE", "XCG", "ZWG", "STN", "DEM", "BGN", "XTS"} {
		if !KnownCurrency(code) {
			t.Errorf("%s is a code of ISO 4217", code)
		}
	}
	for _, code := range []string{"", "eur", "EURO", "QQQ", "CNH", "BTC"} {
		if KnownCurrency(code) {
			t.Errorf("%q is none", code)
		}
	}
	for code, want := range map[string]int{"EUR": 2, "JPY": 0, "KRW": 0, "ISK": 0, "KWD": 3, "TND": 3, "CLF": 4,
		"IDR": 2} {
		if got, ok := MinorUnits(code); !ok || got != want {
			t.Errorf("%s has %d decimals, %t, want %d", code, got, ok, want)
		}
	}
	for _, code := range []string{"DEM", "XAU", "QQQ"} {
		if n, ok := MinorUnits(code); ok {
			t.Errorf("%s has %d decimals", code, n)
		}
	}
}
