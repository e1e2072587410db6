package text

import "strings"

const states = " al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri " +
	"sc sd tn tx ut vt va wa wv wi wy "

// street finds "12 Elm Street, Apt 4, Springfield, IL 62704" from the number on.
func (sc *scan) street(i int) int {
	if t := sc.toks[i]; t.to-t.from > 6 || !digit(sc.s[t.from]) {
		return 0
	}
	capitals := 0
	for j := i + 1; j < len(sc.toks) && j <= i+6; j++ {
		t, gap := sc.toks[j], sc.gap(j-1)
		if t.class == han || gap != " " && gap != "" && gap != "-" && !(gap == "/" && t.class == number) &&
			(gap != ". " ||
				len(sc.word(j-1)) > 2) {
			return 0
		}
		if t.m&(street|suffix) != 0 && t.capital && capitals > 0 && j > i+1 || t.m&street != 0 && capitals > 0 &&
			j > i+1 {
			for j+1 < len(sc.toks) && sc.means(j+1, street) && sc.gap(j) == " " && t.capital {
				j++ // Park Place Road
			}
			end := sc.afterStreet(j)
			sc.add(sc.toks[sc.beforeStreet(i)].from, sc.toks[end].to, Address, 0.85)
			return end + 1 - i
		}
		if t.capital && capitals > 0 && sc.gap(j) == ", " && !sc.means(j, month|role|title) {
			if end := sc.afterStreet(j); sc.hasCode(j, end) {
				sc.add(sc.toks[sc.beforeStreet(i)].from, sc.toks[end].to, Address, 0.7)
				return end + 1 - i
			}
		}
		switch {
		case t.class == number: // 5th, 42
		case t.capital:
			capitals++
		case gap == "": // 12b, 5th
			capitals++
		case capitals == 0 && sc.means(j+1, street) && t.m&ordinary == 0:
			capitals++ // 12 elm street
		default:
			return 0
		}
	}
	return 0
}

// afterStreet returns the last word of the address whose street ends with word j: over a direction, a flat, towns, a
// state and a postcode, in whatever order.
func (sc *scan) afterStreet(j int) int {
	coded := false
	for part := 0; part < 6 && j+1 < len(sc.toks); part++ {
		gap := sc.gap(j)
		if len(gap) > 3 || strings.ContainsAny(gap, ";:!?(\"|") || gap == ". " && part > 0 {
			break
		}
		apart := strings.ContainsAny(gap, ",\n")
		k := sc.unitAt(j+1, gap)
		if k == 0 {
			if k = sc.postcode(j + 1); k > 0 {
				coded = true
			}
		}
		if k == 0 && sc.is(j+1, word) && sc.toks[j+1].caps && sc.toks[j+1].to-sc.toks[j+1].from <= 3 &&
			(!sc.means(j+1, function) || sc.postcode(j+2) > 0) {
			k = j + 2 // NY, VIC
		}
		if k == 0 && !apart && direction(sc, j+1) {
			k = j + 2
		}
		if k == 0 && (apart || coded) {
			k, coded = sc.towns(j+1), false
		}
		if k == 0 {
			break
		}
		j = k - 1
	}
	return j
}

func direction(sc *scan, i int) bool {
	if !sc.is(i, word) || !sc.toks[i].capital {
		return false
	}
	switch sc.word(i) {
	case "n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west":
		return true
	}
	return false
}

// unitAt returns the word after "Apt 4B" or "# 12" at word i; 0 if there is none.
func (sc *scan) unitAt(i int, gap string) int {
	if strings.Contains(gap, "#") && sc.is(i, number) {
		return i + 1
	}
	if !sc.unit(i) || i+1 >= len(sc.toks) || len(sc.gap(i)) > 2 || !sc.is(i+1, number) &&
		sc.toks[i+1].to-sc.toks[i+1].from > 2 {
		return 0
	}
	i++
	for i+1 < len(sc.toks) && sc.gap(i) == "" && sc.toks[i+1].class != han {
		i++
	}
	return i + 1
}

