package token

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// name appends the words of a name, folded: "Last, First" turned, titles and degrees left out, what tells father from
// son and the legal form of a business in one writing, both at the end.
func (n *Normaliser) name(dst, value []byte) []byte {
	text := n.folded(sameScript(value))
	n.words = n.words[:0]
	var ends [4]int // of the parts between commas, of which the first is before the second in "Last, First"
	parts, tail := 0, 0
	for rest, more := text, true; more; {
		var part []byte
		part, rest, more = bytes.Cut(rest, []byte{','})
		from := len(n.words)
		if n.words = appendWords(append(n.words, ' '), part); len(n.words) == from+1 {
			n.words = n.words[:from] // nothing in it
			continue
		}
		switch {
		case parts > 0 && attached(n.words[from+1:]): // "Smith, Jr.", "Acme, Inc."
			tail++
		case parts < len(ends) && tail == 0:
			ends[parts] = len(n.words)
			parts++
		default:
			parts++
		}
	}
	words := n.words
	if parts == 2 { // "Last, First"
		n.turned = append(append(append(n.turned[:0], words[ends[0]:ends[1]]...), words[:ends[0]]...),
			words[ends[1]:]...)
		words = n.turned
	}
	return n.arranged(dst, words)
}

// arranged appends words, each with a space before it, as they stand in a normal form.
func (n *Normaliser) arranged(dst, words []byte) []byte {
	start, last := len(dst), len(dst)
	words = legalForm(bytes.TrimPrefix(words, []byte{' '}))
	all := bytes.Count(words, []byte{' '}) + 1
	generation, kept, at := "", 0, 0
	for word := range bytes.SplitSeq(words, []byte{' '}) {
		at++
		switch {
		case len(word) == 0:
			continue
		case kept == 0 && all-at >= 2 && titles[string(word)], kept == 0 && all-at == 1 && titles[string(word)] &&
			!hasGeneration(words):
			if all-at >= 2 {
				continue
			}
		case at == all && kept >= 2 && degrees[string(word)]:
			continue
		case kept > 0 && at < all && joining[string(word)]:
			continue
		case kept > 0 && generations[string(word)] != "" && generation == "":
			generation = generations[string(word)]
			continue
		}
		if kept > 0 && !(han(dst[last:]) && han(word)) {
			dst = append(dst, ' ')
		}
		last = len(dst)
		dst = append(dst, word...)
		kept++
	}
	if generation != "" && len(dst) > start {
		dst = append(append(dst, ' '), generation...)
	}
	return dst
}

func hasGeneration(words []byte) bool {
	last := words[bytes.LastIndexByte(words, ' ')+1:]
	return generations[string(last)] != ""
}

// attached reports whether a part behind a comma is of those that are written so: it turns no name.
func attached(words []byte) bool {
	for _, f := range writtenOut {
		if f.long == string(words) {
			return true
		}
	}
	for word := range bytes.SplitSeq(words, []byte{' '}) {
		if generations[string(word)] == "" && !degrees[string(word)] && !forms[string(word)] {
			return false
		}
	}
	return true
}

