package privacy

import "bytes"

// form says how the parts of a composed token become one value.
type form uint8

const (
	formPerson  form = iota // name, birth date: both needed
	formAddress             // line1, line2, city, postcode, country: line1 and one of city and postcode needed
	formBank                // iban, routing, number: an IBAN, or a number with what is known of its bank
)

var forms = map[string]struct {
	form  form
	parts int
}{
	"person":  {formPerson, 2},
	"address": {formAddress, 5},
	"bank":    {formBank, 3},
}

const unit = 0x1f // parts a composed value; no normal form contains it

// compose appends the normal form of the parts (nil where absent). An empty result means: no token.
func (n *norms) compose(dst []byte, how form, parts [][]byte) []byte {
	switch how {
	case formPerson:
		return n.person(dst, parts[0], parts[1])
	case formAddress:
		return n.address(dst, parts)
	default:
		return n.bank(dst, parts[0], parts[1], parts[2])
	}
}

func (n *norms) person(dst, name, birth []byte) []byte {
	const day = len("2006-01-02")
	if len(birth) < day { // a year alone would join namesakes
		return dst
	}
	start := len(dst)
	dst = n.name(dst, name)
	if len(dst) == start {
		return dst
	}
	return append(append(dst, unit), birth[:day]...)
}

func (n *norms) bank(dst, iban, routing, number []byte) []byte {
	const shortest, alone = 6, 8 // of an account number, beside its bank and without it: shorter ones can be guessed
	start := len(dst)
	if dst = n.alnum(dst, iban); len(dst)-start >= alone {
		return dst
	}
	dst = append(n.alnum(dst[:start], routing), unit)
	least, before := shortest, len(dst)
	if before == start+1 {
		least = alone
	}
	if dst = n.alnum(dst, number); len(dst)-before < least {
		return dst[:start]
	}
	return dst
}

func (n *norms) address(dst []byte, parts [][]byte) []byte {
	start := len(dst)
	dst = n.street(dst, parts[0])
	if len(dst)-start < 4 || len(parts[2]) == 0 && len(parts[3]) == 0 { // a street alone is in many towns
		return dst[:start]
	}
	one := len(dst)
	if dst = n.street(append(dst, ' '), parts[1]); len(dst) == one+1 {
		dst = dst[:one] // no second line, or nothing in it
	}
	dst = appendWords(append(dst, unit), n.folded(parts[2]))
	dst = n.alnum(append(dst, unit), parts[3])
	return n.alnum(append(dst, unit), parts[4])
}

// abbreviation returns the short form of the few words that one address is commonly written with or without, else "": light
// on purpose, since a wrong join is worse than a missed one.
func abbreviation(word []byte) string {
	switch string(word) {
	case "street":
		return "st"
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

func (n *norms) street(dst, line []byte) []byte {
	n.words = appendWords(n.words[:0], n.folded(line))
	for words := n.words; ; {
		word, rest, more := bytes.Cut(words, []byte{' '})
		if short := abbreviation(word); short != "" {
			dst = append(dst, short...)
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
