package intermediary

import (
	"cmp"
	"slices"
	"time"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// Spans of time, in days.
const (
	grace     = 45  // in which collected premiums are to reach the insurer
	early     = 180 // after which a lapse is no longer one at once
	soonLoss  = 60  // after which a loss is no longer an early one
	lateEntry = 3   // between the begin of cover and its entry into the books
	churnSpan = 540 // in which a policy that is replaced was hardly used
)

// Figures are what an intermediary's or platform's book shows as of a day.
type Figures struct {
	Insurer, Name string
	Issued        int // policies
	Lapsed        int // of them: ended at once, without another in their place, and the commission stayed
	Collected     int // policies of which premiums are due to the insurer
	Kept          int // of them: not all arrived
	KeptShare     float64
	Replaced      int // customers with a policy that replaced one which had replaced one
	Late          int // policies that were written after their cover began
	AfterLoss     int // of them: written after a loss
	Losses        int // soon after cover began, on days without many losses
	Orphans       int // policies with money of which nobody knows an issue
	Shared        int // policies that were paid from one account for many customers, and ended at once
}

func day(w claim.When) int64 { return w.Time().Unix() / 86400 }

// until returns the policy as it was known by the end of a day.
func (p *policy) until(d int64) *policy {
	later := func(e Event) bool { return day(e.At) > d && e.Kind != PolicyIssued }
	if !slices.ContainsFunc(p.events, later) {
		return p
	}
	return &policy{slices.DeleteFunc(slices.Clone(p.events), later), p.issued}
}

// Figures returns those of every intermediary, or of every platform, as of a day, by insurer and name.
func (b *Book) Figures(asOf time.Time, platforms bool) []Figures {
	today := asOf.Unix() / 86400
	byName := map[policyKey]*Figures{}
	of := func(e *Event) *Figures {
		name := e.Intermediary
		if platforms {
			name = e.Platform
		}
		if name == "" {
			return nil
		}
		k := policyKey{e.Insurer, name}
		if byName[k] == nil {
			byName[k] = &Figures{Insurer: e.Insurer, Name: name}
		}
		return byName[k]
	}
	sums := map[*Figures]*[2]float64{} // collected and not arrived
	disasters, payers, chained := b.disasters(), b.payers(), b.chains()
	customers := map[*Figures]map[string]bool{}
	for k, p := range b.policies {
		if p = p.until(today); len(p.events) == 0 {
			continue
		}
		if p.issued == nil {
			if f := of(&p.events[0]); f != nil && b.hasMoney(p) {
				f.Orphans++
			}
			continue
		}
		f := of(p.issued)
		if f == nil {
			continue
		}
		f.Issued++
		s := p.sums(today - grace)
		if s.collected.IsPos() {
			f.Collected++
			c := s.collected.InexactFloat64()
			missing := s.missing.InexactFloat64()
			if sums[f] == nil {
				sums[f] = &[2]float64{}
			}
			sums[f][0] += c
			if s.missing.IsPos() {
				f.Kept++
				sums[f][1] += missing
			}
		}
		atOnce := p.endedAtOnce() && s.commission.IsPos()
		if atOnce && !b.replaced(k) {
			f.Lapsed++
		}
		if atOnce && p.paidBy(payers) {
			f.Shared++
		}
		if chained[k] {
			if customers[f] == nil {
				customers[f] = map[string]bool{}
			}
			customers[f][p.issued.Customer] = true
		}
		p.count(f, disasters)
	}
	out := make([]Figures, 0, len(byName))
	for _, f := range byName {
		if s := sums[f]; s != nil && s[0] > 0 {
			f.KeptShare = s[1] / s[0]
		}
		f.Replaced = len(customers[f])
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Figures) int {
		return cmp.Or(cmp.Compare(a.Insurer, b.Insurer), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// count counts what the policy's own days say.
func (p *policy) count(f *Figures, disasters map[int64]bool) {
	begin, written := day(p.issued.At), day(p.issued.At)
	if !p.issued.Recorded.IsZero() {
		written = day(p.issued.Recorded)
	}
	late := written-begin > lateEntry
	if late {
		f.Late++
	}
	for i := range p.events {
		if e := &p.events[i]; e.Kind == Loss {
			at := day(e.At)
			if late && at >= begin && at < written {
				f.AfterLoss++
				late = false // a policy counts once
			}
			if at >= begin && at-begin <= soonLoss && !disasters[at] {
				f.Losses++
			}
		}
	}
}

// sum is what a policy's money comes to, in its first currency by code; what is in another is left out.
type sum struct{ collected, missing, commission udecimal.Decimal }

func (p *policy) sums(due int64) sum {
	var s sum
	currency := ""
	for i := range p.events {
		if c := p.events[i].Amount.Currency; c != "" && (currency == "" || c < currency) {
			currency = c
		}
	}
	arrived := udecimal.Decimal{}
	for i := range p.events {
		e := &p.events[i]
		if !e.Kind.money() || e.Amount.Currency != currency {
			continue
		}
		switch e.Kind {
		case PremiumCollected:
			if day(e.At) <= due {
				s.collected = s.collected.Add(e.Amount.Amount)
			}
		case PremiumRemitted, PremiumRefunded:
			arrived = arrived.Add(e.Amount.Amount)
		case CommissionPaid:
			s.commission = s.commission.Add(e.Amount.Amount)
		case CommissionReturned:
			s.commission = s.commission.Sub(e.Amount.Amount)
		}
	}
	s.missing = s.collected.Sub(arrived)
	return s
}

func (p *policy) endedAtOnce() bool {
	for i := range p.events {
		if e := &p.events[i]; e.Kind == PolicyEnded {
			if after := day(e.At) - day(p.issued.At); after >= 0 && after <= early {
				return true
			}
		}
	}
	return false
}

func (b *Book) hasMoney(p *policy) bool {
	return slices.ContainsFunc(p.events, func(e Event) bool { return e.Kind.money() })
}

// replaced tells that another policy says that it replaces this one.
func (b *Book) replaced(k policyKey) bool {
	return b.successors()[k] != ""
}

// successors are the policies by the one that they replace.
func (b *Book) successors() map[policyKey]string {
	if b.next != nil && b.nextAt == len(b.seen) {
		return b.next
	}
	b.next, b.nextAt = map[policyKey]string{}, len(b.seen)
	for k, p := range b.policies {
		if p.issued != nil && p.issued.Replaces != "" {
			b.next[policyKey{k.insurer, p.issued.Replaces}] = k.policy
		}
	}
	return b.next
}

// chains are the policies that replaced one which had replaced one, all by one intermediary, each after a short time.
func (b *Book) chains() map[policyKey]bool {
	out := map[policyKey]bool{}
	earlier := func(k policyKey) (policyKey, bool) {
		p := b.policies[k]
		if p == nil || p.issued == nil || p.issued.Replaces == "" {
			return policyKey{}, false
		}
		old := policyKey{k.insurer, p.issued.Replaces}
		q := b.policies[old]
		if q == nil || q.issued == nil || q.issued.Intermediary != p.issued.Intermediary {
			return old, false
		}
		used := day(p.issued.At) - day(q.issued.At)
		return old, used >= 0 && used <= churnSpan
	}
	for k := range b.policies {
		if old, ok := earlier(k); ok {
			if _, ok = earlier(old); ok {
				out[k] = true
			}
		}
	}
	return out
}

// payers are the accounts from which the premiums of three customers and more come.
func (b *Book) payers() map[string]bool {
	customers := map[string]map[string]bool{}
	for _, p := range b.policies {
		if p.issued == nil || p.issued.Customer == "" {
			continue
		}
		for i := range p.events {
			if payer := p.events[i].Payer; payer != "" {
				if customers[payer] == nil {
					customers[payer] = map[string]bool{}
				}
				customers[payer][p.issued.Customer] = true
			}
		}
	}
	out := map[string]bool{}
	for payer, c := range customers {
		out[payer] = len(c) >= 3
	}
	return out
}

func (p *policy) paidBy(payers map[string]bool) bool {
	return slices.ContainsFunc(p.events, func(e Event) bool { return payers[e.Payer] })
}

// disasters are the days with so many losses that one who sold there is not to blame.
func (b *Book) disasters() map[int64]bool {
	count, all := map[int64]int{}, 0
	for _, p := range b.policies {
		for i := range p.events {
			if e := &p.events[i]; e.Kind == Loss {
				count[day(e.At)]++
				all++
			}
		}
	}
	out := map[int64]bool{}
	for d, n := range count {
		out[d] = n >= 8 && n*50 >= all
	}
	return out
}
