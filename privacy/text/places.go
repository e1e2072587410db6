package text

import (
	"context"
	"strings"
)

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
			if n := sc.numberBeforeStreet(i); n > 0 {
				return n
			}
		case word:
			w := sc.word(i)
			if t.capital {
				if n := max(sc.numberAfterStreet(i), sc.flatFirst(i)); n > 0 {
					return n
				}
			}
			if n := sc.streetAndCode(i); n > 0 {
				return n
			}
			if t.caps && len(w) == 3 {
				sc.military(i)
			}
			switch {
			case t.m&month != 0 && t.capital:
				sc.monthFirst(i)
			case (w == "box" || w == "pobox") && sc.is(i+1, number):
				sc.poBox(i)
			case t.m&firm != 0 && t.capital:
				return sc.organisation(i)
			case t.m&street != 0 && t.capital:
				sc.streetAlone(i)
			}
			if t.capital && t.m&proper != 0 && sc.is(i+1, number) && sc.gap(i) == " " &&
				sc.toks[i+1].to-sc.toks[i+1].from == 5 {
				sc.stateInWords(i)
			}
			if len(w) == 2 && w != "in" && sc.s[t.from] <= 'Z' && sc.s[t.from+1] <= 'Z' &&
				strings.Contains(states, " "+w+" ") {
				sc.cityState(i)
			}
		case han:
			sc.chineseDate(i)
		}
		return 1
	})
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
		if !sc.toks[from-1].capital && w != "of" && w != "and" || sc.means(from-1, function) && w != "of" &&
			w != "and" {
			break
		}
		if w == "and" && sc.means(from-2, firm) {
			break
		}
		if sc.beginsSentence(from-1) && (sc.means(from-1, function) || w == "our" || w == "their" || w == "your" ||
			w == "this" || w == "at" || w == "when") {
			break
		}
		from--
	}
	for from < i && !sc.toks[from].capital {
		from++
	}
	for end < len(sc.toks) && end < i+4 && sc.is(end, word) && sc.toks[end].capital && sc.means(end, firm) &&
		len(sc.gap(end-1)) <= 2 {
		end++
	}
	if sc.is(end, word) && sc.word(end) == "of" && sc.gap(end-1) == " " && sc.is(end+1, word) &&
		sc.toks[end+1].capital && sc.gap(end) == " " {
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
	return sc.is(i, number) && sc.toks[i].to-sc.toks[i].from == 4 && (gap == " " || gap == ", " || gap == "-" ||
		gap == ". ")
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
	if !sc.means(m, month) || !sc.toks[m].capital || len(sc.gap(m-1)) != 1 {
		return
	}
	end := m
	if sc.year(m+1, sc.gap(m)) {
		end++
	}
	sc.add(sc.toks[i].from, sc.toks[end].to, Date, 0.85)
}
