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
		fmt.Fprintf(&b, "%-42s %-9s %-10s %-8s %s%s\n", f.Path, f.Class, f.Action, f.Type, f.Domain, f.As)
	}
	golden(t, "policy.golden", b.String())
}

func TestNoIdentifierIsKept(t *testing.T) {
	policy, err := DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range policy.Fields() {
		for _, word := range []string{"name", "phone", "email", "line1", "line2", "iban", "number", "birthDate", "postcode",
			"narrative", "description", "latitude", "longitude", "vin", "plate", "imei", "serial", "ip", "deviceId", "sha256"} {
			if (strings.HasSuffix(f.Path, "."+word) || f.Path == word) && f.Action == Keep {
				t.Errorf("%s is kept in clear", f.Path)
			}
		}
	}
}

// minimal is the least that a policy must name.
const minimal = `version: 1
fields:
  insurer: {class: open, action: keep}
  claim: {class: open, action: keep}
  revision: {class: open, action: keep, type: integer}
  line: {class: open, action: keep}
  parties[].role: {class: open, action: keep}
`

func TestLoadPolicySaysWhatIsWrong(t *testing.T) {
	const field = "  x: "
	tests := []struct{ name, text, want string }{
		{"empty", "", "one YAML document"},
		{"not YAML", "a: [", "field policy p.yaml: "},
		{"no version", strings.TrimPrefix(minimal, "version: 1\n"), "version: 1 is missing"},
		{"other version", strings.Replace(minimal, "version: 1", "version: 2", 1), "line 1: version must be 1"},
		{"extends another", "version: 1\nextends: other\n", "line 2: extends can only name the policy default"},
		{"unknown key", minimal + "rules: {}\n", `line 8: unknown key "rules", allowed are version, extends, shapes, fields`},
		{"unknown word", minimal + field + "{class: open, action: keep, colour: red}\n", `p.yaml:8: x: unknown key "colour"`},
		{"unknown action", minimal + field + "{class: open, action: kep}\n", `p.yaml:8: x: action: "kep" is not one of keep, token, seal`},
		{"no class", minimal + field + "{action: keep}\n", `p.yaml:8: x: class: "" is not one of direct, quasi`},
		{"unknown type", minimal + field + "{class: open, action: keep, type: date}\n", `p.yaml:8: x: type: "date" is not one of boolean, integer`},
		{"direct and kept", minimal + field + "{class: direct, action: keep}\n", "p.yaml:8: x: class direct cannot have action keep"},
		{"text and kept", minimal + field + "{class: text, action: keep}\n", "class text cannot have action keep"},
		{"token without domain", minimal + field + "{class: direct, action: token}\n", `p.yaml:8: x: domain: "" is not one of adr, bnk`},
		{"domain without token", minimal + field + "{class: direct, action: seal, domain: phn}\n", "domain belongs to action token"},
		{"composed domain of one field", minimal + field + "{class: direct, action: token, domain: per}\n", "are for composed tokens"},
		{"generalise without how", minimal + field + "{class: quasi, action: generalise, type: when, as: y}\n", `by: "" is not one of area, year`},
		{"generalise without name", minimal + field + "{class: quasi, action: generalise, type: when, by: year}\n", "as: the name of the generalised value is missing"},
		{"year of a string", minimal + field + "{class: quasi, action: generalise, by: year, as: y}\n", "by year takes type when"},
		{"max of a kept string", minimal + field + "{class: open, action: keep, max: 5}\n", "max: the bytes of a string that is not kept"},
		{"max that is no number", minimal + field + "{class: direct, action: seal, max: many}\n", "max: the bytes"},
		{"within of a string", minimal + field + "{class: direct, action: seal, within: 5}\n", "within: the largest size of a number"},
		{"generalised name taken", minimal + field + "{class: quasi, action: generalise, type: when, by: year, as: claim}\n", "there is a field claim already"},
		{"generalised name twice", minimal + field + "{class: quasi, action: generalise, type: when, by: year, as: y}\n  z: {class: quasi, action: generalise, by: area, as: y}\n", "there is a field y already"},
		{"generalised element", minimal + "  z[]: {class: quasi, action: generalise, by: area, as: y}\n", "z[]: as: there is no place beside an element of an array"},
		{"country of no phone", minimal + field + "{class: direct, action: token, domain: nam, country: line}\n", "country: it names"},
		{"country that is no field", minimal + field + "{class: direct, action: token, domain: phn, country: land}\n", "country: no field land"},
		{"unknown shape", minimal + field + "{shape: money}\n", `p.yaml:8: x: no shape "money"`},
		{"shape of itself", minimal + "  x: {shape: s}\nshapes:\n  s:\n    y: {shape: s}\n", `shape "s" contains itself`},
		{"shape with an action", minimal + "  x: {shape: s, action: keep}\nshapes:\n  s:\n    y: {class: open, action: keep}\n", "shape stands alone"},
		{"composed of no field", minimal + "  per: {compose: person, of: [name, birthDate], domain: per}\n", "composed of name, which is not a field"},
		{"composed of too few", minimal + "  per: {compose: person, of: [line], domain: per}\n", "person takes 2 fields, got 1"},
		{"value below a value", minimal + "  line.x: {class: open, action: keep}\n", "line is a single value"},
		{"array and object", minimal + "  parties.x: {class: open, action: keep}\n", "parties is an array, not an object"},
		{"array in an array", minimal + "  x[][].y: {class: open, action: keep}\n", "must be names of letters"},
		{"path with a space", minimal + "  a b: {class: open, action: keep}\n", "must be names of letters"},
		{"reserved name", minimal + "  unknown: {class: open, action: keep}\n", "reserved"},
		{"not a mapping", minimal + "  x: keep\n", "line 8: a mapping is expected"},
		{"doubled", minimal + "  x: {class: open, action: keep}\n  x: {class: open, action: seal}\n", "8"},
		{"claimant a value", minimal + "  claimant: {class: direct, action: seal}\n", "claimant holds fields"},
		{"claimant a list", minimal + "  claimant[].name: {class: direct, action: seal}\n", "claimant holds fields"},
		{"identity sealed", strings.Replace(minimal, "claim: {class: open, action: keep}", "claim: {class: open, action: seal}", 1), "claim must be named with action keep"},
		{"identity missing", strings.Replace(minimal, "  insurer: {class: open, action: keep}\n", "", 1), "insurer must be named"},
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
  attributes.driverRating.number: {class: open, action: keep, type: number}
  claimant.occupation: {class: quasi, action: seal}
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
	event := `{"insurer":"alpha","claim":"c","revision":1,"claimant":{"occupation":"baker"},"parties":[{"occupation":"cook"}],` +
		`"attributes":{"driverRating":{"number":3},"johnSmith":{"number":4}}}`
	if err := s.Protector().Protect([]byte(event), &out); err != nil {
		t.Fatal(err)
	}
	want := `{"insurer":"alpha","claim":"c","revision":1,"parties":[{"occupation":"cook"}],"attributes":{"driverRating":{"number":3}}}`
	if string(out.Open) != want {
		t.Errorf("open part: %s", out.Open)
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
