package party

import (
	"strconv"
	"strings"

	"tallystick/claim"
)

// Group is the part that a party plays, as far as its past is counted together.
type Group uint8

// The groups. From Vehicle on they are what belongs to people.
const (
	Person Group = iota
	Agent
	Broker
	Garage
	Vendor
	Provider
	Expert
	Attorney
	Handler
	Vehicle
	Account
	Phone
	Email
	Address
	Policy
	Device
	Name // of a person, without a birth date: a weak link
	Groups
)

var groupNames = [Groups]string{"person", "agent", "broker", "garage", "vendor", "provider", "expert", "attorney",
	"handler",
	"vehicle", "account", "phone", "email", "address", "policy", "device", "name"}

// String returns the group's name, such as garage.
func (g Group) String() string { return groupNames[g] }

// strength is how many claims at the base rate a party starts with: the more alike the parties of a group are, the
// more.
var strength = [Groups]float64{Person: 2, Agent: 20, Broker: 20, Garage: 10, Vendor: 10, Provider: 10, Expert: 10,
	Attorney: 10, Handler: 20,
	Vehicle: 2, Account: 2, Phone: 2, Email: 2, Address: 4, Policy: 2, Device: 2, Name: 10}

// hopStrength is that of all shared parties together. Between 5 and 40 it makes no difference that could be measured.
const hopStrength = 10

// businesses are the words for roles that are businesses or staff; every other role is a person's.
var businesses = map[string]Group{
	"agent": Agent, "broker": Broker, "intermediary": Broker,
	"repairer": Garage, "garage": Garage, "workshop": Garage, "body-shop": Garage,
	"vendor": Vendor, "supplier": Vendor, "contractor": Vendor,
	"provider": Provider, "doctor": Provider, "clinic": Provider, "hospital": Provider, "pharmacy": Provider,
	"laboratory": Provider,
	"expert":     Expert, "assessor": Expert, "appraiser": Expert, "surveyor": Expert,
	"attorney": Attorney, "lawyer": Attorney,
	"handler": Handler, "adjuster": Handler,
}

// groupOf says as what a token counts. ok is false for one that no party is known by.
func groupOf(t *claim.Token, e *claim.Event) (g Group, ok bool) {
	role := string(t.Role)
	if role == "" {
		role = roleAt(t.Path, e)
	}
	business, isBusiness := businesses[strings.ToLower(role)]
	switch t.Domain() {
	case "pid", "nid", "per":
		if isBusiness {
			return business, true
		}
		return Person, true
	case "nam":
		if isBusiness {
			return business, true
		}
		return Name, true
	case "vin", "plt":
		return Vehicle, true
	case "bnk":
		return Account, true
	case "phn":
		return Phone, true
	case "eml":
		return Email, true
	case "adr":
		return Address, true
	case "pol":
		return Policy, true
	case "dvc", "ser", "fpr":
		return Device, true
	}
	return 0, false
}

// roleAt returns the role of the party that a token's path names, in the feed's own word.
func roleAt(path string, e *claim.Event) string {
	rest, ok := strings.CutPrefix(path, "parties[")
	if !ok || e == nil {
		return ""
	}
	digits, _, ok := strings.Cut(rest, "]")
	i, err := strconv.Atoi(digits)
	if !ok || err != nil || i < 0 || i >= len(e.Parties) {
		return ""
	}
	return string(e.Parties[i].Role)
}
