package claim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// scan reads compact JSON of a known form from the front. What does not have it makes the scan fail, from which on its
// results mean nothing.
type scan struct {
	rest   []byte
	failed bool
}

// next takes form, if it is what comes next.
func (s *scan) next(form string) bool {
	if len(s.rest) < len(form) || string(s.rest[:len(form)]) != form {
		return false
	}
	s.rest = s.rest[len(form):]
	return true
}

// want takes form, which must come next.
func (s *scan) want(form string) {
	if !s.next(form) {
		s.failed = true
	}
}

// raw takes a string whose opening quote has been taken, as it is written.
func (s *scan) raw() []byte {
	end := bytes.IndexByte(s.rest, '"')
	if end < 0 {
		s.failed = true
		return nil
	}
	b := s.rest[:end]
	s.rest = s.rest[end+1:]
	return b
}

// plain reports whether a string is written as it is read. The scan fails where it has escapes or is no text; where the
// quote that raw found is itself escaped, what comes before it is a backslash.
func (s *scan) plain(b []byte) bool {
	i := 0
	for i < len(b) && written[b[i]] {
		i++
	}
	for _, c := range b[i:] {
		if c < 0x20 || c == '\\' {
			s.failed = true
			return false
		}
	}
	if i < len(b) && !utf8.Valid(b) {
		s.failed = true
	}
	return !s.failed
}

// skipText passes over a string whose opening quote has been taken.
func (s *scan) skipText() {
	end := endOfText(s.rest, 0)
	if end < 0 {
		s.failed = true
		return
	}
	s.rest = s.rest[end:]
}

// endOfText returns where the string ends whose text begins at i, behind its quote, or -1.
func endOfText(b []byte, i int) int {
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		escapes := 0
		for escapes < n && b[i+n-1-escapes] == '\\' {
			escapes++
		}
		i += n + 1
		if escapes%2 == 0 {
			return i
		}
	}
}

// skip passes over an object or a list and returns it. Which bracket closes which it does not look at.
func (s *scan) skip() []byte {
	if len(s.rest) == 0 || s.rest[0] != '{' && s.rest[0] != '[' {
		s.failed = true
		return nil
	}
	depth := 0
	for i := 0; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '"':
			end := endOfText(s.rest, i+1)
			if end < 0 {
				s.failed = true
				return nil
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				v := s.rest[:i+1]
				s.rest = s.rest[i+1:]
				return v
			}
		}
	}
	s.failed = true
	return nil
}

// number takes what a number consists of.
func (s *scan) number() []byte {
	n := 0
	for n < len(s.rest) && (s.rest[n] >= '0' && s.rest[n] <= '9' || s.rest[n] == '-' || s.rest[n] == '.' || s.rest[n] == '+' || s.rest[n] == 'e') {
		n++
	}
	b := s.rest[:n]
	s.rest = s.rest[n:]
	return b
}

// integer takes a whole number of at most 18 digits.
func (s *scan) integer() int64 {
	b := s.number()
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 || b[0] == '0' && (len(b) > 1 || negative) {
		s.failed = true
		return 0
	}
	n := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			s.failed = true
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		return -n
	}
	return n
}

func (s *scan) unsigned32() uint32 {
	n := s.integer()
	if n < 0 || n > math.MaxUint32 {
		s.failed = true
	}
	return uint32(n)
}

// decimal takes a number as it is written. It leaves to others one with an exponent, which is seldom written.
func (s *scan) decimal() []byte {
	b := s.number()
	digits := bytes.TrimPrefix(b, []byte{'-'})
	whole, fraction, point := bytes.Cut(digits, []byte{'.'})
	if len(whole) == 0 || whole[0] == '0' && len(whole) > 1 || point && len(fraction) == 0 ||
		bytes.ContainsAny(whole, "-+e") || bytes.ContainsAny(fraction, "-+e.") {
		s.failed = true
	}
	return b
}

func (s *scan) float() float64 {
	f, err := strconv.ParseFloat(string(s.decimal()), 64)
	if err != nil {
		s.failed = true
	}
	return f
}

// time takes a time in UTC whose opening quote has been taken.
func (s *scan) time() time.Time {
	b := s.raw()
	var w When
	if len(b) == 0 || b[len(b)-1] != 'Z' || !w.parse(b) {
		s.failed = true
	}
	return w.t
}

// hash takes the bytes of a hash whose opening quote has been taken.
func (s *scan) hash(h *[sha256.Size]byte) {
	b := s.raw()
	var buf [sha256.Size + 1]byte
	if len(b) != base64.StdEncoding.EncodedLen(sha256.Size) {
		s.failed = true
		return
	}
	if n, err := base64.StdEncoding.Strict().Decode(buf[:], b); err != nil || n != sha256.Size {
		s.failed = true
		return
	}
	*h = [sha256.Size]byte(buf[:])
}
