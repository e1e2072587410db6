package privacy

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/claim"
	journalentry "tallystick/claim/entry"
	"tallystick/feed/synthetic"
)

// keptEntry is the entry that the journal would have of what was protected.
func keptEntry(t rapid.TB, out *Protected) string {
	t.Helper()
	e := claim.Entry{
		Kind: claim.Decided, Insurer: out.Insurer, Claim: out.Claim, Revision: out.Revision, Line: out.Line,
		At:      time.Unix(0, 0),
		Content: out.Content[:], Values: out.Values, Tokens: out.Tokens,
	}
	for _, p := range out.Parties {
		e.Sections = append(e.Sections, p.Section)
	}
	if err := journalentry.Divide(&e, func() []byte { return make([]byte, claim.SeedSize) }); err != nil {
		t.Fatal(err)
	}
	text, err := new(journalentry.Encoder).Append(nil, &e)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A broken column of a feed puts identifiers into fields that the policy keeps. None of them is in the entry, each is
// sealed and each is counted by its place in the registry.
func TestIdentifiersInOpenFieldsAreSealed(t *testing.T) {
	event := head + `
		"policy":{"number":"PLC-00 8468","product":"DE89 3704 0044 0532 0130 00","channel":"Ann Example"},
		"claimant":{"name":"Example, Ann","phone":"+14155550123","email":"ann@mail.example","occupation":"call 555-0123","employer":"x",
			"nationalIds":[{"type":"078-05-1120","number":"AB-77-12","country":"US"}],"specialty":"Mrs ANN  EXAMPLE"},
		"parties":[{"role":"witness","name":"欧阳娜娜","address":{"line1":"7701 West Sunset Avenue","region":"7701, WEST SUNSET AVENUE"}},
			{"role":"bob@mail.example"}],
		"vehicle":{"make":"eve@mail.example","model":"1HGCM82633A004352","category":"plc008468 (motor)","vin":"WVWZZZ1JZXW000001"},
		"device":{"make":"wvwzzz 1jzxw 000001","imei":"490154203237518"},
		"items":[{"code":"AB7712","modifiers":["25","415-555-0123"],"quantity":123456789}],
		"loss":{"cause":"123-45-6789","place":{"city":"欧阳娜娜家"},"damageClass":"203.0.113.7","authorities":"a\u0007b",
			"weather":{"source":"`
	event += strings.Repeat("x", 65) + `"}}}`
	out := protectText(t, event)
	want := map[string]string{
		"policy.product": "DE89 3704 0044 0532 0130 00", "policy.channel": "Ann Example",
		"claimant.occupation":         "call 555-0123",
		"claimant.nationalIds[].type": "078-05-1120", "claimant.specialty": "Mrs ANN  EXAMPLE",
		"parties[].address.region": "7701, WEST SUNSET AVENUE", "parties[].role": "bob@mail.example",
		"vehicle.make":  "eve@mail.example",
		"vehicle.model": "1HGCM82633A004352", "vehicle.category": "plc008468 (motor)",
		"device.make":  "wvwzzz 1jzxw 000001",
		"items[].code": "AB7712", "items[].modifiers[]": "415-555-0123", "items[].quantity": "123456789",
		"loss.cause":      "123-45-6789",
		"loss.place.city": "欧阳娜娜家", "loss.damageClass": "203.0.113.7", "loss.authorities": "a\u0007b",
		"loss.weather.source": strings.Repeat("x", 65),
	}
	if got := slices.Sorted(slices.Values(out.Withheld)); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("withheld %q, want %q", got, slices.Sorted(maps.Keys(want)))
	}
	entry, sealed := keptEntry(t, out)+openPart(out), map[string]bool{}
	for _, leaf := range openAll(t, out) {
		sealed[string(leaf.Value)] = true
	}
	for path, value := range want {
		if strings.Contains(entry, value) {
			t.Errorf("%s is in the entry", path)
		}
		if !sealed[value] {
			t.Errorf("%s is not among what is sealed", path)
		}
	}
	checkOrder(t, out)

	var f claim.Filler
	e, err := f.Fill(out.OpenLists, out.Values)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Parties) != 2 || e.Parties[1].Role != "" || len(e.Items[0].Modifiers) != 2 ||
		e.Items[0].Modifiers[0] != "25" {
		t.Errorf("places in lists have moved: %+v", e)
	}
}

// What a claim is known by is kept, even where it is somebody's number too; so is what merely resembles an identifier.
func TestIdentityIsKept(t *testing.T) {
	out := protectText(t, `{"insurer":"alpha","claim":"PLC008468 Ann Example","revision":1,"line":"motor","policy":{"number":"PLC008468","product":"PLC00846"},`+
		`"claimant":{"name":"motor","id":"motor","phone":"5550123"},"parties":[{"role":"witness","name":"witness"}],`+
		`"vehicle":{"model":"Model 3 Long Range 2021"},"loss":{"cause":"motor"},"items":[{"code":"0378-6205-93"}]}`)
	if len(out.Withheld) > 0 || !strings.Contains(keptEntry(t, out), "PLC008468 Ann Example") {
		t.Errorf("withheld %q", out.Withheld)
	}
}

// Of the values that are rightly kept at most one in a thousand is sealed.
func TestHardlyAnythingIsWithheldWrongly(t *testing.T) {
	events, err := synthetic.Generate(synthetic.Config{Claims: 3000, Insurers: []string{"alpha", "beta"}})
	if err != nil {
		t.Fatal(err)
	}
	p := protection(t).Protector()
	var out Protected
	var tally withheldTally
	for event := range events {
		raw, err := claim.Encode(&event)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Protect(raw, &out); err != nil {
			t.Fatal(err)
		}
		tally.add(&out)
	}
	tally.check(t)
}

// withheldTally counts kept and sealed values.
type withheldTally struct {
	kept   int
	sealed map[string]int
}

func (w *withheldTally) add(out *Protected) {
	w.kept += len(out.Values)
	for _, path := range out.Withheld {
		if w.sealed == nil {
			w.sealed = map[string]int{}
		}
		w.sealed[path]++
		w.kept++
	}
}

func (w *withheldTally) check(t *testing.T) {
	t.Helper()
	sealed := 0
	for _, n := range w.sealed {
		sealed += n
	}
	t.Logf("%d of %d kept values are sealed: %v", sealed, w.kept, w.sealed)
	if w.kept == 0 || sealed*1000 > w.kept {
		t.Errorf("%d of %d kept values are sealed, want at most one in a thousand: %v", sealed, w.kept, w.sealed)
	}
}
