package witness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
	"tallystick/internal/bounded"
)

// Config is what a witness needs. Every field but Log, Listener and Ready is required.
type Config struct {
	// the store; one process at a time. If it is lost, retire the key: an empty store would cosign anything
	Dir    string
	Key    *Key     // must not be the key of a log or of another witness
	Logs   []string // vkeys of the logs to watch; the name of a key is its log's origin
	Listen string   // address, such as 127.0.0.1:7475

	Listener net.Listener // used in place of Listen if set; Run closes it
	// Ready is called by Run once the store and the keys are found to be in order and requests are taken. It may be
	// nil.
	Ready func(net.Addr)
	Log   *slog.Logger // nil: discard
}

// Witness checks and cosigns checkpoints. It is an http.Handler of POST /add-checkpoint, of
// GET /ORIGINHASH/checkpoint, which gives monitors the last one that it cosigned, and of GET /healthz.
type Witness struct {
	key     *Key
	logs    map[string][]note.Verifier // by origin
	origins map[string]string          // by their SHA-256 in hexadecimal, which is how monitors name a log
	store   *store
	log     *slog.Logger
	mux     *http.ServeMux
	release func() error
}

// Run serves a witness until ctx ends, then finishes the requests under way and returns nil.
func Run(ctx context.Context, cfg Config) error {
	listener := cfg.Listener
	w, err := New(cfg)
	if err != nil {
		if listener != nil {
			err = errors.Join(err, listener.Close())
		}
		return err
	}
	if listener == nil {
		if listener, err = net.Listen("tcp", cfg.Listen); err != nil {
			return errors.Join(fmt.Errorf("witness: %w", err), w.Close())
		}
	}
	w.log.Info("witness is serving", "address", listener.Addr().String(), "witness", w.key.Name(), "logs", len(w.logs))
	if cfg.Ready != nil {
		cfg.Ready(listener.Addr())
	}
	if err = bounded.Serve(ctx, listener, w, bounded.Limits{Connections: 128, Idle: 2 * time.Minute},
		w.log); err != nil {
		err = fmt.Errorf("witness: %w", err)
	}
	return errors.Join(err, w.Close())
}

// New opens the store and checks everything in it that belongs to a configured log.
func New(cfg Config) (*Witness, error) {
	if cfg.Dir == "" || cfg.Key == nil || len(cfg.Logs) == 0 {
		return nil, errors.New("witness: a directory, a key and at least one log are needed")
	}
	release, err := durable.Lock(filepath.Join(cfg.Dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	w, err := newWitness(cfg, durable.NewDir(durable.OS{}, cfg.Dir))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("witness: %w", err), release())
	}
	w.release = release
	return w, nil
}

func newWitness(cfg Config, dir *durable.Dir) (*Witness, error) {
	w := &Witness{
		key: cfg.Key, log: cfg.Log, logs: map[string][]note.Verifier{}, origins: map[string]string{},
		mux:   http.NewServeMux(),
		store: &store{dir: dir, own: cfg.Key.signer.Verifier()},
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	for i, vkey := range cfg.Logs {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("key of log %d: %w", i+1, err)
		}
		if err := (proof.Policy{LogKey: vkey, Witnesses: []string{cfg.Key.VKey()}, Quorum: 1}).Check(); err != nil {
			return nil, fmt.Errorf("key of log %d: %w", i+1, err)
		}
		if slices.ContainsFunc(w.logs[verifier.Name()], func(o note.Verifier) bool {
			return o.KeyHash() == verifier.KeyHash()
		}) {
			return nil, fmt.Errorf("key of log %d: %s stands there twice with one key; name it once", i+1,
				verifier.Name())
		}
		w.logs[verifier.Name()] = append(w.logs[verifier.Name()], verifier)
		w.origins[originHash(verifier.Name())] = verifier.Name()
	}
	for origin := range w.logs {
		if _, err := w.store.last(origin); err != nil {
			return nil, err
		}
	}
	w.mux.HandleFunc("POST /add-checkpoint", w.addCheckpoint)
	w.mux.HandleFunc("GET /{hash}/checkpoint", w.lastCheckpoint)
	w.mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, "ok\n")
	})
	return w, nil
}

// Close gives the store free.
func (w *Witness) Close() error {
	if w.release == nil {
		return nil
	}
	return w.release()
}

// ServeHTTP implements http.Handler.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.mux.ServeHTTP(rw, r) }

func originHash(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// lastCheckpoint answers monitors, so that a log cannot show them another history than it shows its witnesses.
func (w *Witness) lastCheckpoint(rw http.ResponseWriter, r *http.Request) {
	origin, ok := w.origins[r.PathValue("hash")]
	if !ok {
		http.Error(rw, "this witness does not watch that log", http.StatusNotFound)
		return
	}
	msg, err := w.store.lastNote(origin)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.Error(rw, "this witness has cosigned no checkpoint of that log", http.StatusNotFound)
	case err != nil:
		w.log.Error("the last checkpoint could not be read", "error", err)
		http.Error(rw, "the witness cannot read its state", http.StatusInternalServerError)
	default:
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = rw.Write(msg)
	}
}

