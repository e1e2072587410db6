package signals

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Domain is a kind of identifier. The names are those of the tokens' domains.
type Domain string

// The domains, with the parts that an identifier of each has.
const (
	Phone      Domain = "phn" // number; the country is that of a number as dialled nationally
	Email      Domain = "eml"
	Account    Domain = "bnk" // IBAN, routing, number
	NationalID Domain = "nid" // type, number; the country is the issuer's
	Person     Domain = "per" // name, birth date
	Address    Domain = "adr" // line 1, line 2, city, postcode; the country
	Vehicle    Domain = "vin" // vehicle identification number
	Plate      Domain = "plt" // number plate; the country
	Document   Domain = "doc" // SHA-256 of a file
)

// Domains are all domains, in the order in which they are listed for people.
var Domains = []Domain{Phone, Email, Account, NationalID, Person, Address, Vehicle, Plate, Document}

// domainNames are the words that people use.
var domainNames = map[string]Domain{
	"phone": Phone, "email": Email, "account": Account, "national-id": NationalID, "person": Person,
	"address": Address, "vehicle": Vehicle, "plate": Plate, "document": Document,
}

var domainParts = map[Domain]int{
	Phone: 1, Email: 1, Account: 3, NationalID: 2, Person: 2, Address: 4, Vehicle: 1, Plate: 1, Document: 1,
}

// Word returns the word for a domain that people use.
func (d Domain) Word() string {
	for word, domain := range domainNames {
		if domain == d {
			return word
		}
	}
	return string(d)
}

// Identifier is a clear value, which must not leave the process. It does not print.
type Identifier struct {
	Domain  Domain
	Parts   []string
	Country string // ISO 3166-1 alpha-2; may be empty
}

// Format prints only the domain, whatever the verb.
func (id Identifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "["+id.Domain.Word()+"]") }

// Forms gives the normal form of identifiers, the same at each member: with another form a match is missed, silently.
type Forms interface {
	// Form returns the normal form. ok is false for a value that is too short or too vague to be told from others'
	// values.
	Form(id Identifier) (form []byte, ok bool, err error)
	// Digest names the forms: equal digests, equal forms.
	Digest() string
}

// Input returns what the pseudonym of a normal form is made of.
func Input(domain Domain, form []byte) []byte {
	return slices.Concat([]byte("tallystick signals identifier v2\x00"), []byte(domain), []byte{0}, form)
}

// ParseIdentifier reads an identifier as people write it: word=part|part@COUNTRY, such as phone=0170 1234567@DE,
// account=DE02120300000000202051 or person=Ann Example|1980-02-11. What is not known of the later parts may be left
// out.
func ParseIdentifier(text string) (Identifier, error) {
	word, value, ok := strings.Cut(text, "=")
	domain, known := domainNames[word]
	if !ok || !known {
		words := make([]string, 0, len(Domains))
		for _, d := range Domains {
			words = append(words, d.Word())
		}
		return Identifier{}, fmt.Errorf("an identifier is written word=value, the word one of %s",
			strings.Join(words, ", "))
	}
	id := Identifier{Domain: domain}
	if at := strings.LastIndexByte(value, '@'); at >= 0 && len(value)-at == 3 && domain != Email {
		value, id.Country = value[:at], strings.ToUpper(value[at+1:])
	}
	id.Parts = strings.Split(value, "|")
	for len(id.Parts) < domainParts[domain] {
		id.Parts = append(id.Parts, "")
	}
	return id, id.Check()
}

// Check tells whether the identifier has its domain's parts. It never quotes one.
func (id Identifier) Check() error {
	n, ok := domainParts[id.Domain]
	if !ok {
		return errors.New("an identifier of no domain")
	}
	if len(id.Parts) != n {
		return fmt.Errorf("an identifier of the domain %s has %d parts, not %d", id.Domain.Word(), n, len(id.Parts))
	}
	for _, p := range id.Parts {
		if len(p) > 512 {
			return fmt.Errorf("an identifier of the domain %s has a part over 512 bytes", id.Domain.Word())
		}
	}
	if len(id.Country) != 0 && len(id.Country) != 2 {
		return errors.New("a country has two letters")
	}
	if id.Domain == NationalID && (id.Parts[0] == "" || id.Country == "") {
		return errors.New("a national id is told by its type and country: national-id=TYPE|NUMBER@COUNTRY")
	}
	return nil
}
