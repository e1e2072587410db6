package corpus

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// Half is one of the two halves of the corpus.
type Half int

// Halves: templates and names of one do not occur in the other.
const (
	Seen Half = iota
	HeldOut
)

// Neutral is the kind of a span that is right to find and right to leave, such as a city alone.
const Neutral = "neutral"

// Span is what is known to be at a place. Start and End count characters.
type Span struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Kind  string `json:"kind"`
}

// Text is a narrative with its truth.
type Text struct {
	Text    string `json:"text"`
	Chinese bool   `json:"chinese"`
	Spans   []Span `json:"spans"`
}

var (
	//go:embed seen.txt
	seenTemplates string
	//go:embed heldout.txt
	heldOutTemplates string
	//go:embed first.txt
	firstNames string
	//go:embed last.txt
	lastNames string
)

// New returns n narratives of a half. The same seed gives the same texts.
func New(half Half, seed uint64, n int) []Text {
	all := seenTemplates
	if half == HeldOut {
		all = heldOutTemplates
	}
	templates := strings.Split(strings.TrimSpace(all), "\n%%\n")
	w := &writer{
		Rand:  rand.New(rand.NewPCG(seed, uint64(half)+22)),
		first: every(strings.Fields(firstNames), half), last: every(strings.Fields(lastNames), half), half: half,
	}
	texts := make([]Text, n)
	for i := range texts {
		texts[i] = w.text(templates[i%len(templates)])
	}
	return texts
}

// every returns the half of a list.
func every(list []string, half Half) []string {
	var out []string
	for i := int(half); i < len(list); i += 2 {
		out = append(out, list[i])
	}
	return out
}

// writer fills one template after the other.
type writer struct {
	*rand.Rand
	half        Half
	first, last []string
	out         strings.Builder
	chars       int
	spans       []Span
	person, zh  string // the last one, for a signature
}

func (w *writer) text(template string) Text {
	w.out.Reset()
	w.chars, w.spans = 0, nil
	for {
		before, rest, ok := strings.Cut(template, "{")
		w.say(before)
		if !ok {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			panic("corpus: a template has { without }")
		}
		kind, value := w.value(name)
		if kind == "" {
			w.say(value)
		} else {
			start := w.chars
			w.say(value)
			w.spans = append(w.spans, Span{start, w.chars, kind})
		}
		template = after
	}
	s := w.out.String()
	return Text{Text: s, Chinese: strings.ContainsFunc(s, func(r rune) bool {
		return 0x4e00 <= r &&
			r <= 0x9fff
	}), Spans: w.spans}
}

func (w *writer) say(s string) {
	w.out.WriteString(s)
	w.chars += utf8.RuneCountInString(s)
}

// value returns what stands for a placeholder, and its kind: "" for what identifies nobody.
func (w *writer) value(name string) (kind, value string) {
	base, style, _ := strings.Cut(name, ".")
	switch base {
	case "zh":
		return w.chinese(style)
	case "same":
		if style == "zh" {
			return "person", w.zh
		}
		first, _, _ := strings.Cut(w.person, " ")
		return "person", first
	case "amount":
		return "", w.of("$", "€", "$") + fmt.Sprintf("%d,%03d.%02d", 1+w.IntN(90), w.IntN(1000), w.IntN(100))
	case "time":
		return "", fmt.Sprintf("%d:%02d %s", 1+w.IntN(12), w.IntN(60), w.of("am", "pm", "p.m."))
	}
	form, ok := forms[base]
	if !ok {
		panic("corpus: no placeholder is called " + name)
	}
	value = form.draw(w)
	if base == "person" || base == "first" {
		w.person = value
	}
	return form.kind, w.styled(value, style)
}

func (w *writer) styled(value, style string) string {
	switch style {
	case "low":
		return strings.ToLower(value)
	case "caps":
		return strings.ToUpper(value)
	case "spaced":
		return w.pieces(value, " ")
	case "dashed":
		return w.pieces(value, "-")
	case "dotted":
		return w.pieces(value, ".")
	case "words":
		return spell(value)
	}
	return value
}

func (w *writer) of(list ...string) string { return list[w.IntN(len(list))] }

func (w *writer) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + w.IntN(10))
	}
	return string(b)
}
