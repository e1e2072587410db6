package cases

import (
	"context"
	"slices"
)

// About are the keys of what people wrote and added about a party.
type About struct {
	Named []string // notes and exhibits that name the party
	// Unclear are those of the claim that name nobody, or that were written on a case of several claims and name a
	// party without its claim: a person has to look at them.
	Unclear []string
}

// KeysAbout finds the keys of notes and exhibits about a party of a claim, such as claimant or parties[0], in every
// case that holds or held the claim. It is for erasure: forgetting the keys (KeyTopic.Forget) erases what they seal,
// everywhere.
func (c *Cases) KeysAbout(ctx context.Context, claim ClaimRef, party string) (About, error) {
	type found struct {
		id  ID
		log []entry
	}
	var logs []found
	c.log.View(func(s *state) {
		for _, k := range s.cases {
			if k.claim(claim) >= 0 {
				logs = append(logs, found{k.ID, slices.Clone(k.log)})
			}
		}
	})
	var out About
	for _, f := range logs {
		for _, kept := range f.log {
			e, err := c.read(ctx, f.id, kept)
			if err != nil {
				return About{}, err
			}
			switch {
			case e.Kind == Noted:
				out.add(e.Note.Key, e.Note.Subjects, e.Note.Of, claim, party)
			case e.Kind == Exhibited:
				out.add(e.Exhibit.Key, e.Exhibit.Subjects, e.Exhibit.Of, claim, party)
			}
		}
	}
	return out, nil
}

func (a *About) add(key string, subjects []string, of []ClaimRef, claim ClaimRef, party string) {
	switch {
	case !slices.Contains(of, claim), len(subjects) > 0 && !slices.Contains(subjects, party):
	case len(subjects) == 0 || len(of) > 1:
		a.Unclear = append(a.Unclear, key)
	default:
		a.Named = append(a.Named, key)
	}
}

// refs are the claims of the case as a note keeps them.
func (c *Case) refs() []ClaimRef {
	out := make([]ClaimRef, min(len(c.Claims), MaxMembers))
	for i := range out {
		out[i] = c.Claims[i].ClaimRef
	}
	return out
}
