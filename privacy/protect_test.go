package privacy

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
)

// head begins an event that is complete so far.
const head = `{"insurer":"alpha","claim":"c-1","revision":1,"line":"motor",`

func protectText(t testing.TB, event string) *Protected {
	t.Helper()
	out := new(Protected)
	if err := protection(t).Protector().Protect([]byte(event), out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMotorClaim shows what becomes of a whole claim: a change of policy, tokens or form shows here.
func TestMotorClaim(t *testing.T) {
	out := protectText(t, string(sample(t)))
	var b strings.Builder
	fmt.Fprintf(&b, "insurer %s, claim %s, revision %d, line %s\ncontent %x\n\nopen\n%s\n\ntokens\n", out.Insurer,
		out.Claim, out.Revision, out.Line, out.Content, openPart(out))
	for _, token := range out.Tokens {
		fmt.Fprintf(&b, "%-36s %-8s %s\n", token.Path, token.Role, token.Value)
	}
	b.WriteString("\nopen leaves\n")
	for _, v := range out.Values {
		fmt.Fprintf(&b, "%-36s %c %s\n", v.Path, v.Kind, v.Bytes)
	}
	b.WriteString("\nsealed leaves\n")
	for _, p := range out.Parties {
		for i, l := range p.Leaves {
			fmt.Fprintf(&b, "%-12s %2d %-36s %c %s\n", p.Party, i, l.Path, l.Kind, l.Value)
		}
	}
	golden(t, "motor.golden.txt", b.String())
}

func TestOpenPartIsAnEvent(t *testing.T) {
	out := protectText(t, string(sample(t)))
	var e claim.Event
	if err := json.Unmarshal([]byte(openPart(out)), &e); err != nil {
		t.Fatal(err)
	}
	if e.Claimant.Name != "" || e.Loss.Cause != "collision" || len(e.Parties) != 2 ||
		e.Parties[1].Role != claim.Vendor {
		t.Errorf("decoded %+v", e)
	}
}

func TestArrayPositionsStay(t *testing.T) {
	tests := []struct{ event, open string }{
		{head + `"items":[{"description":"Ann Example"},{"code":"1"}]}`, head + `"items":[{},{"code":"1"}]}`},
		{head + `"items":[null,{"code":"1"}]}`, head + `"items":[{},{"code":"1"}]}`},
		{head + `"documents":[{"latitude":1},{}]}`, head + `"documents":[{},{}]}`},
		{head + `"items":[{"modifiers":[null,"25"]}]}`, head + `"items":[{"modifiers":[null,"25"]}]}`},
		{head + `"parties":[],"policy":{},"narrative":null,"claimant":{"address":{}}}`, head[:len(head)-1] + `}`},
		{head + `"claimant":{"name":"Ann Example"}}`, head[:len(head)-1] + `}`},
	}
	for _, tt := range tests {
		if got := openPart(protectText(t, tt.event)); !sameJSON(t, got, tt.open) {
			t.Errorf("%s\n got %s\nwant %s", tt.event, got, tt.open)
		}
	}
}

func TestUnnamedMembersAreSealedWithTheirNames(t *testing.T) {
	out := protectText(t, head+
		`"attributes":{"johnSmith":{"text":"marker-1"},"n":{"number":7}},"loss":{"oddity":[true,{"x y":"marker-2"}]},`+
		`"parties":[{"role":"agent","petName":"marker-3"}],"unknown[0]":"marker-4","claimant":null}`)
	for _, p := range out.Parties {
		for _, l := range p.Leaves {
			if strings.Contains(l.Path, "john") || strings.Contains(l.Path, "oddity") ||
				strings.Contains(l.Path, "petName") {
				t.Errorf("a name shows in path %s", l.Path)
			}
		}
	}
	want := map[string]string{
		"attributes.unknown[0]": `{"path":"attributes.johnSmith.text","value":"marker-1"}`,
		"attributes.unknown[1]": `{"path":"attributes.n.number","value":7}`,
		"loss.unknown[0]":       `{"path":"loss.oddity[0]","value":true}`,
		"loss.unknown[1]":       `{"path":"loss.oddity[1][\"x y\"]","value":"marker-2"}`,
		"parties[0].unknown[0]": `{"path":"parties[0].petName","value":"marker-3"}`,
		"unknown[0]":            `{"path":"[\"unknown[0]\"]","value":"marker-4"}`,
	}
	opened := openAll(t, out)
	for path, text := range want {
		if got := string(opened[path].Value); got != text {
			t.Errorf("%s holds %s, want %s", path, got, text)
		}
	}
	if len(opened) != len(want) {
		t.Errorf("%d values are sealed, want %d", len(opened), len(want))
	}
	if want := head + `"parties":[{"role":"agent"}]}`; !sameJSON(t, openPart(out), want) {
		t.Errorf("open part %s", openPart(out))
	}
	if len(out.Parties) != 2 || out.Parties[0].Party != "parties[0]" || out.Parties[1].Party != "record" {
		t.Errorf("an unnamed value of a party is not under the party's key")
	}
}

func TestGeneralised(t *testing.T) {
	tests := []struct{ fields, open string }{
		{`"birthDate":"1980-02-11"`, `"birthYear":1980`},
		{`"birthDate":"1980-02-11T05:00:00Z"`, `"birthYear":1980`},
		{`"birthDate":"1980"`, `"birthYear":1980`},
		{`"birthDate":"0980-01-01"`, ``},
		{`"address":{"postcode":"72704-1234"}`, `"address":{"postcodeArea":"727"}`},
		{`"address":{"postcode":"sw1a 1aa"}`, `"address":{"postcodeArea":"SW1"}`},
		{`"address":{"postcode":"1010"}`, `"address":{"postcodeArea":"10"}`},
		{`"address":{"postcode":"101"}`, `"address":{"postcodeArea":"1"}`},
		{`"address":{"postcode":"10"}`, ``},
		{`"address":{"postcode":"〒100-0001"}`, ``},
	}
	for _, tt := range tests {
		want := head[:len(head)-1] + `}`
		if tt.open != "" {
			want = head + `"claimant":{` + tt.open + `}}`
		}
		out := protectText(t, head+`"claimant":{`+tt.fields+`}}`)
		if got := openPart(out); !sameJSON(t, got, want) {
			t.Errorf("%s: open part %s, want %s", tt.fields, got, want)
		}
		if len(out.Parties) != 1 || len(out.Parties[0].Leaves) != 1 {
			t.Errorf("%s: the exact value is not sealed", tt.fields)
		}
	}
}

func TestBadEvents(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct {
		name, event string
		code        claim.Code
		path        string
		known       string // insurer/claim/revision that must be told
	}{
		{"empty", ``, claim.NotJSON, "", "//0"},
		{"truncated", head + `"claimant":{"name":"Ann`, claim.NotJSON, "claimant.name", "alpha/c-1/1"},
		{"truncated after a name", head + `"claimant"`, claim.NotJSON, "claimant", "alpha/c-1/1"},
		{"malformed", head + `"claimant":{"name":Ann}}`, claim.NotJSON, "claimant.name", "alpha/c-1/1"},
		{"mismatched", head + `"parties":[}`, claim.NotJSON, "parties[]", "alpha/c-1/1"},
		{"trailing", head[:len(head)-1] + `} {}`, claim.NotJSON, "", "alpha/c-1/1"},
		{"not an object", `["insurer"]`, claim.WrongType, "", "//0"},
		{"a byte order mark", "\ufeff{}", claim.NotJSON, "", "//0"},
		{"not UTF-8", head + `"narrative":"` + "caf\xe9" + `"}`, claim.NotUTF8, "narrative", "alpha/c-1/1"},
		{"not UTF-8 in a name", head + `"` + "caf\xe9" + `":1}`, claim.NotUTF8, "", "alpha/c-1/1"},
		{"half a surrogate", head + `"narrative":"\ud800"}`, claim.NotJSON, "narrative", "alpha/c-1/1"},
		{"doubled name", head + `"claimant":{"name":"Ann","name":"Bob"}}`, claim.DuplicateName, "claimant",
			"alpha/c-1/1"},
		{"doubled name, escaped", head + `"claimant":{"name":"Ann","n\u0061me":"Bob"}}`, claim.DuplicateName,
			"claimant", "alpha/c-1/1"},
		{"doubled unnamed", head + `"x":{"Ann":1,"Ann":2}}`, claim.DuplicateName, "", "alpha/c-1/1"},
		{"too deep", head + `"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, claim.TooDeep, "",
			"alpha/c-1/1"},
		{"too large", head + `"narrative":"` + strings.Repeat("x", 1<<20) + `"}`, claim.TooLarge, "", "//0"},
		{"too many values", head + `"items":[` + strings.Repeat(`{"code":"1"},`, 4096) + `{}]}`, claim.TooLarge,
			"items[].code", "alpha/c-1/1"},
		{"too many nulls", head + `"items":[` + strings.Repeat(`null,`, 4096) + `null]}`, claim.TooLarge, "items",
			"alpha/c-1/1"},
		{"too many objects", head + `"items":[` + strings.Repeat(`{},`, 4096) + `{}]}`, claim.TooLarge, "items[]",
			"alpha/c-1/1"},
		{"long name above many values", head + `"` + strings.Repeat("x", 1<<19) + `":[` + strings.Repeat("1,", 99) +
			`1]}`, claim.TooLarge, "", "alpha/c-1/1"},
		{"object for a string", head + `"narrative":{"text":"Ann"}}`, claim.WrongType, "narrative", "alpha/c-1/1"},
		{"number for a string", head + `"claimant":{"phone":4155550123}}`, claim.WrongType, "claimant.phone",
			"alpha/c-1/1"},
		{"string for an object", head + `"parties":[{},{"address":"1 Main St"}]}`, claim.WrongType, "parties[].address",
			"alpha/c-1/1"},
		{"object for an array", head + `"parties":{"name":"Ann"}}`, claim.WrongType, "parties", "alpha/c-1/1"},
		{"string for a boolean", head + `"loss":{"policeReport":"yes"}}`, claim.WrongType, "loss.policeReport",
			"alpha/c-1/1"},
		{"fraction for an integer", head + `"vehicle":{"year":2003.5}}`, claim.WrongType, "vehicle.year",
			"alpha/c-1/1"},
		{"half of money", head + `"amounts":{"paid":{"currency":"EUR"}}}`, claim.Missing, "amounts.paid.amount",
			"alpha/c-1/1"},
		{"other half of money", head + `"attributes":{"a":{"money":{"amount":"1"}}}}`, claim.Missing,
			"attributes.*.money.currency", "alpha/c-1/1"},
		{"attribute's name", head + `"attributes":{"Ann Example":{"number":1}}}`, claim.Invalid, "attributes.*",
			"alpha/c-1/1"},
		{"attribute of nothing", head + `"attributes":{"a":null}}`, claim.Invalid, "attributes.*", "alpha/c-1/1"},
		{"attribute of two values", head + `"attributes":{"a":{"number":1,"flag":true}}}`, claim.Invalid,
			"attributes.*", "alpha/c-1/1"},
		{"text for an attribute's number", head + `"attributes":{"a":{"number":"Ann"}}}`, claim.WrongType,
			"attributes.*.number", "alpha/c-1/1"},
		{"party without a role", head + `"parties":[{"role":"agent"},{"name":"Ann"}]}`, claim.Missing, "parties[].role",
			"alpha/c-1/1"},
		{"index into no party", head + `"parties":[{"role":"agent"}],"items":[{"party":1}]}`, claim.Invalid,
			"items[].party", "alpha/c-1/1"},
		{"too many in a list", head + `"telematics":[` + strings.Repeat(`{},`, 1000) + `{}]}`, claim.Invalid,
			"telematics", "alpha/c-1/1"},
		{"no line", strings.Replace(head, `"line":"motor",`, ``, 1) + `"narrative":"Ann"}`, claim.Missing, "line",
			"alpha/c-1/1"},
		{"birth date that is none", head + `"claimant":{"birthDate":"11.02.1980 Ann"}}`, claim.Invalid,
			"claimant.birthDate", "alpha/c-1/1"},
		{"birth date empty", head + `"parties":[{"birthDate":""}]}`, claim.Invalid, "parties[].birthDate",
			"alpha/c-1/1"},
		{"birth date tomorrow", head + `"claimant":{"birthDate":"2020-07-03"}}`, claim.Future, "claimant.birthDate",
			"alpha/c-1/1"},
		{"born in a minute", head + `"claimant":{"birthDate":"2020-07-01T12:11:00Z"}}`, claim.Future,
			"claimant.birthDate", "alpha/c-1/1"},
		{"latitude", head + `"loss":{"place":{"latitude":-90.5}}}`, claim.Invalid, "loss.place.latitude",
			"alpha/c-1/1"},
		{"longitude", head + `"telematics":[{"longitude":1e999}]}`, claim.Invalid, "telematics[].longitude",
			"alpha/c-1/1"},
		{"long name", head + `"claimant":{"name":"` + strings.Repeat("x", 1025) + `"}}`, claim.Invalid, "claimant.name",
			"alpha/c-1/1"},
		{"long narrative", head + `"narrative":"` + strings.Repeat("x", 65537) + `"}`, claim.Invalid, "narrative",
			"alpha/c-1/1"},
		{"no insurer", `{"claim":"c-1","revision":1}`, claim.Missing, "insurer", "/c-1/1"},
		{"insurer null", `{"insurer":null,"claim":"c-1","revision":1}`, claim.Missing, "insurer", "/c-1/1"},
		{"no claim", `{"insurer":"alpha","revision":1}`, claim.Missing, "claim", "alpha//1"},
		{"no revision", `{"insurer":"alpha","claim":"c-1"}`, claim.Missing, "revision", "alpha/c-1/0"},
		{"revision a string", `{"insurer":"alpha","claim":"c-1","revision":"1"}`, claim.WrongType, "revision",
			"alpha/c-1/0"},
		{"revision 0", `{"insurer":"alpha","claim":"c-1","revision":0}`, claim.Invalid, "revision", "alpha/c-1/0"},
		{"revision too large", `{"insurer":"alpha","claim":"c-1","revision":2147483648}`, claim.Invalid, "revision",
			"alpha/c-1/0"},
		{"unknown insurer", `{"insurer":"gamma","claim":"c-1","revision":1,"line":"motor"}`, claim.UnknownInsurer,
			"insurer", "/c-1/1"},
		{"insurer that is no name", `{"insurer":"Ann Example","claim":"c-1","revision":1}`, claim.Invalid, "insurer",
			"//0"},
		{"claim number with a control character", `{"insurer":"alpha","claim":"Ann\nExample","revision":1}`,
			claim.Invalid, "claim", "alpha//0"},
		{"claim number too long", `{"insurer":"alpha","claim":"` + long + `","revision":1}`, claim.Invalid, "claim",
			"alpha//0"},
		{"claim number empty", `{"insurer":"alpha","claim":"","revision":1}`, claim.Missing, "claim", "alpha//1"},
	}
	now := time.Date(2020, 7, 1, 12, 0, 0, 0, time.UTC)
	s, err := New(Config{Keys: keySet(t, 1), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Protector()
	var out Protected
	for _, good := range []string{
		head + `"claimant":{"birthDate":"2020-07-02"}}`, // in the first time zone it is the 2nd
		head + `"claimant":{"birthDate":"2020-07-01T12:09:00Z","name":"` + strings.Repeat("x", 1024) + `"}}`,
		head + `"vehicle":{"year":2.01e3},"loss":{"witnesses":1.0}}`,
		`{"insurer":"alpha","claim":"粤B-2024-0001 #7","revision":1,"line":"motor"}`,
		head + `"loss":{"place":{"latitude":-90,"longitude":180.0}},"narrative":"` + strings.Repeat("x", 65536) + `"}`,
	} {
		if err := p.Protect([]byte(good), &out); err != nil {
			t.Error(err)
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := p.Protect([]byte(tt.event), &out)
			var problem *claim.Problem
			if !errors.As(err, &problem) {
				t.Fatalf("got %v, want a problem", err)
			}
			if problem.Code != tt.code || problem.Path != tt.path {
				t.Errorf("got %v, want %s at %q", problem, tt.code, tt.path)
			}
			if known := fmt.Sprintf("%s/%s/%d", out.Insurer, out.Claim, out.Revision); known != tt.known {
				t.Errorf("it told %s, want %s", known, tt.known)
			}
			for _, word := range []string{"Ann", "Bob", "gamma", "415", "Main", "xxx", "yes"} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("the error quotes the event: %v", err)
				}
			}
			if len(out.OpenLists)+len(out.Withheld)+len(out.Tokens)+len(out.Parties)+len(out.Keys)+len(out.Values) > 0 || out.Content != [32]byte{} {
				t.Error("something of a refused event is left")
			}
		})
	}
	// After all that the protector still works.
	if err := p.Protect(sample(t), &out); err != nil {
		t.Error(err)
	}
}

func TestOffsetsPointAtTheFault(t *testing.T) {
	event := head + `"narrative":"` + "caf\xe9" + `"}`
	var out Protected
	err := protection(t).Protector().Protect([]byte(event), &out)
	var problem *claim.Problem
	if !errors.As(err, &problem) || problem.Offset != int64(strings.Index(event, "\xe9")) {
		t.Errorf("got %v", err)
	}
}

func TestContentDoesNotDependOnWriting(t *testing.T) {
	base := protectText(t, head+`"claimant":{"name":"Ann","phone":"+1"},"x":{"b":1,"a":[2,"3"]}}`).Content
	for _, same := range []string{
		`{"x":{"a":[2,"3"],"b":1},"claimant":{"phone":"+1","name":"Ann"},"revision":1,"line":"motor","claim":"c-1","insurer":"alpha"}`,
		head[:len(head)-len(`"line":"motor",`)] +
			` "line" : "m\u006ftor", "claimant" : {"name":"\u0041nn","phone":"+1","email":null}, "x" : {"b":1,"a":[2,"3"],"c":{},"d":[]} } `,
	} {
		if protectText(t, same).Content != base {
			t.Errorf("other content: %s", same)
		}
	}
	for _, other := range []string{
		head + `"claimant":{"name":"Ann","phone":"+2"},"x":{"b":1,"a":[2,"3"]}}`,
		head + `"claimant":{"name":"Ann","phone":"+1"},"x":{"b":1,"a":[2,3]}}`,
		head + `"claimant":{"name":"Ann","phone":"+1"},"x":{"b":1,"a":["3",2]}}`,
		head + `"claimant":{"name":"Ann","phone":"+1"},"x":{"b":1.0,"a":[2,"3"]}}`,
		head + `"claimant":{"name":"Ann","phone":"+1"},"x.b":1,"x":{"a":[2,"3"]}}`,
		strings.Replace(head, "alpha", "beta", 1) + `"claimant":{"name":"Ann","phone":"+1"},"x":{"b":1,"a":[2,"3"]}}`,
	} {
		if protectText(t, other).Content == base {
			t.Errorf("same content: %s", other)
		}
	}
}

// TestContentDoesNotDependOnThePolicy: naming a field later must not make a redelivered event look changed.
func TestContentDoesNotDependOnThePolicy(t *testing.T) {
	event := head + `"attributes":{"a":{"text":"x"},"b":{"text":"y"}},"loss":{"cause":"fire"}}`
	own := Source{Name: "own.yaml",
		Text: []byte("version: 1\nfields:\n  attributes.b.text: {class: open, action: drop}\n")}
	policy, err := LoadPolicy(Source{Name: "default.yaml", Text: defaultPolicy}, own)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Keys: keySet(t, 1), Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	var out Protected
	if err := s.Protector().Protect([]byte(event), &out); err != nil {
		t.Fatal(err)
	}
	if out.Content != protectText(t, event).Content {
		t.Error("the policy changed the content digest")
	}
	if opened := openAll(t, &out); len(opened) != 1 {
		t.Errorf("a dropped value is kept: %d values are sealed", len(opened))
	}
}

func TestTokensOfPartiesCarryTheirRole(t *testing.T) {
	out := protectText(t, head+
		`"parties":[{"phone":"+14155550123","role":"repairer"},{"role":"Ann Example","phone":"+14155550124"}],`+
		`"claimant":{"phone":"+14155550125"}}`)
	got := fmt.Sprint(out.Tokens[0].Role, "|", out.Tokens[1].Role, "|", out.Tokens[2].Role)
	if len(out.Tokens) != 3 || got != "|repairer|" {
		t.Errorf("roles %s of %d tokens", got, len(out.Tokens))
	}
}

func TestPhoneIsReadByThePartysCountry(t *testing.T) {
	out := protectText(t, head+
		`"parties":[{"role":"agent","phone":"020 7946 0123","address":{"country":"GB"}},{"role":"agent","phone":"+442079460123"},{"role":"agent","phone":"020 7946 0123"}]}`)
	if out.Tokens[0].Value != out.Tokens[1].Value || out.Tokens[0].Value == out.Tokens[2].Value {
		t.Error("the country of the address does not count")
	}
}

func TestEmptyValuesGetNoToken(t *testing.T) {
	out := protectText(t, head+
		`"claimant":{"name":"--","phone":"","email":" ","bankAccount":{"iban":"","number":""},"address":{"line1":""}}}`)
	if len(out.Tokens) != 0 {
		t.Errorf("tokens %v", out.Tokens)
	}
}

// TestOutIsUsedAgain: what was of one event must not show in the next.
func TestOutIsUsedAgain(t *testing.T) {
	p := protection(t).Protector()
	var out Protected
	for range 3 {
		if err := p.Protect(sample(t), &out); err != nil {
			t.Fatal(err)
		}
		if len(openAll(t, &out)) != 24 || len(out.Keys) != len(out.Parties) {
			t.Errorf("%d sealed values, %d keys", len(openAll(t, &out)), len(out.Keys))
		}
		if err := p.Protect([]byte(head+`"narrative":"x"}`), &out); err != nil {
			t.Fatal(err)
		}
		if len(out.Tokens) != 0 || len(out.Parties) != 1 || len(out.Parties[0].Leaves) != 1 || len(out.Values) != 4 {
			t.Error("something of the event before is left")
		}
	}
}

func TestTwoProtectorsAgree(t *testing.T) {
	shared := protection(t)
	raw := sample(t)
	var group sync.WaitGroup
	outs := make([]Protected, 4)
	for i := range outs {
		group.Go(func() {
			p := shared.Protector()
			for range 50 {
				if err := p.Protect(raw, &outs[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for i := range outs[1:] {
		if openPart(&outs[i]) != openPart(&outs[0]) || outs[i].Content != outs[0].Content ||
			fmt.Sprint(outs[i].Tokens) != fmt.Sprint(outs[0].Tokens) {
			t.Error("two workers made different things of one event")
		}
		if bytes.Equal(outs[i+1].Parties[0].Key, outs[0].Parties[0].Key) {
			t.Error("two records have one key")
		}
	}
}

// failingKeys is a key service whose keys have expired.
type failingKeys struct {
	Keys
	err error
}

func (k *failingKeys) Insurer(name string) (*InsurerKeys, error) {
	if k.err != nil {
		return nil, k.err
	}
	return k.Keys.Insurer(name)
}

func protectorWith(t *testing.T, keys Keys) *Protector {
	t.Helper()
	s, err := New(Config{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return s.Protector()
}

func TestExpiredKeysAreNotTheEventsFault(t *testing.T) {
	keys := &failingKeys{Keys: keySet(t, 1), err: fmt.Errorf("vault: %w", ErrUnavailable)}
	p, out := protectorWith(t, keys), Protected{}
	var problem *claim.Problem
	if err := p.Protect(sample(t), &out); !errors.Is(err, ErrUnavailable) || errors.As(err, &problem) {
		t.Errorf("got %v", err)
	}
	keys.err = nil
	if err := p.Protect(sample(t), &out); err != nil {
		t.Error(err)
	}
}

func TestHashesOfExpiredKeysAreNotKept(t *testing.T) {
	keys := &failingKeys{Keys: keySet(t, 1)}
	p, out := protectorWith(t, keys), Protected{}
	if err := p.Protect(sample(t), &out); err != nil {
		t.Fatal(err)
	}
	keys.err = ErrUnavailable
	if err := p.Protect(sample(t), &out); !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	if len(p.insurers) > 0 {
		t.Errorf("the worker still holds hashes of %d insurers", len(p.insurers))
	}
}

func TestRotatedKeysAreTakenUp(t *testing.T) {
	keys := &failingKeys{Keys: keySet(t, 1)}
	p, out := protectorWith(t, keys), Protected{}
	if err := p.Protect(sample(t), &out); err != nil {
		t.Fatal(err)
	}
	before, content := out.Tokens[0].Value, out.Content
	keys.Keys = keySet(t, 2)
	if err := p.Protect(sample(t), &out); err != nil {
		t.Fatal(err)
	}
	lifted, err := insurerKeys(t, "alpha", 2).Lift(before)
	if err != nil || lifted != out.Tokens[0].Value {
		t.Errorf("before %s, after %s: %v", before, out.Tokens[0].Value, err)
	}
	if out.Content != content {
		t.Error("the rotation changed the content digest")
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "Keys") {
		t.Errorf("got %v", err)
	}
	if _, err := New(Config{Keys: keySet(t, 1), Limits: Limits{Depth: -1}}); err == nil ||
		!strings.Contains(err.Error(), "Limits") {
		t.Errorf("got %v", err)
	}
}

func FuzzProtect(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(head + `"attributes":{"John Smith":{"text":"x"}},"parties":[null,{"role":"agent"}]}`))
	f.Add([]byte(head + `"items":[{"modifiers":[null,"25"]}],"claimant":{"birthDate":"1980"}}`))
	p := protection(f).Protector()
	var out Protected
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := p.Protect(raw, &out)
		var problem *claim.Problem
		if err != nil {
			if !errors.As(err, &problem) {
				t.Fatalf("not a problem: %v", err)
			}
			return
		}
		if open := openPart(&out); !jsontext.Value(open).IsValid() {
			t.Fatalf("the open part is not JSON: %s", open)
		}
		checkOrder(t, &out)
	})
}

// checkOrder checks what others rely on: sorted lists, a key a party, salts from the data key's seed.
func checkOrder(t testing.TB, out *Protected) {
	t.Helper()
	for i := 1; i < len(out.Values); i++ {
		if out.Values[i-1].Path.Text >= out.Values[i].Path.Text {
			t.Fatalf("open values are out of order at %s", out.Values[i].Path)
		}
	}
	for i := 1; i < len(out.Tokens); i++ {
		if out.Tokens[i-1].Path >= out.Tokens[i].Path {
			t.Fatalf("tokens are out of order at %s", out.Tokens[i].Path)
		}
	}
	for i, p := range out.Parties {
		if i > 0 && out.Parties[i-1].Party >= p.Party {
			t.Fatalf("parties are out of order at %s", p.Party)
		}
		if len(p.Leaves) == 0 || len(p.Data)%padTo != 16 || out.Keys[i].Party != p.Party ||
			string(out.Keys[i].Key[:]) != string(p.Key) {
			t.Fatalf("the fields, leaves and key of %s do not fit", p.Party)
		}
		for j, l := range p.Leaves {
			if j > 0 && p.Leaves[j-1].Path >= l.Path {
				t.Fatalf("the fields of %s are out of order at %s", p.Party, l.Path)
			}
		}
	}
}
