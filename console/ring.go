package console

import (
	"context"

	"tallystick/cases"
)

// RingPage is a ring with its graph: claims and the tokens that join them.
type RingPage struct {
	ID     string      `json:"id"`
	Claims []RingClaim `json:"claims"`
	Tokens []RingToken `json:"tokens"`
	Hidden int         `json:"hidden"` // claims of the ring that the person may not see: counted, not shown
}

// RingClaim is a claim in a ring.
type RingClaim struct {
	SimilarClaim
	Hold    bool   `json:"hold"`
	Decided string `json:"decided"` // when it was decided
	Record  string `json:"record"`
	Version int64  `json:"version"` // of its case
}

func (s *Server) ringRoutes() {
	read := Right(cases.RightRead)
	type list struct {
		Body struct {
			Rings []RingSummary `json:"rings"`
		}
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/rings", ID: "rings", Summary: "Rings of at least three claims",
		Right: read},
		func(ctx context.Context, p *Person, _ *struct{}) (*list, error) {
			all, err := s.cfg.Records.Rings(ctx)
			if err != nil {
				return nil, err
			}
			var out list
			out.Body.Rings = []RingSummary{}
			for _, r := range all {
				if shown, err := s.visible(ctx, p, r.Refs); err != nil {
					return nil, err
				} else if len(shown) > 0 {
					r.Money = []Money{}
					out.Body.Rings = append(out.Body.Rings, r)
				}
			}
			return &out, nil
		})

	type page struct{ Body RingPage }
	type ringInput struct {
		ID string `path:"ring" maxLength:"200"`
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/rings/{ring}", ID: "ring", Summary: "A ring with its graph",
		Right: read},
		func(ctx context.Context, p *Person, in *ringInput) (*page, error) {
			r, err := s.cfg.Records.Ring(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			out := &page{RingPage{ID: r.ID, Claims: []RingClaim{}, Tokens: []RingToken{}}}
			refs := make([]Ref, len(r.Claims))
			for i := range r.Claims {
				refs[i] = r.Claims[i].Ref
			}
			shown, err := s.visible(ctx, p, refs)
			if err != nil {
				return nil, err
			}
			if len(shown) == 0 {
				return nil, ErrNotFound
			}
			for _, c := range r.Claims {
				if !shown[c.Ref] {
					out.Body.Hidden++
					continue
				}
				out.Body.Claims = append(out.Body.Claims, s.ringClaim(ctx, c))
			}
			for _, t := range r.Tokens {
				kept := []Ref{}
				for _, ref := range t.Claims {
					if shown[ref] {
						kept = append(kept, ref)
					}
				}
				t.Claims = kept
				out.Body.Tokens = append(out.Body.Tokens, t)
			}
			return out, nil
		})
}

func (s *Server) ringClaim(ctx context.Context, c Summary) RingClaim {
	out := RingClaim{
		SimilarClaim: s.similar(ctx, c), Hold: c.Hold, Decided: c.Decided.Format("2006-01-02T15:04:05Z07:00"),
		Record: s.cfg.Anchors.State(c.Partition, c.Offset),
	}
	if out.Case != 0 {
		if d, err := s.cfg.Cases.Get(ctx, s.self(), out.Case); err == nil {
			out.Version = d.Version
		}
	}
	return out
}

// visible returns those of refs that a person may know of.
func (s *Server) visible(ctx context.Context, p *Person, refs []Ref) (map[Ref]bool, error) {
	shown := map[Ref]bool{}
	for _, ref := range refs {
		ok, err := s.sees(ctx, p, ref)
		if err != nil {
			return nil, err
		}
		if ok {
			shown[ref] = true
		}
	}
	return shown, nil
}
