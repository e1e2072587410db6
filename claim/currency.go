package claim

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// CurrenciesAsOf is the day on which the maintenance agency of ISO 4217 published the list that is kept here.
const CurrenciesAsOf = "2026-01-01"

// The codes of list one of ISO 4217 (SIX, as packaged by iso4217 1.16.20260101 on PyPI), by the decimals of their minor unit.
// What has none stands for metals, funds, tests and "no currency".
var minorUnits = map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF " +
		"CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL " +
		"HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU " +
		"MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR " +
		"SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED " +
		"VES WST XAD XCD XCG YER ZAR ZMW ZWG",
	3:           "BHD IQD JOD KWD LYD OMR TND",
	4:           "CLF UYW",
	noMinorUnit: "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX",
}

// withdrawn are the codes of list three, which old claims are in. Their minor units are not kept.
const withdrawn = "ADP AFA ALK ANG AOK AON AOR ARA ARP ARY ATS AYM AZM BAD BEC BEF BEL BGJ BGK BGL BGN BOP BRB BRC BRE BRN " +
	"BRR BUK BYB BYR CHC CSD CSJ CSK CUC CYP DDM DEM ECS ECV EEK ESA ESB ESP FIM FRF GEK GHC GHP GNE GNS GQE " +
	"GRD GWE GWP HRD HRK IEP ILP ILR ISJ ITL LAJ LSM LTL LTT LUC LUF LUL LVL LVR MGF MLF MRO MTL MTP MVQ MXP " +
	"MZE MZM NIC NLG PEH PEI PES PLZ PTE RHD ROK ROL RUR SDD SDP SIT SKK SLL SRG STD SUR TJR TMM TPE TRL UAK " +
	"UGS UGW USS UYN UYP VEB VEF VNC XEU XFO XFU XRE YDD YUD YUM YUN ZAL ZMK ZRN ZRZ ZWC ZWD ZWL ZWN ZWR"

const noMinorUnit = -1

type currencyTable struct {
	codes map[string]string // to itself: the look-up checks a code and saves its string
	units map[string]int
}

var currencyList = sync.OnceValue(func() currencyTable {
	t := currencyTable{make(map[string]string), make(map[string]int)}
	for units, codes := range minorUnits {
		for code := range strings.FieldsSeq(codes) {
			t.codes[code], t.units[code] = code, units
		}
	}
	for code := range strings.FieldsSeq(withdrawn) {
		t.codes[code], t.units[code] = code, noMinorUnit
	}
	return t
})

func currencies() map[string]string { return currencyList().codes }

// Currencies returns all codes that [KnownCurrency] knows, sorted.
func Currencies() []string { return slices.Sorted(maps.Keys(currencies())) }

// KnownCurrency reports whether code is or was a currency code of ISO 4217, in capitals.
func KnownCurrency(code string) bool {
	_, ok := currencies()[code]
	return ok
}

// MinorUnits returns how many decimals a currency's amounts have: 2 for EUR, 0 for JPY, 3 for KWD. It is not known of a
// withdrawn code, and of metals and funds there are none.
func MinorUnits(code string) (decimals int, ok bool) {
	decimals, ok = currencyList().units[code]
	return decimals, ok && decimals != noMinorUnit
}
