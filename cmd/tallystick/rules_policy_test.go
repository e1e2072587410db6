package main

import (
	"testing"

	"tallystick/install"
	"tallystick/privacy"
)

// Whichever of the built-in field policies an install has, the built-in rules find the tokens that they ask for.
func TestTheBuiltInRulesLackNoToken(t *testing.T) {
	rules, err := install.LoadRuleSet("")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range privacy.PolicyNames {
		policy, err := install.LoadPolicy(name)
		if err != nil {
			t.Fatal(err)
		}
		if lacking := rules.Lacking(policy.TokenPaths()); len(lacking) > 0 {
			t.Errorf("policy %s makes no token at %v", name, lacking)
		}
	}
}
