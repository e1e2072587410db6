package evaluator

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/renameio/v2"

	"tallystick/signals"
	"tallystick/signals/consortium"
	"tallystick/signals/oprf"
	"tallystick/signals/peer"
)

// Files in an evaluator's directory.
const (
	KeyFile        = "node.key"
	ConsortiumFile = "consortium.txt"
	sharesDir      = "shares"
	meterDir       = "meter"
)

// Node is an evaluator. Safe for concurrent use.
type Node struct {
	dir   string
	key   *consortium.Key
	store *consortium.Store
	meter *Meter
	now   func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	shares map[uint32]*consortium.Opened
}

// Import opens the share that a ceremony sealed for this evaluator and keeps it. The first share makes the meter: it
// opens at once on the day of the ceremony, and else tomorrow, since a share that is imported again may stand for a
// disk that was lost.
func Import(dir string, sealed []byte, now time.Time) (*consortium.Opened, error) {
	key, err := consortium.LoadKey(filepath.Join(dir, KeyFile))
	if err != nil {
		return nil, err
	}
	store, err := consortium.OpenStore(filepath.Join(dir, ConsortiumFile))
	if err != nil {
		return nil, err
	}
	file, err := store.Current()
	if err != nil {
		return nil, err
	}
	parsed, err := consortium.ParseShare(sealed)
	if err != nil {
		return nil, err
	}
	share, err := consortium.OpenShare(parsed, file, key)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, meterDir, meterFile)); errors.Is(err, fs.ErrNotExist) {
		opens := now.UTC()
		if opens.Format(time.DateOnly) != share.Dealt.UTC().Format(time.DateOnly) {
			opens = opens.AddDate(0, 0, 1)
		}
		if err := CreateMeter(filepath.Join(dir, meterDir), opens); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, sharesDir), 0o700); err != nil {
		return nil, fmt.Errorf("keeping the share: %w", err)
	}
	if err := renameio.WriteFile(sharePath(dir, share.Epoch), sealed, 0o600); err != nil {
		return nil, fmt.Errorf("keeping the share: %w", err)
	}
	return share, syncDir(filepath.Join(dir, sharesDir))
}

func sharePath(dir string, epoch uint32) string {
	return filepath.Join(dir, sharesDir, fmt.Sprintf("epoch-%d.json", epoch))
}

// RenewMeter puts a new meter in the place of one that was lost; what is left of the old is kept beside it. It opens
// tomorrow.
func RenewMeter(dir string, now time.Time) error {
	meter := filepath.Join(dir, meterDir)
	if err := os.Rename(meter, fmt.Sprintf("%s.lost-%d", meter, now.Unix())); err != nil &&
		!errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("putting the old meter aside: %w", err)
	}
	return CreateMeter(meter, now.UTC().AddDate(0, 0, 1))
}

// Open takes over the evaluator in a directory. now is time.Now but in tests.
func Open(dir string, now func() time.Time, log *slog.Logger) (*Node, error) {
	key, err := consortium.LoadKey(filepath.Join(dir, KeyFile))
	if err != nil {
		return nil, err
	}
	store, err := consortium.OpenStore(filepath.Join(dir, ConsortiumFile))
	if err != nil {
		return nil, err
	}
	n := &Node{dir: dir, key: key, store: store, now: now, log: log, shares: map[uint32]*consortium.Opened{}}
	if _, err := n.file(); err != nil {
		return nil, err
	}
	if n.meter, err = OpenMeter(filepath.Join(dir, meterDir), now); err != nil {
		return nil, err
	}
	return n, nil
}

// Close gives the meter's file free.
func (n *Node) Close() error { return n.meter.Close() }

// file returns the consortium's file in force, in which this evaluator must stand.
func (n *Node) file() (*consortium.File, error) {
	file, err := n.store.Current()
	if err != nil {
		return nil, err
	}
	if _, ok := file.Evaluator(n.key.Name()); !ok {
		return nil, fmt.Errorf("%s is no evaluator of %s, version %d", n.key.Name(), file.Name, file.Version)
	}
	return file, nil
}

// share returns the share of an epoch.
func (n *Node) share(epoch consortium.Epoch, file *consortium.File) (*consortium.Opened, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s := n.shares[epoch.Number]; s != nil {
		return s, nil
	}
	sealed, err := os.ReadFile(sharePath(n.dir, epoch.Number))
	if err != nil {
		return nil, fmt.Errorf("the share of epoch %d: %w", epoch.Number, err)
	}
	parsed, err := consortium.ParseShare(sealed)
	if err != nil {
		return nil, err
	}
	share, err := consortium.OpenShare(parsed, file, n.key)
	if err != nil {
		return nil, err
	}
	n.shares[epoch.Number] = share
	return share, nil
}

// Serve answers members until ctx is done.
func (n *Node) Serve(ctx context.Context, listener net.Listener) error {
	server, err := peer.NewServer(listener, n.key.TLS(), map[string]peer.Handler{
		"POST /v1/evaluate": n.evaluate,
		"GET /v1/status":    n.status,
	}, func(path string, err error) { n.log.Error("not answered", "path", path, "error", err) })
	if err != nil {
		return err
	}
	return server.Serve(ctx)
}

