package text

import "testing"

// tally counts what of one kind was there, was found, and was found where nothing is. A span counts as found if all of it is
// covered, whatever the kind: what is covered is not shown.
type tally struct{ there, found, wrong int }

func score(t testing.TB, texts []labelled, misses func(kind Kind, wrong bool, what string)) (all map[Kind]*tally, exact int) {
	all = map[Kind]*tally{}
	of := func(k Kind) *tally {
		if all[k] == nil {
			all[k] = &tally{}
		}
		return all[k]
	}
	for _, text := range texts {
		spans, err := Scan(t.Context(), text.text, nil)
		if err != nil {
			t.Fatal(err)
		}
		chars := []rune(text.text)
		for _, want := range text.spans {
			of(want.Kind).there++
			covered := false
			for _, got := range spans {
				if got.Start <= want.Start && got.End >= want.End {
					covered = true
					if got.Kind == want.Kind {
						exact++
					}
				}
			}
			if covered {
				of(want.Kind).found++
			} else {
				misses(want.Kind, false, string(chars[max(0, want.Start-20):min(len(chars), want.End+10)]))
			}
		}
		for _, got := range spans {
			hit := false
			for _, want := range text.spans {
				hit = hit || got.Start < want.End && want.Start < got.End
			}
			if !hit {
				of(got.Kind).wrong++
				misses(got.Kind, true, string(chars[max(0, got.Start-20):min(len(chars), got.End+10)]))
			}
		}
	}
	return all, exact
}

func checkedKind(k Kind) bool {
	switch k {
	case Card, IBAN, SSN, ResidentID, NPI, VIN, Routing:
		return true
	}
	return false
}

func TestRecallAndPrecisionOnLabelledSentences(t *testing.T) {
	var texts []labelled
	for seed := range uint64(400) {
		texts = append(texts, labelledText(seed, 8))
	}
	shown := 0
	all, exact := score(t, texts, func(kind Kind, wrong bool, what string) {
		if shown++; shown <= 40 {
			t.Logf("%s wrong=%v: ...%s...", kind, wrong, what)
		}
	})
	var checked, direct tally
	for kind, c := range all {
		t.Logf("%-16s there %4d found %4d wrong %3d", kind, c.there, c.found, c.wrong)
		to := &direct
		if checkedKind(kind) {
			to = &checked
		}
		to.there, to.found, to.wrong = to.there+c.there, to.found+c.found, to.wrong+c.wrong
	}
	if r := ratio(checked.found, checked.there); r < 0.99 {
		t.Errorf("recall of checked identifiers %.4f, want 0.99", r)
	}
	if r := ratio(direct.found, direct.there); r < 0.95 {
		t.Errorf("recall of direct identifiers %.4f, want 0.95", r)
	}
	found, wrong := checked.found+direct.found, checked.wrong+direct.wrong
	if p := ratio(found, found+wrong); p < 0.90 {
		t.Errorf("precision %.4f, want 0.90", p)
	}
	if r := ratio(exact, checked.there+direct.there); r < 0.9 {
		t.Errorf("of what is there, %.4f is found under its own kind, want 0.90", r)
	}
}

func ratio(a, b int) float64 { return float64(a) / float64(max(b, 1)) }
