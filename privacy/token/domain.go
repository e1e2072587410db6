package token

// Domain is a kind of identifier: equal values of one domain and insurer have equal tokens, values of two domains
// never.
type Domain struct {
	Name   string // three letters, the first part of a token
	Word   string // what rules and people call the kind
	About  string
	Form   int // version of the normal form; it is part of what the domain's keys are derived with
	norm   form
	least  int // bytes of the shortest normal form that gets a token
	bits   int // that a normal form must at least hold, as [bitsOf] counts them: what holds less is found by trying
	number int // place in the list of domains
}

// leastBits is eight digits, or seven characters of which one is a letter. Below, whoever gets hold of a key tries all
// values within seconds.
const leastBits = 24

// The domains of tokens. A birth date, a postcode or an age has no domain of its own. Names are words, whose number
// says nothing of how they can be guessed; numbers that an insurer gives (pid, pol) mean nothing outside; plates are
// short by law and hang in the street: of these the length alone is asked. Numbers of papers (inv, rep) name no person.
var domains = []*Domain{
	{Name: "nam", Word: "name", About: "name of a person or business", Form: 2, norm: formName, least: 4},
	{Name: "per", Word: "person", About: "name and birth date", Form: 2, norm: formPerson, least: 1},
	{Name: "phn", Word: "phone", About: "phone number", Form: 2, norm: formPhone, least: 8, bits: leastBits},
	{Name: "eml", Word: "email", About: "e-mail address", Form: 2, norm: formMail, least: 6, bits: leastBits},
	{Name: "nid", Word: "national-id", About: "official number of a person or business", Form: 2, norm: formOfficial,
		least: 6, bits: leastBits},
	{Name: "adr", Word: "address", About: "postal address", Form: 2, norm: formAddress, least: 1},
	{Name: "bnk", Word: "account", About: "bank account", Form: 2, norm: formAccount, least: 1, bits: leastBits},
	{Name: "pid", Word: "party-id", About: "the insurer's number for a party", Form: 2, norm: formFold, least: 3},
	{Name: "emp", Word: "employer", About: "employer", Form: 2, norm: formName, least: 4},
	{Name: "vin", Word: "vehicle", About: "vehicle identification number", Form: 2, norm: formVIN, least: 5,
		bits: leastBits},
	{Name: "plt", Word: "plate", About: "number plate", Form: 2, norm: formPlate, least: 4},
	{Name: "pol", Word: "policy", About: "policy number", Form: 2, norm: formNumber, least: 4},
	{Name: "doc", Word: "document", About: "SHA-256 of a file", Form: 2, norm: formLetters, least: 32},
	{Name: "img", Word: "image", About: "perceptual hash of an image", Form: 2, norm: formLetters, least: 16},
	{Name: "inv", Word: "invoice", About: "invoice number", Form: 2, norm: formNumber, least: 4},
	{Name: "rep", Word: "report", About: "police report number", Form: 2, norm: formNumber, least: 4},
	{Name: "dvc", Word: "device", About: "IMEI of a phone", Form: 2, norm: formIMEI, least: 14},
	{Name: "ser", Word: "serial", About: "serial number of a device", Form: 2, norm: formNumber, least: 5,
		bits: leastBits},
	{Name: "fpr", Word: "fingerprint", About: "fingerprint of the device a claim was filed from", Form: 2,
		norm: formFold, least: 6, bits: leastBits},
	{Name: "net", Word: "network", About: "IP address", Form: 2, norm: formIP, least: 7},
}

// form says how values of a domain are brought into one form, and of how many parts.
type form uint8

const (
	formName     form = iota // words, folded; see name.go
	formFold                 // folded, without spaces and control characters
	formLetters              // letters and digits, upper case
	formNumber               // the same, with a mark where a sign other than a hyphen parts two digits
	formVIN                  // letters and digits, none of the letters that a VIN does not have
	formPhone                // E.164 where that can be told, else the digits and a written plus; country
	formMail                 // the bare address, its domain in ASCII
	formIMEI                 // the 14 digits before the check digit
	formIP                   // as RFC 5952 writes it; IPv4 in IPv6 as IPv4
	formPlate                // letters and digits; country
	formOfficial             // country, type and number; country, type
	formPerson               // of name and birth date: both needed
	formAddress              // of line1, line2, city, postcode, country: line1 and one of city and postcode needed
	formAccount              // of iban, routing, number: an IBAN, or a number with what is known of its bank
)

// compositions are the forms of several fields, by the words of a field policy, with the number of fields.
var compositions = map[string]struct {
	form  form
	parts int
}{
	"person":  {formPerson, 2},
	"address": {formAddress, 5},
	"bank":    {formAccount, 3},
}

var domainByName = func() map[string]*Domain {
	m := make(map[string]*Domain, len(domains))
	for i, d := range domains {
		d.number = i
		m[d.Name] = d
	}
	return m
}()

// ByName returns the domain of that name, nil if there is none.
func ByName(name string) *Domain { return domainByName[name] }

// Domains returns the token domains, by number. They must not be changed.
func Domains() []*Domain { return domains }

// Number is the domain's place in [Domains].
func (d *Domain) Number() int { return d.number }

// Composed returns how a domain is composed in the words of a field policy, and of how many fields; "" and 1 for a
// domain of a single value.
func (d *Domain) Composed() (how string, parts int) {
	for how, c := range compositions {
		if c.form == d.norm {
			return how, c.parts
		}
	}
	return "", 1
}

// Composition returns how many fields a composition of that name takes, 0 if there is none.
func Composition(how string) (parts int) { return compositions[how].parts }

// Contexts returns how many fields beside the value say how it is read: of a phone number and a plate the country, of
// an official number country and type.
func (d *Domain) Contexts() int {
	switch d.norm {
	case formPhone, formPlate:
		return 1
	case formOfficial:
		return 2
	default:
		return 0
	}
}

// StandsFor is what rules are told of a placeholder: of a person with a name it is the birth date.
func (d *Domain) StandsFor() string {
	if d.norm == formPerson {
		return BirthDate
	}
	return d.Word
}

// Names reports whether values of the domain are names, which are also written "Last, First".
func (d *Domain) Names() bool { return d.norm == formName }

// Phones reports whether values of the domain are phone numbers.
func (d *Domain) Phones() bool { return d.norm == formPhone }
