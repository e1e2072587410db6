package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/proof"
)

// Errors of asking witnesses.
var (
	// ErrNoQuorum means that too few witnesses cosigned. Keep the checkpoint and ask again.
	ErrNoQuorum = errors.New("too few witnesses have cosigned")
	// ErrAhead means that a witness knows a larger or another head of the log: the log's directory was put back from an
	// old copy, or runs twice. Asking again does not help.
	ErrAhead = errors.New("the witness knows a newer or another head of this log")
)

// Peer is a witness to ask.
type Peer struct {
	URL  string // submission prefix; /add-checkpoint is appended
	VKey string // its public key
}

// QuorumConfig says whom a log asks and how many must agree.
type QuorumConfig struct {
	Peers   []Peer
	Need    int           // 1 to len(Peers). Choose it so that any two quorums share an honest witness
	Timeout time.Duration // for each witness; 0: 10 s
	Client  *http.Client  // nil: one without redirects
}

// PeerStatus is what is known of a witness, for metrics and people.
type PeerStatus struct {
	Name string
	Size uint64    // last size that it cosigned for us; 0: none since the start
	At   time.Time // when; zero: never
	Err  error     // of the last request; nil: it cosigned
}

// Quorum asks witnesses for cosignatures.
type Quorum struct {
	peers   []*peer
	need    int
	timeout time.Duration
	client  *http.Client
}

type peer struct {
	url      string
	verifier note.Verifier

	mu     sync.Mutex // one request at a time
	status PeerStatus
	known  sync.Mutex // guards status for readers
}

// NewQuorum checks the configuration.
func NewQuorum(cfg QuorumConfig) (*Quorum, error) {
	if cfg.Need < 1 || cfg.Need > len(cfg.Peers) {
		return nil, fmt.Errorf("witness quorum of %d among %d: want 1 to %d", cfg.Need, len(cfg.Peers), len(cfg.Peers))
	}
	q := &Quorum{need: cfg.Need, timeout: cfg.Timeout, client: cfg.Client}
	if q.timeout == 0 {
		q.timeout = 10 * time.Second
	}
	if q.client == nil {
		q.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	for i, p := range cfg.Peers {
		verifier, err := proof.NewWitnessVerifier(p.VKey)
		if err != nil {
			return nil, fmt.Errorf("key of witness %d: %w", i+1, err)
		}
		u, err := url.Parse(p.URL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, fmt.Errorf("address of witness %s: want http(s)://host/prefix", verifier.Name())
		}
		if slices.ContainsFunc(cfg.Peers[:i], func(o Peer) bool { return o.VKey == p.VKey }) {
			return nil, fmt.Errorf("witness %s is named twice", verifier.Name())
		}
		q.peers = append(q.peers, &peer{
			url: u.JoinPath("add-checkpoint").String(), verifier: verifier, status: PeerStatus{Name: verifier.Name()},
		})
	}
	return q, nil
}

// Prover makes the consistency proof from an older size to the checkpoint's.
type Prover = func(ctx context.Context, oldSize uint64) ([]proof.Hash, error)

// Cosign asks all witnesses at once and returns the checkpoint with the cosignatures of those that gave one. With fewer
// than needed the error is [ErrNoQuorum] and wraps the reason of each witness. It returns when all have answered or run
// out of time.
func (q *Quorum) Cosign(ctx context.Context, checkpoint []byte, prove Prover) ([]byte, error) {
	text, _, ok := bytes.Cut(checkpoint, []byte("\n\n"))
	if !ok {
		return nil, errors.New("asking witnesses: the checkpoint is no signed note")
	}
	head, err := proof.ParseCheckpoint(string(text) + "\n")
	if err != nil {
		return nil, fmt.Errorf("asking witnesses: %w", err)
	}
	lines, errs := make([][]byte, len(q.peers)), make([]error, len(q.peers))
	var asked sync.WaitGroup
	for i, p := range q.peers {
		asked.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, q.timeout)
			defer cancel()
			lines[i], errs[i] = p.ask(ctx, q.client, checkpoint, head, prove)
		})
	}
	asked.Wait()
	cosigned, count := bytes.Clone(checkpoint), 0
	for i, line := range lines {
		if errs[i] == nil {
			cosigned, count = append(cosigned, line...), count+1
		}
	}
	if count < q.need {
		return nil, fmt.Errorf("size %d: %d of %d, %d needed: %w: %w", head.Size, count, len(q.peers), q.need, ErrNoQuorum, errors.Join(errs...))
	}
	return cosigned, nil
}

