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
		if t.class == han || gap != " " && gap != "" && gap != "-" && (gap != ". " || len(sc.word(j-1)) > 2) {
			return 0
		}
		if t.m&street != 0 && capitals > 0 && j > i+1 {
			for j+1 < len(sc.toks) && sc.means(j+1, street) && sc.gap(j) == " " && t.capital {
				j++ // Park Place Road
			}
			end := sc.afterStreet(j)
			sc.add(sc.toks[sc.beforeStreet(i)].from, sc.toks[end].to, Address, 0.85)
			return end + 1 - i
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

// afterStreet returns the last word of the address whose street ends with word j.
func (sc *scan) afterStreet(j int) int {
	next := func() string {
		if j+1 < len(sc.toks) && len(sc.gap(j)) <= 4 && !strings.ContainsAny(sc.gap(j), ";:!?") {
			return sc.word(j + 1)
		}
		return ""
	}
	switch next() {
	case "n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west":
		if sc.toks[j+1].capital {
			j++
		}
	}
	switch next() {
	case "apt", "suite", "unit", "apartment", "ste", "flat", "floor", "fl", "rm", "room":
		if j+2 < len(sc.toks) && (sc.is(j+2, number) || sc.toks[j+2].to-sc.toks[j+2].from <= 2) {
			for j += 2; j+1 < len(sc.toks) && sc.gap(j) == "" && sc.toks[j+1].class != han; j++ {
			}
		}
	default:
		if strings.Contains(sc.gap(j), "#") && sc.is(j+1, number) {
			j++
		}
	}
	city := j
	for city+1 < len(sc.toks) && city < j+3 && sc.is(city+1, word) && sc.toks[city+1].capital {
		if gap := sc.gap(city); city == j && gap != ", " && gap != " " && gap != ",\n" && gap != "\n" || city > j && gap != " " {
			break
		}
		if w := sc.word(city + 1); len(w) == 2 && strings.Contains(states, " "+w+" ") || len(w) <= 2 && sc.is(city+2, number) {
			break // a state, or SW3 4RP
		}
		city++
	}
	if end := sc.stateAndCode(city); end > city {
		return end
	}
	if city > j && sc.gap(j) == ", " && !sc.means(j+1, function|role|title|month|speaks) {
		return city
	}
	return j
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
	for from > 0 && from > i-3 && sc.is(from-1, word) && sc.toks[from-1].capital && sc.gap(from-1) == " " && !sc.beginsSentence(from-1) {
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
	if from >= 2 && sc.gap(from-1) == ", " && sc.unit(from-2) && !sc.is(from-1, han) {
		from -= 2
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
	case "apt", "suite", "unit", "apartment", "ste", "flat", "floor", "fl", "rm", "room", "plot", "house", "no":
		return true
	}
	return false
}

// numberBeforeStreet finds "12 rue de la Paix, 75002 Paris".
func (sc *scan) numberBeforeStreet(i int) int {
	if t := sc.toks[i]; t.to-t.from > 4 || !sc.is(i+1, word) || sc.gap(i) != " " && sc.gap(i) != ", " {
		return 0
	}
	switch sc.word(i + 1) {
	case "rue", "avenue", "boulevard", "chemin", "allée", "impasse", "quai", "cours", "route", "place":
	default:
		return 0
	}
	end := sc.properName(i + 1)
	if end == i+1 {
		return 0
	}
	end = sc.codeAndTown(end)
	sc.add(sc.toks[i].from, sc.toks[end].to, Address, 0.8)
	return end + 1 - i
}

// properName returns the last word of "de la Paix" after word i; i if nothing with a capital follows.
func (sc *scan) properName(i int) int {
	end := i
	for j := i + 1; sc.is(j, word) && j <= i+5; j++ {
		if gap := sc.gap(j - 1); gap != " " && gap != "-" {
			break
		}
		if sc.toks[j].capital {
			end = j
		} else if w := sc.word(j); !sc.means(j, particle) && w != "des" && w != "aux" && w != "et" && w != "delle" && w != "los" {
			break
		}
	}
	return end
}

// numberAfterStreet finds "Lindenallee 10, 10143 Berlin", "Calle Mayor 5" and "Via Roma 12".
func (sc *scan) numberAfterStreet(i int) int {
	w, end := sc.word(i), i
	switch w {
	case "calle", "avenida", "paseo", "plaza", "via", "viale", "piazza", "corso", "rua", "ulica", "strada", "carrer":
		if end = sc.properName(i); end == i {
			return 0
		}
	default:
		if len(w) < 6 || !germanStreet(w) {
			return 0
		}
	}
	if !sc.is(end+1, number) || sc.toks[end+1].to-sc.toks[end+1].from > 4 || sc.gap(end) != " " && sc.gap(end) != ", " {
		return 0
	}
	end++
	if sc.is(end+1, word) && sc.gap(end) == "" && sc.toks[end+1].to-sc.toks[end+1].from == 1 {
		end++ // 12a
	}
	end = sc.codeAndTown(end)
	sc.add(sc.toks[i].from, sc.toks[end].to, Address, 0.8)
	return end + 1 - i
}

func germanStreet(w string) bool {
	for _, end := range [...]string{"strasse", "straße", "str", "allee", "weg", "platz", "gasse", "ring", "damm", "ufer", "straat", "laan", "plein",
		"gracht", "gatan", "vägen", "gade", "katu"} {
		if strings.HasSuffix(w, end) && (len(end) > 4 || len(w) > len(end)+3) {
			return true
		}
	}
	return false
}

// codeAndTown returns the last word of ", 10143 Berlin" after word j; j if it does not follow.
func (sc *scan) codeAndTown(j int) int {
	if gap := sc.gap(j); gap != ", " && gap != " " && gap != "\n" && gap != ",\n" {
		return j
	}
	k := j + 1
	if sc.is(k, number) && sc.toks[k].to-sc.toks[k].from >= 4 && sc.toks[k].to-sc.toks[k].from <= 5 {
		if sc.is(k+1, word) && sc.toks[k+1].capital && sc.gap(k) == " " {
			return sc.town(k + 1)
		}
		return k
	}
	if sc.is(k, word) && sc.toks[k].capital && sc.gap(j) == ", " && !sc.means(k, function|role|title|speaks) {
		return sc.town(k)
	}
	return j
}

func (sc *scan) town(k int) int {
	if sc.is(k+1, word) && sc.toks[k+1].capital && (sc.gap(k) == " " || sc.gap(k) == "-") && sc.means(k+1, proper) {
		return k + 1
	}
	return k
}
