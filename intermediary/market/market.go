package market

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
	"tallystick/intermediary"
)

// Market is what one seed gives.
type Market struct {
	Events []intermediary.Event
	Truth  map[string]string // scheme by intermediary; those who are not in it are honest
	Alike  map[string]string // honest look-alikes, by intermediary
}

var (
	schemes    = []string{"kept", "inflated", "churning", "lapsing", "after-loss", "staged"}
	lookalikes = []string{"new-branch", "campaign", "group", "slow-remitter", "paper-branch", "storm", "migration"}
)

// End is the day as of which a market is told.
var End = date(days).Time()

// Sizes of a market.
const (
	sellers   = 60
	perScheme = 2
	days      = 720
)

type maker struct {
	*rand.Rand
	m       Market
	next    int
	insurer string
}

// New makes the books of an insurer. The same seed gives the same.
func New(insurer string, seed uint64) Market {
	w := &maker{Rand: rand.New(rand.NewPCG(seed, 0x1de)), insurer: insurer, m: Market{Truth: map[string]string{},
		Alike: map[string]string{}}}
	for i := range sellers {
		name, kind := fmt.Sprintf("A-%03d", i+1), "plain"
		if k := i / perScheme; k < len(schemes) {
			kind = schemes[k]
			w.m.Truth[name] = kind
		} else if k -= len(schemes); k < len(lookalikes) {
			kind = lookalikes[k]
			w.m.Alike[name] = kind
		}
		w.seller(name, kind)
	}
	w.Shuffle(len(w.m.Events), func(i, j int) { w.m.Events[i], w.m.Events[j] = w.m.Events[j], w.m.Events[i] })
	return w.m
}

// sale is one policy as it is made up.
type sale struct {
	agent, policy, customer, payer, replaces, platform string
	begin, written                                     int // days
	premium                                            int
}

func (w *maker) seller(name, kind string) {
	n := 60 + w.IntN(120)
	if kind == "new-branch" {
		n = 150 + w.IntN(80)
	}
	strength := 0.06 + 0.3*w.Float64()
	account := fmt.Sprintf("acct-%s-own", name)
	storm := 200 + w.IntN(300)
	for i := range n {
		begin := w.IntN(days - 60)
		if kind == "new-branch" { // opens in the second year, all at once
			begin = 400 + w.IntN(120)
		}
		w.next++
		s := sale{agent: name, policy: fmt.Sprintf("P-%06d", w.next), customer: fmt.Sprintf("C-%s-%d", name, i),
			begin: begin, written: begin,
			premium: 300 + w.IntN(900), platform: []string{"", "", "compare-a", "compare-b"}[w.IntN(4)]}
		s.payer = "acct-" + s.customer
		hit := w.Float64() < strength
		if kind == "group" && i < n/2 { // an employer pays for its staff, who stay
			s.payer = "acct-employer-" + name
		}
		if kind == "paper-branch" && w.Float64() < 0.7 || kind != "after-loss" && w.Float64() < 0.03 {
			s.written = begin + 4 + w.IntN(18)
		}
		w.sell(s, kind, hit, i, account, storm)
	}
}

// sell writes what becomes of a policy.
func (w *maker) sell(s sale, kind string, hit bool, i int, account string, storm int) {
	w.loss(s, kind, hit, storm)
	if kind == "after-loss" && hit && i%2 == 0 {
		s.written = s.begin + 5 + w.IntN(20)
		w.add(s, intermediary.Loss, s.begin+w.IntN(s.written-s.begin), 0)
	}
	if kind == "inflated" && hit {
		s.payer = account
	}
	w.issue(s)
	w.add(s, intermediary.CommissionPaid, s.begin+10, s.premium*15/100)
	w.money(s, kind, hit)
	w.end(s, kind, hit)
	switch {
	case kind == "churning" && hit && i%2 == 0:
		for range 2 {
			old := s
			w.next++
			s.policy, s.replaces, s.begin = fmt.Sprintf("P-%06d", w.next), old.policy, old.begin+90+w.IntN(200)
			s.written = s.begin
			if s.begin > days {
				break
			}
			w.add(old, intermediary.PolicyEnded, s.begin, 0)
			w.issue(s)
			w.add(s, intermediary.CommissionPaid, s.begin+10, s.premium*15/100)
		}
	case kind == "migration" && s.begin < 500 && w.Float64() < 0.6: // a product ends, all go to the next one, once
		old := s
		w.next++
		s.policy, s.replaces, s.begin = fmt.Sprintf("P-%06d", w.next), old.policy, 500+w.IntN(20)
		s.written = s.begin
		w.add(old, intermediary.PolicyEnded, s.begin, 0)
		w.issue(s)
	}
}

