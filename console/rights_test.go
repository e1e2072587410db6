package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"tallystick/audit"
	"tallystick/cases"
	"tallystick/journal/statelog"
)

// browser is a client that sends what browsers send.
type browser struct {
	t      *testing.T
	base   string
	client *http.Client
}

func (ts *testServer) browser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, ts.http.URL, &http.Client{Jar: jar}}
}

func (b *browser) send(method, path, body string, headers ...string) (int, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Del(headers[i])
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

// as is a browser in which somebody has signed in.
func (ts *testServer) as(t *testing.T, person string) *browser {
	t.Helper()
	b := ts.browser(t)
	if code, text := b.send("POST", "/api/v1/session", fmt.Sprintf(`{"person":%q,"password":%q}`, person,
		testPassword)); code != http.StatusOK {
		t.Fatalf("%s could not sign in: %d %s", person, code, text)
	}
	return b
}

// bodies are what each end point that takes one needs; an end point that is missing here fails the test.
var bodies = map[string]string{
	"sign-out": "", "end-sessions": "", "queue": "", "counts": "", "case": "", "beside": "", "claim": "", "similar": "",
	"rings": "", "ring": "",
	"lead": "", "audit": "", "delays": "",
	"identify":       `{"kind":"phone","value":"+1 415 555 0123"}`,
	"bulk":           `{"command":"abcdefgh","cases":[{"case":1}],"act":"take"}`,
	"presence":       `{"doing":"reading"}`,
	"open-case":      `{"command":"abcdefgh"}`,
	"prove":          `{"fields":["loss.cause"]}`,
	"search":         `{"text":"C-"}`,
	"case.take":      `{"command":"abcdefgh","expect":7}`,
	"case.release":   `{"command":"abcdefgh","expect":7}`,
	"case.assign":    `{"command":"abcdefgh","expect":7,"to":"lead"}`,
	"case.note":      `{"command":"abcdefgh","text":"seen"}`,
	"case.snooze":    `{"command":"abcdefgh","expect":7,"until":"2999-01-01T00:00:00Z"}`,
	"case.decide":    `{"command":"abcdefgh","expect":7,"verdict":"clear","reasons":["explained"]}`,
	"case.determine": `{"command":"abcdefgh","expect":7}`,
	"case.refer":     `{"command":"abcdefgh","expect":7,"to":"police"}`,
	"case.contest":   `{"command":"abcdefgh","expect":7,"reason":"subject-letter"}`,
	"case.reopen":    `{"command":"abcdefgh","expect":7,"reason":"mistake"}`,
	"case.deadline":  `{"command":"abcdefgh","expect":7,"name":"decide","until":"2999-01-01T00:00:00Z","reason":"mistake"}`,
	"case.restrict":  `{"command":"abcdefgh","expect":7,"group":"special","reason":"employee"}`,
	"referral":       "",
	"reveals":        "", "claim-reveals": "", "reveal-approve": "", "reveal-refuse": "", "reveal-withdraw": "",
	"reveal-open": "",
	"exhibit-add": "seen", "exhibit-read": `{}`,
	"reveal-ask": `{"party":"claimant","fields":["claimant.phone"],"purpose":"investigation","hours":4}`,
}

// TestEveryEndpointByRoleInsurerAndGroup asks each end point that needs a session, about a plain, a restricted, another
// insurer's and a missing claim, as a person of each role, insurer and need-to-know group, and as nobody.
func TestEveryEndpointByRoleInsurerAndGroup(t *testing.T) {
	ts := newTestServer(t)
	targets := []struct {
		id    cases.ID
		claim Ref
		group string
		there bool
	}{
		{plainCase, plainClaim, "", true}, {restrictedCase, restrictedClaim, "special", true},
		{99, Ref{"acme", "C-99"}, "", false},
	}
	nobody := ts.browser(t)
	browsers := map[string]*browser{}
	for _, p := range testPeople {
		browsers[p.ID] = ts.as(t, p.ID)
	}
	asked := 0
	for _, e := range ts.server.endpoints {
		if e.Public || e.ID == "sign-out" {
			continue
		}
		body, known := bodies[e.ID]
		if !known || e.Right == "" {
			t.Errorf("%s: has no case in this test, or no right", e.ID)
			continue
		}
		for _, target := range targets {
			var headers []string
			if e.ID == "exhibit-add" {
				headers = []string{"Content-Type", "text/plain", "Content-Disposition", `attachment; filename="a.txt"`}
			}
			path := strings.NewReplacer("{exhibit}", "1", "{case}", fmt.Sprint(int64(target.id)), "{insurer}",
				target.claim.Insurer, "{claim}", target.claim.Claim,
				"{ring}", "ring_1", "{person}", "nobody", "{number}", fmt.Sprint(int64(target.id))).Replace(e.Path)
			if e.ID == "exhibit-add" {
				path += "?command=abcdefgh&source=claimant"
			}
			scoped := strings.Contains(e.Path, "{case}") || strings.Contains(e.Path, "{claim}") ||
				strings.Contains(e.Path, "{number}")
			if !scoped && target.id != plainCase {
				continue
			}
			if code, _ := nobody.send(e.Method, path, body, headers...); code != http.StatusUnauthorized {
				t.Errorf("%s %s without a session: %d", e.Method, path, code)
			}
			for _, p := range testPeople {
				code, text := browsers[p.ID].send(e.Method, path, body, headers...)
				asked++
				want := "done"
				switch {
				case !p.May(e.Right):
					want = "403"
				case scoped && (!target.there || !p.Sees(target.claim.Insurer, target.group)), e.ID == "ring" &&
					!p.Sees("acme", ""):
					want = "404"
				case e.ID == "reveal-withdraw": // another asked
					want = "403"
				}
				got := fmt.Sprint(code)
				if code < 300 {
					got = "done"
				}
				if got != want {
					t.Errorf("%s %s as %s: %d, want %s: %s", e.Method, path, p.ID, code, want, text)
				}
				if want == "done" && !scoped && !p.Sees("acme", "special") &&
					strings.Contains(text, restrictedClaim.Claim) {
					t.Errorf("%s %s tells %s of a restricted claim: %s", e.Method, path, p.ID, text)
				}
				if want == "done" && !p.Sees("acme", "") && strings.Contains(text, plainClaim.Claim) {
					t.Errorf("%s %s tells %s of another insurer's claim: %s", e.Method, path, p.ID, text)
				}
			}
		}
	}
	t.Logf("%d end points, %d requests", len(ts.server.endpoints), asked)
}

func TestAuditStandsBeforeTheAct(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "investigator")
	before := len(ts.audit.entries)
	if code, text := b.send("POST", "/api/v1/cases/1/take", bodies["case.take"]); code != http.StatusOK {
		t.Fatal(code, text)
	}
	got := ts.audit.entries[before:]
	if len(got) != 2 || got[0].Kind != audit.Intent || got[0].Act != "case.take" || got[0].Object.Claim != "C-1" ||
		got[1].Kind != audit.Done {
		t.Errorf("the trail has %+v", got)
	}
	ts.audit.away = true
	done := len(ts.cases.done)
	if code, _ := b.send("POST", "/api/v1/cases/1/take", bodies["case.take"]); code != http.StatusServiceUnavailable {
		t.Errorf("without the trail: %d", code)
	}
	if len(ts.cases.done) != done {
		t.Error("an act was done without its entry")
	}
	if code, _ := b.send("GET", "/api/v1/queue", ""); code != http.StatusOK {
		t.Errorf("reading goes on without the trail, but got %d", code)
	}
}

