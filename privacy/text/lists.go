package text

import (
	_ "embed"
	"hash/maphash"
	"strings"
	"sync"
)

var (
	//go:embed lists/first.txt
	firstText string
	//go:embed lists/last.txt
	lastText string
	//go:embed lists/words.txt
	wordText string
	//go:embed lists/english.txt
	englishText string
	//go:embed lists/proper.txt
	properText string
	//go:embed lists/surnames_zh.txt
	chineseText string
	//go:embed lists/given_zh.txt
	chineseGiven string
)

// meaning is what a word may mean, as a set.
type meaning uint32

const (
	given    meaning = 1 << iota // a first name
	surname                      // a last name
	ordinary                     // a word, place or make that is a name too, or stands with a capital before one
	english                      // any word of English
	proper                       // a word that English writes with a capital: places, peoples, makes
	title                        // Mr.
	role                         // claimant
	particle                     // van
	function                     // the
	street                       // avenue
	firm                         // hospital
	month                        // March
	spelt                        // the name of a digit
	labelled                     // policy
	speaks                       // said: a person stands before it
	cue                          // best: a person stands after it, also in small letters
	suffix                       // ridge: what ends the name of a street, after a house number
)

// lists are what words may mean. They are only read.
type lists struct {
	words table
	label map[string]Kind
	han   map[string]bool // surnames of one and two characters
	chars [lastHan - firstHan + 1]character
}

// character is what a Chinese character may be in a name, as a set.
type character uint8

const (
	surnameAlone character = 1 << iota
	surnameFirst           // of two
	surnameFrequent
	ofFirstName
	endsName     // begins another word after a name
	standsBefore // a name
	standsAfter
)

const (
	firstHan = 0x4e00
	lastHan  = 0x9fff
)

func (l *lists) mark(text string, c character) {
	for _, r := range text {
		if firstHan <= r && r <= lastHan {
			l.chars[r-firstHan] |= c
		}
	}
}

// character returns what the character at a byte may be; 0 for what is no Chinese one.
func (l *lists) character(s string, at int) character {
	if at < 0 || at+3 > len(s) || s[at]>>4 != 0xe {
		return 0
	}
	r := rune(s[at]&0xf)<<12 | rune(s[at+1]&0x3f)<<6 | rune(s[at+2]&0x3f)
	if r < firstHan || r > lastHan {
		return 0
	}
	return l.chars[r-firstHan]
}

// table maps words to their meanings by their hashes alone: two slots of a cache line instead of a map's buckets and
// strings.
type table struct {
	seed  maphash.Seed
	slots []slot
}

type slot struct {
	hash uint64
	m    meaning
}

const tableSize = 1 << 18 // three times the words, so that most look-ups end at their first slot

func (t *table) add(word string, m meaning) {
	h := maphash.String(t.seed, word) | 1
	i := h >> 32 % tableSize
	for t.slots[i].hash != 0 && t.slots[i].hash != h {
		i = (i + 1) % tableSize
	}
	t.slots[i] = slot{h, t.slots[i].m | m}
}

func (t *table) of(word string) meaning {
	h := maphash.String(t.seed, word) | 1
	for i := h >> 32 % tableSize; ; i = (i + 1) % tableSize {
		switch t.slots[i].hash {
		case h:
			return t.slots[i].m
		case 0:
			return 0
		}
	}
}

var loadLists = sync.OnceValue(func() *lists {
	l := &lists{words: table{maphash.MakeSeed(), make([]slot, tableSize)}, label: englishLabels(),
		han: map[string]bool{}}
	for _, in := range []struct {
		text string
		m    meaning
	}{
		{firstText, given}, {lastText, surname}, {wordText, ordinary}, {englishText, english}, {properText, proper},
		{titleWords, title | ordinary}, {roleWords, role | ordinary}, {particleWords, particle},
		{functionWords, function},
		{streetWords, street}, {firmWords, firm}, {monthWords, month}, {digitWords, spelt}, {speakWords, speaks},
		{cueWords,
			cue}, {suffixWords, suffix}, {streetWords, suffix},
	} {
		for w := range strings.FieldsSeq(in.text) {
			l.words.add(w, in.m)
		}
	}
	for w := range l.label { // "Policy" before a number is nobody's name
		l.words.add(w, ordinary|labelled)
	}
	for w := range strings.FieldsSeq(chineseText) {
		l.han[w] = true
		l.mark(w[:3], map[bool]character{true: surnameAlone, false: surnameFirst}[len(w) == 3])
	}
	l.mark(chineseGiven, ofFirstName)
	l.mark(frequent, surnameFrequent)
	l.mark(notGiven, endsName)
	l.mark(beforeName, standsBefore)
	l.mark(afterName, standsAfter)
	return l
})

