package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	Peers []Peer // a witness with several keys is a peer for each; those of one URL are asked by one request
	// Need is how many witnesses, counted by name, must cosign: 1 to as many as there are. Choose it so that any two
	// quorums share an honest witness.
	Need    int
	Timeout time.Duration // for each URL; 0: 10 s
	Client  *http.Client  // nil: one without redirects
	Log     *slog.Logger  // told when a witness fails, comes back, and before a quorum is lost; nil: discard
}

// PeerStatus is what is known of a key of a witness, for metrics and people.
type PeerStatus struct {
	Name string
	Key  string    // its id in hexadecimal; one witness may have several
	Size uint64    // last size that it cosigned for us; 0: none since the start
	At   time.Time // when; zero: never
	Err  error     // of the last request; nil: it cosigned
}

// Quorum asks witnesses for cosignatures.
type Quorum struct {
	sites   []*site
	keys    []*key // of all sites, in the order of the configuration
	names   int    // how many different ones
	need    int
	timeout time.Duration
	client  *http.Client
	log     *slog.Logger

	mu      sync.Mutex
	noSpare bool // the last checkpoint had its quorum and not one witness more
}

// site is a URL that is asked once for all the keys behind it.
type site struct {
	url  string
	keys []*key

	mu   sync.Mutex // one request at a time
	size uint64     // that it cosigned last, as far as we know
}

type key struct {
	verifier note.Verifier

	mu     sync.Mutex
	status PeerStatus
}

// NewQuorum checks the configuration.
func NewQuorum(cfg QuorumConfig) (*Quorum, error) {
	q := &Quorum{need: cfg.Need, timeout: cfg.Timeout, client: cfg.Client, log: cfg.Log}
	if q.timeout == 0 {
		q.timeout = 10 * time.Second
	}
	if q.client == nil {
		q.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	names, materials := map[string]bool{}, map[string]string{}
	for i, p := range cfg.Peers {
		verifier, err := proof.NewWitnessVerifier(p.VKey)
		if err != nil {
			return nil, fmt.Errorf("key of witness %d: %w", i+1, err)
		}
		u, err := url.Parse(p.URL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, fmt.Errorf("address of witness %s: want http(s)://host/prefix", verifier.Name())
		}
		// An Ed25519 cosignature does not cover the witness's name, so one key under two names would count twice.
		if other, ok := materials[keyMaterial(p.VKey)]; ok {
			return nil, fmt.Errorf("witness %s has a key that is named twice (the other time for %s)", verifier.Name(),
				other)
		}
		names[verifier.Name()], materials[keyMaterial(p.VKey)] = true, verifier.Name()
		k := &key{verifier: verifier,
			status: PeerStatus{Name: verifier.Name(), Key: fmt.Sprintf("%08x", verifier.KeyHash())}}
		q.keys = append(q.keys, k)
		at := u.JoinPath("add-checkpoint").String()
		n := slices.IndexFunc(q.sites, func(s *site) bool { return s.url == at })
		if n < 0 {
			n, q.sites = len(q.sites), append(q.sites, &site{url: at})
		}
		q.sites[n].keys = append(q.sites[n].keys, k)
	}
	q.names = len(names)
	if cfg.Need < 1 || cfg.Need > q.names {
		return nil, fmt.Errorf("witness quorum of %d among %d names: want 1 to %d", cfg.Need, q.names, q.names)
	}
	return q, nil
}

// keyMaterial returns the bytes of a valid vkey's key, without name, id and type.
func keyMaterial(vkey string) string {
	encoded := vkey[strings.Index(vkey, "+")+1:]
	raw, err := base64.StdEncoding.DecodeString(encoded[strings.Index(encoded, "+")+1:])
	if err != nil || len(raw) < 2 {
		return vkey
	}
	return string(raw[1:])
}

// Prover makes the consistency proof from an older size to the checkpoint's.
type Prover = func(ctx context.Context, oldSize uint64) ([]proof.Hash, error)

// Cosign asks all witnesses at once and returns the checkpoint with all cosignatures that they gave, several of one
// witness if it has several keys. With fewer witnesses than needed the error is [ErrNoQuorum] and wraps the reason of
// each. It returns when all have answered or run out of time.
func (q *Quorum) Cosign(ctx context.Context, checkpoint []byte, prove Prover) ([]byte, error) {
	text, _, ok := bytes.Cut(checkpoint, []byte("\n\n"))
	if !ok {
		return nil, errors.New("asking witnesses: the checkpoint is no signed note")
	}
	head, err := proof.ParseCheckpoint(string(text) + "\n")
	if err != nil {
		return nil, fmt.Errorf("asking witnesses: %w", err)
	}
	lines := make([]map[*key][]byte, len(q.sites))
	var asked sync.WaitGroup
	for i, s := range q.sites {
		asked.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, q.timeout)
			defer cancel()
			lines[i] = s.ask(ctx, q, checkpoint, head, prove)
		})
	}
	asked.Wait()
	cosigned, agreed := bytes.Clone(checkpoint), map[string]bool{}
	var errs []error
	for i, s := range q.sites {
		for _, k := range s.keys {
			if line, ok := lines[i][k]; ok {
				cosigned, agreed[k.verifier.Name()] = append(cosigned, line...), true
			} else {
				errs = append(errs, k.current().Err)
			}
		}
	}
	q.warn(len(agreed), head.Size)
	if len(agreed) < q.need {
		return nil, fmt.Errorf("size %d: %d of %d, %d needed: %w: %w", head.Size, len(agreed), q.names, q.need,
			ErrNoQuorum, errors.Join(errs...))
	}
	return cosigned, nil
}

