package reveal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"tallystick/audit"
	"tallystick/claim"
	"tallystick/privacy"
)

// MaxExpiry is the longest that a request may wait, and wait for its use.
const MaxExpiry = 72 * time.Hour

// Errors, which also are the results in the trail. None of them quotes a value.
var (
	ErrUnknown     = errors.New("there is no such request in the audit trail, or it is too old")
	ErrSamePerson  = errors.New("the same person asked for it: a second person must approve")
	ErrNotApproved = errors.New("nobody has approved the request")
	ErrApproved    = errors.New("the request was approved before")
	ErrExpired     = errors.New("the request has expired: make a new one")
	ErrWithdrawn   = errors.New("the request was withdrawn")
	ErrUsed        = errors.New("the request was used: what it asked for is shown once, make a new one")
	ErrNotYours    = errors.New("the request is another person's")
	ErrWrongPair   = errors.New("the two logins are not those of who asked and who approved")
	ErrNoParty     = errors.New("nothing is sealed for this party in the record of the claim")
	ErrErased      = errors.New("the key of the party's fields is gone: they were erased and nobody can open them")
	ErrHalf        = errors.New("an officer's half does not open: the login is not that officer's, or is over")
	ErrRequest     = errors.New("request not valid")
)

var codes = []struct {
	err  error
	code string
}{
	{ErrSamePerson, "same-person"}, {ErrNotApproved, "not-approved"}, {ErrApproved, "approved-before"},
	{ErrExpired, "expired"},
	{ErrWithdrawn, "withdrawn"}, {ErrUsed, "used"}, {ErrNotYours, "not-yours"}, {ErrWrongPair, "wrong-pair"},
	{ErrNoParty, "no-party"}, {ErrErased, "erased"}, {ErrHalf, "half"}, {errShown, codeShown},
}

// errShown marks a failure after which something may have been shown.
var errShown = errors.New("showing the fields")

func code(err error) string {
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return ""
}

// Half says which half of a wrapping key an officer opens.
type Half string

// The two halves.
const (
	HalfA Half = "a"
	HalfB Half = "b"
)

// Officer is one of the two people, logged in. Person is who the login says that they are: for Vault its entity, so
// that a second token of the same person is the same person.
type Officer struct {
	Person string
	Half   Half
	Login  interface {
		// OpenHalf decrypts this officer's half of a wrapping key.
		OpenHalf(ctx context.Context, sealed string) ([]byte, error)
	}
}

// Trail is the audit trail; *audit.Trail is one. After Write returns, Recent has the entry and all before it.
type Trail interface {
	audit.Writer
	Recent(n int) []audit.Entry
}

// Store finds what is sealed, and the keys that it needs.
type Store interface {
	// Section returns the section of a party in the record in force of a claim; ErrNoParty if there is none.
	Section(ctx context.Context, ref claim.ClaimRef, party string) (claim.Section, error)
	// Key returns a wrapped key and the sealed halves of its wrapping key; ErrErased if it is not kept any more.
	Key(ctx context.Context, id []byte) (privacy.BatchKey, privacy.Halves, error)
}

// Config says where things are. Trail, Rights and Store are required.
type Config struct {
	Trail  Trail
	Rights audit.Rights // asked for Right and ApproveRight
	Store  Store
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discard
}

// Desk is where requests are made, approved and used. It may be used concurrently, and by many processes on one trail.
type Desk struct {
	cfg  Config
	gate audit.Gate
}

// New returns a desk.
func New(cfg Config) *Desk {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Desk{cfg, audit.Gate{Trail: cfg.Trail, Rights: cfg.Rights, Code: code, Logger: cfg.Logger}}
}

// Ask is what somebody wants to see.
type Ask struct {
	Ref     claim.ClaimRef
	Party   string        // claimant, parties[n] or record
	Fields  []string      // paths of the party's fields
	Purpose string        // a code of Purposes
	For     time.Duration // how long the request is good; at most MaxExpiry
}