// member returns the member that holds a key.
func (n *Node) member(from ed25519.PublicKey) (*consortium.File, consortium.Member, error) {
	file, err := n.file()
	if err != nil {
		return nil, consortium.Member{}, err
	}
	i := slices.IndexFunc(file.Members, func(m consortium.Member) bool { return bytes.Equal(m.TLS, from) })
	if i < 0 {
		return nil, consortium.Member{},
			refused(http.StatusForbidden, "member", "the key of this connection is of no member of %s, version %d",
				file.Name, file.Version)
	}
	return file, file.Members[i], nil
}

func refused(status int, code, format string, args ...any) error {
	return &peer.Problem{Status: status, Code: code, Text: fmt.Sprintf(format, args...)}
}

// evaluate answers a request to evaluate.
func (n *Node) evaluate(_ context.Context, from ed25519.PublicKey, body []byte) (any, error) {
	file, member, err := n.member(from)
	if err != nil {
		return nil, err
	}
	request, err := parseRequest(body)
	if err != nil {
		return nil, refused(http.StatusBadRequest, "request", "%s", err)
	}
	now := n.now()
	if skew := now.Sub(request.Time); skew.Abs() > MaxSkew {
		return nil, refused(http.StatusBadRequest, "clock",
			"the request says that it is %s, and here it is %s: one of the clocks is wrong",
			request.Time.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	epoch, ok := file.Epoch(request.Epoch)
	if !ok || request.Consortium != file.Name || now.Before(epoch.From) || !now.Before(epoch.Until) {
		return nil, refused(http.StatusConflict, "epoch", "epoch %d of %s is not in use here: this is version %d of %s",
			request.Epoch, request.Consortium, file.Version, file.Name)
	}
	share, err := n.share(epoch, file)
	if err != nil {
		return nil, err
	}
	if err := n.seen(request.Seen); err != nil {
		return nil, refused(http.StatusServiceUnavailable, "meter", "%s", err)
	}
	// What is no point costs the member nothing and this node little.
	points, err := oprf.ParseRequest(request.Blinded)
	if err != nil {
		return nil, refused(http.StatusBadRequest, "point", "%s", err)
	}
	sum := sha256.Sum256(request.Blinded)
	spent, err := n.meter.Spend(Spent{
		Member: member.Name, Epoch: epoch.Number, Purpose: string(request.Purpose), Claim: request.Claim,
		Request: hex.EncodeToString(sum[:]), Count: len(request.Blinded) / oprf.ElementSize,
	}, member.DailyBudget)
	switch {
	case errors.Is(err, ErrBudget):
		n.log.Warn("a member's budget is spent", "member", member.Name)
		return nil, refused(http.StatusTooManyRequests, "budget", "%s", err)
	case err != nil:
		n.log.Error("the meter does not count", "error", err)
		return nil, refused(http.StatusServiceUnavailable, "meter", "%s", err)
	}
	if alarm := n.meter.Alarm(member.Name, member.DailyBudget); alarm != "" {
		n.log.Warn("a member may be going through a list of identifiers", "member", member.Name, "why", alarm)
	}
	evaluated, err := share.Evaluate(points)
	if err != nil {
		return nil, err
	}
	receipt, err := signals.SignText(receiptHeader, Receipt{file.Name, n.key.Name(), n.meter.ID(), member.DailyBudget,
		spent}, n.key.Signer())
	if err != nil {
		return nil, err
	}
	return Answer{evaluated, string(receipt)}, nil
}

// seen compares a receipt of ours that a member holds with what the meter knows.
func (n *Node) seen(text string) error {
	if text == "" {
		return nil
	}
	own, err := n.key.Card(consortium.RoleEvaluator, "-:0")
	if err != nil {
		return err
	}
	verifier, err := own.Verifier()
	if err != nil {
		return err
	}
	receipt, err := OpenReceipt(text, verifier)
	if err != nil || receipt.Meter != n.meter.ID() {
		return nil // of a meter before this one, or of nobody: it proves nothing of this meter
	}
	return n.meter.SetBack(receipt.Sequence)
}

// Status is what an evaluator tells each member.
type Status struct {
	Evaluator string            `json:"evaluator"`
	Version   int               `json:"version"` // of the consortium's file
	Time      time.Time         `json:"time"`
	Meter     string            `json:"meter"`
	Used      int               `json:"used"` // by the one who asks, today
	Budget    int               `json:"budget"`
	Alarms    map[string]string `json:"alarms,omitempty"` // members that may be going through a list, and why
}

func (n *Node) status(_ context.Context, from ed25519.PublicKey, _ []byte) (any, error) {
	file, member, err := n.member(from)
	if err != nil {
		return nil, err
	}
	s := Status{
		Evaluator: n.key.Name(), Version: file.Version, Time: n.now().UTC(), Meter: n.meter.ID(),
		Used: n.meter.Used(member.Name), Budget: member.DailyBudget, Alarms: map[string]string{},
	}
	for _, m := range file.Members {
		if alarm := n.meter.Alarm(m.Name, m.DailyBudget); alarm != "" {
			s.Alarms[m.Name] = alarm
		}
	}
	text, err := json.Marshal(s)
	return text, err
}
