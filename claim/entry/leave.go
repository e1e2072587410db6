package entry

import (
	"fmt"
	"slices"

	"tallystick/claim"
	"tallystick/journal/part"
)

// SectionDigest is what stands for a section in a record's commitment.
type SectionDigest func(*CommittedSection) ([digestSize]byte, error)

// LeaveOut writes a record anew without the sections of those parties: the digest of the part and the section's digest
// in the commitment stand in the place of each, so that journal, commitment and proofs of all else stay what they are.
// It returns the record itself where none of them is in it, and how many were left out.
func LeaveOut(data []byte, parties []string, digest SectionDigest) ([]byte, int, error) {
	var e claim.Entry
	if err := Decode(data, &e); err != nil {
		return nil, 0, err
	}
	if !slices.ContainsFunc(e.Sections, func(s claim.Section) bool {
		return s.Left == nil && slices.Contains(parties, s.Party)
	}) {
		return data, 0, nil
	}
	leaves, err := new(Builder).Leaves(&e)
	if err != nil {
		return nil, 0, err
	}
	left := 0
	var failed error
	out, err := part.Redact(data, func(place int, _ []byte) ([]byte, bool) {
		if place == 0 || !slices.Contains(parties, e.Sections[place-1].Party) {
			return nil, false
		}
		d, err := digest(&leaves.Sections[place-1])
		if err != nil {
			failed = fmt.Errorf("section %d: %w", place-1, err)
			return nil, false
		}
		left++
		return d[:], true
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, 0, fmt.Errorf("leaving sections out of a record: %w", err)
	}
	return out, left, nil
}
