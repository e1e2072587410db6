package detectors

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Businesses are tokens that an insurer says are of businesses, by insurer.
type Businesses map[string][]string

// maxRegistered bounds the tokens of a list, so that a wrong file does not take the memory of the claims.
const maxRegistered = 2_000_000

// ReadBusinesses reads a list: an insurer and a token a line, with a space between. What follows # is passed over.
func ReadBusinesses(r io.Reader) (Businesses, error) {
	out := Businesses{}
	lines := bufio.NewScanner(r)
	for n, all := 1, 0; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 || !isToken(words[1]) {
			return nil, fmt.Errorf("line %d: want an insurer and a token, such as acme phn_1_ and 26 characters; `tallystick businesses import` makes them", n)
		}
		if all++; all > maxRegistered {
			return nil, fmt.Errorf("line %d: a list has at most %d tokens", n, maxRegistered)
		}
		out[words[0]] = append(out[words[0]], words[1])
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, errors.New("a line is far longer than an insurer and a token")
	} else if err != nil {
		return nil, fmt.Errorf("reading the list of businesses: %w", err)
	}
	return out, nil
}

// isToken reports whether a text has the form of a token.
func isToken(text string) bool {
	cut := strings.LastIndexByte(text, '_')
	var bits [tokenBytes]byte
	return cut > 0 && decodeToken(&bits, text[cut+1:])
}

// Write writes the list as ReadBusinesses reads it, sorted, each token once.
func (b Businesses) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, insurer := range slices.Sorted(maps.Keys(b)) {
		for _, token := range slices.Compact(slices.Sorted(slices.Values(b[insurer]))) {
			fmt.Fprintln(out, insurer, token)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the list of businesses: %w", err)
	}
	return nil
}

// Register makes the tokens those of businesses, in place of those registered before. They need not be in any claim.
func (s *State) Register(businesses Businesses) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listed = businesses
	s.numberListed()
}

// numberListed looks the registered tokens up in the table of tokens. The lock must be held.
func (s *State) numberListed() {
	s.businesses = make(map[string]map[tokenID]struct{}, len(s.listed))
	for insurer, tokens := range s.listed {
		numbers := make(map[tokenID]struct{}, len(tokens))
		for _, token := range tokens {
			numbers[s.tokens.of(token)] = struct{}{}
		}
		s.businesses[insurer] = numbers
	}
}

func (s *State) registered(b *book, id *tokenID) bool {
	_, is := s.businesses[b.insurer][*id]
	return is
}
