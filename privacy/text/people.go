package text

import (
	"context"
	"strings"
)

// maxName is how many words a name has at most.
const maxName = 6

// weight is how much a word looks like a part of a name.
type weight int8

const (
	never weight = iota
	maybe        // a word that is a name too: Grace, Hill
	surely
)

// people finds names of persons.
func (sc *scan) people(ctx context.Context) error {
	return sc.each(ctx, func(i int) int {
		t := sc.toks[i]
		if t.class != word {
			return 1
		}
		if t.m&(title|role) != 0 {
			if n := sc.introduced(i); n > 0 {
				return n
			}
		}
		if t.capital {
			return sc.named(i)
		}
		return sc.small(i)
	})
}

// introduced finds the name after a title or a role.
func (sc *scan) introduced(i int) int {
	t := sc.toks[i]
	if t.m&title != 0 && (t.capital || t.to-t.from <= 4) {
		if gap := sc.gap(i); gap == " " || gap == ". " || gap == "." {
			if end := sc.name(i+1, true); end > i+1 {
				sc.person(i+1, end, 0.9)
				return end - i
			}
		}
	}
	if t.m&role != 0 {
		if from := sc.afterRole(i); from > 0 {
			named := sc.word(from-1) == "name" || i+1 < from && (sc.word(i) == "name" || sc.word(i) == "named") &&
				sc.toks[from].m&proper == 0
			if end := sc.name(from, named); end > from+1 || end == from+1 && (named || sc.weight(from) == surely) {
				sc.person(from, end, 0.85)
				return end - i
			}
		}
	}
	return 0
}

func (sc *scan) person(from, end int, score float64) {
	for from > 0 && sc.means(from-1, particle) && sc.gap(from-1) == " " &&
		(sc.toks[from-1].capital || !sc.means(from-1, ordinary|function)) {
		from-- // van der
	}
	to := sc.toks[end-1].to
	if strings.HasSuffix(sc.low[:to], "'s") {
		to -= 2
	}
	sc.add(sc.toks[from].from, to, Person, score)
}

// afterRole returns the word at which a name begins after word i, over "is", "was", a colon and the like; 0 if none
// does.
func (sc *scan) afterRole(i int) int {
	for j := i + 1; j < len(sc.toks) && j <= i+3; j++ {
		gap := sc.gap(j - 1)
		if len(gap) > 3 || strings.ContainsAny(gap, ".;\n!?/") && gap != ". " || sc.toks[j].class != word {
			return 0
		}
		switch w := sc.word(j); {
		case w == "is" || w == "was" || w == "by" || w == "a" || sc.means(j, title|role) && sc.weight(j) != surely:
		default:
			if gap == ". " {
				return 0
			}
			return j
		}
	}
	return 0
}

// weight tells how much a word with a capital looks like a part of a name. Where all is in capitals a word must be on
// a list, or long enough to be no abbreviation.
func (sc *scan) weight(i int) weight {
	t := sc.toks[i]
	if !t.capital || t.to-t.from < 2 || t.m&(function|title|month|labelled) != 0 && t.m&given == 0 {
		return never
	}
	switch {
	case t.m&function != 0:
		return never
	case t.m&(given|surname) != 0 && t.m&(ordinary|english) == 0:
		return surely
	case t.m&(given|surname) != 0:
		return maybe
	case t.m == particle || t.m == 0:
		if t.caps && (t.to-t.from < 4 || !sc.inCapitals(i)) || !sc.spoken(t) || sc.besideDigits(i) || sc.humped(t) {
			return never
		}
		return surely
	case t.m&proper != 0 && t.m&ordinary == 0:
		return maybe
	}
	return never
}

// inCapitals tells that the words around are in capitals as well, so that word i is no abbreviation.
func (sc *scan) inCapitals(i int) bool {
	near := 0
	for j := max(0, i-2); j <= min(len(sc.toks)-1, i+2); j++ {
		if t := sc.toks[j]; j != i && (t.caps || t.capital && t.to-t.from == 1) {
			near++
		}
	}
	return near >= 2
}

// spoken tells a word with a vowel, or of another alphabet.
func (sc *scan) spoken(t token) bool {
	for _, c := range []byte(sc.low[t.from:t.to]) {
		if strings.IndexByte("aeiouy", c) >= 0 || c >= 0x80 {
			return true
		}
	}
	return false
}

