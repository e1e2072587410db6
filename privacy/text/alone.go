package text

import "strings"

// alone finds a name of one word.
func (sc *scan) alone(i, end int) int {
	t := sc.toks[i]
	if sc.gap(end-1) == ", " && sc.is(end, word) && sc.weight(end) == surely && sc.weight(i) == surely && !t.caps {
		after := sc.name(end, false)
		if sc.unknown(i) || sc.means(i, surname) { // Smith, John
			sc.person(i, after, 0.7)
			return after - i
		}
	}
	if t.caps || sc.follows(i) || t.m&(firm|street) != 0 {
		return 1
	}
	begins := sc.begins(i)
	acts := sc.gap(end-1) == " " && (sc.means(end, speaks) || sc.is(end, word) && strings.HasSuffix(sc.word(end), "ed"))
	switch {
	case i > 0 && sc.word(i-1) == "name" && sc.gap(i-1) == "? ", sc.signs(i, end):
		sc.person(i, end, 0.5)
	case sc.weight(i) == maybe:
		if t.m&given == 0 || !begins || !sc.means(end, speaks) || sc.gap(end-1) != " " {
			return 1
		}
		sc.person(i, end, 0.4)
	case strings.HasSuffix(sc.word(i), "'s"), t.m&given != 0, t.m&surname != 0 && t.m&proper == 0:
		sc.person(i, end, 0.5)
	case t.m&proper != 0: // a family name or a town
		if begins && !acts || !begins && sc.placed(i) {
			return 1
		}
		sc.person(i, end, 0.45)
	case t.to-t.from >= 4 && (!begins || acts || sc.gap(end-1) == ", " || i > 0 && sc.word(i-1) == "name"):
		sc.person(i, end, 0.45)
	default:
		return 1
	}
	return end - i
}

// signs tells that words stand alone after "Thanks," and the like.
func (sc *scan) signs(i, end int) bool {
	if i == 0 || !sc.means(i-1, cue) || sc.gap(i-1) != ",\n" && sc.gap(i-1) != ", " ||
		sc.toks[i].m&(given|surname) == 0 && !sc.unknown(i) {
		return false
	}
	switch sc.word(i - 1) {
	case "thanks", "regards", "best", "sincerely", "cheers":
		return end == len(sc.toks) || strings.Contains(sc.gap(end-1), "\n")
	}
	return false
}

// placed tells that the word before says that a place comes.
func (sc *scan) placed(i int) bool {
	switch sc.word(i - 1) {
	case "in", "at", "from", "to", "near", "of", "on", "via", "between", "through", "towards", "around", "outside",
		"new", "the", "and":
		return true
	}
	return false
}

// listOfNames finds "Parker, Jones and O'Neill", which is how firms are called, and "Weiss and Dickerson".
func (sc *scan) listOfNames(i int) int {
	j, names, most := i, 0, never
	for {
		w := sc.weight(j)
		if w == never || sc.toks[j].caps {
			return 0
		}
		names, most = names+1, max(most, w)
		if sc.gap(j) == ", " && sc.is(j+1, word) && names < 4 {
			j++
			continue
		}
		break
	}
	if !sc.is(j+1, word) || sc.word(j+1) != "and" || sc.gap(j) != " " || sc.gap(j+1) != " " || !sc.is(j+2, word) {
		return 0
	}
	w := sc.weight(j + 2)
	if w == never || max(most, w) < surely && (names < 2 || !sc.means(j+2, surname)) || sc.is(j+3, word) &&
		sc.toks[j+3].capital && sc.gap(j+2) == " " {
		return 0
	}
	if names == 1 {
		if !sc.means(i, given|surname) && !sc.means(j+2, given|surname) || sc.means(i, ordinary) && sc.begins(i) {
			return 0
		}
		sc.person(i, i+1, 0.45)
		sc.person(j+2, j+3, 0.45)
		return 3
	}
	sc.add(sc.toks[i].from, sc.toks[j+2].to, Organisation, 0.5)
	return j + 3 - i
}

// follows tells that a word with a capital stands on either side, so that the word is a part of some other name.
func (sc *scan) follows(i int) bool {
	after := sc.is(i+1, word) && sc.gap(i) == " " && sc.toks[i+1].capital && sc.toks[i+1].to-sc.toks[i+1].from > 1
	before := i > 0 && sc.is(i-1, word) && sc.gap(i-1) == " " && sc.toks[i-1].capital &&
		!sc.means(i-1, role|title|function) &&
		!sc.beginsSentence(i-1)
	return after || before
}

// small finds a name that is written without capitals: two words and more that mean nothing else, one of them on a
// list, or after a word that says that a person comes.
func (sc *scan) small(i int) int {
	cued := i > 0 && sc.means(i-1, cue|role) && len(sc.gap(i-1)) <= 2
	end := i
	listed := 0
	for end < len(sc.toks) && end < i+maxName {
		t := sc.toks[end]
		if t.class == word && t.to-t.from == 1 && end > i && sc.gap(end) == ". " {
			end++ // an initial
			continue
		}
		if t.class != word || t.to-t.from < 3 || t.m&(ordinary|english|function|speaks) != 0 || !sc.spoken(t) ||
			sc.besideDigits(end) ||
			t.m&proper != 0 && !cued && t.m&(given|surname) == 0 {
			break
		}
		if t.m&(given|surname) != 0 {
			listed++
		}
		end++
		if gap := sc.gap(end - 1); gap != " " && gap != "-" {
			break
		}
	}
	switch n := end - i; {
	case n == 0:
		if cued && sc.means(i, given) && sc.means(i+1, surname) && sc.gap(i) == " " && !sc.means(i, function) &&
			!sc.means(i+1, function) {
			sc.person(i, i+2, 0.45) // this is grace hill
			return 2
		}
		return 1
	case n == 1:
		next := sc.means(i+1, surname) && sc.gap(i) == " " && !sc.means(i+1, function|labelled)
		if cued && next && sc.means(i, given) {
			sc.person(i, i+2, 0.5)
			return 2
		}
		return 1
	case cued, listed > 0:
		sc.person(i, end, 0.5)
	default:
		for j := i; j < end; j++ {
			if sc.toks[j].to-sc.toks[j].from < 4 {
				return 1
			}
		}
		sc.person(i, end, 0.4)
	}
	return end - i
}
