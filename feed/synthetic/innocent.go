package synthetic

import (
	"fmt"
	"strings"
	"time"

	"tallystick/claim"
)

// startFamily is a household: one name, address, policy and account, mostly one telephone. Things happen to each of
// them.
func startFamily(w *world) group {
	ins := w.insurer()
	line := []claim.Line{claim.LineHealth, claim.LineMotor, claim.LineProperty}[w.r.IntN(3)]
	var head person
	return repeat(2+w.r.IntN(3), 18, func(at time.Time, turn int) claim.Event {
		if turn == 0 {
			head = w.newPerson(ins, at)
			return w.claimOf(ins, line, head, at)
		}
		member := w.newPerson(ins, at)
		_, family, _ := strings.Cut(head.party.Name, " ")
		member.party.Name = w.pick(firstNames) + " " + family
		member.party.Address, member.party.BankAccount, member.policy = head.party.Address, head.party.BankAccount,
			head.policy
		member.home = head.home
		if w.chance(0.6) {
			member.party.Phone = head.party.Phone
		}
		e := w.claimOf(ins, []claim.Line{claim.LineHealth, claim.LineHealth, line}[w.r.IntN(3)], member, at)
		return e
	})
}

// startEmployer is staff whose group cover pays to the employer's account.
func startEmployer(w *world) group {
	ins := w.insurer()
	name := w.pick(lastNames) + " " + w.pick([]string{"Logistics", "Foods", "Textiles", "Software"})
	var account claim.BankAccount
	return repeat(4+w.r.IntN(5), 7, func(at time.Time, turn int) claim.Event {
		if turn == 0 {
			account = w.account(ins, w.since(at, 10))
		}
		p := w.newPerson(ins, at)
		p.party.Employer, p.party.BankAccount = name, account
		e := w.claimOf(ins, claim.LineHealth, p, at)
		e.Policy.Product = "group medical"
		return e
	})
}

// startSwitchboard is patients of one hospital who gave its number as theirs.
func startSwitchboard(w *world) group {
	ins := w.insurer()
	hospital := ins.clinics[w.r.IntN(len(ins.clinics))]
	return repeat(4+w.r.IntN(5), 5, func(at time.Time, _ int) claim.Event {
		p := w.newPerson(ins, at)
		p.party.Phone = hospital.Phone
		e := w.claimOf(ins, claim.LineHealth, p, at)
		e.Parties[len(e.Parties)-1] = hospital
		return e
	})
}

// startRepairChain is customers of one large garage, whose account is paid directly, at usual prices.
func startRepairChain(w *world) group {
	ins := w.insurer()
	chain := ins.repairers[w.r.IntN(len(ins.repairers))]
	return repeat(6+w.r.IntN(7), 3, func(at time.Time, _ int) claim.Event {
		e := w.claimOf(ins, claim.LineMotor, w.newPerson(ins, at), at)
		withRole(&e, chain)
		e.Payments = []claim.Payment{{Amount: e.Amounts.Claimed, Method: "transfer", BankAccount: chain.BankAccount}}
		return e
	})
}

// startNewGarage is the first customers of a garage that opened this week: nobody has dealt with it before, and it is
// paid directly. It is no business of the insurer's afterwards, so that every group is a first week.
func startNewGarage(w *world) group {
	ins := w.insurer()
	var garage claim.Party
	return repeat(5+w.r.IntN(8), 0.7, func(at time.Time, turn int) claim.Event {
		if turn == 0 {
			w.given.invoices++
			garage = w.business(ins, claim.Repairer, fmt.Sprintf("R-N%06d", w.given.invoices),
				w.pick(lastNames)+" Garage", at)
			garage.Since = claim.On(at.AddDate(0, 0, -1))
		}
		e := w.claimOf(ins, claim.LineMotor, w.newPerson(ins, at), at)
		withRole(&e, garage)
		e.Payments = []claim.Payment{{Amount: e.Amounts.Claimed, Method: "transfer", BankAccount: garage.BankAccount}}
		return e
	})
}

// startCallCentre is people without a telephone of their own at the moment, who all give the number of those who look
// after them.
func startCallCentre(w *world) group {
	ins := w.insurer()
	number := ""
	return repeat(10+w.r.IntN(90), 0.3, func(at time.Time, turn int) claim.Event {
		if turn == 0 {
			number = w.phone(ins)
		}
		p := w.newPerson(ins, at)
		p.party.Phone = number
		return w.claimOf(ins, []claim.Line{claim.LineProperty, claim.LineTravel}[turn%2], p, at)
	})
}