// Short lists, by what they mean.
const (
	titleWords = "mr mrs ms miss dr prof professor officer detective sgt sergeant attorney judge nurse doctor " +
		"captain deputy trooper mx madam adjuster constable supervisor counsel"
	roleWords = "claimant insured driver witness named name passenger policyholder patient agent contact spouse " +
		"wife husband son daughter mother father brother sister neighbor neighbour owner tenant landlord " +
		"beneficiary mechanic lawyer physician surgeon i'm signed sincerely regards employee manager " +
		"friend broker handler solicitor pedestrian cyclist roommate partner cousin uncle aunt nephew " +
		"niece executor trustee cleaner plumber dear clmt atty cust customer client buyer seller payee " +
		"colleague boss insd"
	particleWords = "de da del della di du van von der den la le bin ibn al el dos ter"
	functionWords = "an and the so my he she in on is was do see said to of no it at but had we you they i a as by " +
		"for or if his her our their your not be"
	streetWords = "street st avenue ave road rd boulevard blvd lane ln drive dr court ct place pl way terrace " +
		"parkway pkwy highway hwy circle cir square crescent close trail row gardens turnpike expressway " +
		"alley mews grove"
	firmWords = "inc llc llp ltd limited plc corp corporation company co gmbh insurance assurance mutual hospital " +
		"clinic bank university college garage motors autobody group associates partners medical pharmacy " +
		"agency department towing dealership underwriters holdings solutions logistics construction " +
		"plumbing roofing chiropractic orthopedics orthopaedics orthopedic orthopaedic dental indemnity " +
		"collision services union sons shop repair repairs centre center school church hotel restaurant " +
		"supermarket foundation institute authority airlines transport trucking rentals realty properties " +
		"enterprises industries systems technologies consulting financial trust ag bv"
	suffixWords = "annex arcade bayou beach bend bluff bluffs bottom branch bridge brook brooks burg bypass camp " +
		"canyon cape causeway center circles cliff cliffs club common corner corners course courts cove " +
		"creek crest crossing crossroad curve dale dam divide drives estate estates extension fall falls " +
		"ferry field fields flats ford forest forge forges fork forks fort freeway garden gateway glen " +
		"glens green greens groves harbor harbors haven heights hill hills hollow inlet island islands " +
		"isle junction junctions key keys knoll knolls lake lakes land landing light lights loaf lock " +
		"locks lodge loop mall manor manors meadow meadows mill mills mission motorway mount mountain " +
		"neck orchard oval overpass park parks parkways pass passage path pike pine pines plain plains " +
		"plaza point points port ports prairie radial ramp ranch rapids rest ridge ridges river roads " +
		"route run shoal shoals shore shores skyway springs spur spurs squares station stravenue stream " +
		"streets summit throughway trace track trafficway tunnel underpass union unions valley valleys " +
		"via viaduct view views village villages ville vista walk walks wall ways well wells wynd " +
		"esplanade parade promenade quay chase piazza byway crossway centreway little rue end hollows " +
		"circuit concourse gully gap ride rise vale amble"
	monthWords = "january jan february feb march mar april apr may june jun july jul august aug september sep sept " +
		"october oct november nov december dec"
	digitWords = "zero oh o one two three four five six seven eight nine"
	speakWords = "said says states stated told tells called calls is was has had claims claimed reports reported " +
		"denies denied confirmed confirms wrote writes asked asks went came drove ran will would did does " +
		"saw heard lives works wants wanted told admitted admits agreed refused insists thinks explained " +
		"mentioned added replied left took bought sold and spoke telephoned spent shouted gave came"
	cueWords = "is this am best thanks cust clmt insd ins name named called by from for with regards sincerely " +
		"cheers customer caller i'm im"
)
