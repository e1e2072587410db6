package reveal

import (
	"context"
	"fmt"

	"tallystick/audit"
	"tallystick/claim"
	"tallystick/privacy"
)

// Value is one of the fields that were asked for. Its bytes are overwritten when it was shown.
type Value struct {
	Path  string
	Kind  claim.LeafKind // 0 if the record does not have the field sealed
	Bytes []byte
}

// Open opens an approved request with the logins of who asked and who approved, in this order, and gives show the
// fields that were asked for, ascending by path and no others. Show is called at most once in the life of a request: of
// several openings, in whichever processes, that whose entry comes first wins, the others get ErrUsed. An opening that
// fails before show leaves the request as it was; one that fails in it, or dies, has used it.
func (d *Desk) Open(ctx context.Context, number int64, asker, approver Officer, show func([]Value) error) error {
	r, err := d.find(number)
	if err != nil {
		return err
	}
	act := d.act(asker.Person, actOpen, r)
	act.Second, act.Fields = approver.Person, r.Fields
	return d.gate.Do(ctx, act, func(ctx context.Context, entry int64) error {
		// Checked after the entry is in the trail: what came before it is known now, also of other processes.
		now, err := d.mayOpen(number, entry, asker, approver)
		if err != nil {
			return err
		}
		opened, err := d.open(ctx, now, asker, approver)
		if err != nil {
			return err
		}
		defer forget(opened.Leaves)
		if err := show(pick(opened.Leaves, now.Fields)); err != nil {
			return fmt.Errorf("%w: %w", errShown, err)
		}
		return nil
	})
}

// mayOpen returns the request if the opening with the given entry may go on.
func (d *Desk) mayOpen(number, entry int64, asker, approver Officer) (*Request, error) {
	r, err := d.find(number)
	if err != nil {
		return nil, err
	}
	for n := range r.openings {
		if n >= entry {
			delete(r.openings, n) // this one, and those that lose against it
		}
	}
	if err := d.expect(r, Approved); err != nil {
		return nil, err
	}
	switch {
	case asker.Person == approver.Person:
		return nil, ErrSamePerson
	case asker.Person != r.Requester:
		return nil, ErrNotYours
	case approver.Person != r.Approver || asker.Half == approver.Half:
		return nil, ErrWrongPair
	}
	return r, nil
}

func (d *Desk) open(ctx context.Context, r *Request, officers ...Officer) (*privacy.Opened, error) {
	sealed, err := d.cfg.Store.Section(ctx, r.Ref, r.Party)
	if err != nil {
		return nil, fmt.Errorf("looking for what is sealed for %s: %w", r.Party, err)
	}
	key, halves, err := d.cfg.Store.Key(ctx, sealed.Key)
	if err != nil {
		return nil, fmt.Errorf("looking for the key of %s: %w", r.Party, err)
	}
	if key.Insurer != r.Ref.Insurer || key.Claim != r.Ref.Claim {
		return nil, fmt.Errorf("the key of %s belongs to another claim: run fsck", r.Party)
	}
	sealedHalf := map[Half]string{HalfA: halves.A, HalfB: halves.B}
	plain := map[Half][]byte{}
	defer func() {
		for _, b := range plain {
			clear(b)
		}
	}()
	for _, o := range officers {
		if plain[o.Half], err = o.Login.OpenHalf(ctx, sealedHalf[o.Half]); err != nil {
			return nil, fmt.Errorf("%w (officer %s): %w", ErrHalf, o.Half, err)
		}
	}
	return privacy.Open(sealed, key, plain[HalfA], plain[HalfB])
}

// pick returns what was asked for.
func pick(leaves []claim.Leaf, fields []string) []Value {
	out := make([]Value, 0, len(fields))
	for _, path := range fields {
		v := Value{Path: path}
		for i := range leaves {
			if leaves[i].Path == path {
				v.Kind, v.Bytes = leaves[i].Kind, leaves[i].Value
			}
		}
		out = append(out, v)
	}
	return out
}

func forget(leaves []claim.Leaf) {
	for i := range leaves {
		clear(leaves[i].Value)
	}
}

var _ Trail = (*audit.Trail)(nil)
