package privacy

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s differs (go test ./privacy -update writes it anew); got:\n%s", path, text)
	}
}

func TestDefaultPolicy(t *testing.T) {
	policy, err := DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range policy.Fields() {
		fmt.Fprintf(&b, "%-42s %-9s %-10s %s%s\n", f.Path, f.Class, f.Action, f.Domain, f.As)
	}
	golden(t, "policy.golden", b.String())
}

func TestNoIdentifierIsKept(t *testing.T) {
	policy, err := DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range policy.Fields() {
		for _, word := range []string{"name", "phone", "email", "line1", "line2", "iban", "number", "birthDate",
			"postcode",
			"narrative", "description", "latitude", "longitude", "vin", "plate", "imei", "serial", "ip", "deviceId",
			"sha256"} {
			if (strings.HasSuffix(f.Path, "."+word) || f.Path == word) && f.Action == Keep {
				t.Errorf("%s is kept in clear", f.Path)
			}
		}
	}
}

// minimal is the least that a policy must name.
const minimal = `version: 1
fields:
  insurer: {action: keep}
  claim: {action: keep}
  revision: {action: keep}
  line: {action: keep}
  parties[].role: {action: keep}
`

func TestLoadPolicySaysWhatIsWrong(t *testing.T) {
	const field, attribute = "  policy.product: ", "  attributes.x.text: "
	tests := []struct{ name, text, want string }{
		{"empty", "", "one YAML document"},
		{"not YAML", "a: [", "field policy p.yaml: "},
		{"no version", strings.TrimPrefix(minimal, "version: 1\n"), "version: 1 is missing"},
		{"other version", strings.Replace(minimal, "version: 1", "version: 2", 1), "line 1: version must be 1"},
		{"extends another", "version: 1\nextends: other\n", "line 2: extends can only name the policy default"},
		{"unknown key", minimal + "rules: {}\n",
			`line 8: unknown key "rules", allowed are version, extends, shapes, fields`},
		{"unknown word", minimal + field + "{action: keep, colour: red}\n",
			`p.yaml:8: policy.product: unknown key "colour"`},
		{"a type", minimal + field + "{action: keep, type: string}\n", `p.yaml:8: policy.product: unknown key "type"`},
		{"unknown field", minimal + "  x: {action: keep}\n", "p.yaml:8: x: the claim event has no such field"},
		{"coarser field", minimal + "  claimant.birthYear: {action: keep}\n", "the claim event has no such field"},
		{"unknown value of an attribute", minimal + "  attributes.x.y: {action: keep}\n",
			"the claim event has no such field"},
		{"unknown action", minimal + field + "{action: kep}\n",
			`p.yaml:8: policy.product: action: "kep" is not one of keep, token, seal`},
		{"no action", minimal + field + "{}\n", `p.yaml:8: policy.product: action: "" is not one of keep, token, seal`},
		{"another class", minimal + field + "{class: quasi, action: keep}\n",
			"p.yaml:8: policy.product: class: it is open"},
		{"unknown class", minimal + attribute + "{class: secret, action: keep}\n",
			`class: "secret" is not one of direct, quasi`},
		{"direct and kept", minimal + "  claimant.name: {action: keep}\n",
			"p.yaml:8: claimant.name: it is of class direct and cannot be kept"},
		{"direct and kept attribute", minimal + attribute + "{class: direct, action: keep}\n",
			"of class direct and cannot be kept"},
		{"text and kept", minimal + "  narrative: {action: keep}\n", "of class text and cannot be kept"},
		{"token without domain", minimal + field + "{action: token}\n",
			`p.yaml:8: policy.product: domain: "" is not one of adr, bnk`},
		{"domain without token", minimal + field + "{action: seal, domain: phn}\n", "domain belongs to action token"},
		{"composed domain of one field", minimal + field + "{action: token, domain: per}\n", "are for composed tokens"},
		{"nothing coarser", minimal + field + "{action: generalise}\n", "generalise: there is nothing coarser for it"},
		{"half of money", minimal + "  amounts.paid.amount: {action: keep}\n",
			"amounts.paid: amount and currency have one action"},
		{"country of no phone", minimal + field + "{action: token, domain: nam, country: line}\n", "country: it names"},
		{"country that is no field", minimal + "  claimant.phone: {action: token, domain: phn, country: land}\n",
			"claimant.phone: no field land"},
		{"unknown shape", minimal + field + "{shape: money}\n", `p.yaml:8: policy.product: no shape "money"`},
		{"shape of itself", minimal + field + "{shape: s}\nshapes:\n  s:\n    y: {shape: s}\n",
			`shape "s" contains itself`},
		{"shape with an action", minimal + field + "{shape: s, action: keep}\nshapes:\n  s:\n    y: {action: keep}\n",
			"shape stands alone"},
		{"composed at no token's place", minimal + "  person: {compose: person, of: [line, claim], domain: per}\n",
			"no token of several fields has the place person"},
		{"composed of no field",
			minimal + "  claimant: {shape: s}\nshapes:\n  s:\n    person: {compose: person, of: [name, age], domain: per}\n", "composed of age, which is not a field"},
		{"composed of too few", minimal + "  per: {compose: person, of: [line], domain: per}\n",
			"person takes 2 fields, got 1"},
		{"list", minimal + "  parties: {action: seal}\n", "it is a list; name its elements, as parties[]"},
		{"object kept", minimal + "  policy: {action: keep}\n", "it holds fields, so its own action is seal"},
		{"array in an array", minimal + "  x[][].y: {action: keep}\n", "must be names of letters"},
		{"path with a space", minimal + "  a b: {action: keep}\n", "must be names of letters"},
		{"reserved name", minimal + "  unknown: {action: keep}\n", "reserved"},
		{"not a mapping", minimal + "  x: keep\n", "line 8: a mapping is expected"},
		{"doubled", minimal + field + "{action: keep}\n" + field + "{action: seal}\n", "8"},
		{"identity sealed", strings.Replace(minimal, "claim: {action: keep}", "claim: {action: seal}", 1),
			"claim must be named with action keep"},
		{"identity missing", strings.Replace(minimal, "  insurer: {action: keep}\n", "", 1), "insurer must be named"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadPolicy(Source{Name: "p.yaml", Text: []byte(tt.text)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestInstallsOwnPolicyAddsAndReplaces(t *testing.T) {
	own := Source{Name: "own.yaml", Text: []byte(`version: 1
extends: default
fields:
  attributes.driverRating.number: {class: open, action: keep}
  claimant.occupation: {action: seal}
`)}
	policy, err := LoadPolicy(own)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Keys: keySet(t, 1), Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	var out Protected
	event := `{"insurer":"alpha","claim":"c","revision":1,"line":"life","claimant":{"occupation":"baker"},"parties":[{"role":"agent","occupation":"cook"}],` +
		`"attributes":{"driverRating":{"number":3},"johnSmith":{"number":4}}}`
	if err := s.Protector().Protect([]byte(event), &out); err != nil {
		t.Fatal(err)
	}
	want := `{"insurer":"alpha","claim":"c","revision":1,"line":"life","parties":[{"role":"agent","occupation":"cook"}],"attributes":{"driverRating":{"number":3}}}`
	if !sameJSON(t, openPart(&out), want) {
		t.Errorf("open part: %s", openPart(&out))
	}
}

func TestShippedPoliciesLoad(t *testing.T) {
	files, err := filepath.Glob("policy/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d policies: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := LoadPolicy(Source{Name: file, Text: text}); err != nil {
			t.Error(err)
		}
	}
}

func FuzzLoadPolicy(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add(defaultPolicy)
	f.Add([]byte("version: 1\nshapes:\n  a:\n    .: {shape: a}\nfields:\n  x[]: {shape: a}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		policy, err := LoadPolicy(Source{Name: "f", Text: text})
		if err != nil {
			return
		}
		newPlaces(policy.root)
	})
}

func TestNamedPoliciesLoad(t *testing.T) {
	for _, name := range PolicyNames {
		if _, err := NamedPolicy(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NamedPolicy("other"); err == nil {
		t.Error("a policy that does not exist was given")
	}
}
