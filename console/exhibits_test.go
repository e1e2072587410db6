package console

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tallystick/cases"
)

const exhibits = "/api/v1/cases/1/exhibits?command=abcdefgh&source=witness"

func TestAFileIsAddedUnderItsName(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "investigator")
	code, text := b.send("POST", exhibits, "seen", "Content-Type", "text/plain", "Content-Disposition",
		"attachment; filename*=UTF-8''Aussage%20M%C3%BCller.txt")
	if code != http.StatusCreated {
		t.Fatal(code, text)
	}
	got, ok := ts.cases.done[len(ts.cases.done)-1].Act.(cases.AddExhibit)
	if !ok || got.Name != "Aussage Müller.txt" || got.Type != "text/plain" || got.Source != "witness" ||
		got.Collected.IsZero() {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsNoExhibitIsRefused(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "investigator")
	named := []string{"Content-Type", "text/plain", "Content-Disposition", `attachment; filename="a.txt"`}
	for _, c := range []struct {
		name, path, body string
		headers          []string
		err              error
		code             int
	}{
		{"no name", exhibits, "seen", []string{"Content-Type", "text/plain"}, nil, 422},
		{"a source that there is not", strings.Replace(exhibits, "witness", "hearsay", 1), "seen", named, nil, 422},
		{"another type than it says", exhibits, "seen", named,
			&cases.InvalidError{Field: "type", Problem: "is not what the bytes are"}, 422},
		{"an install without keys", exhibits, "seen", named, cases.ErrNoKeys, 409},
		{"one byte too many", exhibits, strings.Repeat("x", cases.MaxExhibitBytes+1), named, nil, 413},
	} {
		ts.cases.err = c.err
		if code, text := b.send("POST", c.path, c.body, c.headers...); code != c.code {
			t.Errorf("%s: %d, want %d: %s", c.name, code, c.code, text)
		}
	}
}

// A body of 1 GB is refused by its header: the answer is there though no byte of it was sent.
func TestAGigabyteIsRefusedBeforeItIsSent(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "investigator")
	at, err := url.Parse(ts.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookie := b.client.Jar.Cookies(at)[0]
	for who, want := range map[string]string{cookie.Name + "=" + cookie.Value: "413", "tallystick=nobody": "401"} {
		conn, err := net.DialTimeout("tcp", at.Host, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\nCookie: %s\r\nContent-Length: 1073741824\r\n\r\n", exhibits, at.Host, who)
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		answer := make([]byte, 12)
		if _, err := conn.Read(answer); err != nil || !strings.HasSuffix(string(answer), want) {
			t.Errorf("%q, %v, want %s", answer, err, want)
		}
	}
}

func TestAFileIsNeverAPageOfOurs(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "investigator")
	req, err := http.NewRequestWithContext(t.Context(), "POST", ts.http.URL+"/api/v1/cases/1/exhibits/1/read",
		strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	h := res.Header
	if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") ||
		!strings.Contains(h.Get("Content-Disposition"), "M%C3%BCller") ||
		!strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox") ||
		h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", res.StatusCode, h)
	}
}
