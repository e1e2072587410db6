package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sort"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"tallystick/anchor"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/console"
	"tallystick/console/records"
	"tallystick/detectors/rule"
	"tallystick/install"
	"tallystick/install/record"
	"tallystick/journal"
)

// openRecords opens the analytics for the console's pages.
func openRecords(c *install.Config) (*records.Records, error) {
	ch := &c.ClickHouse
	if ch.Addr == "" {
		return nil, errors.New("clickhouse.addr is not set: the console reads records from ClickHouse")
	}
	o := records.Options{Addr: ch.Addr, Database: ch.Database, Username: ch.Username, Native: ch.Protocol == "native"}
	if ch.TLS {
		config, err := install.Trusting("clickhouse.ca_file", ch.CAFile)
		if err != nil {
			return nil, err
		}
		o.TLS = config
	}
	if ch.PasswordFile != "" {
		password, err := install.SecretFile("clickhouse.password_file", ch.PasswordFile)
		if err != nil {
			return nil, err
		}
		o.Password = password
	}
	return records.Open(o)
}

// anchorWatch follows the closings and the log's checkpoint, so that pages can say how far a record has come.
type anchorWatch struct {
	closings journal.Config
	log      *tilelog.Reader // nil: this process cannot read the log
	policy   proof.Policy
	logger   *slog.Logger

	mu    sync.RWMutex
	ends  map[int][]batchEnd // by partition, ascending
	head  console.LogHead
	final uint64 // batches under a checkpoint with its quorum
}

type batchEnd struct {
	to    int64 // offset after the batch
	batch uint64
}

// watchAnchors returns a watch for an install that anchors, or one that says decided of everything.
func watchAnchors(c *install.Config, log *slog.Logger) (*anchorWatch, error) {
	w := &anchorWatch{closings: c.Closings(), logger: log, ends: map[int][]batchEnd{}}
	if c.Anchor.Directory == "" {
		return w, nil
	}
	vkey, policy, err := c.VerifyPolicy()
	if err != nil {
		return nil, err
	}
	w.policy = policy
	w.log, err = tilelog.OpenReader(c.Anchor.Directory, vkey)
	return w, err
}

// State implements console.Anchors.
func (w *anchorWatch) State(partition int, offset int64) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	ends := w.ends[partition]
	i := sort.Search(len(ends), func(i int) bool { return ends[i].to > offset })
	switch {
	case i == len(ends) || ends[i].batch >= w.head.Size:
		return "decided"
	case ends[i].batch < w.final:
		return "final"
	}
	return "anchored"
}

// Head implements console.Anchors.
func (w *anchorWatch) Head() console.LogHead {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.head
}

// run follows until ctx is done. What cannot be read is as it was a moment ago.
func (w *anchorWatch) run(ctx context.Context) error {
	if w.log == nil {
		<-ctx.Done()
		return nil
	}
	go w.heads(ctx)
	at := journal.Position{}
	for ctx.Err() == nil {
		if err := w.fold(ctx, &at); ctx.Err() == nil { // it ends with an error alone
			w.logger.Warn("the journal of closings cannot be followed: records show as far as they were known", "error",
				err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}
	}
	return nil
}

func (w *anchorWatch) fold(ctx context.Context, at *journal.Position) error {
	fold, err := journal.OpenFold(ctx, w.closings, 0, *at)
	if err != nil {
		return err
	}
	for {
		batch, err := fold.Next(ctx)
		if err != nil {
			return err
		}
		closings, err := anchor.ClosingsIn(batch)
		if err != nil {
			return err
		}
		w.mu.Lock()
		for _, c := range closings {
			for _, r := range c.Ranges {
				w.ends[r.Partition] = append(w.ends[r.Partition], batchEnd{r.To.Offset, c.Batch})
			}
		}
		w.mu.Unlock()
		*at = batch.Next
	}
}

// heads reads the checkpoint every two seconds.
func (w *anchorWatch) heads(ctx context.Context) {
	for {
		if err := w.readHead(ctx); err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.logger.Warn("the log's checkpoint cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(2 * time.Second):
		}
	}
}

func (w *anchorWatch) readHead(ctx context.Context) error {
	msg, err := w.log.Head(ctx)
	if err != nil {
		return err
	}
	plain := w.policy
	plain.Quorum, plain.Witnesses = 0, nil
	head, _, err := proof.OpenCheckpoint(msg, plain)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.head.Origin, w.head.Size = head.Origin, head.Size
	if w.policy.Quorum == 0 {
		return nil // nobody witnesses: nothing becomes final
	}
	if _, witnessed, err := proof.OpenCheckpoint(msg, w.policy); err == nil {
		w.final = head.Size
		for _, by := range witnessed {
			w.head.Witnessed = by.At
		}
	}
	return nil
}

// consoleProver makes proof bundles.
type consoleProver struct{ c *install.Config }

// Prove implements console.Prover. A claim whose decision was raised has its original record proved: that one has the
// fields that the page offers.
func (p consoleProver) Prove(ctx context.Context, ref console.Ref, fields []string) ([]byte, error) {
	bundle, _, err := record.Prove(ctx, p.c, record.Request{
		Claim: claim.ClaimRef{Insurer: ref.Insurer, Claim: ref.Claim}, Which: record.Which{Original: true},
		Fields: fields,
	})
	return bundle, err
}

// thresholds reads where the bands of the rule set in force begin.
func thresholds(path string) (console.Thresholds, error) {
	data, err := fs.ReadFile(rule.FS, "default.yaml")
	if path != "" {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return console.Thresholds{}, fmt.Errorf("reading the rule set: %w", err)
	}
	var file struct {
		Bands struct {
			Review      float64 `yaml:"review"`
			Investigate float64 `yaml:"investigate"`
		} `yaml:"bands"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return console.Thresholds{}, fmt.Errorf("reading the rule set: %w", err)
	}
	return console.Thresholds{Review: file.Bands.Review, Investigate: file.Bands.Investigate}, nil
}