func (w *maker) loss(s sale, kind string, hit bool, storm int) {
	switch {
	case kind == "staged" && hit && w.Float64() < 0.8:
		w.add(s, intermediary.Loss, s.begin+3+w.IntN(50), 0)
	case kind == "storm" && s.begin < storm && w.Float64() < 0.4:
		w.add(s, intermediary.Loss, storm, 0)
	case w.Float64() < 0.1:
		w.add(s, intermediary.Loss, s.begin+w.IntN(365), 0)
	}
}

func (w *maker) money(s sale, kind string, hit bool) {
	for part := range 4 {
		at, amount := s.begin+part*90, s.premium/4
		if at > days {
			return
		}
		w.add(s, intermediary.PremiumCollected, at, amount)
		delay := 2 + w.IntN(20)
		if kind == "slow-remitter" {
			delay = 25 + w.IntN(15)
		}
		switch {
		case kind == "kept" && hit:
			if w.IntN(3) == 0 {
				w.add(s, intermediary.PremiumRemitted, at+delay, amount/2)
			}
		case w.Float64() < 0.004: // a clerk loses one
		default:
			w.add(s, intermediary.PremiumRemitted, at+delay, amount)
		}
	}
}

func (w *maker) end(s sale, kind string, hit bool) {
	lapse, returned := 0.05, 0.8
	switch {
	case (kind == "lapsing" || kind == "inflated") && hit:
		lapse, returned = 0.95, 0.05
	case kind == "campaign": // many try it and go, and the commission goes back
		lapse, returned = 0.3, 0.97
	case kind == "new-branch":
		lapse = 0.1
	}
	if w.Float64() >= lapse {
		return
	}
	at := s.begin + 20 + w.IntN(140)
	w.add(s, intermediary.PolicyEnded, at, 0)
	if w.Float64() < returned {
		w.add(s, intermediary.CommissionReturned, at+5, s.premium*15/100)
	}
}

func (w *maker) issue(s sale) {
	e := w.event(s, intermediary.PolicyIssued, s.begin)
	e.Recorded, e.Replaces = date(s.written), s.replaces
	w.m.Events = append(w.m.Events, e)
}

func (w *maker) add(s sale, kind intermediary.Kind, at, amount int) {
	if at > days {
		return
	}
	e := w.event(s, kind, at)
	if amount > 0 {
		e.Amount = claim.Money{Amount: udecimal.MustFromInt64(int64(amount), 0), Currency: "USD"}
	}
	if kind == intermediary.PremiumCollected {
		e.Payer = s.payer
	}
	w.m.Events = append(w.m.Events, e)
}

func (w *maker) event(s sale, kind intermediary.Kind, at int) intermediary.Event {
	return intermediary.Event{
		Insurer: w.insurer, ID: fmt.Sprintf("R-%d", len(w.m.Events)+1), Kind: kind, Intermediary: s.agent,
		Platform: s.platform, Policy: s.policy,
		Customer: s.customer, At: date(at),
	}
}

func date(n int) claim.When { return claim.On(time.Date(2024, 1, 1+n, 0, 0, 0, 0, time.UTC)) }