// humped tells PlayStation from McDonald: a capital after four letters and more is a trade mark's.
func (sc *scan) humped(t token) bool {
	for k := t.from + 4; k < t.to && !t.caps; k++ {
		if c := sc.s[k]; 'A' <= c && c <= 'Z' && letter(sc.s[k-1]) && sc.s[k-1] >= 'a' {
			return true
		}
	}
	return false
}

func (sc *scan) besideDigits(i int) bool {
	return sc.is(i+1, number) && sc.gap(i) == "" || i > 0 && sc.is(i-1, number) && sc.gap(i-1) == ""
}

// name returns the word after the name that begins with word i: words that may be names, initials, particles. After a
// title any word with a capital begins one.
func (sc *scan) name(i int, titled bool) int {
	if !sc.is(i, word) || !sc.toks[i].capital || sc.means(i, firm|function) && !sc.means(i, given|surname) {
		return i
	}
	end := i
	for j := i; j < len(sc.toks) && j < i+maxName; j++ {
		t := sc.toks[j]
		if t.class != word {
			break
		}
		switch {
		case t.to-t.from == 1 && t.capital: // an initial
			if j > i {
				end = j + 1
			}
		case t.m&particle != 0 && sc.is(j+1, word) && sc.toks[j+1].capital && sc.gap(j) == " " &&
			sc.weight(j+1) > never:
		case end > i && end == j && t.m == english && t.to-t.from > 2 && t.capital && !t.caps &&
			sc.weight(i) == surely &&
			!sc.means(i, proper):
			end = j + 1 // any word with a capital, beside a name that is nothing else
		case sc.weight(j) > never && !(end > i && t.m&firm != 0 && t.m&surname == 0), titled && j == i &&
			t.to-t.from > 2:
			end = j + 1
		default:
			return end
		}
		if sc.is(j+1, number) && sc.gap(j) == "" {
			return j // DE89 is no name
		}
		gap := sc.gap(j)
		if strings.HasSuffix(sc.word(j), "'s") || gap != " " && gap != "-" && !(gap == ". " && t.to-t.from == 1) {
			break
		}
	}
	return end
}

// named finds the name that begins with a word with a capital.
func (sc *scan) named(i int) int {
	if sc.weight(i) == never {
		return 1
	}
	if n := sc.listOfNames(i); n > 0 {
		return n
	}
	end := sc.name(i, false)
	if end == i {
		return 1
	}
	most, words := never, 0
	for j := i; j < end; j++ {
		if w := sc.weight(j); w > never || sc.toks[j].m == english {
			words, most = words+1, max(most, w)
		}
	}
	last := end - 1
	switch {
	case sc.goesOn(last):
		return end - i
	case words == 1:
		return sc.alone(i, end)
	case most == surely && sc.means(i, given) && sc.means(last, surname):
		sc.person(i, end, 0.8)
	case most == surely && (sc.unknown(i) || sc.toks[last].m == english || sc.unknown(last) || sc.means(i, given) ||
		sc.means(last, surname)):
		sc.person(i, end, 0.6)
	case sc.means(i, given) && sc.means(last, surname), sc.gap(i) == "-" && sc.means(i, surname) &&
		sc.means(last, surname):
		sc.person(i, end, 0.5)
	default:
		return 1
	}
	return end - i
}

func (sc *scan) unknown(i int) bool { return sc.toks[i].m == 0 }

// goesOn tells that after the last word of a name a street, a firm or the like goes on.
func (sc *scan) goesOn(last int) bool {
	return sc.is(last+1, word) && sc.toks[last+1].capital && sc.gap(last) == " " && sc.means(last+1, street|firm)
}

func (sc *scan) beginsSentence(i int) bool {
	return i == 0 || strings.ContainsAny(sc.gap(i-1), ".!?\n:\"")
}

// begins tells that a word has its capital for the sentence; after a colon it has not.
func (sc *scan) begins(i int) bool {
	return i == 0 || strings.ContainsAny(sc.gap(i-1), ".!?\n\"")
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
		for w := range strings.FieldsFuncSeq(sc.low[f.from:f.to], func(r rune) bool {
			return r == ' ' || r == '-' ||
				r == '.' || r == ','
		}) {
			if len(w) > 2 && sc.lists.words.of(w)&(ordinary|particle) == 0 {
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
