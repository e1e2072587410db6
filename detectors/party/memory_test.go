package party_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/detectors/party"
)

var day0 = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// named is a claim of a person at a garage.
func named(id string, day int, person, garage string) *party.Claim {
	e := &claim.Event{Line: claim.LineMotor, Parties: []claim.Party{{Role: "garage"}}}
	return &party.Claim{Insurer: "acme", ID: id, At: day0.AddDate(0, 0, day), Event: e, Tokens: []claim.Token{
		{Path: "claimant.id", Value: "pid_1_" + person}, {Path: "parties[0].id", Value: "pid_1_" + garage},
		{Path: "parties[0].name", Value: "nam_1_" + garage},
	}}
}

func know(m *party.Memory, c *party.Claim) party.Known {
	var k party.Known
	m.Know(c, &k)
	return k
}

// A role that is none of the schema's counts by the feed's own word; two tokens of one party are one party, and a claim
// that shares two parties is one claim.
func TestOneHopCountsEachClaimOnce(t *testing.T) {
	m := party.New(party.Limits{})
	m.Record(named("a", 0, "ann", "bolt"))
	m.Record(named("b", 1, "bob", "bolt"))
	m.Record(named("c", 2, "cid", "nuts"))
	k := know(m, named("d", 3, "ann", "bolt"))
	if k.Hop.Claims != 2 || k.Of[party.Garage].Claims != 2 || k.Of[party.Garage].Parties != 1 ||
		k.Of[party.Person].Claims != 1 || k.People.Claims != 1 {
		t.Errorf("got hop %+v, garage %+v, person %+v", k.Hop, k.Of[party.Garage], k.Of[party.Person])
	}
}

func TestAnOutcomeCountsFromWhenItIsTold(t *testing.T) {
	m := party.New(party.Limits{})
	for i := range 40 {
		m.Record(named(fmt.Sprint("h", i), i, fmt.Sprint("p", i), "nuts"))
		m.Tell("acme", fmt.Sprint("h", i), party.Cleared)
	}
	m.Record(named("a", 50, "ann", "bolt"))
	if k := know(m, named("d", 60, "dan", "bolt")); k.Hop.Claims != 1 || k.Hop.Known != 0 || k.Hop.Offset != 0 {
		t.Errorf("before it was told: %+v", k.Hop)
	}
	if m.Tell("acme", "no such claim", party.Fraud) {
		t.Error("an outcome of an unknown claim was taken")
	}
	m.Tell("acme", "a", party.Fraud)
	k := know(m, named("d", 60, "dan", "bolt"))
	all := 2.0 / 61 // the base: (1 fraud + 1) of (41 known + 20), then drawn to itself by line
	base := (1 + 20*all) / (41 + 20)
	rate := (1 + 10*base) / (1 + 10)
	want := math.Log(rate/(1-rate)) - math.Log(base/(1-base))
	if k.Hop.Fraud != 1 || math.Abs(k.Hop.Offset-want) > 1e-9 || math.Abs(k.Of[party.Garage].Offset-want) > 1e-9 {
		t.Errorf("told: %+v, want the offset %v", k.Hop, want)
	}
	m.Tell("acme", "a", party.Cleared) // a correction
	if k := know(m, named("d", 60, "dan", "bolt")); k.Hop.Fraud != 0 || k.Hop.Known != 1 || k.Hop.Offset >= 0 {
		t.Errorf("corrected: %+v", k.Hop)
	}
}

func TestTheClaimItselfAndAnotherInsurerAreNotCounted(t *testing.T) {
	m := party.New(party.Limits{})
	c := named("a", 0, "ann", "bolt")
	m.Record(c)
	m.Record(c) // a later revision
	if k := know(m, c); k.Hop.Claims != 0 {
		t.Errorf("itself: %+v", k.Hop)
	}
	other := named("a", 1, "ann", "bolt")
	other.Insurer = "birch"
	if k := know(m, other); k.Hop.Claims != 0 {
		t.Errorf("of another insurer: %+v", k.Hop)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := party.New(party.Limits{Parties: 100})
	for i := range 1000 {
		m.Record(named(fmt.Sprint("c", i), i, fmt.Sprint("p", i), "bolt"))
		m.Tell("acme", fmt.Sprint("c", i), party.Fraud)
		if m.Parties() > 101 {
			t.Fatalf("%d parties after %d claims", m.Parties(), i+1)
		}
	}
	if m.Evicted() == 0 {
		t.Error("nothing was counted as forgotten")
	}
	if k := know(m, named("x", 1000, "x", "bolt")); k.Of[party.Garage].Fraud != 1000 {
		t.Errorf("what a garage that stays had of claims that went: %+v", k.Of[party.Garage])
	}
	if k := know(m, named("x", 1000, "p999", "none")); k.Of[party.Person].Claims != 1 {
		t.Errorf("the latest person: %+v", k.Of[party.Person])
	}
}

func BenchmarkKnowAndRecord(b *testing.B) {
	m := party.New(party.Limits{})
	i := 0
	var k party.Known
	for b.Loop() {
		c := named(fmt.Sprint(i), i/100, fmt.Sprint(i%5000), fmt.Sprint(i%200))
		m.Know(c, &k)
		m.Record(c)
		i++
	}
}