func TestWritesMustComeFromOurPages(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "investigator")
	for name, headers := range map[string][]string{
		"another site":              {"Sec-Fetch-Site", "cross-site"},
		"a sibling":                 {"Sec-Fetch-Site", "same-site"},
		"another origin":            {"Sec-Fetch-Site", "", "Origin", "https://elsewhere.example"},
		"a cookie without a source": {"Sec-Fetch-Site", ""},
	} {
		if code, text := b.send("POST", "/api/v1/cases/1/take", bodies["case.take"],
			headers...); code != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
	if len(ts.cases.done) != 0 {
		t.Error("something was done")
	}
}

func TestASessionThatIsEndedIsOver(t *testing.T) {
	ts := newTestServer(t)
	anna, admin := ts.as(t, "investigator"), ts.as(t, "admin")
	if code, _ := anna.send("GET", "/api/v1/queue", ""); code != http.StatusOK {
		t.Fatal(code)
	}
	code, text := admin.send("DELETE", "/api/v1/people/investigator/sessions", "")
	if code != http.StatusOK || !strings.Contains(text, `"ended":1`) {
		t.Fatal(code, text)
	}
	if code, _ := anna.send("POST", "/api/v1/cases/1/take", bodies["case.take"]); code != http.StatusUnauthorized {
		t.Errorf("after the end: %d", code)
	}
}

