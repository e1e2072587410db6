package identifier

import (
	"testing"

	"tallystick/signals"
)

func form(t *testing.T, text string) string {
	t.Helper()
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	id, err := signals.ParseIdentifier(text)
	if err != nil {
		t.Fatal(err)
	}
	b, ok, err := f.Form(id)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return ""
	}
	return string(id.Domain) + " " + string(b)
}

func TestSpellingsOfOneIdentifierHaveOneForm(t *testing.T) {
	for _, same := range [][]string{
		{"phone=0170 1234567@DE", "phone=+49 (170) 123-4567", "phone=+491701234567@US"},
		{"email=Ann@Example.org", "email= ann@example.ORG "},
		{"account=DE02 1203 0000 0000 2020 51", "account=de02120300000000202051"},
		{"person=Müller, Ann|1980-02-11", "person=ANN MÜLLER|1980-02-11"},
		{"national-id=Passport|X 987-654@DE", "national-id=passport|x987654@de", "national-id=Reisepass|X987654@DE"},
		{"address=12 Main Street||Springfield|01101@US", "address=12 main st.||SPRINGFIELD|01101@us"},
		{"vehicle=wdb 123456 1a 234567", "vehicle=WDB1234561A234567"},
	} {
		for _, text := range same[1:] {
			if one, other := form(t, same[0]), form(t, text); one == "" || one != other {
				t.Errorf("%s has another form than %s", text, same[0])
			}
		}
	}
}

func TestWhatIsNotTheSame(t *testing.T) {
	for _, different := range [][2]string{
		{"national-id=passport|X987654@DE", "national-id=passport|X987654@FR"},
		{"national-id=passport|X987654@DE", "national-id=licence|X987654@DE"},
		{"plate=AB 1234@DE", "plate=AB 1234@PL"},
		{"person=Ann Example|1980-02-11", "person=Ann Example|1980-02-12"},
		{"phone=0170 1234567@DE", "phone=0170 1234567@AT"},
	} {
		if form(t, different[0]) == form(t, different[1]) {
			t.Errorf("%s and %s have one form", different[0], different[1])
		}
	}
	for _, vague := range []string{"person=Ann Example", "person=Ann Example|1980", "phone=110",
		"address=Main Street|||", "account=12"} {
		if got := form(t, vague); got != "" {
			t.Errorf("%s has a form", vague)
		}
	}
}

// Members of one consortium may run different builds. Were this digest to change, what they say of one person would no
// longer meet: a change needs a new version in the header of [signals.Input] and a new epoch.
func TestTheFormsAreThoseOfVersionTwo(t *testing.T) {
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if want := "41ba82bc5c049958"; f.Digest() != want {
		t.Errorf("the normal forms have digest %s, version 2 has %s", f.Digest(), want)
	}
}