// han reports whether a word is of Chinese or Japanese characters, between which nobody writes spaces by rule.
func han(word []byte) bool {
	r, _ := utf8.DecodeRune(word)
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// What stands before a name, and says nothing of who it is where the name has two more words.
var titles = set("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "herr", "herrn", "frau", "mme", "mlle",
	"monsieur",
	"madame", "mademoiselle", "senor", "señor", "senora", "señora", "sra", "srta", "sr", "sig", "signor", "signora",
	"dott", "dottssa")

// What stands behind it in the same way.
var degrees = set("md", "phd", "esq", "esquire", "mba", "cpa", "dds", "jd", "rn")

// What tells father from son: two identities, each in one writing.
var generations = map[string]string{
	"jr": "jr", "jnr": "jr", "junior": "jr", "sr": "sr", "snr": "sr", "senior": "sr",
	"ii": "ii", "2nd": "ii", "iii": "iii", "3rd": "iii", "iv": "iv", "4th": "iv",
}

// What joins names and may be a sign as well.
var joining = set("and", "und", "et")

// The short words of legal forms: ISO 20275 (entity legal forms) has them all, these are of the countries whose words
// this package knows. Two forms are two businesses, so none is left out.
var forms = set("ltd", "inc", "llc", "llp", "lp", "plc", "corp", "co", "gmbh", "ag", "kg", "ohg", "ug", "sa", "sas",
	"sarl",
	"eurl", "srl", "spa", "snc", "sl", "slu", "bv", "nv", "ab", "oy", "aps", "株", "有限公司")

// Legal forms as they are written out, by their words as they stand in a name. The longer ones come first.
var writtenOut = []struct{ long, short string }{
	{"gesellschaft mit beschränkter haftung", "gmbh"}, {"unternehmergesellschaft haftungsbeschränkt", "ug"},
	{"ug haftungsbeschränkt", "ug"}, {"aktiengesellschaft", "ag"}, {"kommanditgesellschaft", "kg"},
	{"offene handelsgesellschaft", "ohg"},
	{"public limited company", "plc"}, {"limited liability company", "llc"}, {"limited liability partnership", "llp"},
	{"limited partnership", "lp"}, {"limited", "ltd"}, {"incorporated", "inc"}, {"corporation", "corp"},
	{"company", "co"},
	{"société à responsabilité limitée", "sarl"}, {"société par actions simplifiée", "sas"}, {"société anonyme", "sa"},
	{"sociedad de responsabilidad limitada", "sl"}, {"sociedad limitada", "sl"}, {"sociedad anónima", "sa"},
	{"società a responsabilità limitata", "srl"}, {"società per azioni", "spa"}, {"società in nome collettivo", "snc"},
	{"l l c", "llc"}, {"l t d", "ltd"}, {"s a r l", "sarl"}, {"s p a", "spa"}, {"s r l", "srl"}, {"s a s", "sas"},
	{"s a", "sa"},
	{"g m b h", "gmbh"}, {"有限责任公司", "有限公司"}, {"株式会社", "株"},
}

// legalForm returns words with the legal form at their end in its short writing.
func legalForm(words []byte) []byte {
	for _, f := range writtenOut {
		head, ok := bytes.CutSuffix(words, []byte(f.long))
		if !ok || len(head) == 0 || !han([]byte(f.long)) && head[len(head)-1] != ' ' {
			continue
		}
		words = append(bytes.Clone(head), f.short...)
		break
	}
	// "Acme Company Limited": the form before the last one is one as well.
	if head, last, ok := cutLast(words); ok && last == "ltd" {
		if head, ok := bytes.CutSuffix(head, []byte(" company")); ok {
			return append(bytes.Clone(head), " co ltd"...)
		}
	}
	return words
}

func cutLast(words []byte) (head []byte, last string, ok bool) {
	at := bytes.LastIndexByte(words, ' ')
	if at < 0 {
		return nil, "", false
	}
	return words[:at], string(words[at+1:]), true
}

// appendWords appends the letters and digits of text; whatever is between them becomes one space, an apostrophe nothing
// and a full stop nothing either, unless it parts two digits.
func appendWords(dst, text []byte) []byte {
	start, gap, before := len(dst), false, rune(0)
	for len(text) > 0 {
		r, size := rune(text[0]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text)
		}
		text = text[size:]
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || unicode.IsLetter(r) || unicode.IsDigit(r) ||
			unicode.IsMark(r):
			if gap && len(dst) > start {
				dst = append(dst, ' ')
			}
			gap = false
			dst = utf8.AppendRune(dst, r)
		case r == '\'' || r == 'ʼ': // NFKC makes the second
		case r == '.' && !(isDigit(before) && len(text) > 0 && isDigit(rune(text[0]))):
		default:
			gap = true
		}
		before = r
	}
	return dst
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