func TestPasswordsAreNotTriedForEver(t *testing.T) {
	ts := newTestServer(t)
	b := ts.browser(t)
	for left := triesEach - 1; left >= 0; left-- {
		code, text := b.send("POST", "/api/v1/session", `{"person":"lead","password":"wrong"}`)
		if code != http.StatusUnauthorized || !strings.Contains(text, fmt.Sprintf(`"left":%d`, left)) {
			t.Fatal(code, text)
		}
	}
	if code, _ := b.send("POST", "/api/v1/session",
		fmt.Sprintf(`{"person":"lead","password":%q}`, testPassword)); code != http.StatusTooManyRequests {
		t.Errorf("after too many tries: %d", code)
	}
}

func TestWhatAnActAnswersWhenItCannotBeDone(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "investigator")
	for _, c := range []struct {
		err  error
		code int
		says string
	}{
		{&cases.ConflictError{Case: 1, Version: 9, Kind: cases.Assigned, By: "sofia", Assignee: "sofia",
			At: time.Unix(1e9, 0)}, 409, `"by":"sofia"`},
		{&cases.InvalidError{Field: "until", Problem: "lies in the past"}, 422, "until: lies in the past"},
		{statelog.ErrWaiting, 503, ""},
		{fmt.Errorf("reading phn_1_secret: broken"), 500, "its log says why"},
	} {
		ts.cases.err = c.err
		code, text := b.send("POST", "/api/v1/cases/1/take", bodies["case.take"])
		if code != c.code || !strings.Contains(text, c.says) || strings.Contains(text, "phn_1") {
			t.Errorf("%v: %d %s", c.err, code, text)
		}
	}
}

func TestBadInputIsRefused(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "lead")
	big, err := json.Marshal(map[string]string{"command": "abcdefgh", "text": strings.Repeat("x", 80<<10)})
	if err != nil {
		t.Fatal(err)
	}
	many := bytes.NewBufferString(`{"command":"abcdefgh","act":"take","cases":[`)
	for i := range 1001 {
		if i > 0 {
			many.WriteByte(',')
		}
		fmt.Fprintf(many, `{"case":%d}`, i+1)
	}
	many.WriteString("]}")
	for _, c := range []struct {
		method, path, body string
		code               int
	}{
		{"POST", "/api/v1/cases/1/note", string(big), http.StatusRequestEntityTooLarge},
		{"POST", "/api/v1/cases/0/note", bodies["case.note"], http.StatusUnprocessableEntity},
		{"POST", "/api/v1/cases/x/note", bodies["case.note"], http.StatusUnprocessableEntity},
		{"POST", "/api/v1/cases/1/note", `{"command":"abcdefgh","unknown":1}`, http.StatusUnprocessableEntity},
		{"POST", "/api/v1/cases/1/note", `not json`, http.StatusBadRequest},
		{"POST", "/api/v1/bulk", many.String(), http.StatusUnprocessableEntity},
		{"POST", "/api/v1/bulk", `{"command":"abcdefgh","act":"take"}`, http.StatusUnprocessableEntity},
		{"POST", "/api/v1/bulk", `{"command":"abcdefgh","act":"take","all":true,"cases":[{"case":1}]}`,
			http.StatusUnprocessableEntity},
		{"GET", "/api/v1/queue?limit=100000", "", http.StatusUnprocessableEntity},
		{"GET", "/api/v1/queue?sort=nonsense", "", http.StatusUnprocessableEntity},
		{"GET", "/api/v1/nothing", "", http.StatusNotFound},
	} {
		if code, text := b.send(c.method, c.path, c.body); code != c.code {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, code, c.code, text[:min(len(text), 300)])
		}
	}
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	ts := newTestServer(t)
	res, err := http.Get(ts.http.URL + "/queue")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	policy := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'",
		"connect-src 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
}

// What a person looks for is in no entry of the audit and no answer; its kind is.
func TestWhatIsLookedForIsNotWrittenDown(t *testing.T) {
	ts := newTestServer(t)
	b := ts.as(t, "investigator")
	code, text := b.send("POST", "/api/v1/identify", bodies["identify"])
	if code != http.StatusOK || !strings.Contains(text, `"left":7`) || strings.Contains(text, "555") {
		t.Fatal(code, text)
	}
	trail := fmt.Sprintf("%+v", ts.audit.entries)
	if !strings.Contains(trail, "identify") || !strings.Contains(trail, "phone") || strings.Contains(trail, "555") {
		t.Error(trail)
	}
	for _, body := range []string{`{"kind":"shoe","value":"4711"}`, `{"kind":"phone","value":"1"}`,
		`{"kind":"phone","value":"+14155550123","country":"usa"}`} {
		if code, text := b.send("POST", "/api/v1/identify", body); code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", body, code, text)
		}
	}
}
