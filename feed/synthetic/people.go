package synthetic

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// world holds the businesses and counts what was given out, so that nothing is shared by accident.
type world struct {
	r        *rand.Rand
	insurers []*insurer
	given    struct{ phones, numbers, accounts, addresses, vehicles, devices, people, invoices uint64 }
}

// insurer is one of the feed's insurers with the businesses that it deals with.
type insurer struct {
	name      string
	market    *market
	handlers  []claim.Party
	agents    []claim.Party
	repairers []claim.Party
	vendors   []claim.Party
	clinics   []claim.Party
	claims    int
	policies  int
	known     []person // customers who may claim again
}

// person is a customer.
type person struct {
	party  claim.Party
	home   city
	policy string
	car    claim.Vehicle
}

func newWorld(cfg Config) *world {
	w := &world{r: newRand(cfg.Seed)}
	limits := []int64{3000, 6500, 12000, 20000, 40000}
	for i, name := range cfg.Insurers {
		ins := &insurer{name: name, market: &markets[i%len(markets)]}
		for n := range 10 {
			h := claim.Party{Role: claim.Handler, ID: fmt.Sprintf("H-%03d", n+1), Name: w.name(),
				Since: w.since(cfg.Start, 15)}
			h.AuthorityLimit = ins.money(float64(limits[n%len(limits)]))
			ins.handlers = append(ins.handlers, h)
		}
		for n := range 40 {
			ins.agents = append(ins.agents, w.business(ins, claim.Agent, fmt.Sprintf("A-%04d", n+1), w.name(),
				cfg.Start))
		}
		for n := range 60 {
			ins.repairers = append(ins.repairers, w.business(ins, claim.Repairer, fmt.Sprintf("R-%04d", n+1),
				w.pick(lastNames)+" "+w.pick([]string{"Motors", "Body Shop", "Auto Repair", "Garage"}), cfg.Start))
			ins.vendors = append(ins.vendors, w.business(ins, claim.Vendor, fmt.Sprintf("V-%04d", n+1),
				w.pick(lastNames)+" "+w.pick([]string{"Restoration", "Builders", "Supplies", "Electronics"}),
				cfg.Start))
			c := w.business(ins, claim.Provider, fmt.Sprintf("P-%04d", n+1),
				w.pick(streets)+" "+w.pick([]string{"Clinic", "Hospital", "Medical Group", "Surgery"}), cfg.Start)
			c.Specialty = w.pick([]string{"general practice", "orthopaedics", "cardiology", "physiotherapy",
				"dentistry"})
			ins.clinics = append(ins.clinics, c)
		}
		w.insurers = append(w.insurers, ins)
	}
	return w
}

func (w *world) insurer() *insurer { return w.insurers[w.r.IntN(len(w.insurers))] }

func (w *world) pick(words []string) string { return words[w.r.IntN(len(words))] }

func (w *world) chance(p float64) bool { return w.r.Float64() < p }

// between returns a number in [low, high).
func (w *world) between(low, high float64) float64 { return low + (high-low)*w.r.Float64() }

func (w *world) name() string { return w.pick(firstNames) + " " + w.pick(lastNames) }

// since returns a month up to so many years before start.
func (w *world) since(start time.Time, years int) claim.When {
	return parseWhen(start.AddDate(0, -1-w.r.IntN(12*years), 0).Format("2006-01"))
}

// money rounds an amount to the cent of the insurer's currency.
func (ins *insurer) money(amount float64) claim.Money {
	cents := udecimal.MustFromInt64(int64(amount*100+0.5), 2)
	return claim.Money{Amount: cents, Currency: ins.market.currency}
}

func (w *world) phone(ins *insurer) string {
	w.given.phones++
	return phone(ins.market.country, w.given.phones-1)
}

func (w *world) account(ins *insurer, since claim.When) claim.BankAccount {
	w.given.accounts++
	n := w.given.accounts - 1
	if ins.market.country == "US" {
		return claim.BankAccount{Routing: routing(int(n % 40)), Number: fmt.Sprintf("%010d", spread(n, 9_999_999_967)),
			Country: "US", Since: since}
	}
	return claim.BankAccount{IBAN: iban(ins.market.country, n), Country: ins.market.country, Since: since}
}

