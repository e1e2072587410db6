package synthetic

import (
	"errors"
	"iter"
	"math/rand/v2"
	"time"

	"tallystick/claim"
)

// Config says what to make up. Its zero value, with Claims set, is a feed of two insurers over half a year of 2025.
type Config struct {
	Seed     uint64        // the same seed and fields give the same feed
	Claims   int           // events to yield; at least 1
	Start    time.Time     // when the first is recorded; default 2025-01-06 06:00 UTC
	Span     time.Duration // from the first to the last; default 180 days
	Insurers []string      // by turns of the US, Britain and Germany; default acme and birch
	Fraud    float64       // share of fraudulent claims; 0 means 0.06, negative none
	Innocent float64       // share of innocent look-alikes; 0 means 0.05, negative none
	// share of claims of garages in their first week and of people reached through a call centre; 0 means none
	Newcomer float64
}

func (c Config) withDefaults() (Config, error) {
	if c.Claims < 1 {
		return c, errors.New("synthetic: Claims is below 1")
	}
	if c.Start.IsZero() {
		c.Start = time.Date(2025, 1, 6, 6, 0, 0, 0, time.UTC)
	}
	if c.Span == 0 {
		c.Span = 180 * 24 * time.Hour
	}
	if c.Span < 0 {
		return c, errors.New("synthetic: Span is negative")
	}
	if len(c.Insurers) == 0 {
		c.Insurers = []string{"acme", "birch"}
	}
	if c.Fraud == 0 {
		c.Fraud = 0.06
	}
	if c.Innocent == 0 {
		c.Innocent = 0.05
	}
	if c.Newcomer < 0 {
		return c, errors.New("synthetic: Newcomer is negative")
	}
	if c.Fraud+c.Innocent+c.Newcomer > 0.8 {
		return c, errors.New("synthetic: Fraud, Innocent and Newcomer together are over 0.8")
	}
	return c, nil
}

// Kind is what a claim of the feed is.
type Kind string

// The kinds. Honest claims are the rest; those from Family on are innocent but look like fraud.
const (
	Honest Kind = "honest"

	RingFraud         Kind = "ring"         // people who swap roles, with shared telephones, accounts and addresses
	DuplicateFraud    Kind = "duplicate"    // one loss claimed under several policies
	EarlyFraud        Kind = "early"        // a loss days after the policy or its rise
	NearLimitFraud    Kind = "near-limit"   // amounts just below what the handler may settle alone
	TelematicsFraud   Kind = "telematics"   // the vehicle's recorder tells another story
	IntermediaryFraud Kind = "intermediary" // an agent, garage or clinic whose business is inflated

	Family      Kind = "family"               // one household: address, policy and account in common
	Employer    Kind = "employer-account"     // staff whose benefits go to the employer's account
	Switchboard Kind = "hospital-switchboard" // patients reached through the hospital's number
	RepairChain Kind = "repair-chain"         // customers of a large chain, paid directly
	NewGarage   Kind = "new-garage"           // customers of a garage in its first week, of which nobody has heard
	// people who are reached through one number, such as a relief organisation's
	CallCentre Kind = "call-centre"
)

// Fraud reports whether claims of this kind are fraudulent.
func (k Kind) Fraud() bool {
	switch k {
	case RingFraud, DuplicateFraud, EarlyFraud, NearLimitFraud, TelematicsFraud, IntermediaryFraud:
		return true
	}
	return false
}

// Innocent reports whether claims of this kind are honest but look like fraud.
func (k Kind) Innocent() bool { return k != Honest && !k.Fraud() }

// Label is the truth about a claim.
type Label struct {
	Insurer string
	Claim   string
	Kind    Kind
	Group   string // names the claims that belong together; empty for honest ones
}

// Generate yields cfg.Claims events with their labels in the order in which they were recorded. Only groups that are
// under way are held in memory, so the feed may be of any size. It fails where cfg is not usable.
func Generate(cfg Config) (iter.Seq2[claim.Event, Label], error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return func(yield func(claim.Event, Label) bool) {
		newTimeline(cfg).run(yield)
	}, nil
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x7a11_571c)) }
