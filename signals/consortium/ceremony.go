package consortium

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"tallystick/signals/oprf"
)

// Charter is what a ceremony is told.
type Charter struct {
	Name        string            `json:"name"`
	Threshold   int               `json:"threshold"` // evaluators that must answer
	DailyBudget int               `json:"dailyBudget"`
	Budgets     map[string]int    `json:"budgets,omitempty"` // of single members
	Operators   map[string]string `json:"operators"`         // who runs each evaluator
	EpochDays   int               `json:"epochDays"`
	OverlapDays int               `json:"overlapDays"` // how long the epoch before stays in use
	Grounds     Grounds           `json:"grounds"`
}

// SealedShare is an evaluator's share on its way from the ceremony: only the evaluator opens it.
type SealedShare struct {
	Consortium string `json:"consortium"`
	Epoch      uint32 `json:"epoch"`
	Evaluator  string `json:"evaluator"`
	Sealed     []byte `json:"sealed"`
}

// dealt is what is sealed.
type dealt struct {
	Consortium string    `json:"consortium"`
	Epoch      uint32    `json:"epoch"`
	Place      uint16    `json:"place"`
	Dealt      time.Time `json:"dealt"`
	Share      []byte    `json:"share"`
}

// Opened is a share in its evaluator's hands.
type Opened struct {
	*oprf.Share
	Epoch uint32
	Dealt time.Time
}

const shareUse = "share"

