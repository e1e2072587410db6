package claim

import (
	"sync"

	"golang.org/x/text/currency"
)

// currencies maps each code of ISO 4217 that is or was legal tender, or stands for metal or testing, to itself: the
// look-up checks a code and saves its string.
var currencies = sync.OnceValue(func() map[string]string {
	codes := make(map[string]string)
	all := currency.Query(currency.Historical, currency.NonTender)
	for all.Next() {
		code := all.Unit().String()
		codes[code] = code
	}
	return codes
})

// KnownCurrency reports whether code is a currency code of ISO 4217, in capitals.
func KnownCurrency(code string) bool {
	_, ok := currencies()[code]
	return ok
}
