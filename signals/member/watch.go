package member

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"tallystick/signals"
	"tallystick/signals/index"
)

// watch is the claims that were looked up and are open: what the evaluators said of their identifiers, so that a signal
// that comes later is found without asking them again. Safe for concurrent use.
type watch struct {
	file *lines

	mu     sync.Mutex
	claims map[claimKey]*watched
}

type claimKey struct{ insurer, claim string }

// watched is one claim.
type watched struct {
	points []point
	found  map[string][]index.Match // by publisher, what counts
	judged map[string]bool          // publishers whose copies were looked into since the start
	last   signals.Hit              // as it was handed on
}

// watchLine is one line of the file: a point of a claim, or that the claim is closed.
type watchLine struct {
	Insurer string         `json:"insurer"`
	Claim   string         `json:"claim"`
	Epoch   uint32         `json:"epoch,omitempty"`
	Domain  signals.Domain `json:"domain,omitempty"`
	Output  []byte         `json:"output,omitempty"`
	Closed  bool           `json:"closed,omitempty"`
}

// openWatch reads the claims that are watched. last is what was handed on of each.
func openWatch(dir string, last map[claimKey]signals.Hit) (*watch, error) {
	w := &watch{claims: map[claimKey]*watched{}}
	var err error
	w.file, err = openLines(filepath.Join(dir, "watch.jsonl"), func(_ int64, line []byte) error {
		var l watchLine
		if err := json.Unmarshal(line, &l, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		key := claimKey{l.Insurer, l.Claim}
		if l.Closed {
			delete(w.claims, key)
			return nil
		}
		w.claim(key).take(point{l.Epoch, l.Domain, l.Output})
		return nil
	})
	for key, hit := range last {
		if c := w.claims[key]; c != nil {
			c.last = hit
		}
	}
	return w, err
}

func (w *watch) close() error { return w.file.close() }

// keys returns the claims that are watched.
func (w *watch) keys() []claimKey {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.claims))
}

func (w *watch) claim(key claimKey) *watched {
	c := w.claims[key]
	if c == nil {
		c = &watched{found: map[string][]index.Match{}, judged: map[string]bool{}}
		w.claims[key] = c
	}
	return c
}

// take adds a point that is not there.
func (c *watched) take(p point) bool {
	if slices.ContainsFunc(c.points, func(q point) bool {
		return q.epoch == p.epoch && q.domain == p.domain && string(q.output) == string(p.output)
	}) {
		return false
	}
	c.points = append(c.points, p)
	return true
}

func (w *watch) add(insurer, claim string, points []point) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.claim(claimKey{insurer, claim})
	for _, p := range points {
		if !c.take(p) {
			continue
		}
		if _, err := w.file.append(watchLine{Insurer: insurer, Claim: claim, Epoch: p.epoch, Domain: p.domain,
			Output: p.output}); err != nil {
			return fmt.Errorf("watching the claim: %w", err)
		}
	}
	return nil
}

// judge looks a watched claim up in the copies of the publishers named, or in all of them, and hands a cause on if what
// counts has changed. A stale copy neither adds nor takes away.
func (n *Node) judge(insurer, claim string, publishers []string) (signals.Hit, error) {
	file, err := n.file()
	if err != nil {
		return signals.Hit{}, err
	}
	stale := n.stale(file)
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	c := n.watch.claims[claimKey{insurer, claim}]
	if c == nil {
		return signals.Hit{}, nil
	}
	var matches []index.Match
	matcher := n.index.Matcher()
	for _, p := range c.points {
		matches = matcher.Find(matches, p.epoch, p.domain, p.output, n.Name(), n.now())
	}
	for _, m := range file.Members {
		if len(publishers) > 0 && !slices.Contains(publishers, m.Name) {
			continue
		}
		// What a stale copy said when it was fresh stays; it adds nothing. After a start, a claim that had a hit keeps
		// what the copies say until they are fresh.
		if slices.Contains(stale, m.Name) && (c.judged[m.Name] || c.last.Publishers == 0) {
			continue
		}
		c.judged[m.Name] = true
		of := slices.DeleteFunc(slices.Clone(matches), func(x index.Match) bool {
			return x.Publisher != m.Name ||
				x.Suspended
		})
		if len(of) == 0 {
			delete(c.found, m.Name)
			continue
		}
		if err := n.uses.add(n.now(), claimKey{insurer, claim}, m.Name); err != nil {
			return signals.Hit{}, err
		}
		c.found[m.Name] = of
	}
	for name := range c.found {
		if _, ok := file.Member(name); !ok {
			delete(c.found, name) // it left
		}
	}
	handed := fold(c.found, nil).Veiled(len(file.Members))
	if !reflect.DeepEqual(handed, c.last) {
		if err := n.causes.add(n.now(), insurer, claim, file.Epochs[len(file.Epochs)-1].Number, handed); err != nil {
			return signals.Hit{}, err
		}
		c.last = handed
	}
	return fold(c.found, stale).Veiled(len(file.Members)), nil
}