// Deal runs a ceremony with a dealer: it makes the key of a new epoch, shares it, seals each share for its evaluator
// and the members' key for each member, and returns the text for the members to sign. previous, which may be nil, is
// the version in force. The dealer's process sees the key while it runs: run it on a machine that is wiped afterwards,
// before witnesses.
func Deal(charter Charter, cards []Card, previous []byte, now time.Time) (text []byte, shares []SealedShare,
	err error) {
	now = now.UTC().Truncate(time.Second)
	f := &File{Name: charter.Name, Version: 1, Made: now, Grounds: charter.Grounds}
	number := uint32(1)
	if previous != nil {
		before, err := Open(previous)
		if err != nil {
			return nil, nil, fmt.Errorf("the version in force: %w", err)
		}
		f.Version, f.Previous, f.Left = before.Version+1, Digest(previous), before.Left
		for _, e := range before.Epochs {
			number = max(number, e.Number+1)
			if e.Until.After(now.AddDate(0, 0, charter.OverlapDays)) {
				e.Until = now.AddDate(0, 0, charter.OverlapDays)
			}
			if e.From.Before(e.Until) {
				f.Epochs = append(f.Epochs, e)
			}
		}
		for _, m := range before.Members {
			if !slices.ContainsFunc(cards, func(c Card) bool { return c.Name == m.Name }) {
				f.Left = append(f.Left, Left{m.Name, now})
			}
		}
	}
	for _, c := range cards {
		switch c.Role {
		case RoleMember:
			budget := charter.DailyBudget
			if own, ok := charter.Budgets[c.Name]; ok {
				budget = own
			}
			f.Members = append(f.Members, Member{c, budget})
		case RoleEvaluator:
			f.Evaluators = append(f.Evaluators, Evaluator{c, charter.Operators[c.Name]})
		default:
			return nil, nil, fmt.Errorf("node %s: its role is %s or %s", c.Name, RoleMember, RoleEvaluator)
		}
	}
	if charter.EpochDays < 1 || charter.OverlapDays < 0 {
		return nil, nil, errors.New("the charter: epochDays is at least 1 and overlapDays at least 0")
	}
	epoch := Epoch{Number: number, From: now, Until: now.AddDate(0, 0, charter.EpochDays)}
	public, dealtShares, err := oprf.Deal(charter.Threshold, len(f.Evaluators))
	if err != nil {
		return nil, nil, err
	}
	if epoch.Commitments, err = public.Bytes(); err != nil {
		return nil, nil, err
	}
	for i, e := range f.Evaluators {
		epoch.Holders = append(epoch.Holders, e.Name)
		sealed, err := sealShare(f.Name, epoch.Number, now, e.Card, dealtShares[i])
		if err != nil {
			return nil, nil, err
		}
		shares = append(shares, sealed)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	if err := epoch.sealFor(f.Name, key, f.Members); err != nil {
		return nil, nil, err
	}
	f.Epochs = append(f.Epochs, epoch)
	text, err = f.Text()
	return text, shares, err
}

func sealShare(name string, epoch uint32, now time.Time, to Card, share *oprf.Share) (SealedShare, error) {
	scalar, err := share.Bytes()
	if err != nil {
		return SealedShare{}, err
	}
	plain, err := json.Marshal(dealt{name, epoch, share.Index(), now, scalar})
	if err != nil {
		return SealedShare{}, fmt.Errorf("writing the share of %s: %w", to.Name, err)
	}
	sealed, err := Seal(to, shareUse, plain)
	return SealedShare{name, epoch, to.Name, sealed}, err
}

func (e *Epoch) sealFor(name string, key []byte, members []Member) error {
	digest := sha256.Sum256(key)
	e.KeyDigest, e.MemberKeys = digest[:], map[string][]byte{}
	for _, m := range members {
		sealed, err := Seal(m.Card, keyUse(name, e.Number), key)
		if err != nil {
			return err
		}
		e.MemberKeys[m.Name] = sealed
	}
	return nil
}

func keyUse(name string, epoch uint32) string {
	return fmt.Sprintf("members' key of epoch %d of %s", epoch, name)
}

// MemberKey opens the members' key of an epoch.
func (f *File) MemberKey(epoch Epoch, key *Key) ([]byte, error) {
	opened, err := key.Open(keyUse(f.Name, epoch.Number), epoch.MemberKeys[key.Name()])
	if err != nil {
		return nil, fmt.Errorf("the members' key of epoch %d: %w", epoch.Number, err)
	}
	if digest := sha256.Sum256(opened); !bytes.Equal(digest[:], epoch.KeyDigest) || len(opened) != 32 {
		return nil, fmt.Errorf("the members' key of epoch %d is another one than all others have", epoch.Number)
	}
	return opened, nil
}

// ParseShare reads a sealed share.
func ParseShare(text []byte) (SealedShare, error) {
	var s SealedShare
	if len(text) > 16<<10 {
		return s, errors.New("a share is at most 16 KiB")
	}
	if err := json.Unmarshal(text, &s, json.RejectUnknownMembers(true)); err != nil {
		return s, fmt.Errorf("reading a share: %w", err)
	}
	return s, nil
}

// OpenShare opens an evaluator's share and checks it against the file that all members signed.
func OpenShare(s SealedShare, f *File, key *Key) (*Opened, error) {
	epoch, ok := f.Epoch(s.Epoch)
	if !ok || s.Consortium != f.Name || s.Evaluator != key.Name() {
		return nil, fmt.Errorf("the share is for %s, epoch %d of %s", s.Evaluator, s.Epoch, s.Consortium)
	}
	plain, err := key.Open(shareUse, s.Sealed)
	if err != nil {
		return nil, fmt.Errorf("the share of epoch %d: %w", s.Epoch, err)
	}
	var d dealt
	if err := json.Unmarshal(plain, &d, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("the share of epoch %d: %w", s.Epoch, err)
	}
	if d.Consortium != f.Name || d.Epoch != s.Epoch || int(d.Place) != slices.Index(epoch.Holders, key.Name())+1 {
		return nil, fmt.Errorf("the share of epoch %d is of another place than the file says", s.Epoch)
	}
	public, err := oprf.ParsePublic(epoch.Commitments)
	if err != nil {
		return nil, err
	}
	share, err := oprf.ParseShare(d.Place, d.Share, public)
	if err != nil {
		return nil, err
	}
	return &Opened{share, d.Epoch, d.Dealt}, nil
}

// Join returns the text of the next version with one member more. It is run by a member, who seals the members' keys
// for it.
func Join(previous []byte, card Card, budget int, key *Key, now time.Time) ([]byte, error) {
	f, err := Open(previous)
	if err != nil {
		return nil, fmt.Errorf("the version in force: %w", err)
	}
	f.Version, f.Previous, f.Made = f.Version+1, Digest(previous), now.UTC().Truncate(time.Second)
	f.Members = append(f.Members, Member{card, budget})
	for i, e := range f.Epochs {
		shared, err := f.MemberKey(e, key)
		if err != nil {
			return nil, err
		}
		if f.Epochs[i].MemberKeys[card.Name], err = Seal(card, keyUse(f.Name, e.Number), shared); err != nil {
			return nil, err
		}
	}
	return f.Text()
}
