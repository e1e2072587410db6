package privacy

import (
	"math"
	"strconv"
	"time"

	"tallystick/claim"
)

// maxText is the longest string, in bytes, that is not kept and for which the policy says no other max: that of claim.Limits.
const maxText = 1024

// skew is how far a past event may be ahead of the clock, and ahead is how far the first time zone is ahead of UTC: a day
// begins there first. Both as in claim.Validate.
const (
	skew  = 10 * time.Minute
	ahead = 14 * time.Hour
)

// check refuses what claim.Validate would: whoever decodes the open part does not see again what is not kept.
func (p *Protector) check(pl *place, value []byte) error {
	r := pl.rule
	switch r.typ {
	case typeInteger:
		if !isInteger(value) {
			return p.wrongType(pl, "an integer")
		}
	case typeWhen:
		return p.checkWhen(pl, value)
	case typeNumber:
		if r.within == 0 {
			return nil
		}
		if n, err := strconv.ParseFloat(string(value), 64); err != nil || !(math.Abs(n) <= r.within) {
			return p.invalid(pl, "at most "+strconv.FormatFloat(r.within, 'f', -1, 64)+", above and below zero")
		}
	case typeString:
		if r.action != Keep && len(value) > r.max {
			return p.invalid(pl, "at most "+strconv.Itoa(r.max)+" bytes")
		}
	}
	return nil
}

func (p *Protector) checkWhen(pl *place, value []byte) error {
	when, err := claim.ParseWhen(string(value))
	if err != nil {
		return p.invalid(pl, err.Error()) // fixed words
	}
	latest := p.shared.now().Add(skew)
	if when.Precision() != claim.Instant {
		latest = latest.Add(ahead)
	}
	if when.Time().After(latest) {
		return &claim.Problem{Code: claim.Future, Path: pl.pattern(), Offset: p.dec.InputOffset(), Hint: "has not happened yet"}
	}
	return nil
}

func (p *Protector) invalid(pl *place, hint string) error {
	return &claim.Problem{Code: claim.Invalid, Path: pl.pattern(), Offset: p.dec.InputOffset(), Hint: hint}
}