// postcode returns the word after a postcode at word i: 62704, 62704-1234, SW3 4RP, G1T 1C6, 10143; 0 if there is none.
func (sc *scan) postcode(i int) int {
	size := func(k int) int { return sc.toks[k].to - sc.toks[k].from }
	if sc.is(i, number) {
		if size(i) < 4 || size(i) > 6 || i+1 < len(sc.toks) && sc.gap(i) == "" && sc.toks[i+1].class == word {
			return 0
		}
		if sc.is(i+1, number) && sc.gap(i) == "-" && size(i+1) == 4 {
			return i + 2
		}
		return i + 1
	}
	if !sc.is(i, word) || !sc.toks[i].capital || size(i) > 2 || !sc.is(i+1, number) || sc.gap(i) != "" {
		return 0
	}
	from, k := i, i+2
	for k < len(sc.toks) && sc.toks[k].class != han && size(k) <= 2 && (sc.gap(k-1) == "" || sc.gap(k-1) == " " &&
		sc.is(k, number)) &&
		sc.toks[k].to-sc.toks[from].from <= 8 {
		k++
	}
	return k
}

// towns returns the word after a town at word i; 0 if there is none.
func (sc *scan) towns(i int) int {
	k := i
	for sc.is(k, word) && sc.toks[k].capital && k < i+4 && !(sc.is(k+1, number) && sc.gap(k) == "") &&
		!sc.means(k, function|role|title|speaks|month|labelled) {
		k++
		if k < len(sc.toks) && sc.gap(k-1) != " " && sc.gap(k-1) != "-" &&
			!(sc.gap(k-1) == ". " && sc.word(k-1) == "st") {
			break
		}
		for sc.is(k, word) && !sc.toks[k].capital && (sc.means(k, particle) || sc.word(k) == "sur") &&
			sc.is(k+1, word) &&
			sc.toks[k+1].capital {
			k++
		}
	}
	if k == i {
		return 0
	}
	return k
}

// stateAndCode returns the last word of ", IL 62704" after word j, or of a British postcode; j if there is none.
func (sc *scan) stateAndCode(j int) int {
	if !sc.is(j+1, word) || len(sc.gap(j)) > 2 {
		return j
	}
	w := sc.word(j + 1)
	if len(w) <= 2 && sc.is(j+2, number) && sc.gap(j+1) == "" { // SW1A 1AA, M1 1AE
		for k := j + 3; k <= j+5; k++ {
			if sc.is(k, word) && sc.is(k-1, number) && sc.toks[k-1].to-sc.toks[k-1].from == 1 && sc.gap(k-1) == "" &&
				sc.toks[k].to-sc.toks[k].from == 2 && (sc.gap(k-2) == " ") {
				return k
			}
		}
		return j
	}
	if len(w) != 2 || !strings.Contains(states, " "+w+" ") || !sc.toks[j+1].capital {
		return j
	}
	j++
	if sc.is(j+1, number) && sc.toks[j+1].to-sc.toks[j+1].from == 5 && len(sc.gap(j)) <= 2 {
		j++
		if sc.is(j+1, number) && sc.gap(j) == "-" && sc.toks[j+1].to-sc.toks[j+1].from == 4 {
			j++
		}
	}
	return j
}

// cityState finds "Springfield, IL" and "Springfield, IL 62704".
func (sc *scan) cityState(i int) {
	if i == 0 || sc.gap(i-1) != ", " && sc.gap(i-1) != " " || !sc.is(i-1, word) || !sc.toks[i-1].capital {
		return
	}
	end := sc.stateAndCode(i - 1)
	if end < i || sc.gap(i-1) == " " && end == i {
		return
	}
	from := i - 1
	for from > 0 && from > i-3 && sc.is(from-1, word) && sc.toks[from-1].capital && sc.gap(from-1) == " " &&
		!sc.beginsSentence(from-1) {
		from--
	}
	sc.add(sc.toks[from].from, sc.toks[end].to, Address, 0.6)
}

