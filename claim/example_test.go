package claim_test

import (
	"fmt"
	"time"

	"tallystick/claim"
)

// An event is decoded, checked, and refused with a problem that names the place and not the value.
func ExampleDecode() {
	e, err := claim.Decode([]byte(`{"insurer":"acme","claim":"C-1","revision":1,"line":"motor",
		"loss":{"time":"2026-03"},"amounts":{"claimed":{"amount":"-990.00","currency":"EUR"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %s\n", claim.Key(e.Insurer, e.ID), e.Loss.Time)
	fmt.Println(claim.Validate(e, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), claim.Limits{}))

	_, err = claim.Decode([]byte(`{"claimant":{"phone":"+12025550143","phone":"+12025550199"}}`))
	fmt.Println(err)
	// Output:
	// acme/C-1 2026-03
	// amounts.claimed: negative-money: money is not below zero
	// claimant.phone: duplicate-name at byte 36: each name once in an object
}

func ExampleSkimmer() {
	journal := []string{ // two values of a folded partition
		`{"v":2,"kind":"decided","insurer":"acme","claim":"C-1","revision":1,"source":{"partition":0,"offset":7},"at":"2026-01-01T00:00:00Z","event":{"line":"motor"},"tokens":[{"path":"claimant.phone","token":"phn_1_k7f3"}],"decision":{"score":0.1,"base":-2.2,"outcome":"settle","ruleset":"base@1"},"seed":"","commitment":""}`,
		`{"v":2,"kind":"dead","source":{"partition":0,"offset":8},"at":"2026-01-01T00:00:01Z","dead":{"code":"not-json","partition":0,"offset":0},"seed":"","commitment":""}`,
	}
	var skimmer claim.Skimmer
	for _, value := range journal {
		e, err := skimmer.Skim([]byte(value))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.Kind, e.Source.Offset, e.Claim, e.Tokens)
	}
	// Output:
	// decided 7 C-1 [{claimant.phone  phn_1_k7f3}]
	// dead 8  []
}
