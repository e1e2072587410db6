package feed

import (
	"fmt"
	"strings"
	"testing"
)

// Clocks went forward in Berlin on 31 March 2024 at 2 and back on 27 October at 3; in New York on 10 March at 2 and 3
// November at 2; in Sydney on 6 October at 2 and 7 April at 3; on Lord Howe Island by half an hour.
func TestTimesThatTheZoneSkippedOrHadTwice(t *testing.T) {
	for _, c := range []struct{ zone, text, want string }{
		{"Europe/Berlin", "2024-03-31 01:59", "2024-03-31T01:59:00+01:00"},
		{"Europe/Berlin", "2024-03-31 02:00", ""}, {"Europe/Berlin", "2024-03-31 02:30", ""},
		{"Europe/Berlin", "2024-03-31 02:59", ""},
		{"Europe/Berlin", "2024-03-31 03:00", "2024-03-31T03:00:00+02:00"},
		{"Europe/Berlin", "2024-10-27 01:59", "2024-10-27T01:59:00+02:00"},
		{"Europe/Berlin", "2024-10-27 02:00", ""}, {"Europe/Berlin", "2024-10-27 02:30", ""},
		{"Europe/Berlin", "2024-10-27 02:59", ""},
		{"Europe/Berlin", "2024-10-27 03:00", "2024-10-27T03:00:00+01:00"},
		{"America/New_York", "2024-03-10 02:15", ""},
		{"America/New_York", "2024-03-10 03:15", "2024-03-10T03:15:00-04:00"},
		{"America/New_York", "2024-11-03 00:59", "2024-11-03T00:59:00-04:00"},
		{"America/New_York", "2024-11-03 01:30", ""},
		{"America/New_York", "2024-11-03 02:00", "2024-11-03T02:00:00-05:00"},
		{"Australia/Sydney", "2024-10-06 02:30", ""}, {"Australia/Sydney", "2024-04-07 02:30", ""},
		{"Australia/Sydney", "2024-04-07 03:00", "2024-04-07T03:00:00+10:00"},
		{"Australia/Lord_Howe", "2024-10-06 02:15", ""}, {"Australia/Lord_Howe", "2024-04-07 01:45", ""},
		{"Australia/Lord_Howe", "2024-04-07 02:00", "2024-04-07T02:00:00+10:30"},
		{"Asia/Shanghai", "2024-03-31 02:30", "2024-03-31T02:30:00+08:00"},
		{"UTC", "2024-10-27 02:30", "2024-10-27T02:30:00Z"},
		{"Pacific/Apia", "2011-12-30 12:00", ""}, // a day that Samoa never had
	} {
		for _, as := range []string{"", ", ambiguous: reject", ", ambiguous: day"} {
			m := load(t, small+fmt.Sprintf("  loss.time: {column: A, time: \"2006-01-02 15:04\", zone: %s%s}\n", c.zone,
				as))
			events, refused := convertText(t, m, "ID,A\n1,"+c.text+"\n")
			want := c.want
			if want == "" && strings.HasSuffix(as, "day") {
				want = c.text[:10]
			}
			switch {
			case want == "" && (len(refused) != 1 || refused[0].Reason != badAmbiguous):
				t.Errorf("%s in %s%s: got %v, %v", c.text, c.zone, as, events, refused)
			case want != "" && (len(events) != 1 || !strings.Contains(events[0], `"time":"`+want+`"`)):
				t.Errorf("%s in %s%s: got %v, %v, want %s", c.text, c.zone, as, events, refused, want)
			}
		}
	}
	// Where only the day is kept there is nothing to doubt, and an offset in the cell says which of the two it was.
	for _, field := range []string{"time: \"2006-01-02 15:04\", known: day, zone: Europe/Berlin",
		"time: \"2006-01-02 15:04Z07:00\""} {
		m := load(t, small+"  loss.time: {column: A, "+field+"}\n")
		text := "2024-10-27 02:30"
		if strings.Contains(field, "Z07") {
			text += "+02:00"
		}
		if _, refused := convertText(t, m, "ID,A\n1,"+text+"\n"); len(refused) != 0 {
			t.Errorf("%s: %v", field, refused)
		}
	}
}

func TestTimesThatAreNone(t *testing.T) {
	for _, c := range []struct{ layout, text, want string }{
		{"2006-01-02 15:04Z07:00", "2024-01-01 10:00+24:00", ""}, {"2006-01-02 15:04Z07:00", "2024-01-01 10:00+18:30",
			""}, {"2006-01-02 15:04Z07:00", "2024-01-01 10:00+14:00", "2024-01-01T10:00:00+14:00"},
		{"2006-01-02 15:04 MST", "2024-07-01 10:00 CEST", "2024-07-01T10:00:00+02:00"},
		{"2006-01-02 15:04 MST", "2024-07-01 10:00 PST", ""},
		{"2006-01-02 15:04 MST", "2024-07-01 10:00 UTC", "2024-07-01T10:00:00Z"},
		{"unix-ms", "1719820800000", "2024-07-01T08:00:00Z"}, {"unix-ms", "1719820800000000", ""},
		{"unix", "1719820800", "2024-07-01T08:00:00Z"}, {"unix", "1719820800000", ""},
		{"unix", "1.7e9", ""}, {"excel", "45474", "2024-07-01"}, {"excel", "45474.5", "2024-07-01"},
		{"excel", "20240701", ""}, {"excel", "1719820800", ""},
		{"2006-01-02", "2024-02-30", ""}, {"2006-01-02", "1719820800000000", ""},
	} {
		m := load(t, small+"  loss.time: {column: A, zone: Europe/Berlin, time: \""+c.layout+"\"}\n")
		events, refused := convertText(t, m, "ID;A\n1;"+c.text+"\n")
		switch {
		case c.want == "" && len(refused) != 1:
			t.Errorf("%s as %s: got %v", c.text, c.layout, events)
		case c.want != "" && (len(events) != 1 || !strings.Contains(events[0], `"time":"`+c.want+`"`)):
			t.Errorf("%s as %s: got %v, %v", c.text, c.layout, events, refused)
		}
	}
}
