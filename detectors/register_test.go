package detectors_test

import (
	"bytes"
	"strings"
	"testing"

	"tallystick/detectors"
)

const aToken = "phn_1_abcdefghijklmnopqrstuvwxya"

func TestAListOfBusinessesIsReadAsItIsWritten(t *testing.T) {
	list, err := detectors.ReadBusinesses(strings.NewReader("# call centres\n\nacme " + aToken + " # relief\nbirch " +
		aToken + "\nacme " + aToken + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := list.Write(&out); err != nil {
		t.Fatal(err)
	}
	if want := "acme " + aToken + "\nbirch " + aToken + "\n"; out.String() != want {
		t.Fatalf("%q, want %q", out.String(), want)
	}
}

// What is none is said by its line; it may be a clear value in the wrong file, so it is not quoted.
func TestAWrongListOfBusinessesIsRefused(t *testing.T) {
	for _, bad := range []string{"acme", "acme 2125550147", "acme phn_1_abc", "acme " + aToken + " more",
		strings.Repeat("x", 1<<17)} {
		_, err := detectors.ReadBusinesses(strings.NewReader("\n" + bad))
		if err == nil || strings.Contains(err.Error(), "2125550147") {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}

// A list stays in force when a kept state is recalled, whose numbers of tokens are others.
func TestRegisteredBusinessesOutliveARecall(t *testing.T) {
	rs := defaultRules(t)
	var kept bytes.Buffer
	first := newDesk(rs)
	for i, id := range []string{"a", "b"} {
		first.decide(input(0, id, i, "", person(i, "claimant.email=eml_1_abcdefghijklmnopqrstuvwxya",
			"claimant.phone="+aToken, "claimant.bankAccount=bnk_1_abcdefghijklmnopqrstuvwxya")...))
	}
	if err := first.state.Keep(&kept); err != nil {
		t.Fatal(err)
	}
	d := newDesk(rs)
	d.state.Register(detectors.Businesses{"acme": {aToken, "bnk_1_abcdefghijklmnopqrstuvwxya",
		"eml_1_abcdefghijklmnopqrstuvwxya"}})
	if err := d.state.Recall(&kept, all); err != nil {
		t.Fatal(err)
	}
	d.next = 2
	last := input(0, "c", 3, "",
		person(3, "claimant.phone="+aToken, "claimant.bankAccount=bnk_1_abcdefghijklmnopqrstuvwxya")...)
	if res := d.decide(last); len(res.Decision.Rings) != 0 {
		t.Fatalf("%+v", res.Decision.Rings)
	}
}

func FuzzReadBusinesses(f *testing.F) {
	f.Add([]byte("acme " + aToken + "\n"))
	f.Add([]byte("# nothing\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := detectors.ReadBusinesses(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := list.Write(&out); err != nil {
			t.Fatal(err)
		}
		again, err := detectors.ReadBusinesses(&out)
		if err != nil || len(again) != len(list) {
			t.Fatalf("%d insurers written, %d read, %v", len(list), len(again), err)
		}
		for insurer := range list {
			if len(again[insurer]) > len(list[insurer]) {
				t.Fatal("more tokens came back")
			}
		}
	})
}
