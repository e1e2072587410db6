package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tallystick/cases"
)

// message is one thing that pages hear of.
type message struct {
	Place  string   `json:"-"` // partition:offset of the journal of cases; empty where no journal moved
	Kind   string   `json:"kind"`
	Case   cases.ID `json:"case,omitzero"`
	Act    string   `json:"act,omitzero"`
	Person string   `json:"person,omitzero"`
	Doing  string   `json:"doing,omitzero"`

	insurer, group string // of the case: who may hear of it
}

// hub hands messages to the browsers that listen. A slow one loses messages and is told to read again.
type hub struct {
	mu        sync.Mutex
	listeners map[chan message]bool
}

func newHub() *hub { return &hub{listeners: map[chan message]bool{}} }

func (h *hub) send(m message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.listeners {
		select {
		case c <- m:
		default:
			select { // full: the oldest goes, and the page reads everything again
			case <-c:
			default:
			}
			select {
			case c <- message{Kind: "lost"}:
			default:
			}
		}
	}
}

// change tells of an entry in the journal of cases.
func (h *hub) change(c cases.Change) {
	m := message{Place: fmt.Sprintf("0:%d", c.Seq), Kind: "case", Case: c.Case, Act: string(c.Kind), Person: c.By}
	if c.Reset || c.Row == nil {
		m = message{Place: m.Place, Kind: "lost"}
	} else {
		m.insurer, m.group = c.Row.Insurer, c.Row.Group
	}
	h.send(m)
}

func (h *hub) listen() (c chan message, leave func()) {
	c = make(chan message, 64)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.listeners, c)
	}
}

// heartbeat is how often a silent stream says that it lives; then too it is seen whether the session still holds.
const heartbeat = 15 * time.Second

// events streams what changes to one browser. The pages share one stream among their tabs.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	p := s.personOf(ctx)
	if p == nil {
		problem(w, http.StatusUnauthorized, errSignIn.Error())
		return
	}
	token := s.sessions.Token(ctx)
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	messages, leave := s.live.listen()
	defer leave()
	write := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(2 * heartbeat))
		if _, err := fmt.Fprint(w, text); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if !write("retry: 2000\nevent: hello\ndata: {}\n\n") {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			if _, held, err := s.store.Find(token); err != nil || !held {
				write("event: ended\ndata: {}\n\n")
				return
			}
			if !write(": alive\n\n") {
				return
			}
		case m := <-messages:
			if m.Case != 0 && (!p.May(Right(cases.RightRead)) || !p.Sees(m.insurer, m.group)) {
				continue
			}
			data, err := json.Marshal(m)
			if err != nil {
				return
			}
			id := ""
			if m.Place != "" {
				id = "id: " + m.Place + "\n"
			}
			if !write(id + "event: change\ndata: " + string(data) + "\n\n") {
				return
			}
		}
	}
}

// presence knows who has which case open, in this process. It is a courtesy, not a lock.
type presence struct {
	mu   sync.Mutex
	here map[cases.ID]map[string]Here
}

// Here is somebody who has a case open.
type Here struct {
	Person string    `json:"person"`
	Doing  string    `json:"doing"` // reading or writing
	At     time.Time `json:"at"`
}

const presenceLasts = 60 * time.Second

func newPresence() *presence { return &presence{here: map[cases.ID]map[string]Here{}} }

// set notes what a person does at a case, and reports whether that is news.
func (p *presence) set(id cases.ID, person, doing string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.here[id]
	if doing == "left" {
		_, was := at[person]
		delete(at, person)
		if len(at) == 0 {
			delete(p.here, id)
		}
		return was
	}
	if at == nil {
		at = map[string]Here{}
		p.here[id] = at
	}
	old := at[person]
	at[person] = Here{person, doing, now}
	return old.Doing != doing || now.Sub(old.At) >= presenceLasts
}

// others returns who else is at a case.
func (p *presence) others(id cases.ID, person string, now time.Time) []Here {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := []Here{}
	for who, h := range p.here[id] {
		if now.Sub(h.At) >= presenceLasts {
			delete(p.here[id], who)
			continue
		}
		if who != person {
			all = append(all, h)
		}
	}
	return all
}
