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
