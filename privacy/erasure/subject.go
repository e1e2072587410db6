package erasure

import (
	"errors"
	"fmt"
	"slices"

	"tallystick/claim"
	"tallystick/privacy"
)

// Subject says whom an erasure is about, in one of three ways: by a token, by a clear value with its domain, or by a
// claim and a party of it.
type Subject struct {
	Insurer string
	Token   string
	Domain  string // of Value
	Value   string
	Country string // of a phone number as dialled nationally
	Claim   string
	Party   string
}

// ErrSubject says that a subject is not one.
var ErrSubject = errors.New("subject not valid")

// own are the domains of tokens that belong to one person alone: what a household shares, such as a phone, an e-mail
// address or an account, recognises a person only in a claim where they were erased.
var own = []string{"nid", "per", "pid"}

// subject is one that can be looked for.
type subject struct {
	Subject
	token string
	mark  func(token string) [16]byte
}

func (s Subject) resolve(keys privacy.Keys) (*subject, error) {
	k, err := keys.Insurer(s.Insurer)
	if err != nil {
		return nil, fmt.Errorf("%w: insurer %s: %w", ErrSubject, s.Insurer, err)
	}
	out := &subject{Subject: s, token: s.Token, mark: k.Mark}
	ways := 0
	for _, given := range []bool{s.Token != "", s.Value != "", s.Claim != ""} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return nil, fmt.Errorf("%w: name a token, or a value with its domain, or a claim and a party", ErrSubject)
	}
	switch {
	case s.Claim != "":
		if !partyName.MatchString(s.Party) {
			return nil, fmt.Errorf("%w: the party is claimant, parties[n] or record", ErrSubject)
		}
	case s.Value != "":
		token, ok, err := k.Token(s.Domain, s.Value, s.Country)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSubject, err)
		}
		if !ok {
			return nil, fmt.Errorf("%w: the value is too short, or a placeholder, and no claim was given a token for it", ErrSubject)
		}
		out.token = token
	}
	return out, nil
}

// parties returns the parties of a decided entry that are the subject.
func (s *subject) parties(e *claim.Entry) []string {
	if e.Insurer != s.Insurer {
		return nil
	}
	var out []string
	for i := range e.Sections {
		party := e.Sections[i].Party
		if e.Sections[i].Left != nil {
			continue
		}
		switch {
		case s.Claim != "":
			if e.Claim == s.Claim && party == s.Party {
				out = append(out, party)
			}
		case party != claim.RecordParty && slices.ContainsFunc(e.Tokens, func(t claim.Token) bool {
			return t.Value == s.token && claim.PartyOf(t.Path) == party
		}):
			out = append(out, party)
		}
	}
	return out
}

// marksOf returns what recognises the erased parties of an entry later: the token that was asked for and those that are
// one person's own anywhere, all others in this claim. What somebody else in the claim holds too recognises nobody.
func (s *subject) marksOf(e *claim.Entry, parties []string) []Mark {
	others := map[string]bool{}
	for i := range e.Tokens {
		if t := &e.Tokens[i]; !slices.Contains(parties, claim.PartyOf(t.Path)) {
			others[t.Value] = true
		}
	}
	var out []Mark
	for i := range e.Tokens {
		t := &e.Tokens[i]
		party := claim.PartyOf(t.Path)
		if party == claim.RecordParty || !slices.Contains(parties, party) || others[t.Value] && t.Value != s.token {
			continue
		}
		sum := s.mark(t.Value)
		m := Mark{Insurer: e.Insurer, Domain: t.Domain(), Sum: sum[:]}
		if t.Value != s.token && !slices.Contains(own, m.Domain) {
			m.Claim = e.Claim
		}
		out = append(out, m)
	}
	return out
}