// fold makes one hit of what was found, without what is stale.
func fold(found map[string][]index.Match, stale []string) signals.Hit {
	h := signals.Hit{Stale: stale}
	for name, matches := range found {
		if slices.Contains(stale, name) {
			continue
		}
		h.Publishers++
		for _, m := range matches {
			h.Kinds, h.Lines, h.Bases, h.Domains = append(h.Kinds, m.Kind), append(h.Lines, m.Line),
				append(h.Bases, m.Basis), append(h.Domains, m.Domain)
			h.Severity, h.Newest = max(h.Severity, m.Severity), max(h.Newest, m.Month)
		}
	}
	h.Kinds, h.Lines, h.Bases, h.Domains = distinct(h.Kinds), distinct(h.Lines), distinct(h.Bases), distinct(h.Domains)
	return h
}

func distinct[T ~string](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

// news judges the claims that entries of a batch are about. For each group of entries one name is made for each point
// that is watched.
func (n *Node) news(b *signals.Batch) error {
	names := map[signals.Pseudonym]bool{}
	groups := map[uint32]map[index.Group]bool{}
	for i := range b.Entries {
		e := &b.Entries[i]
		names[e.Pseudonym] = true
		if groups[e.Epoch] == nil {
			groups[e.Epoch] = map[index.Group]bool{}
		}
		groups[e.Epoch][index.Group{Publisher: b.Publisher, Domain: e.Domain, Month: e.Month}] = true
	}
	for _, key := range n.concerned(names, groups) {
		if _, err := n.judge(key.insurer, key.claim, []string{b.Publisher}); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) concerned(names map[signals.Pseudonym]bool, groups map[uint32]map[index.Group]bool) (keys []claimKey) {
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	for number, of := range groups {
		for g := range of {
			namer := n.index.Namer(number, g)
			if namer == nil {
				continue
			}
			for key, c := range n.watch.claims {
				if slices.ContainsFunc(c.points, func(p point) bool {
					return p.epoch == number && p.domain == g.Domain && names[namer.Name(index.Digest(p.output))]
				}) {
					keys = append(keys, key)
				}
			}
		}
	}
	return keys
}

// Sweep judges all watched claims anew, for what has expired or whose epoch is over, and lets go of claims that are
// closed.
func (n *Node) Sweep(ctx context.Context) error {
	file, err := n.file()
	if err != nil {
		return err
	}
	var errs []error
	if err := n.dropEpochs(); err != nil {
		errs = append(errs, err)
	}
	if err := n.takeEpochs(file); err != nil {
		errs = append(errs, err)
	}
	for _, key := range n.watch.keys() {
		if n.cfg.Claims.Open(ctx, key.insurer, key.claim) != nil {
			if err := n.unwatch(key); err != nil {
				errs = append(errs, err)
			}
			continue
		}
		if _, err := n.judge(key.insurer, key.claim, nil); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (n *Node) unwatch(key claimKey) error {
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	delete(n.watch.claims, key)
	_, err := n.watch.file.append(watchLine{Insurer: key.insurer, Claim: key.claim, Closed: true})
	return err
}

// dropEpochs forgets the signals of epochs that are over, in memory and on disk.
func (n *Node) dropEpochs() error {
	file, err := n.file()
	if err != nil {
		return err
	}
	over := func(number uint32) bool {
		e, ok := file.Epoch(number)
		return !ok || !n.now().Before(e.Until)
	}
	var some bool
	for _, number := range n.index.Epochs() {
		if over(number) {
			n.index.DropEpoch(number)
			some = true
		}
	}
	if !some {
		return nil
	}
	n.pulling.Lock()
	defer n.pulling.Unlock()
	for _, m := range file.Members {
		verifier, err := m.Verifier()
		if err != nil {
			return err
		}
		f := n.own
		if m.Name != n.Name() {
			o, err := n.other(m)
			if err != nil {
				return err
			}
			f = o.feed
		}
		if err := f.drop(verifier, over); err != nil {
			return err
		}
	}
	return nil
}

// causes is the list of causes and how far they were handed on. Safe for concurrent use.
type causes struct {
	file *lines
	path string // of the position
	last map[claimKey]signals.Hit

	mu     sync.Mutex
	all    []signals.Cause
	handed int64
	more   chan struct{}
}

func openCauses(dir string) (*causes, error) {
	c := &causes{path: filepath.Join(dir, "causes.position"), last: map[claimKey]signals.Hit{},
		more: make(chan struct{}, 1)}
	text, err := os.ReadFile(c.path)
	if err == nil {
		c.handed, err = strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading how far causes were handed on: %w", err)
	}
	c.file, err = openLines(filepath.Join(dir, "causes.jsonl"), func(number int64, line []byte) error {
		var cause signals.Cause
		if err := json.Unmarshal(line, &cause, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		if cause.Offset != number {
			return errors.New("the cause is not at its place")
		}
		c.all = append(c.all, cause)
		c.last[claimKey{cause.Insurer, cause.Claim}] = cause.Hit
		return nil
	})
	return c, err
}

func (c *causes) close() error { return c.file.close() }

// add makes a cause, which is durable when it returns. A crash before the caller remembers it makes the same judgement
// again.
func (c *causes) add(now time.Time, insurer, claim string, epoch uint32, hit signals.Hit) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	cause := signals.Cause{
		Journal: "signals", Offset: c.file.next(), Epoch: int32(epoch), Time: now.UTC().Truncate(time.Millisecond),
		Insurer: insurer, Claim: claim, Hit: hit,
	}
	if _, err := c.file.append(cause); err != nil {
		return fmt.Errorf("noting the cause: %w", err)
	}
	c.all = append(c.all, cause)
	select {
	case c.more <- struct{}{}:
	default:
	}
	return nil
}

// Causes returns all causes, oldest first.
func (n *Node) Causes() []signals.Cause {
	n.causes.mu.Lock()
	defer n.causes.mu.Unlock()
	return slices.Clone(n.causes.all)
}

// hand gives causes to whoever scores claims again, in order, until ctx is done. After an error it tries again.
func (n *Node) hand(ctx context.Context) {
	if n.cfg.Causes == nil {
		return
	}
	retry := time.NewTicker(time.Second)
	defer retry.Stop()
	for {
		if err := n.handAll(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("a cause waits to be taken", "error", err)
		}
		select {
		case <-n.causes.more:
		case <-retry.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *Node) handAll(ctx context.Context) error {
	for {
		n.causes.mu.Lock()
		if n.causes.handed >= int64(len(n.causes.all)) {
			n.causes.mu.Unlock()
			return nil
		}
		cause := n.causes.all[n.causes.handed]
		n.causes.mu.Unlock()
		if err := n.cfg.Causes.Take(ctx, cause); err != nil {
			return fmt.Errorf("handing cause %d on: %w", cause.Offset, err)
		}
		// A crash here hands the same cause on again.
		if err := writeDurably(n.causes.path, []byte(strconv.FormatInt(cause.Offset+1, 10)+"\n")); err != nil {
			return fmt.Errorf("noting that cause %d was handed on: %w", cause.Offset, err)
		}
		n.causes.mu.Lock()
		n.causes.handed = cause.Offset + 1
		n.causes.mu.Unlock()
	}
}
