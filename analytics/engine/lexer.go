package engine

import (
	"errors"
	"strings"
)

type tokenKind byte

const (
	word        tokenKind = iota + 1 // a bare name, keyword or number
	quotedName                       // in back or double quotes; text is without them
	literal                          // a string
	punctuation                      // one byte of anything else
)

// token is a piece of a statement; white space and comments are none.
type token struct {
	kind       tokenKind
	text       string
	start, end int // of its bytes in the statement
}

// is reports whether the token is that keyword, which may be written in any case but not in quotes.
func (t token) is(keyword string) bool { return t.kind == word && strings.EqualFold(t.text, keyword) }

// isSymbol reports whether the token is that byte.
func (t token) isSymbol(b byte) bool { return t.kind == punctuation && t.text[0] == b }

// names reports whether the token can be a name.
func (t token) names() bool { return t.kind == word || t.kind == quotedName }

// errUnclear is returned for text that ClickHouse might take apart in another way than tokens does. What is not
// understood for certain is not let through.
var errUnclear = errors.New("the statement cannot be read with certainty: it holds an unfinished quote or comment, " +
	"a backslash within a quoted name, or letters that are not ASCII outside of quotes")

// tokens takes a statement apart as ClickHouse's Lexer.cpp does.
func tokens(text string) ([]token, error) {
	var all []token
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
			i++
		case strings.HasPrefix(text[i:], "--"), strings.HasPrefix(text[i:], "# "), strings.HasPrefix(text[i:], "#!"):
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return all, nil
			}
			i += n + 1
		case strings.HasPrefix(text[i:], "/*"):
			n := strings.Index(text[i+2:], "*/")
			if n < 0 || strings.Contains(text[i+2:i+2+n], "/*") {
				return nil, errUnclear
			}
			i += n + 4
		case c == '\'' || c == '`' || c == '"':
			n, ok := quoteEnd(text[i:])
			if !ok {
				return nil, errUnclear
			}
			t := token{kind: literal, text: text[i+1 : i+n-1], start: i, end: i + n}
			if c != '\'' {
				if t.kind = quotedName; strings.Contains(t.text, `\`) {
					return nil, errUnclear
				}
				t.text = strings.ReplaceAll(t.text, string([]byte{c, c}), string(c))
			}
			all, i = append(all, t), i+n
		case c == '$':
			n, ok := heredocEnd(text[i:])
			if !ok {
				return nil, errUnclear
			}
			all, i = append(all, token{kind: literal, text: text[i : i+n], start: i, end: i + n}), i+n
		case isWordByte(c):
			n := 1
			for i+n < len(text) && (isWordByte(text[i+n]) || text[i+n] == '$') {
				n++
			}
			all, i = append(all, token{kind: word, text: text[i : i+n], start: i, end: i + n}), i+n
		case c < ' ' || c >= 0x7f:
			return nil, errUnclear
		default:
			all, i = append(all, token{kind: punctuation, text: text[i : i+1], start: i, end: i + 1}), i+1
		}
	}
	return all, nil
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// quoteEnd returns how long the quoted text is that s begins with. A quote within is doubled or follows a backslash.
func quoteEnd(s string) (int, bool) {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i + 1, true
		}
	}
	return 0, false
}

// heredocEnd returns how long the text in $tag$ is that s begins with.
func heredocEnd(s string) (int, bool) {
	n := 1
	for n < len(s) && isWordByte(s[n]) {
		n++
	}
	if n == len(s) || s[n] != '$' {
		return 0, false
	}
	tag := s[:n+1]
	end := strings.Index(s[len(tag):], tag)
	if end < 0 {
		return 0, false
	}
	return len(tag) + end + len(tag), true
}
