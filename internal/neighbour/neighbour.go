package neighbour

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tallystick/internal/bounded"
)

// maxBody bounds a question and an answer.
const maxBody = 256 << 10

// MinToken is the least number of characters of a token.
const MinToken = 20

// ErrAway says that the other process does not answer, or not as ours does: nothing is known of what it did.
var ErrAway = errors.New("the process that does this does not answer")

// Problem is an answer that says why something was not done, by a fixed code and fixed words.
type Problem struct {
	Status int    `json:"-"`
	Code   string `json:"code"`
	Text   string `json:"text"`
}

func (p *Problem) Error() string { return p.Text }

// Secrets are what both sides have: the token, and for anything but loopback certificates of both.
type Secrets struct {
	Token string
	TLS   *Pair // nil: loopback alone
}

func (s Secrets) check(host string) error {
	switch {
	case len(s.Token) < MinToken:
		return fmt.Errorf("the shared token has less than %d characters", MinToken)
	case s.TLS == nil && !loopback(host):
		return errors.New("beyond loopback both sides need a certificate: set cert_file, key_file and ca_file")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Listen opens the address at which the other process asks.
func Listen(ctx context.Context, address string, s Secrets) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listening at %q: %w", address, err)
	}
	if err := s.check(host); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return s.TLS.listener(l), nil
}

// Serve answers on the listener until ctx ends. A question without the token is refused before anything of it is read.
func Serve(ctx context.Context, l net.Listener, s Secrets, h http.Handler, log *slog.Logger) error {
	want := sha256.Sum256([]byte("Bearer " + s.Token))
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			Refuse(w, &Problem{http.StatusUnauthorized, "token", "the shared token is not the one of this process"})
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		h.ServeHTTP(w, r)
	})
	return bounded.Serve(ctx, l, guarded, bounded.Limits{Grace: 5 * time.Second}, log)
}

// Read takes the question of a request; what is wrong with it was answered when it returns false.
func Read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		Refuse(w, &Problem{http.StatusBadRequest, "question",
			"the question cannot be read: are both processes of one version?"})
		return false
	}
	return true
}

// Answer sends an answer.
func Answer(w http.ResponseWriter, body any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(body)
}

// Refuse sends a problem.
func Refuse(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // whoever is gone hears nothing
}

// Client asks the other process. It may be used concurrently.
type Client struct {
	base, token string
	http        *http.Client
}

// Dial returns a client for the process at a URL. Nothing is asked yet.
func Dial(base string, s Secrets) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("want a URL such as http://127.0.0.1:8085")
	}
	if err := s.check(u.Hostname()); err != nil {
		return nil, err
	}
	if (u.Scheme == "https") != (s.TLS != nil) {
		return nil, errors.New("https goes with certificates of both sides, http with none")
	}
	return &Client{strings.TrimSuffix(base, "/"), s.Token, &http.Client{
		Timeout: 30 * time.Second, Transport: s.TLS.transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Ask sends a question and reads the answer into out, which may be nil. Errors are *Problem and ErrAway.
func (c *Client) Ask(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encoding a question: %w", err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("making a question: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	defer res.Body.Close()
	answer := json.NewDecoder(io.LimitReader(res.Body, maxBody))
	if res.StatusCode != http.StatusOK {
		p := &Problem{Status: res.StatusCode}
		if err := answer.Decode(p); err != nil || p.Code == "" {
			return fmt.Errorf("%w: it answered with status %d", ErrAway, res.StatusCode)
		}
		return p
	}
	if out == nil {
		return nil
	}
	if err := answer.Decode(out); err != nil {
		return fmt.Errorf("%w: its answer cannot be read", ErrAway)
	}
	return nil
}