func (w *world) address(ins *insurer, c city) claim.Address {
	w.given.addresses++
	k := spread(w.given.addresses-1, 9000*uint64(len(streets)))
	street, house := streets[k/9000], 1+k%9000
	a := claim.Address{Line1: fmt.Sprintf("%d %s Street", house, street), City: c.name, Region: c.region,
		Postcode: fmt.Sprintf("%s%02d", c.postcode, k%100), Country: ins.market.country, Kind: "residence"}
	switch ins.market.country {
	case "DE":
		a.Line1 = fmt.Sprintf("%sweg %d", street, house)
	case "GB":
		a.Postcode = fmt.Sprintf("%s %d%c%c", c.postcode, k%10, 'A'+byte(k/10%20), 'A'+byte(k/200%20))
	}
	return a
}

func (w *world) business(ins *insurer, role claim.Role, id, name string, start time.Time) claim.Party {
	p := claim.Party{Role: role, ID: id, Name: name, Phone: w.phone(ins), Since: w.since(start, 20)}
	p.Address = w.address(ins, ins.market.cities[w.r.IntN(len(ins.market.cities))])
	p.Address.Kind = "business"
	p.BankAccount = w.account(ins, claim.When{})
	return p
}

// newPerson makes up a customer of the insurer, as known at the given time. Not everything is known of everybody.
func (w *world) newPerson(ins *insurer, at time.Time) person {
	w.given.people++
	c := ins.market.cities[w.r.IntN(len(ins.market.cities))]
	name := w.name()
	p := claim.Party{ID: fmt.Sprintf("K-%08d", w.given.people), Name: name, Sex: w.pick([]string{"female", "male"})}
	p.BirthDate = claim.On(at.AddDate(-19-w.r.IntN(60), 0, -w.r.IntN(365)))
	if w.chance(0.8) {
		w.given.numbers++
		kind, number := nationalNumber(ins.market.country, w.given.numbers-1)
		p.NationalIDs = []claim.NationalID{{Type: kind, Country: ins.market.country, Number: number}}
	}
	if w.chance(0.9) {
		p.Phone = w.phone(ins)
	}
	if w.chance(0.7) {
		p.Email = fmt.Sprintf("%s%d@example.%s", strings.ToLower(strings.ReplaceAll(name, " ", ".")), w.given.people,
			w.pick([]string{"com", "org", "net"}))
	}
	p.Address = w.address(ins, c)
	p.Address.Since = w.since(at, 12)
	p.BankAccount = w.account(ins, w.since(at, 8))
	if w.chance(0.4) {
		p.Income = ins.money(w.between(18000, 120000))
		p.Occupation = w.pick([]string{"teacher", "nurse", "driver", "engineer", "clerk", "cook", "electrician",
			"retired"})
	}
	if w.chance(0.5) {
		// RFC 3849: documentation
		p.IP = fmt.Sprintf("2001:db8:%x:%x::%x", w.given.people>>16&0xffff, w.given.people&0xffff, 1+w.r.IntN(0xfffe))
		p.DeviceID = fmt.Sprintf("%016x", w.r.Uint64())
	}
	ins.policies++
	year := at.Year() - w.r.IntN(14)
	w.given.vehicles++
	car := claim.Vehicle{VIN: vin(year, w.given.vehicles), Plate: fmt.Sprintf("%c%c%c %04d", 'A'+w.r.IntN(26),
		'A'+w.r.IntN(26), 'A'+w.r.IntN(26), w.r.IntN(10000)), Year: &year,
		Make:     w.pick([]string{"Albion", "Borealis", "Cometa", "Dorado", "Everest"}),
		Model:    w.pick([]string{"Swift", "Tourer", "Crossing", "Metro", "Ridge"}),
		Category: w.pick([]string{"sedan", "sport", "utility"})}
	car.MarketValue = ins.money(w.between(24000, 42000) * (1 - 0.06*float64(at.Year()-year)))
	return person{party: p, home: c, policy: fmt.Sprintf("%s-P%07d", strings.ToUpper(ins.name[:1]), ins.policies),
		car: car}
}

// customer returns somebody who claims: usually a new one, sometimes one who claimed before.
func (w *world) customer(ins *insurer, at time.Time) person {
	if len(ins.known) > 50 && w.chance(0.04) {
		return ins.known[w.r.IntN(len(ins.known))]
	}
	p := w.newPerson(ins, at)
	if len(ins.known) < 500 {
		ins.known = append(ins.known, p)
	} else {
		ins.known[w.r.IntN(len(ins.known))] = p
	}
	return p
}

// parseWhen reads what this package itself has written.
func parseWhen(s string) claim.When {
	w, err := claim.ParseWhen(s)
	if err != nil {
		panic("synthetic: " + err.Error())
	}
	return w
}
