package claim

import (
	"fmt"
	"time"
)

// Precision is how much of a [When] is known.
type Precision uint8

// The precisions, as in FHIR's dateTime.
const (
	Absent  Precision = iota
	Year              // 1994
	Month             // 1994-12
	Day               // 1994-12-31
	Instant           // 1994-12-31T23:00:00-05:00: always with its zone
)

// When is a point in time as precisely as it is known: a year, a month, a day, or an instant with its zone.
// What is not known is not filled in. The zero value is absent.
type When struct {
	t time.Time
	p Precision
}

// ParseWhen reads one of the four forms of [Precision].
func ParseWhen(s string) (When, error) {
	var w When
	if !w.parse([]byte(s)) {
		return When{}, errWhen // fixed words: time's own errors quote the value
	}
	return w, nil
}

var errWhen = fmt.Errorf("not a year, a month (2006-01), a day (2006-01-02) or a time with its zone (2006-01-02T15:04:05Z, at most 18 hours from UTC)")

// At returns the instant t.
func At(t time.Time) When { return When{t, Instant} }

// On returns the day of t, in t's zone.
func On(t time.Time) When {
	y, m, d := t.Date()
	return When{time.Date(y, m, d, 0, 0, 0, 0, time.UTC), Day}
}

// IsZero reports whether the value is absent.
func (w When) IsZero() bool { return w.p == Absent }

// Precision tells how much is known.
func (w When) Precision() Precision { return w.p }

// Time returns the instant, or the first instant of the day, month or year in UTC.
func (w When) Time() time.Time { return w.t }

// String returns the JSON form without its quotes.
func (w When) String() string { return string(w.append(nil)) }

// AppendText appends the JSON form without its quotes. It fails for the zero value.
func (w When) AppendText(b []byte) ([]byte, error) {
	if w.p == Absent {
		return b, fmt.Errorf("an absent time has no text")
	}
	return w.append(b), nil
}

// MarshalText returns the JSON form without its quotes. It fails for the zero value.
func (w When) MarshalText() ([]byte, error) { return w.AppendText(nil) }

func (w When) append(b []byte) []byte {
	switch w.p {
	case Year:
		return w.t.AppendFormat(b, "2006")
	case Month:
		return w.t.AppendFormat(b, "2006-01")
	case Day:
		return w.t.AppendFormat(b, time.DateOnly)
	case Instant:
		return w.t.AppendFormat(b, time.RFC3339Nano)
	default:
		return b
	}
}

// UnmarshalText reads one of the four forms.
func (w *When) UnmarshalText(text []byte) error {
	if !w.parse(text) {
		return errWhen
	}
	return nil
}

// zoneExists refuses offsets beyond 18 hours: no place on earth has or had one, so the time is damaged.
func zoneExists(t time.Time) bool {
	_, offset := t.Zone()
	return -18*3600 <= offset && offset <= 18*3600
}

// DaysUntil returns the whole days from w to v, by the calendar of each one's own zone, and whether both are known
// to the day.
func (w When) DaysUntil(v When) (days int, ok bool) {
	if w.p < Day || v.p < Day {
		return 0, false
	}
	return int(civil(v.t).Sub(civil(w.t)) / (24 * time.Hour)), true
}

// Sub returns w - v and whether both are instants.
func (w When) Sub(v When) (d time.Duration, ok bool) {
	if w.p != Instant || v.p != Instant {
		return 0, false
	}
	return w.t.Sub(v.t), true
}

func civil(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
