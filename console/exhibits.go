package console

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tallystick/cases"
)

// uploadsAtOnce bounds the memory that uploads take; the next one is told to come again.
const uploadsAtOnce = 4

// smallBody is what any request may send that is no upload.
const smallBody = 64 << 10

// guardUploads refuses a large body before it is read: from nobody, for an end point that takes none, of more bytes
// than an exhibit may have, or while others upload.
func (s *Server) guardUploads(next http.Handler) http.Handler {
	room := make(chan struct{}, uploadsAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upload := r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/v1/cases/") &&
			strings.HasSuffix(r.URL.Path, "/exhibits")
		if !upload {
			next.ServeHTTP(w, r)
			return
		}
		refuse := func(status int, why string) {
			w.Header().Set("Connection", "close") // what is still on its way is not read
			problem(w, status, why)
		}
		switch p := s.personOf(r.Context()); {
		case p == nil:
			refuse(http.StatusUnauthorized, errSignIn.Error())
			return
		case !p.May(Right(cases.RightNotes)):
			next.ServeHTTP(w, limited(r, smallBody)) // the gate refuses it, and notes that it did
			return
		case r.ContentLength < 0:
			refuse(http.StatusLengthRequired, "say how long the exhibit is (Content-Length)")
			return
		case r.ContentLength > cases.MaxExhibitBytes:
			refuse(http.StatusRequestEntityTooLarge, "an exhibit has at most 32 MiB: nothing was read")
			return
		}
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "5")
			refuse(http.StatusServiceUnavailable, "others upload at the moment: try again in some seconds")
		}
	})
}

// limited is a request of whose body no more than n bytes reach a handler.
func limited(r *http.Request, n int64) *http.Request {
	if r.ContentLength <= n && r.ContentLength >= 0 {
		return r
	}
	short := r.Clone(r.Context())
	short.Body, short.ContentLength = http.NoBody, 0
	return short
}

type exhibitInput struct {
	CasePath
	Type        string    `header:"Content-Type" doc:"what the file says that it is; its bytes must agree"`
	Disposition string    `header:"Content-Disposition" maxLength:"2000" doc:"attachment; filename*=UTF-8''NAME: the name stands in no address, since it may name people"`
	Command     string    `query:"command" minLength:"8" maxLength:"64" required:"true"`
	Source      string    `query:"source" required:"true" enum:"claimant,insurer,authority,provider,witness,public,other"`
	Collected   time.Time `query:"collected" doc:"when it came into the insurer's hands; now if it is not said"`
	RawBody     []byte    `contentType:"application/octet-stream"`
}

// act returns the act of package cases, which checks name, type and bytes.
func (in *exhibitInput) act() (cases.AddExhibit, error) {
	_, said, err := mime.ParseMediaType(in.Disposition)
	if err != nil || said["filename"] == "" {
		return cases.AddExhibit{},
			&cases.InvalidError{Field: "name",
				Problem: "is missing: want Content-Disposition: attachment; filename*=UTF-8''NAME"}
	}
	a := cases.AddExhibit{Name: said["filename"], Type: in.Type, Source: in.Source, Collected: in.Collected,
		Content: bytes.NewReader(in.RawBody)}
	if a.Collected.IsZero() {
		a.Collected = time.Now()
	}
	return a, nil
}

func (s *Server) exhibitRoutes() {
	notes := Right(cases.RightNotes)
	type added struct{ Body ActAnswer }
	handle(s, endpoint{Method: "POST", Path: "/api/v1/cases/{case}/exhibits", ID: "exhibit-add",
		Summary: "Add a file to a case; it is stored sealed", Right: notes, Audit: true, Status: http.StatusCreated,
		Upload: cases.MaxExhibitBytes},
		func(ctx context.Context, p *Person, in *exhibitInput) (*added, error) {
			a, err := in.act()
			if err != nil {
				return nil, err
			}
			done, err := s.cfg.Cases.Do(ctx, p.actor(), cases.Command{ID: in.Command, Case: in.id(), Act: a})
			if err != nil {
				return nil, err
			}
			return &added{ActAnswer{done.Case, done.Seq, done.Version}}, nil
		})

	type read struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Policy      string `header:"Content-Security-Policy"`
		Body        []byte
	}
	type readInput struct {
		CasePath
		Number int `path:"exhibit" minimum:"1" maximum:"100000"`
		Body   struct {
			To string `json:"to,omitempty" maxLength:"200" doc:"where the copy goes, if it leaves the install: an authority, an expert; no person's name"`
		}
	}
	handle(s, endpoint{Method: "POST", Path: "/api/v1/cases/{case}/exhibits/{exhibit}/read", ID: "exhibit-read",
		Summary: "Open a file of a case: that is an entry of its custody, written first", Right: notes, Audit: true,
		Big: true},
		func(ctx context.Context, p *Person, in *readInput) (*read, error) {
			x, err := s.cfg.Cases.ReadExhibit(ctx, p.actor(), in.id(), in.Number, in.Body.To)
			if err != nil {
				return nil, err
			}
			// Foreign bytes: they are a file to be kept, never a page of ours.
			return &read{x.Type, mime.FormatMediaType("attachment", map[string]string{"filename": x.Name}),
				"sandbox; default-src 'none'", x.Data}, nil
		})
}

// errOff says in the page's words that the install keeps no keys.
var errOff = huma.NewError(http.StatusConflict, "notes and exhibits are off in this install (cases.exhibits)")