// refusal is an answer other than 200.
type refusal struct {
	status int
	reason string // fixed words; nothing of the request
	size   uint64 // of a 409: the size that the witness knows
}

func (r *refusal) Error() string { return r.reason }

func (w *Witness) addCheckpoint(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequestBytes))
	if err != nil {
		http.Error(rw, "the request is too large or was cut short", http.StatusBadRequest)
		return
	}
	cosignature, err := w.cosign(body)
	var refused *refusal
	switch {
	case err == nil:
		_, _ = rw.Write(cosignature) // if it is lost, the log asks again and gets a new one for the same size
	case errors.As(err, &refused) && refused.status == http.StatusConflict:
		w.log.Warn("checkpoint refused", "status", refused.status, "reason", refused.reason)
		rw.Header().Set("Content-Type", sizeContentType)
		rw.WriteHeader(refused.status)
		fmt.Fprintf(rw, "%d\n", refused.size)
	case errors.As(err, &refused):
		w.log.Warn("checkpoint refused", "status", refused.status, "reason", refused.reason)
		http.Error(rw, refused.reason, refused.status)
	default:
		w.log.Error("checkpoint not cosigned", "error", err)
		http.Error(rw, "the witness cannot keep its state", http.StatusInternalServerError)
	}
}

// cosign checks a request in the order of the specification and returns the cosignature lines. The error is a *refusal,
// or comes from the store.
func (w *Witness) cosign(body []byte) ([]byte, error) {
	req, err := parseRequest(body)
	if err != nil {
		return nil, &refusal{status: http.StatusBadRequest, reason: err.Error()}
	}
	// The origin is the first line; it decides with which keys to open the note.
	origin, _, _ := strings.Cut(string(req.checkpoint), "\n")
	verifiers, ok := w.logs[origin]
	if !ok {
		return nil, &refusal{status: http.StatusNotFound, reason: "this witness does not watch that log"}
	}
	opened, err := note.Open(req.checkpoint, note.VerifierList(verifiers...))
	if err != nil {
		return nil, &refusal{status: http.StatusForbidden, reason: "no signature of a known key of the log"}
	}
	head, err := proof.ParseCheckpoint(opened.Text)
	if err != nil || strings.Contains(opened.Text, "\n\n") { // no line may be empty, also no extension
		return nil, &refusal{status: http.StatusBadRequest, reason: "the checkpoint is malformed"}
	}
	if req.oldSize > head.Size {
		return nil, &refusal{status: http.StatusBadRequest, reason: "the old size is larger than the checkpoint's"}
	}
	return w.advance(req, head, opened)
}

// advance checks the request against the last head and replaces it, as one step: without the lock a slower request
// could put an older head back over a newer one.
func (w *Witness) advance(req request, head proof.Checkpoint, opened *note.Note) ([]byte, error) {
	defer w.store.lock(head.Origin)()
	last, err := w.store.last(head.Origin)
	if err != nil {
		return nil, err
	}
	if last.Size > 0 && head.Size == last.Size && head.Root != last.Root {
		// Two signed heads of one size: the log shows two histories. This pair is the proof of it.
		if err := w.store.evidence(head, req.checkpoint); err != nil {
			w.log.Error("evidence of a fork could not be kept", "error", err)
		}
		w.log.Error("the log has forked", "origin", head.Origin, "size", head.Size)
	}
	if req.oldSize != last.Size {
		return nil, &refusal{status: http.StatusConflict, reason: "the old size is not the last one cosigned",
			size: last.Size}
	}
	if head.Size == last.Size && head.Root != last.Root {
		return nil, &refusal{status: http.StatusUnprocessableEntity, reason: "another root was cosigned for that size"}
	}
	path := make([][]byte, len(req.proof))
	for i := range req.proof {
		path[i] = req.proof[i][:]
	}
	if err := merkle.VerifyConsistency(rfc6962.DefaultHasher, last.Size, head.Size, path, last.Root[:],
		head.Root[:]); err != nil {
		return nil, &refusal{status: http.StatusUnprocessableEntity, reason: "the consistency proof does not hold"}
	}
	// Only the log's own signatures and ours are kept: signatures of strangers are not ours to vouch for.
	cosigned, err := note.Sign(&note.Note{Text: opened.Text, Sigs: opened.Sigs}, w.key.signer)
	if err != nil {
		return nil, fmt.Errorf("cosigning: %w", err)
	}
	// The head is durable before the cosignature leaves. A crash before this line has cosigned nothing; one after it
	// has perhaps cosigned a head that nobody received, and the log asks again for the same size.
	if err := w.store.keep(head.Origin, cosigned); err != nil {
		return nil, fmt.Errorf("keeping the checkpoint of size %d: %w", head.Size, err)
	}
	own, err := note.Open(cosigned, note.VerifierList(w.key.signer.Verifier()))
	if err != nil {
		return nil, fmt.Errorf("reading the cosignature back: %w", err)
	}
	return signatureLine(own.Sigs[0]), nil
}

func signatureLine(s note.Signature) []byte {
	return fmt.Appendf(nil, "— %s %s\n", s.Name, s.Base64)
}
