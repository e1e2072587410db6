package member_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/signals"
	"tallystick/signals/member"
)

// Who used whose signals is agreed by both, each use once a claim, and the sum over all is zero.
func TestAMonthIsSettledByBoth(t *testing.T) {
	s := found(t, "acme", "beta", "gamma")
	s.members["acme"].publish(phone)
	s.members["gamma"].publish(phone)
	s.pull()
	for range 2 { // the second look-up of a claim is no second use
		s.members["beta"].lookUp("C-1", phone)
		s.members["beta"].lookUp("C-2", phone)
		s.members["acme"].lookUp("C-1", phone)
	}
	if _, err := s.members["beta"].Settle(context.Background(), "2026-11"); err == nil {
		t.Error("a month that is not over was settled")
	}
	s.clock.move(20 * 24 * time.Hour)
	var all []member.Account
	for _, name := range []string{"acme", "beta", "gamma"} {
		h := s.members[name]
		accounts, err := h.Settle(context.Background(), "2026-11")
		if err != nil || len(accounts) != 2 {
			t.Fatalf("%s: %v, %v", name, accounts, err)
		}
		for _, a := range accounts {
			if a.Members[0] == name { // each pair once
				all = append(all, a)
			}
		}
		signed, err := h.Accounts()
		if err != nil || len(signed) != 2 {
			t.Fatalf("%s keeps %d, %v", name, len(signed), err)
		}
		for file, text := range signed {
			if strings.Count(text, "\n— ") != 2 {
				t.Errorf("%s of %s is not signed by both:\n%s", file, name, text)
			}
		}
	}
	net := member.Net(all)
	if fmt.Sprint(net) != "map[acme:1 beta:-4 gamma:3]" {
		t.Errorf("net %v", net)
	}
}

// Whatever members use of each other, what is given and taken cancels out.
func TestTheSumIsZero(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var all []member.Account
		names := []string{"a", "b", "c", "d"}
		for i := range names {
			for j := i + 1; j < len(names); j++ {
				used := rapid.SliceOfN(rapid.IntRange(0, 1000), 2, 2).Draw(rt, "used")
				all = append(all, member.Account{Month: signals.Month("2026-11"),
					Members: [2]string{names[i], names[j]}, Used: [2]int{used[0], used[1]}})
			}
		}
		sum := 0
		for _, n := range member.Net(all) {
			sum += n
		}
		if sum != 0 {
			rt.Fatalf("the sum is %d", sum)
		}
	})
}
