package text

import (
	"context"
	"strings"
)

func isTitle(w string) bool {
	switch w {
	case "mr", "mrs", "ms", "miss", "dr", "prof", "professor", "officer", "detective", "sgt", "sergeant", "attorney", "judge",
		"nurse", "doctor", "captain", "deputy", "trooper", "mx", "madam", "adjuster", "constable":
		return true
	}
	return false
}

// isRole tells words after which a person is named.
func isRole(w string) bool {
	switch w {
	case "claimant", "insured", "driver", "witness", "named", "name", "passenger", "policyholder", "patient", "agent", "contact",
		"spouse", "wife", "husband", "son", "daughter", "mother", "father", "brother", "sister", "neighbor", "neighbour", "owner",
		"tenant", "landlord", "beneficiary", "mechanic", "lawyer", "physician", "surgeon", "i'm", "signed", "sincerely", "regards",
		"employee", "manager", "friend", "broker", "handler", "solicitor", "pedestrian", "cyclist", "roommate", "partner":
		return true
	}
	return false
}

func particle(w string) bool {
	switch w {
	case "de", "da", "del", "della", "di", "du", "van", "von", "der", "den", "la", "le", "bin", "ibn", "al", "el", "dos", "ter":
		return true
	}
	return false
}

// maxName is how many words a name has at most.
const maxName = 5

// people finds names of persons.
func (sc *scan) people(ctx context.Context) error {
	return sc.each(ctx, func(i int) int {
		t := sc.toks[i]
		if t.class != word {
			return 1
		}
		w := sc.word(i)
		if isTitle(w) && t.capital {
			if end := sc.name(i+1, sc.gapAfterTitle(i)); end > i+1 {
				sc.person(i+1, end, 0.9)
				return end - i
			}
		}
		if isRole(w) {
			if from := sc.afterRole(i); from > 0 {
				if end := sc.name(from, true); end > from && (end > from+1 || sc.nameLike(from)) {
					sc.person(from, end, 0.85)
					return end - i
				}
			}
		}
		return sc.listed(i)
	})
}

func (sc *scan) person(from, end int, score float64) {
	to := sc.toks[end-1].to
	if strings.HasSuffix(sc.low[:to], "'s") {
		to -= 2
	}
	sc.add(sc.toks[from].from, to, Person, score)
}

func (sc *scan) gapAfterTitle(i int) bool {
	gap := sc.gap(i)
	return gap == " " || gap == ". " || gap == "."
}

// afterRole returns the word at which a name begins after word i, over "is", "was", a colon and the like; 0 if none does.
func (sc *scan) afterRole(i int) int {
	for j := i + 1; j < len(sc.toks) && j <= i+3; j++ {
		gap := sc.gap(j - 1)
		if len(gap) > 3 || strings.ContainsAny(gap, ".;\n!?/") && gap != ". " {
			return 0
		}
		if sc.toks[j].class != word {
			return 0
		}
		switch w := sc.word(j); {
		case w == "is" || w == "was" || w == "name" || w == "named" || w == "called" || w == "by" || w == "a" || isTitle(w) || isRole(w):
		default:
			if gap == ". " {
				return 0
			}
			return j
		}
	}
	return 0
}

// bare gives the meaning of a word without its 's and with its first part, if it is hyphenated.
func (sc *scan) meaning(i int) meaning {
	w := sc.word(i)
	if len(w) > 2 && strings.HasSuffix(w, "'s") {
		w = w[:len(w)-2]
	}
	if m := sc.lists.words[w]; m != 0 || strings.IndexByte(w, '\'') < 0 {
		return m
	}
	return sc.lists.words[strings.Replace(w, "'", "", 1)]
}

// nameLike tells a capitalised word that is no ordinary one.
func (sc *scan) nameLike(i int) bool {
	return sc.is(i, word) && sc.toks[i].capital && sc.toks[i].to-sc.toks[i].from > 1 && sc.meaning(i)&ordinary == 0
}

// name returns the word after the name that begins with word i: words with a capital, initials, particles. Ordinary words are
// taken only if they may be names.
func (sc *scan) name(i int, ok bool) int {
	if !ok || !sc.is(i, word) || !sc.toks[i].capital || isOrganisation(sc.word(i)) {
		return i
	}
	end := i
	for j := i; j < len(sc.toks) && j < i+maxName; j++ {
		t := sc.toks[j]
		w := sc.word(j)
		if t.class != word || isOrganisation(w) && end > i && sc.lists.words[w]&surname == 0 {
			break
		}
		m := sc.meaning(j)
		switch {
		case t.to-t.from == 1 && t.capital && j > i: // an initial
			end = j + 1
		case particle(w) && j+1 < len(sc.toks) && sc.toks[j+1].capital && sc.gap(j) == " ":
		case t.capital && m&ordinary == 0, t.capital && m&(given|surname) != 0 && !function(w):
			end = j + 1
		default:
			return end
		}
		gap := sc.gap(j)
		if gap == "" && sc.is(j+1, number) {
			return j // DE89 is no name
		}
		if strings.HasSuffix(w, "'s") || gap != " " && gap != "-" && !(gap == ". " && t.to-t.from == 1) {
			break
		}
	}
	return end
}

