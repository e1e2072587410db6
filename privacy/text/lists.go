package text

import (
	_ "embed"
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
	//go:embed lists/surnames_zh.txt
	chineseText string
)

type meaning uint8

const (
	given    meaning = 1 << iota // a first name
	surname                      // a last name
	ordinary                     // a word of English, or of a place or make
)

// lists are what words may mean. They are only read.
type lists struct {
	words map[string]meaning
	label map[string]Kind
	han   map[string]bool // surnames of one and two characters
}

var loadLists = sync.OnceValue(func() *lists {
	l := &lists{words: make(map[string]meaning, 1<<15), label: englishLabels(), han: map[string]bool{}}
	for _, in := range []struct {
		text string
		m    meaning
	}{{firstText, given}, {lastText, surname}, {wordText, ordinary}} {
		for w := range strings.FieldsSeq(in.text) {
			l.words[w] |= in.m
		}
	}
	for w := range l.label { // "Policy" before a number is nobody's name
		l.words[w] |= ordinary
	}
	for w := range strings.FieldsSeq(chineseText) {
		l.han[w] = true
	}
	return l
})
