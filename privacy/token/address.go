package token

import (
	"bytes"
	"slices"
)

func (n *Normaliser) person(dst, name, birth []byte) ([]byte, Outcome) {
	const day = len("2006-01-02")
	if len(birth) < day { // a year alone would join namesakes
		return dst, Absent
	}
	if n.stands(domainByName["nam"], name, nil) {
		return dst, Absent
	}
	if n.placeholders().birth(birth[:day]) {
		return dst, Placeholder
	}
	start := len(dst)
	dst = n.name(dst, name)
	if len(dst) == start {
		return dst, Absent
	}
	return append(append(dst, unit), birth[:day]...), Named
}

func (n *Normaliser) address(dst []byte, parts [5][]byte) ([]byte, Outcome) {
	start := len(dst)
	if n.stands(domainByName["adr"], parts[0], nil) {
		return dst, Placeholder
	}
	for _, i := range [...]int{1, 2, 3} { // what stands for nothing is absent
		if n.stands(domainByName["adr"], parts[i], nil) {
			parts[i] = nil
		}
	}
	country := state(parts[4])
	dst = n.street(dst, parts[0])
	if len(dst)-start < 4 || len(parts[2]) == 0 && len(parts[3]) == 0 { // a street alone is in many towns
		return dst[:start], Absent
	}
	one := len(dst)
	if dst = n.street(append(dst, ' '), parts[1]); len(dst) == one+1 {
		dst = dst[:one] // no second line, or nothing in it
	}
	dst = appendWords(append(dst, unit), n.folded(sameScript(parts[2])))
	dst = n.postcode(append(dst, unit), parts[3], country)
	return append(append(dst, unit), country...), Named
}

// postcode appends a postcode. Of an American one the five digits of the area are taken, which stand in each of its
// writings, with the zero that a table takes.
func (n *Normaliser) postcode(dst, value []byte, country string) []byte {
	start := len(dst)
	plus4 := zipPlus4(value)
	dst = n.Letters(dst, value)
	own := dst[start:]
	if country != "US" && !(country == "" && plus4) || !digitsOnly(own) {
		return dst
	}
	switch len(own) {
	case 4:
		return slices.Insert(dst, start, '0')
	case 8:
		return slices.Insert(dst, start, '0')[:start+5]
	case 9:
		return dst[:start+5]
	}
	return dst
}

// zipPlus4 reports whether a postcode is written as only American ones are: five digits, a hyphen, four digits.
func zipPlus4(value []byte) bool {
	value = bytes.TrimSpace(value)
	return len(value) == 10 && value[5] == '-' && digitsOnly(value[:5]) && digitsOnly(value[6:])
}

// abbreviation returns the short form of the few words that one address is commonly written with or without, else "":
// light on purpose, since a wrong join is worse than a missed one.
func abbreviation(word []byte) string {
	switch string(word) {
	case "street":
		return "st"
	case "strasse":
		return "str"
	case "avenue":
		return "ave"
	case "road":
		return "rd"
	case "drive":
		return "dr"
	case "lane":
		return "ln"
	case "boulevard":
		return "blvd"
	case "court":
		return "ct"
	case "place":
		return "pl"
	case "square":
		return "sq"
	case "terrace":
		return "ter"
	case "highway":
		return "hwy"
	case "parkway":
		return "pkwy"
	case "circle":
		return "cir"
	case "apartment":
		return "apt"
	case "suite":
		return "ste"
	case "floor":
		return "fl"
	case "building":
		return "bldg"
	case "number":
		return "no"
	case "north":
		return "n"
	case "south":
		return "s"
	case "east":
		return "e"
	case "west":
		return "w"
	case "northeast":
		return "ne"
	case "northwest":
		return "nw"
	case "southeast":
		return "se"
	case "southwest":
		return "sw"
	default:
		return ""
	}
}

func (n *Normaliser) street(dst, line []byte) []byte {
	n.words = appendWords(n.words[:0], n.folded(sameScript(line)))
	for words := n.words; ; {
		word, rest, more := bytes.Cut(words, []byte{' '})
		if short := abbreviation(word); short != "" {
			dst = append(dst, short...)
		} else if head, german := bytes.CutSuffix(word, []byte("strasse")); german {
			dst = append(append(dst, head...), "str"...)
		} else {
			dst = append(dst, word...)
		}
		if !more {
			return dst
		}
		dst = append(dst, ' ')
		words = rest
	}
}
