package text

import (
	"context"
	"strings"
)

func isStreet(w string) bool {
	switch w {
	case "street", "st", "avenue", "ave", "road", "rd", "boulevard", "blvd", "lane", "ln", "drive", "dr", "court", "ct", "place", "pl",
		"way", "terrace", "parkway", "pkwy", "highway", "hwy", "circle", "cir", "square", "crescent", "close", "trail", "row",
		"gardens", "turnpike", "expressway", "alley", "mews", "grove":
		return true
	}
	return false
}

func isOrganisation(w string) bool {
	switch w {
	case "inc", "llc", "llp", "ltd", "limited", "plc", "corp", "corporation", "company", "co", "gmbh", "insurance", "assurance", "mutual",
		"hospital", "clinic", "bank", "university", "college", "garage", "motors", "autobody", "group", "associates", "partners",
		"medical", "pharmacy", "agency", "department", "towing", "dealership", "underwriters", "holdings", "solutions",
		"logistics", "construction", "plumbing", "roofing", "chiropractic", "orthopedics", "dental", "indemnity", "collision", "services":
		return true
	}
	return false
}

func isMonth(w string) bool {
	switch w {
	case "january", "jan", "february", "feb", "march", "mar", "april", "apr", "may", "june", "jun", "july", "jul", "august", "aug",
		"september", "sep", "sept", "october", "oct", "november", "nov", "december", "dec":
		return true
	}
	return false
}

const states = " al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri " +
	"sc sd tn tx ut vt va wa wv wi wy "

// places finds addresses, organisations and dates in words.
func (sc *scan) places(ctx context.Context) error {
	return sc.each(ctx, func(i int) int {
		t := sc.toks[i]
		switch t.class {
		case number:
			sc.dayFirst(i)
			if n := sc.street(i); n > 0 {
				return n
			}
		case word:
			w := sc.word(i)
			switch {
			case isMonth(w) && t.capital:
				sc.monthFirst(i)
			case (w == "box" || w == "pobox") && sc.is(i+1, number):
				sc.poBox(i)
			case isOrganisation(w) && t.capital:
				return sc.organisation(i)
			case isStreet(w) && t.capital:
				sc.streetAlone(i)
			}
			if len(w) == 2 && w != "in" && sc.s[t.from] <= 'Z' && sc.s[t.from+1] <= 'Z' && strings.Contains(states, " "+w+" ") {
				sc.cityState(i)
			}
		case han:
			sc.chineseDate(i)
		}
		return 1
	})
}

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
		w := sc.word(j)
		if t.class == word && isStreet(w) && capitals > 0 && j > i+1 {
			for j+1 < len(sc.toks) && sc.is(j+1, word) && isStreet(sc.word(j+1)) && sc.gap(j) == " " && t.capital {
				j++ // Park Place Road
			}
			end := sc.afterStreet(j)
			sc.add(sc.toks[i].from, sc.toks[end].to, Address, 0.85)
			return end + 1 - i
		}
		switch {
		case t.class == number: // 5th, 42
		case t.capital:
			capitals++
		case gap == "": // 12b, 5th
			capitals++
		case capitals == 0 && sc.is(j+1, word) && isStreet(sc.word(j+1)) && sc.lists.words[w]&ordinary == 0:
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
		if w := sc.word(city + 1); len(w) == 2 && strings.Contains(states, " "+w+" ") {
			break
		}
		city++
	}
	if end := sc.stateAndCode(city); end > city {
		return end
	}
	if city > j && sc.gap(j) == ", " && sc.meaning(j+1)&ordinary == 0 {
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
		!function(sc.word(from-1)) && !(sc.beginsSentence(from-1) && sc.meaning(from-1)&ordinary != 0 && from < i) {
		from--
	}
	if from < i && !(from == i-1 && function(sc.word(from))) && sc.word(from) != "the" {
		sc.add(sc.toks[from].from, sc.toks[i].to, Address, 0.5)
	}
}

// organisation finds the words with a capital around "Insurance", "LLC" or "Hospital".
func (sc *scan) organisation(i int) int {
	from, end := i, i+1
	for from > 0 && from > i-5 && sc.is(from-1, word) {
		gap, w := sc.gap(from-1), sc.word(from-1)
		if gap != " " && gap != " & " && gap != "-" && gap != ", " && gap != ". " {
			break
		}
		if gap == ", " && from != i || gap == ". " && w != "st" && w != "dr" {
			break
		}
		if !sc.toks[from-1].capital && w != "of" && w != "and" || function(w) && w != "of" && w != "and" {
			break
		}
		if w == "and" && sc.is(from-2, word) && isOrganisation(sc.word(from-2)) {
			break
		}
		if sc.beginsSentence(from-1) && (function(w) || w == "our" || w == "their" || w == "your" || w == "this" || w == "at" || w == "when") {
			break
		}
		from--
	}
	for from < i && !sc.toks[from].capital {
		from++
	}
	for end < len(sc.toks) && end < i+4 && sc.is(end, word) && sc.toks[end].capital && isOrganisation(sc.word(end)) && len(sc.gap(end-1)) <= 2 {
		end++
	}
	if sc.is(end, word) && sc.word(end) == "of" && sc.gap(end-1) == " " && sc.is(end+1, word) && sc.toks[end+1].capital && sc.gap(end) == " " {
		end += 2
		from = min(from, i)
	} else if from == i {
		return 1
	}
	if sc.toks[end-1].to-sc.toks[from].from < 6 {
		return 1
	}
	sc.add(sc.toks[from].from, sc.toks[end-1].to, Organisation, 0.75)
	return end - i
}

func (sc *scan) dayNumber(i int) bool {
	t := sc.toks[i]
	if !sc.is(i, number) || t.to-t.from > 2 || !digit(sc.s[t.from]) {
		return false
	}
	n := num([]byte(sc.s[t.from:t.to]))
	return n >= 1 && n <= 31
}

// ordinal steps over "th" after a day.
func (sc *scan) ordinal(i int) int {
	if sc.is(i+1, word) && sc.gap(i) == "" {
		switch sc.word(i + 1) {
		case "st", "nd", "rd", "th":
			return i + 1
		}
	}
	return i
}

func (sc *scan) year(i int, gap string) bool {
	return sc.is(i, number) && sc.toks[i].to-sc.toks[i].from == 4 && (gap == " " || gap == ", " || gap == "-" || gap == ". ")
}

// monthFirst finds "March 5th, 2024" and "March 2024".
func (sc *scan) monthFirst(i int) {
	end := i
	if sc.is(i+1, number) && sc.dayNumber(i+1) && len(sc.gap(i)) <= 2 {
		end = sc.ordinal(i + 1)
		if sc.year(end+1, sc.gap(end)) {
			end++
		}
	} else if sc.year(i+1, sc.gap(i)) {
		end = i + 1
	}
	if end > i {
		sc.add(sc.toks[i].from, sc.toks[end].to, Date, 0.85)
	}
}

// dayFirst finds "5 March 2024" and "5th of March".
func (sc *scan) dayFirst(i int) {
	if !sc.dayNumber(i) {
		return
	}
	m := sc.ordinal(i) + 1
	if sc.is(m, word) && sc.word(m) == "of" {
		m++
	}
	if !sc.is(m, word) || !isMonth(sc.word(m)) || !sc.toks[m].capital || len(sc.gap(m-1)) != 1 {
		return
	}
	end := m
	if sc.year(m+1, sc.gap(m)) {
		end++
	}
	sc.add(sc.toks[i].from, sc.toks[end].to, Date, 0.85)
}
