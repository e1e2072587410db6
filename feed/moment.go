package feed

import (
	"math"
	"strconv"
	"strings"
	"time"

	"tallystick/claim"
)

const (
	badTime      = "not a time in the layout of the mapping"
	badAmbiguous = "a time that its zone skipped or had twice when clocks changed; ambiguous: day would keep the day"
	badZone      = "a time with the letters of a zone that are not the mapping's zone's, or more than 18 hours from UTC"
	badCount     = "a count since an epoch that is of no year from 1900 to 2200: is it in another unit?"
)

// counts are the layouts that are numbers: days since the epoch of spreadsheets, seconds and milliseconds since that of
// Unix.
var counts = map[string]func(float64) time.Time{
	"excel": func(days float64) time.Time {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(math.Round(days*86400)) * time.Second)
	},
	"unix":    func(s float64) time.Time { return time.Unix(int64(s), 0).UTC() },
	"unix-ms": func(ms float64) time.Time { return time.UnixMilli(int64(ms)).UTC() },
}

// when reads a time in one of the field's layouts.
func (c *compiled) when(text string) (claim.When, string) {
	if len(c.layouts) == 0 {
		w, err := claim.ParseWhen(text)
		if err != nil {
			return w, "not a year, month, day or time with its zone in the form of ISO 8601; give time, the layout of the cell"
		}
		return w, ""
	}
	reason := badTime
	for _, l := range c.layouts {
		w, why := c.moment(l, text)
		if why == "" {
			return w, ""
		}
		if why != badTime {
			reason = why
		}
	}
	return claim.When{}, reason
}

func (c *compiled) moment(l layout, text string) (claim.When, string) {
	if counts[l.text] != nil {
		return counted(l, text)
	}
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	t, err := time.ParseInLocation(l.text, text, zone)
	if err != nil {
		return claim.When{}, badTime
	}
	if l.hasZone && !zoneKnown(t, zone) {
		return claim.When{}, badZone
	}
	if l.known != claim.Instant {
		return cut(t, l.known)
	}
	if !l.hasZone && ambiguous(t, l.text, text) {
		if c.Ambiguous != "day" {
			return claim.When{}, badAmbiguous
		}
		day, err := time.Parse(l.text, text) // in UTC no hour is skipped
		if err != nil {
			return claim.When{}, badTime
		}
		return claim.On(day), ""
	}
	return claim.At(t), ""
}

// counted reads a count since an epoch. Spreadsheets count days of no zone, so theirs is a day.
func counted(l layout, text string) (claim.When, string) {
	number, reason := marks{}.plain(text)
	if reason != "" {
		return claim.When{}, badTime
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || math.Abs(f) > 1e15 {
		return claim.When{}, badCount
	}
	if l.text == "excel" && (f < 1 || f > 110_000) {
		return claim.When{}, badCount
	}
	t := counts[l.text](f)
	if t.Year() < 1900 || t.Year() > 2200 {
		return claim.When{}, badCount
	}
	if l.text == "excel" {
		return cut(t, min(l.known, claim.Day))
	}
	if l.known == claim.Instant {
		return claim.At(t), ""
	}
	return cut(t, l.known)
}

// cut writes a time to what is known of it.
func cut(t time.Time, known claim.Precision) (claim.When, string) {
	form := map[claim.Precision]string{claim.Year: "2006", claim.Month: "2006-01", claim.Day: time.DateOnly}[known]
	w, err := claim.ParseWhen(t.Format(form))
	if err != nil {
		return w, "not a date of the years 0 to 9999"
	}
	return w, ""
}

// zoneKnown refuses offsets that no place has, and letters such as EST for which the time package makes up an offset of
// zero.
func zoneKnown(t time.Time, zone *time.Location) bool {
	name, offset := t.Zone()
	if offset < -18*3600 || offset > 18*3600 {
		return false
	}
	if t.Location() == zone || offset != 0 || name == "" || name == "UTC" || name == "GMT" || name == "Z" {
		return true
	}
	return strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-")
}

// ambiguous tells whether the wall clock of text, read in the zone of t, was never or twice there.
func ambiguous(t time.Time, layout, text string) bool {
	wall, err := time.Parse(layout, text)
	if err != nil {
		return false
	}
	if t.Hour() != wall.Hour() || t.Minute() != wall.Minute() || t.Day() != wall.Day() {
		return true // skipped: the time package moved it
	}
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if t.Sub(start) < time.Duration(before-offset)*time.Second {
			return true // the clock had been set back to here
		}
	}
	if !end.IsZero() {
		_, after := end.Zone()
		if end.Sub(t) <= time.Duration(offset-after)*time.Second {
			return true // the clock is about to be set back to here
		}
	}
	return false
}