// Cosigned reports whether the checkpoint carries the cosignatures of as many of these witnesses as are needed. It does not
// look at the log's signature.
func (q *Quorum) Cosigned(checkpoint []byte) bool {
	verifiers := make([]note.Verifier, len(q.peers))
	for i, p := range q.peers {
		verifiers[i] = p.verifier
	}
	opened, err := note.Open(checkpoint, note.VerifierList(verifiers...))
	return err == nil && len(opened.Sigs) >= q.need
}

// Status returns what is known of each witness.
func (q *Quorum) Status() []PeerStatus {
	all := make([]PeerStatus, len(q.peers))
	for i, p := range q.peers {
		p.known.Lock()
		all[i] = p.status
		p.known.Unlock()
	}
	return all
}

// ask gets one witness's cosignature. The size that the witness has is a guess at first; its answer corrects it.
func (p *peer) ask(ctx context.Context, client *http.Client, checkpoint []byte, head proof.Checkpoint, prove Prover) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line, err := p.try(ctx, client, checkpoint, head, prove)
	if err != nil {
		err = fmt.Errorf("witness %s: %w", p.verifier.Name(), err)
	}
	p.known.Lock()
	defer p.known.Unlock()
	p.status.Err = err
	if err == nil {
		p.status.Size, p.status.At = head.Size, time.Now()
	}
	return line, err
}

func (p *peer) try(ctx context.Context, client *http.Client, checkpoint []byte, head proof.Checkpoint, prove Prover) ([]byte, error) {
	oldSize := min(p.status.Size, head.Size)
	// Twice is enough unless another process feeds the same witness; a third time allows for that once.
	for range 3 {
		path, err := prove(ctx, oldSize)
		if err != nil {
			return nil, err
		}
		status, body, err := p.post(ctx, client, request{oldSize: oldSize, proof: path, checkpoint: checkpoint}.marshal())
		if err != nil {
			return nil, err
		}
		switch status {
		case http.StatusOK:
			return p.cosignature(checkpoint, body)
		case http.StatusConflict:
			known, err := parseSize(strings.TrimSuffix(string(body), "\n"))
			if err != nil {
				return nil, fmt.Errorf("409 without a size: %w", ErrAhead)
			}
			if known > head.Size || known == oldSize {
				return nil, fmt.Errorf("it has size %d, ours is %d: %w", known, head.Size, ErrAhead)
			}
			oldSize = known
		default:
			return nil, fmt.Errorf("answered %d", status)
		}
	}
	return nil, errors.New("its size keeps changing")
}

// maxAnswerBytes holds several signature lines, ML-DSA ones too.
const maxAnswerBytes = 32 << 10

func (p *peer) post(ctx context.Context, client *http.Client, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	if err != nil {
		return 0, nil, fmt.Errorf("reading the answer: %w", err)
	}
	return resp.StatusCode, answer, nil
}

// cosignature returns the line of an answer that verifies with the key we know; others are dropped.
func (p *peer) cosignature(checkpoint, answer []byte) ([]byte, error) {
	opened, err := note.Open(slices.Concat(checkpoint, answer), note.VerifierList(p.verifier))
	if err != nil {
		return nil, fmt.Errorf("the answer holds no cosignature of its key: %w", err)
	}
	return signatureLine(opened.Sigs[0]), nil
}
