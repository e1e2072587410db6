package member

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
)

// Account is what two members owe each other for a month: how often each used the other's signals. Both sign the same
// text.
type Account struct {
	Consortium string        `json:"consortium"`
	Month      signals.Month `json:"month"`
	Members    [2]string     `json:"members"` // in the order of their names
	Used       [2]int        `json:"used"`    // by each, of the other's: claims at which a signal first counted
}

const (
	accountHeader = "tallystick signals account v1"
	accountsDir   = "accounts"
)

// accounted carries an account that one side has signed.
type accounted struct {
	Signed []byte `json:"signed"`
}

// usage is what one member says that it used of another's.
type usage struct {
	Consortium string        `json:"consortium"`
	Month      signals.Month `json:"month"`
	From       string        `json:"from"`
	Of         string        `json:"of"`
	Used       int           `json:"used"`
}

const usageHeader = "tallystick signals usage v1"

// Net returns what each member gave (above 0) or took (below 0) over a set of accounts. The sum is zero.
func Net(accounts []Account) map[string]int {
	net := map[string]int{}
	for _, a := range accounts {
		net[a.Members[0]] += a.Used[1] - a.Used[0]
		net[a.Members[1]] += a.Used[0] - a.Used[1]
	}
	return net
}

// uses is which claims used whose signals, each once. Safe for concurrent use.
type uses struct {
	file *lines

	mu   sync.Mutex
	seen map[useKey]bool
	used map[signals.Month]map[string]int // by publisher
}

type useKey struct {
	claimKey
	publisher string
}

type useLine struct {
	Month     signals.Month `json:"month"`
	Insurer   string        `json:"insurer"`
	Claim     string        `json:"claim"`
	Publisher string        `json:"publisher"`
}

func openUses(dir string) (*uses, error) {
	u := &uses{seen: map[useKey]bool{}, used: map[signals.Month]map[string]int{}}
	var err error
	u.file, err = openLines(filepath.Join(dir, "uses.jsonl"), func(_ int64, line []byte) error {
		var l useLine
		if err := json.Unmarshal(line, &l, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		u.count(l)
		return nil
	})
	return u, err
}

func (u *uses) close() error { return u.file.close() }

func (u *uses) count(l useLine) {
	u.seen[useKey{claimKey{l.Insurer, l.Claim}, l.Publisher}] = true
	if u.used[l.Month] == nil {
		u.used[l.Month] = map[string]int{}
	}
	u.used[l.Month][l.Publisher]++
}

// add notes that a claim used a publisher's signals, if it is the first time.
func (u *uses) add(now time.Time, key claimKey, publisher string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.seen[useKey{key, publisher}] {
		return nil
	}
	l := useLine{signals.MonthOf(now), key.insurer, key.claim, publisher}
	if _, err := u.file.append(l); err != nil {
		return fmt.Errorf("noting a use: %w", err)
	}
	u.count(l)
	return nil
}

func (u *uses) of(month signals.Month, publisher string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.used[month][publisher]
}

// Settle has each other member sign the account of a month that is over, and keeps those that both have signed.
func (n *Node) Settle(ctx context.Context, month signals.Month) ([]Account, error) {
	start, err := month.Start()
	if err != nil {
		return nil, err
	}
	if n.now().Before(start.AddDate(0, 1, 0)) {
		return nil, fmt.Errorf("%s is not over yet", month)
	}
	file, err := n.file()
	if err != nil {
		return nil, err
	}
	var settled []Account
	var errs []error
	for _, m := range file.Members {
		if m.Name == n.Name() {
			continue
		}
		verifier, err := m.Verifier()
		if err != nil {
			return nil, err
		}
		a, err := n.settleWith(ctx, file.Name, month, m.Name, verifier)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", m.Name, err))
			continue
		}
		settled = append(settled, *a)
	}
	return settled, errors.Join(errs...)
}

func (n *Node) settleWith(ctx context.Context, name string, month signals.Month, with string,
	verifier note.Verifier) (*Account, error) {
	mine := n.uses.of(month, with)
	signed, err := signals.SignText(usageHeader, usage{name, month, n.Name(), with, mine}, n.signer)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	o := n.others[with]
	n.mu.Unlock()
	if o == nil {
		return nil, errors.New("it was never met")
	}
	if err := n.note(audit{Act: "settle", With: with, Result: string(month)}); err != nil {
		return nil, err
	}
	var reply accounted
	if err := o.client.Post(ctx, "/v1/accounts", signed, &reply); err != nil {
		return nil, err
	}
	answer, a := reply.Signed, new(Account)
	if err := signals.OpenText(answer, accountHeader, a, verifier); err != nil {
		return nil, fmt.Errorf("its account: %w", err)
	}
	i := slices.Index(a.Members[:], n.Name())
	if i < 0 || a.Members[1-i] != with || a.Consortium != name || a.Month != month || a.Used[i] != mine ||
		a.Used[1-i] < 0 {
		return nil, errors.New("its account is of another month, or says something else of this member's own use")
	}
	opened, err := note.Open(answer, note.VerifierList(verifier))
	if err != nil {
		return nil, fmt.Errorf("its account: %w", err)
	}
	both, err := note.Sign(opened, n.signer)
	if err != nil {
		return nil, fmt.Errorf("signing the account: %w", err)
	}
	if err := mkdir(filepath.Join(n.cfg.Dir, accountsDir)); err != nil {
		return nil, err
	}
	return a, writeDurably(filepath.Join(n.cfg.Dir, accountsDir, string(month)+"-"+with+".txt"), both)
}

// serveAccount signs the account of a month with another member, who has said what it used.
func (n *Node) serveAccount(_ context.Context, from ed25519.PublicKey, body []byte) (any, error) {
	file, member, err := n.from(from)
	if err != nil {
		return nil, err
	}
	verifier, err := member.Verifier()
	if err != nil {
		return nil, err
	}
	var signed []byte
	u := new(usage)
	if err := json.Unmarshal(body, &signed); err != nil {
		return nil, refused(400, "account", "not a signed statement of use")
	}
	if err := signals.OpenText(signed, usageHeader, u, verifier); err != nil {
		return nil, refused(400, "account", "the statement of use: %s", err)
	}
	start, err := u.Month.Start()
	if err != nil || u.Consortium != file.Name || u.From != member.Name || u.Of != n.Name() || u.Used < 0 ||
		n.now().Before(start.AddDate(0, 1, 0)) {
		return nil, refused(400, "account", "the statement of use is of another member, or of a month that is not over")
	}
	if err := n.note(audit{Act: "account", With: u.From, Result: string(u.Month)}); err != nil {
		return nil, err
	}
	a := Account{Consortium: file.Name, Month: u.Month, Members: [2]string{u.From, n.Name()},
		Used: [2]int{u.Used, n.uses.of(u.Month, u.From)}}
	if strings.Compare(a.Members[0], a.Members[1]) > 0 {
		slices.Reverse(a.Members[:])
		slices.Reverse(a.Used[:])
	}
	msg, err := signals.SignText(accountHeader, a, n.signer)
	if err != nil {
		return nil, err
	}
	return accounted{msg}, nil
}

// Accounts returns the accounts that both sides have signed, by file.
func (n *Node) Accounts() (map[string]string, error) {
	paths, err := filepath.Glob(filepath.Join(n.cfg.Dir, accountsDir, "*.txt"))
	if err != nil {
		return nil, fmt.Errorf("listing accounts: %w", err)
	}
	all := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("listing accounts: %w", err)
		}
		all[filepath.Base(path)] = string(text)
	}
	return all, nil
}
