package privacy

import (
	"encoding/json"
	"strings"
	"testing"
)

func protectedWith(t *testing.T, policy, event string) *Protected {
	t.Helper()
	p, err := LoadPolicy(Source{Name: "own.yaml", Text: []byte("version: 1\nextends: default\n" + policy)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Keys: keySet(t, 1), Policy: p})
	if err != nil {
		t.Fatal(err)
	}
	var out Protected
	if err := s.Protector().Protect([]byte(event), &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

func withNarrative(t *testing.T, narrative string) string {
	t.Helper()
	quoted, err := json.Marshal(narrative)
	if err != nil {
		t.Fatal(err)
	}
	return head + `"claimant":{"name":"Xanthe Quillfeather","phone":"+14155550125"},"narrative":` + string(quoted) + `}`
}

const scannedCopy = "fields:\n  narrative: {action: generalise}\n"

func TestANarrativeIsKeptWithoutPeople(t *testing.T) {
	const narrative = "Ms. Quilfeather hit the gate on Elm. Call Xanthe Quillfeather at +1 415 555 0125; she paid with 4111 1111 1111 1111."
	out := protectedWith(t, scannedCopy, withNarrative(t, narrative))
	var open struct{ Narrative, NarrativeScanned string }
	if err := json.Unmarshal([]byte(openPart(out)), &open); err != nil {
		t.Fatal(err)
	}
	if open.Narrative != "" {
		t.Error("the narrative itself is in clear")
	}
	for _, clear := range []string{"uil", "Xanthe", "555", "4111"} {
		if strings.Contains(open.NarrativeScanned, clear) {
			t.Errorf("%q is in %s", clear, open.NarrativeScanned)
		}
	}
	for _, token := range out.Tokens { // a name in the text and in its field are one token
		if token.Path == "claimant.name" || token.Path == "claimant.phone" {
			if !strings.Contains(open.NarrativeScanned, token.Value) {
				t.Errorf("the token of %s is not in %s", token.Path, open.NarrativeScanned)
			}
		}
	}
	if !strings.Contains(open.NarrativeScanned, " hit the gate on ") ||
		!strings.Contains(open.NarrativeScanned, "[card]") {
		t.Errorf("the story is gone: %s", open.NarrativeScanned)
	}
	if opened := openAll(t, out); string(opened["narrative"].Value) != narrative {
		t.Errorf("sealed is %q", opened["narrative"].Value)
	}
}

func TestTheDefaultPolicyKeepsNoCopy(t *testing.T) {
	if open := openPart(protectText(t, withNarrative(t, "The car was red."))); strings.Contains(open, "red") {
		t.Errorf("in clear: %s", open)
	}
}

func TestACopyIsNoPartOfTheContent(t *testing.T) {
	event := withNarrative(t, "Xanthe Quillfeather drove.")
	if protectedWith(t, scannedCopy, event).Content != protectText(t, event).Content {
		t.Error("the copy changed the content digest")
	}
}