// function tells short words that the lists have as names, and that are hardly ever meant so.
func function(w string) bool {
	switch w {
	case "an", "and", "the", "so", "my", "he", "she", "in", "on", "is", "was", "do", "see", "said", "to", "of", "no", "it", "at", "but", "had":
		return true
	}
	return false
}

// listed finds a first name and what follows it.
func (sc *scan) listed(i int) int {
	t, m := sc.toks[i], sc.meaning(i)
	if t.to-t.from < 2 || m == ordinary {
		return 1
	}
	if m == 0 {
		return sc.unlisted(i)
	}
	if !t.capital {
		return sc.listedSmall(i, m)
	}
	if m&given != 0 {
		end := sc.name(i, true)
		if end >= i+2 {
			last := sc.meaning(end - 1)
			if last == 0 && !sc.toks[end-1].capital {
				return 1
			}
			plain := m&ordinary == 0
			switch {
			case plain && last&surname != 0, plain && last&ordinary == 0:
				sc.person(i, end, 0.8)
				return end - i
			case last&surname != 0 && last&ordinary == 0:
				sc.person(i, end, 0.7)
				return end - i
			}
		}
		if m&ordinary == 0 && !sc.follows(i) {
			sc.person(i, i+1, 0.5)
		}
		return 1
	}
	if m&ordinary != 0 {
		return 1
	}
	// A surname: "Smith, John", or a first name that no list has.
	if sc.gap(i) == ", " && sc.is(i+1, word) && sc.toks[i+1].capital && sc.meaning(i+1)&(given|ordinary) == given {
		sc.person(i, i+2, 0.7)
		return 2
	}
	if i > 0 && sc.nameLike(i-1) && sc.gap(i-1) == " " && !sc.beginsSentence(i-1) {
		sc.person(i-1, i+1, 0.6)
	}
	return 1
}

// unlisted finds two and more words with a capital that mean nothing else, inside a sentence.
func (sc *scan) unlisted(i int) int {
	if !sc.titleCase(i) || sc.beginsSentence(i) || i > 0 && sc.gap(i-1) == "" {
		return 1
	}
	end := sc.name(i, true)
	if end < i+2 {
		return 1
	}
	last := end - 1
	if !sc.titleCase(last) || sc.meaning(last)&ordinary != 0 || isStreet(sc.word(last)) {
		return 1
	}
	if sc.is(end, word) && sc.toks[end].capital && sc.gap(last) == " " {
		return 1 // goes on as a street or a firm
	}
	sc.person(i, end, 0.45)
	return end - i
}

// titleCase tells a capital with small letters after it.
func (sc *scan) titleCase(i int) bool {
	t := sc.toks[i]
	return t.class == word && t.capital && t.to-t.from > 2 && sc.s[t.to-1] >= 'a'
}

// follows tells that a word with a capital stands on either side, so that the word is a part of some other name.
func (sc *scan) follows(i int) bool {
	after := sc.is(i+1, word) && sc.gap(i) == " " && sc.toks[i+1].capital && sc.toks[i+1].to-sc.toks[i+1].from > 1
	before := i > 0 && sc.is(i-1, word) && sc.gap(i-1) == " " && sc.toks[i-1].capital && !sc.beginsSentence(i-1)
	return after || before
}

func (sc *scan) beginsSentence(i int) bool {
	if i == 0 {
		return true
	}
	return strings.ContainsAny(sc.gap(i-1), ".!?\n:\"")
}

// listedSmall finds a name that is written without capitals: both words must be on the lists and mean nothing else.
func (sc *scan) listedSmall(i int, m meaning) int {
	if m&given == 0 || m&ordinary != 0 || !sc.is(i+1, word) || sc.gap(i) != " " || sc.toks[i+1].to-sc.toks[i+1].from < 4 {
		return 1
	}
	if next := sc.meaning(i + 1); next&surname == 0 || next&ordinary != 0 || sc.toks[i].to-sc.toks[i].from < 3 {
		return 1
	}
	sc.person(i, i+2, 0.5)
	return 2
}

// maxAgain is how many names are looked for again.
const maxAgain = 64

// again finds the surnames and first names of persons that were found, where they stand alone.
func (sc *scan) again(ctx context.Context) error {
	names := map[string]bool{}
	people := 0
	for _, f := range sc.found {
		if f.kind != Person || f.score < 0.6 || people >= maxAgain || !letter(sc.s[f.from]) {
			continue
		}
		people++
		for w := range strings.FieldsFuncSeq(sc.low[f.from:f.to], func(r rune) bool { return r == ' ' || r == '-' || r == '.' || r == ',' }) {
			if len(w) > 2 && sc.lists.words[w]&ordinary == 0 && !particle(w) {
				names[w] = true
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return sc.each(ctx, func(i int) int {
		if t := sc.toks[i]; t.class == word && t.capital {
			w := strings.TrimSuffix(sc.word(i), "'s")
			if names[w] {
				sc.add(t.from, t.from+len(w), Person, 0.55)
			}
		}
		return 1
	})
}
