package detectors_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/detectors"
)

// person is a claimant of his own with these tokens.
func person(i int, tokens ...string) []string {
	return append(tokens, fmt.Sprint("claimant.nationalIds=nid_1_", i), fmt.Sprint("policy.number=pol_1_", i))
}

func rules(d *claim.Decision) (out []string) {
	for _, r := range d.Reasons {
		out = append(out, r.Rule)
	}
	return out
}

// An account and a phone shared by very many weigh no less than shared by some: the 65th claim is not let off, nor the
// 500th.
func TestACrowdIsNotLetOff(t *testing.T) {
	d := newDesk(defaultRules(t))
	for i := range 500 {
		res := d.decide(input(0, fmt.Sprint("c", i), i/10, "",
			person(i, "claimant.phone=phn_1_r", "claimant.bankAccount=bnk_1_r")...))
		if i < 2 {
			continue
		}
		want := []string{"shared-bank-account@2", "shared-phone@2"}
		if i >= 20 { // they join nothing any more, and that is a reason
			want = []string{"shared-bank-account@2", "account-of-crowd@1", "phone-of-crowd@1"}
		}
		got := rules(&res.Decision)
		for _, rule := range want {
			if !slices.Contains(got, rule) || res.Decision.Score < 0.2 {
				t.Fatalf("claim %d: %.3f %v, want %s", i, res.Decision.Score, got, rule)
			}
		}
	}
}

// Nobody takes a ring apart by naming a business with its phone and account in other claims, unless more do so than the
// ring has members, over a week: as many as a real business has customers.
func TestNamingAVendorDisarmsNoRing(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk(rs)
		members := rapid.IntRange(4, 12).Draw(t, "members")
		named := rapid.IntRange(1, members-2).Draw(t, "named")
		kinds := append(slices.Repeat([]string{"member"}, members), slices.Repeat([]string{"naming"}, named)...)
		kinds = rapid.Permutation(kinds).Draw(t, "order")
		found := map[string]bool{}
		for i, kind := range kinds {
			tokens := person(i, "claimant.phone=phn_1_r", "claimant.bankAccount=bnk_1_r")
			if kind == "naming" {
				tokens = person(i, "vendor.phone=phn_1_r", "vendor.bankAccount=bnk_1_r")
			}
			res := d.decide(input(0, fmt.Sprint(kind, i), rapid.IntRange(0, 300).Draw(t, "day"), "", tokens...))
			for _, ring := range res.Decision.Rings {
				for _, m := range ring.Claims {
					found[m.Claim] = true
				}
			}
		}
		last := d.decide(input(0, "last", 300, "",
			person(99, "claimant.phone=phn_1_r", "claimant.bankAccount=bnk_1_r")...))
		if len(last.Decision.Rings) != 1 || len(last.Decision.Rings[0].Claims) != members+1 {
			t.Fatalf("%d members, %d claims name a vendor: %+v", members, named, last.Decision.Rings)
		}
		if got := rules(&last.Decision); !slices.Contains(got, "account-posing-as-business@1") {
			t.Fatalf("that its account is called a vendor's is no reason: %v", got)
		}
		for id := range found {
			if id[0] == 'n' {
				t.Fatalf("%s only names the vendor, and is in the ring", id)
			}
		}
	})
}

// A garage that nobody has heard of is no ring of its customers in its first week, however many they are.
func TestANewGarageIsNoRing(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk(rs)
		for i := range rapid.IntRange(3, 60).Draw(t, "customers") {
			res := d.decide(input(0, fmt.Sprint("c", i), rapid.IntRange(0, 6).Draw(t, "day"), "",
				person(i, "repairer.id=pid_1_g", "repairer.phone=phn_1_g", "repairer.bankAccount=bnk_1_g",
					"repairer.email=eml_1_g")...))
			if len(res.Decision.Rings) > 0 {
				t.Fatalf("customer %d: %+v", i, res.Decision.Rings)
			}
		}
	})
}

// What the insurer registers is a business's from the first claim on, and only with that insurer.
func TestARegisteredBusinessJoinsNothing(t *testing.T) {
	d := newDesk(defaultRules(t))
	shared := []string{"claimant.phone=phn_1_r", "claimant.bankAccount=bnk_1_r"}
	ringOf := func(insurer string) (rings int) {
		for i := range 5 {
			in := input(0, fmt.Sprint("c", i), i, "", person(i, shared...)...)
			in.Insurer = insurer
			rings += len(d.decide(in).Decision.Rings)
		}
		return rings
	}
	d.state.Register(detectors.Businesses{"acme": {"phn_1_r"}})
	if n := ringOf("acme"); n != 0 {
		t.Fatalf("%d decisions name a ring over a registered call centre's phone", n)
	}
	if n := ringOf("birch"); n != 3 {
		t.Fatalf("%d decisions name the ring at an insurer that registered nothing, want 3", n)
	}
}