func (a *Ask) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrRequest}, args...)...)
	}
	switch {
	case a.Ref.Insurer == "" || a.Ref.Claim == "":
		return bad("it names no claim")
	case len(a.Fields) == 0:
		return bad("it names no field")
	case a.For <= 0 || a.For > MaxExpiry:
		return bad("it must expire within %s", MaxExpiry)
	case !slices.ContainsFunc(purposes, func(p Purpose) bool { return p.Code == a.Purpose }):
		return bad("unknown purpose; there are %s", purposeCodes())
	}
	for _, f := range a.Fields {
		if _, err := claim.PathOf(f); err != nil {
			return bad("a field is none of the registry's: write it like claimant.name")
		}
		if claim.PartyOf(f) != a.Party {
			return bad("%s is not a field of %s", f, a.Party)
		}
	}
	return nil
}

func purposeCodes() string {
	var list []string
	for _, p := range purposes {
		list = append(list, p.Code)
	}
	return strings.Join(list, ", ")
}

// Request asks for fields and returns the number by which the request is known. Errors are ErrRequest, ErrNoParty,
// *audit.DeniedError and those of the trail and the store.
func (d *Desk) Request(ctx context.Context, person string, a Ask) (int64, error) {
	a.Fields = slices.Compact(slices.Sorted(slices.Values(a.Fields)))
	if err := a.check(); err != nil {
		return 0, err
	}
	if _, err := d.cfg.Store.Section(ctx, a.Ref, a.Party); err != nil {
		return 0, fmt.Errorf("looking for what is sealed for %s: %w", a.Party, err)
	}
	act := audit.Act{
		Person: person, Act: actRequest, Right: Right, Reason: a.Purpose, Fields: a.Fields,
		Object:  audit.Object{Insurer: a.Ref.Insurer, Claim: a.Ref.Claim, Party: a.Party},
		Expires: d.cfg.Now().Add(a.For),
	}
	var number int64
	err := d.gate.Do(ctx, act, func(_ context.Context, entry int64) error {
		number = entry // the entry is the request
		return nil
	})
	return number, err
}

// Approve lets a request be opened. The second person is another than who asked.
func (d *Desk) Approve(ctx context.Context, person string, number int64) error {
	return d.answer(ctx, person, number, actApprove, func(r *Request) error {
		if r.Requester == person {
			return ErrSamePerson
		}
		return d.expect(r, Waiting)
	})
}

// Withdraw ends a request that was not opened: whoever asked may, and every other officer.
func (d *Desk) Withdraw(ctx context.Context, person string, number int64) error {
	return d.answer(ctx, person, number, actWithdraw, func(r *Request) error {
		if len(r.openings) > 0 {
			return ErrUsed
		}
		return nil
	})
}

// answer does an act that is nothing but its entry.
func (d *Desk) answer(ctx context.Context, person string, number int64, act string, check func(*Request) error) error {
	r, err := d.find(number)
	if err != nil {
		return err
	}
	return d.gate.Do(ctx, d.act(person, act, r), func(context.Context, int64) error {
		now, err := d.find(number)
		if err != nil {
			return err
		}
		return check(now)
	})
}

// act is an act on a request.
func (d *Desk) act(person, act string, r *Request) audit.Act {
	right := Right
	if act == actApprove || act == actWithdraw && person != r.Requester {
		right = ApproveRight
	}
	return audit.Act{
		Person: person, Act: act, Right: right, Reason: r.Purpose, On: r.Number,
		Object: audit.Object{Insurer: r.Ref.Insurer, Claim: r.Ref.Claim, Party: r.Party},
	}
}

// expect returns nil if a request is in a state, else what is wrong with it.
func (d *Desk) expect(r *Request, want State) error {
	is := r.State(d.cfg.Now())
	if is == want {
		return nil
	}
	return map[State]error{
		Waiting: ErrNotApproved, Approved: ErrApproved, Withdrawn: ErrWithdrawn, Used: ErrUsed, Expired: ErrExpired,
	}[is]
}

func (d *Desk) find(number int64) (*Request, error) {
	if r := d.requests()[number]; r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("request %d: %w", number, ErrUnknown)
}

func (d *Desk) requests() map[int64]*Request {
	entries := d.cfg.Trail.Recent(math.MaxInt)
	slices.Reverse(entries)
	return fold(entries)
}

// List returns the requests that the trail still has in memory, oldest first.
func (d *Desk) List() []Request {
	var out []Request
	for _, r := range d.requests() {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Request) int { return int(a.Number - b.Number) })
	return out
}
