package peer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"tallystick/internal/bounded"
)

// MaxBody is the length of a request or an answer in bytes.
const MaxBody = 2 << 20

// Problem is what goes wrong between nodes. It is what the other end says, word for word, and its code.
type Problem struct {
	Status int    `json:"-"`
	Code   string `json:"code"`
	Text   string `json:"text"`
}

// Error returns the other end's words.
func (p *Problem) Error() string { return p.Text }

// Server answers other nodes.
type Server struct {
	handler  http.Handler
	listener net.Listener
}

// limits of a node's server. Members and evaluators are few, and each holds a handful of connections.
var limits = bounded.Limits{Connections: 256, Read: 20 * time.Second, Write: 30 * time.Second, Idle: 2 * time.Minute,
	Grace: 2 * time.Second}

// Handler answers one request of the node with that key. A *[Problem] is answered as it is; any other error is answered
// as a fault of ours without its text, and returned to log.
type Handler func(ctx context.Context, from ed25519.PublicKey, body []byte) (any, error)

// Log takes what cannot be answered.
type Log func(path string, err error)

// NewServer serves handlers, by pattern such as "POST /v1/evaluate", on a listener, with the node's key.
func NewServer(listener net.Listener, key ed25519.PrivateKey, handlers map[string]Handler, log Log) (*Server, error) {
	config, err := serverTLS(key)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for pattern, handler := range handlers {
		mux.Handle(pattern, answer(handler, log))
	}
	return &Server{listener: tls.NewListener(listener, config), handler: mux}, nil
}

// Serve answers until ctx is done.
func (s *Server) Serve(ctx context.Context) error {
	if err := bounded.Serve(ctx, s.listener, s.handler, limits, nil); err != nil {
		return fmt.Errorf("answering other nodes: %w", err)
	}
	return nil
}

func answer(handler Handler, log Log) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := keyOf(r.TLS)
		if err != nil {
			refuse(w, &Problem{Status: http.StatusForbidden, Code: "peer", Text: err.Error()})
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
		if err != nil {
			refuse(w, &Problem{Status: http.StatusRequestEntityTooLarge, Code: "body",
				Text: fmt.Sprintf("a request has at most %d bytes", MaxBody)})
			return
		}
		result, err := handler(withQuery(r), from, body)
		if err != nil {
			var problem *Problem
			if !errors.As(err, &problem) {
				log(r.URL.Path, err)
				problem = &Problem{Status: http.StatusInternalServerError, Code: "fault",
					Text: "a fault at this end; its log says which"}
			}
			refuse(w, problem)
			return
		}
		if raw, ok := result.([]byte); ok {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write(raw)
			return
		}
		text, err := json.Marshal(result)
		if err != nil {
			log(r.URL.Path, err)
			refuse(w, &Problem{Status: http.StatusInternalServerError, Code: "fault",
				Text: "a fault at this end; its log says which"})
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	})
}

func refuse(w http.ResponseWriter, p *Problem) {
	text, _ := json.Marshal(p) // two strings
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(text)
}

type requestKey struct{}

func withQuery(r *http.Request) context.Context {
	return context.WithValue(r.Context(), requestKey{}, r)
}

// Value returns a value of the path or the query of the request that ctx belongs to.
func Value(ctx context.Context, name string) string {
	r, ok := ctx.Value(requestKey{}).(*http.Request)
	if !ok {
		return ""
	}
	if v := r.PathValue(name); v != "" {
		return v
	}
	return r.URL.Query().Get(name)
}

// Client asks one other node.
type Client struct {
	base string
	http *http.Client
}

// NewClient returns a client of the node at that address with that key.
func NewClient(address string, server ed25519.PublicKey, key ed25519.PrivateKey) (*Client, error) {
	config, err := clientTLS(key, server)
	if err != nil {
		return nil, err
	}
	return &Client{base: "https://" + address, http: &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig: config, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 20 * time.Second,
			DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext, MaxIdleConnsPerHost: 8,
			IdleConnTimeout: time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Get asks for a signed text.
func (c *Client) Get(ctx context.Context, path string) ([]byte, error) {
	return c.do(ctx, http.MethodGet, path, nil)
}

// Post sends a value and reads the answer, if answer is not nil.
func (c *Client) Post(ctx context.Context, path string, value, answer any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("writing a request: %w", err)
	}
	text, err := c.do(ctx, http.MethodPost, path, body)
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(text, answer, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}

func (c *Client) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("asking: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(text) > MaxBody {
		return nil, fmt.Errorf("the answer has over %d bytes", MaxBody)
	}
	if response.StatusCode == http.StatusOK {
		return text, nil
	}
	problem := &Problem{}
	if err := json.Unmarshal(text, problem, json.RejectUnknownMembers(true)); err != nil || problem.Text == "" {
		problem = &Problem{Code: "status", Text: "the other end answers " + response.Status}
	}
	problem.Status = response.StatusCode
	return nil, problem
}