func (sc *scan) poBox(i int) {
	from := sc.toks[i].from
	for j := i - 1; j >= 0 && j >= i-2; j-- {
		if w := sc.word(j); w != "p" && w != "o" && w != "po" {
			break
		}
		from = sc.toks[j].from
	}
	if from < sc.toks[i].from || sc.word(i) == "pobox" {
		sc.add(from, sc.toks[sc.afterStreet(i+1)].to, Address, 0.85)
	}
}

// streetAlone finds a street without a number: words with a capital before its kind.
func (sc *scan) streetAlone(i int) {
	w := sc.word(i)
	if len(w) <= 2 && sc.is(i+1, word) && sc.toks[i+1].capital && sc.gap(i) != "" { // St. Mary, Dr. Smith
		return
	}
	from := i
	for from > 0 && from > i-3 && sc.is(from-1, word) && sc.toks[from-1].capital && sc.gap(from-1) == " " &&
		!sc.means(from-1, function) && !(sc.beginsSentence(from-1) && sc.means(from-1, ordinary) && from < i) {
		from--
	}
	if from < i && !(from == i-1 && sc.means(from, function)) && sc.word(from) != "the" {
		sc.add(sc.toks[from].from, sc.toks[i].to, Address, 0.5)
	}
}

// beforeStreet returns the first word of the address whose house number is word i: over "Apt 4, " and "Springfield, ".
func (sc *scan) beforeStreet(i int) int {
	from := i
	if from > 0 && sc.gap(from-1) == " " && sc.unit(from-1) && sc.toks[from-1].capital { // Level 2 91 Brandt Bend
		from--
	}
	for k := from - 2; k >= max(0, from-3); k-- {
		if gap := sc.gap(from - 1); (gap == ", " || gap == " ") && sc.unit(k) && sc.toks[k].capital && (k == from-2 ||
			sc.gap(from-2) == "") {
			from = k
			break
		}
	}
	for n := 0; n < 2 && from > 0 && sc.is(from-1, word) && sc.toks[from-1].capital; n++ {
		if gap := sc.gap(from - 1); n == 0 && gap != ", " || n == 1 && gap != " " {
			break
		}
		if sc.means(from-1, function|role|title|month) || n == 0 && sc.toks[from-1].to-sc.toks[from-1].from < 3 {
			break
		}
		from--
	}
	return from
}

func (sc *scan) unit(i int) bool {
	if !sc.is(i, word) {
		return false
	}
	switch sc.word(i) {
	case "apt", "suite", "unit", "apartment", "ste", "flat", "floor", "fl", "rm", "room", "plot", "house", "studio",
		"level", "lot":
		return true
	}
	return false
}

// flatFirst finds "Flat 28U, Wells Canyon, East Carolyn, W1 5JZ", which has no house number.
func (sc *scan) flatFirst(i int) int {
	k := sc.unitAt(i, "")
	if k == 0 || !sc.toks[i].capital || !sc.is(k, word) || !sc.toks[k].capital || sc.gap(k-1) != ", " &&
		sc.gap(k-1) != " " {
		return 0
	}
	for j := k; sc.is(j, word) && sc.toks[j].capital && j < k+4; j++ {
		if sc.means(j, street|suffix) && j > k {
			end := sc.afterStreet(j)
			sc.add(sc.toks[i].from, sc.toks[end].to, Address, 0.85)
			return end + 1 - i
		}
		if sc.gap(j) != " " {
			break
		}
	}
	return 0
}

// hasCode tells that a postcode stands after word j, up to word end.
func (sc *scan) hasCode(j, end int) bool {
	for k := j + 1; k <= end; k++ {
		if sc.postcode(k) > 0 {
			return true
		}
	}
	return false
}

// stateInWords finds "Springfield, Illinois 62704", whose state is word i.
func (sc *scan) stateInWords(i int) {
	from := i
	if i > 0 && sc.gap(i-1) == ", " && sc.is(i-1, word) && sc.toks[i-1].capital {
		from--
	}
	sc.add(sc.toks[from].from, sc.toks[sc.afterStreet(i)].to, Address, 0.6)
}
