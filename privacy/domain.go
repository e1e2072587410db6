package privacy

// Domain is a kind of identifier: equal values of one domain and insurer have equal tokens, values of two domains never.
type Domain struct {
	Name   string // three letters, the first part of a token
	About  string
	norm   normaliser
	least  int // shortest normalised value, in bytes, that gets a token: shorter ones can be guessed
	number int // place in the list of domains
}

// The domains of tokens. A value with less than about 30 bits (a birth date, a postcode, an age) has no domain of its own.
var domains = []*Domain{
	{Name: "nam", About: "name of a person or business", norm: normName, least: 4},
	{Name: "per", About: "name and birth date", norm: normNone, least: 1},
	{Name: "phn", About: "phone number", norm: normPhone, least: 7},
	{Name: "eml", About: "e-mail address", norm: normFold, least: 6},
	{Name: "nid", About: "official number of a person or business", norm: normAlnum, least: 6},
	{Name: "adr", About: "postal address", norm: normNone, least: 1},
	{Name: "bnk", About: "bank account", norm: normNone, least: 1},
	{Name: "pid", About: "the insurer's number for a party", norm: normFold, least: 3},
	{Name: "emp", About: "employer", norm: normName, least: 4},
	{Name: "vin", About: "vehicle identification number", norm: normAlnum, least: 5},
	{Name: "plt", About: "number plate", norm: normAlnum, least: 4},
	{Name: "pol", About: "policy number", norm: normAlnum, least: 4},
	{Name: "doc", About: "SHA-256 of a file", norm: normAlnum, least: 32},
	{Name: "img", About: "perceptual hash of an image", norm: normAlnum, least: 16},
	{Name: "inv", About: "invoice number", norm: normAlnum, least: 4},
	{Name: "rep", About: "police report number", norm: normAlnum, least: 4},
	{Name: "dvc", About: "IMEI of a phone", norm: normIMEI, least: 14},
	{Name: "ser", About: "serial number of a device", norm: normAlnum, least: 5},
	{Name: "fpr", About: "fingerprint of the device a claim was filed from", norm: normFold, least: 6},
	{Name: "net", About: "IP address", norm: normIP, least: 7},
}

var domainByName = func() map[string]*Domain {
	m := make(map[string]*Domain, len(domains))
	for i, d := range domains {
		d.number = i
		m[d.Name] = d
	}
	return m
}()

// Domains returns the token domains, for docs and configuration.
func Domains() []Domain {
	all := make([]Domain, len(domains))
	for i, d := range domains {
		all[i] = *d
	}
	return all
}