// warn says once when a quorum has nobody to spare any more, while it still is one.
func (q *Quorum) warn(agreed int, size uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	noSpare := agreed == q.need && q.names > q.need
	if noSpare && !q.noSpare {
		q.log.Warn("the quorum of witnesses has none to spare: with one more lost nothing is published", "size", size,
			"cosigned", agreed, "needed", q.need, "witnesses", q.names)
	}
	q.noSpare = noSpare
}

// Cosigned reports whether the checkpoint carries the cosignatures of as many of these witnesses as are needed. It does
// not look at the log's signature.
func (q *Quorum) Cosigned(checkpoint []byte) bool {
	verifiers := make([]note.Verifier, len(q.keys))
	for i, k := range q.keys {
		verifiers[i] = k.verifier
	}
	opened, err := note.Open(checkpoint, note.VerifierList(verifiers...))
	if err != nil {
		return false
	}
	agreed := map[string]bool{}
	for _, sig := range opened.Sigs {
		if checkTime(sig, time.Now()) == nil {
			agreed[sig.Name] = true
		}
	}
	return len(agreed) >= q.need
}

// Status returns what is known of each key of each witness.
func (q *Quorum) Status() []PeerStatus {
	all := make([]PeerStatus, len(q.keys))
	for i, k := range q.keys {
		all[i] = k.current()
	}
	return all
}

func (k *key) current() PeerStatus {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.status
}

// note keeps how a request went for the key, and logs when that changes.
func (k *key) note(size uint64, err error, log *slog.Logger) {
	k.mu.Lock()
	defer k.mu.Unlock()
	failed := k.status.Err != nil
	k.status.Err = err
	switch {
	case err != nil && !failed:
		log.Warn("a witness does not cosign", "witness", k.status.Name, "key", k.status.Key, "error", err)
	case err == nil && failed:
		log.Info("a witness cosigns again", "witness", k.status.Name, "key", k.status.Key)
	}
	if err == nil {
		k.status.Size, k.status.At = size, time.Now()
	}
}

// ask gets the cosignatures of the keys behind one URL by one request. The size that the witness has is a guess at
// first; its answer corrects it.
func (s *site) ask(ctx context.Context, q *Quorum, checkpoint []byte, head proof.Checkpoint,
	prove Prover) map[*key][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, err := s.try(ctx, q.client, checkpoint, head, prove)
	if err == nil {
		s.size = head.Size
	}
	lines := map[*key][]byte{}
	for _, k := range s.keys {
		line, err := []byte(nil), err
		if err == nil {
			line, err = k.cosignature(checkpoint, answer)
		}
		if err != nil {
			err = fmt.Errorf("witness %s, key %08x: %w", k.verifier.Name(), k.verifier.KeyHash(), err)
		} else {
			lines[k] = line
		}
		k.note(head.Size, err, q.log)
	}
	return lines
}

// try returns the signature lines of an answer.
func (s *site) try(ctx context.Context, client *http.Client, checkpoint []byte, head proof.Checkpoint,
	prove Prover) ([]byte, error) {
	oldSize := min(s.size, head.Size)
	// Twice is enough unless another process feeds the same witness; a third time allows for that once.
	for range 3 {
		path, err := prove(ctx, oldSize)
		if err != nil {
			return nil, err
		}
		status, body, err := s.post(ctx, client,
			request{oldSize: oldSize, proof: path, checkpoint: checkpoint}.marshal())
		if err != nil {
			return nil, err
		}
		switch status {
		case http.StatusOK:
			return body, nil
		case http.StatusUnprocessableEntity:
			// Our proof begins at the root that we have for that size, so the witness has another.
			return nil, fmt.Errorf("it has another root for size %d: %w", oldSize, ErrAhead)
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

func (s *site) post(ctx context.Context, client *http.Client, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
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

// cosignature returns the line of an answer that verifies with the key; others are for other keys, or dropped.
func (k *key) cosignature(checkpoint, answer []byte) ([]byte, error) {
	opened, err := note.Open(slices.Concat(checkpoint, answer), note.VerifierList(k.verifier))
	if err != nil {
		return nil, fmt.Errorf("the answer holds no cosignature of it: %w", err)
	}
	if err := checkTime(opened.Sigs[0], time.Now()); err != nil {
		return nil, err
	}
	return signatureLine(opened.Sigs[0]), nil
}

// clockLead is how far a witness's clock may be ahead of ours.
const clockLead = time.Hour

// checkTime refuses a cosignature whose time is none that a witness can have written: 0, which makes no statement of
// what was the largest tree, one above 2^63-1, which the specification forbids, or one to come.
func checkTime(sig note.Signature, now time.Time) error {
	raw, err := base64.StdEncoding.DecodeString(sig.Base64)
	if err != nil || len(raw) < 12 {
		return errors.New("the cosignature has no time")
	}
	at := binary.BigEndian.Uint64(raw[4:12])
	switch {
	case at == 0:
		return errors.New("the cosignature states no time")
	case at > uint64(now.Add(clockLead).Unix()):
		return errors.New("the cosignature's time is to come")
	}
	return nil
}
