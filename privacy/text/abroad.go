package text

import "strings"

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
	end = sc.afterStreet(end)
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
		} else if w := sc.word(j); !sc.means(j, particle) && w != "des" && w != "aux" && w != "et" && w != "delle" &&
			w != "los" {
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
		if !(len(w) >= 6 && germanStreet(w) || i > 0 && sc.gap(i-1) == "-" && germanStreet("xxxxx"+w)) {
			return 0
		}
	}
	if !sc.is(end+1, number) || sc.toks[end+1].to-sc.toks[end+1].from > 4 || sc.gap(end) != " " &&
		sc.gap(end) != ", " &&
		sc.gap(end) != ". " {
		return 0
	}
	end++
	if sc.is(end+1, number) && (sc.gap(end) == "/" || sc.gap(end) == "-") {
		end++ // 59/74
	}
	if sc.is(end+1, word) && sc.gap(end) == "" && sc.toks[end+1].to-sc.toks[end+1].from == 1 {
		end++ // 12a
	}
	end = sc.afterStreet(end)
	from := i
	for from > 0 && sc.gap(from-1) == "-" && sc.is(from-1, word) && from > i-4 {
		from-- // Otto-Lilienthal-Ring
	}
	sc.add(sc.toks[from].from, sc.toks[end].to, Address, 0.8)
	return end + 1 - i
}

func germanStreet(w string) bool {
	for _, end := range [...]string{"strasse", "straße", "str", "allee", "weg", "platz", "gasse", "ring", "damm",
		"ufer",
		"straat", "laan", "plein",
		"gracht", "gatan", "vägen", "gade", "katu"} {
		if strings.HasSuffix(w, end) && (len(end) > 4 || len(w) > len(end)+3) {
			return true
		}
	}
	return false
}

// streetAndCode finds "boulevard Philippe Pereira, 67817 Potier": a street without a number, before a postcode.
func (sc *scan) streetAndCode(i int) int {
	switch sc.word(i) {
	case "rue", "avenue", "boulevard", "chemin", "impasse", "quai", "calle", "via":
	default:
		return 0
	}
	end := sc.properName(i)
	if end == i || sc.gap(end) != ", " || sc.postcode(end+1) == 0 {
		return 0
	}
	end = sc.afterStreet(end)
	sc.add(sc.toks[i].from, sc.toks[end].to, Address, 0.8)
	return end + 1 - i
}

// military finds "PSC 8314, Box 4510, APO AP 11239", whose post office is word i.
func (sc *scan) military(i int) {
	switch sc.word(i) {
	case "apo", "fpo", "dpo":
	default:
		return
	}
	if !sc.is(i+1, word) || sc.toks[i+1].to-sc.toks[i+1].from != 2 || sc.postcode(i+2) == 0 {
		return
	}
	from := i
	for from > 0 && from > i-6 && (sc.gap(from-1) == " " || sc.gap(from-1) == ", ") &&
		(sc.is(from-1, number) || sc.is(from-1, word) && sc.toks[from-1].capital && !sc.means(from-1, function)) {
		from--
	}
	sc.add(sc.toks[from].from, sc.toks[sc.postcode(i+2)-1].to, Address, 0.85)
}
