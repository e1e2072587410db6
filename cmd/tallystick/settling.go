package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/quagmt/udecimal"

	"tallystick/anchor"
	"tallystick/anchor/evm"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/install"
	"tallystick/install/record"
	"tallystick/journal"
	"tallystick/settlement"
)

// setupSettlement makes topics and keys that are missing.
func setupSettlement(ctx context.Context, c *install.Config, out io.Writer) error {
	for _, j := range []journal.Config{c.Settlements(), c.SettlementClosings()} {
		if err := journal.CreateTopic(ctx, j,
			journal.TopicOptions{Partitions: 1, Replication: c.Kafka.Replication}); err != nil {
			return err
		}
		fmt.Fprintf(out, "topic %s is there\n", j.Topic)
	}
	if err := os.MkdirAll(c.Settlement.Directory, 0o700); err != nil {
		return fmt.Errorf("settlement.directory: %w", err)
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	f, err := os.OpenFile(c.Settlement.Path("settlement.key"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("making the settlement key: %w", err)
	}
	key, err := tilelog.LoadKey(c.Settlement.Path("log.key"))
	if errors.Is(err, os.ErrNotExist) {
		key, err = tilelog.GenerateKey(c.Settlement.Path("log.key"), c.Settlement.Origin)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "keys are in %s; keep settlement.key for ever: by it a payment is known again\nlog %s\n",
		c.Settlement.Directory, key.VKey())
	return nil
}

func settlementKey(c *install.Config) (settlement.Key, error) {
	path := c.Settlement.Path("settlement.key")
	text, err := os.ReadFile(path)
	if err != nil {
		return settlement.Key{}, fmt.Errorf("reading the settlement key (`tallystick settlement setup` makes it): %w",
			err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil { // the library's error quotes what the file holds
		return settlement.Key{}, fmt.Errorf("%s is not 64 hexadecimal digits", path)
	}
	return settlement.NewKey(secret)
}

// inForce is the decision that a payment rests on; it implements settlement.Decisions for that claim.
type inForce struct {
	record   [32]byte
	outcome  claim.Outcome
	hold     bool
	at       time.Time
	claimed  settlement.Amount
	currency string
}

// decisionOf finds a claim's decision in force and what was claimed.
func decisionOf(ctx context.Context, c *install.Config, ref claim.ClaimRef) (*inForce, error) {
	partitions, err := install.CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, err
	}
	found, err := record.Find(ctx, c, partitions, ref, record.Which{})
	if err != nil {
		return nil, err
	}
	d := &inForce{outcome: found.Entry.Decision.Outcome, hold: found.Entry.Decision.Hold, at: found.Entry.At}
	if len(found.Entry.Commitment) != len(d.record) {
		return nil, errors.New("the decision's record has no commitment")
	}
	d.record = [32]byte(found.Entry.Commitment)
	amount := ""
	for _, v := range found.Entry.Values {
		switch v.Path.Text {
		case "amounts.claimed.amount":
			amount = string(v.Bytes)
		case "amounts.claimed.currency":
			d.currency = string(v.Bytes)
		}
	}
	if amount == "" {
		return nil, fmt.Errorf("the record in force does not say what was claimed: %w", settlement.ErrNotPayable)
	}
	minor, err := minorUnits(amount, d.currency)
	if err != nil {
		return nil, fmt.Errorf("what was claimed: %w", err)
	}
	d.claimed = settlement.NewAmount(minor)
	return d, nil
}

// Payable implements settlement.Decisions.
func (d *inForce) Payable(_ context.Context, record [32]byte, currency string, together settlement.Amount) error {
	switch {
	case record != d.record:
		return fmt.Errorf("another record is in force: %w", settlement.ErrNotPayable)
	case d.outcome != claim.Settle:
		return fmt.Errorf("it says %s: %w", d.outcome, settlement.ErrNotPayable)
	case d.hold:
		return fmt.Errorf("payment is on hold: %w", settlement.ErrNotPayable)
	case currency != d.currency:
		return fmt.Errorf("the claim is in %s: %w", d.currency, settlement.ErrNotPayable)
	case together.Big().Cmp(d.claimed.Big()) > 0:
		return fmt.Errorf("all payments of the claim together are %s, claimed were %s (in minor units): %w", together,
			d.claimed, settlement.ErrNotPayable)
	}
	return nil
}

// minorUnits reads an amount as a whole number of the currency's minor units, and refuses what would have to be
// rounded.
func minorUnits(amount, currency string) (uint64, error) {
	decimals, ok := claim.MinorUnits(currency)
	if !ok {
		return 0, errors.New("the currency is none of ISO 4217 with a minor unit")
	}
	d, err := udecimal.Parse(amount)
	if err != nil {
		return 0, errors.New("not an amount such as 1234.50")
	}
	for range decimals {
		d = d.Mul(udecimal.MustFromInt64(10, 0))
	}
	n, err := d.Int64()
	if err != nil || n <= 0 || !d.Equal(udecimal.MustFromInt64(n, 0)) {
		return 0, fmt.Errorf("not a positive amount with at most %d decimals", decimals)
	}
	return uint64(n), nil
}

func settleCommitments(c *install.Config) anchor.Commitments {
	journalOf := c.Settlements()
	return anchor.JournalCommitments{
		Open: func(ctx context.Context, partition int, from journal.Position) (anchor.BatchFold, error) {
			return journal.OpenFold(ctx, journalOf, partition, from)
		},
		Commitment: settleCommitment,
	}
}

func settleCommitment(r journal.Record) (anchor.Hash, error) {
	return settlement.CommitmentOf(r.Value), nil
}

// settleChain is the chain as the log of settlements uses it: with an outbox of its own.
func settleChain(c *install.Config) *install.ChainConfig {
	chain := c.Anchor.Chain
	chain.Directory = c.Settlement.Path("outbox")
	return &chain
}

// anchorSettlements closes what is open, puts it into the log and waits until the chain has made it final. It returns
// how many batches are.
func anchorSettlements(ctx context.Context, c *install.Config, logger *slog.Logger) (uint64, error) {
	key, err := tilelog.LoadKey(c.Settlement.Path("log.key"))
	if err != nil {
		return 0, err
	}
	closings, commitments := c.SettlementClosings(), settleCommitments(c)
	last, at, err := install.FoldClosings(ctx, closings, func(anchor.Closing) error { return nil })
	if err != nil {
		return 0, err
	}
	appender, err := journal.NewAppender(ctx, closings, 0, at)
	if err != nil {
		return 0, fmt.Errorf("opening the journal of closings: %w", err)
	}
	closer, err := anchor.NewCloser(anchor.CloserConfig{
		Log: appender, Commitment: settleCommitment, MaxEntries: 1 << 20, Logger: logger,
		Sources: func(context.Context) ([]anchor.Source, error) { return nil, nil },
	}, last)
	if err != nil {
		return 0, err
	}
	fold, err := journal.OpenFold(ctx, c.Settlements(), 0, closer.Position(0))
	if err != nil {
		return 0, err
	}
	if err := fold.CatchUp(ctx, func(b journal.Batch) error { return closer.Take(ctx, b) }); err != nil {
		return 0, err
	}
	if _, err := closer.Close(ctx); err != nil {
		return 0, err
	}
	log, err := tilelog.Open(c.Settlement.Path("log"), key)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	chain, err := install.OpenChain(settleChain(c), key.VKey(), log, logger)
	if err != nil {
		return 0, err
	}
	defer chain.Ledger.Close()
	publisher, err := anchor.NewPublisher(anchor.PublisherConfig{
		Origin: c.Settlement.Origin, Log: log, Commitments: commitments, Ledgers: []anchor.Ledger{log}, Logger: logger,
	})
	if err != nil {
		return 0, err
	}
	if _, _, err := install.FoldClosings(ctx, closings, func(closing anchor.Closing) error {
		return publisher.Take(ctx, closing)
	}); err != nil {
		return 0, err
	}
	head, _ := log.Signed()
	if head.Size == 0 {
		return 0, nil
	}
	if err := publisher.Publish(ctx); err != nil {
		return 0, err
	}
	msg, err := log.Head(ctx)
	if err != nil {
		return 0, err
	}
	for {
		err := chain.Ledger.Publish(ctx, msg)
		if err == nil || !errors.Is(err, anchor.ErrPending) {
			return head.Size, err
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: %w", err, context.Cause(ctx))
		case <-time.After(time.Second):
		}
	}
}

// proveSettlement finds the way from a payment to the newest head that is final on the chain.
func proveSettlement(ctx context.Context, c *install.Config, offset int64) (evm.SettlementProof, error) {
	var none evm.SettlementProof
	var closing *anchor.Closing
	if _, _, err := install.FoldClosings(ctx, c.SettlementClosings(), func(next anchor.Closing) error {
		if next.Covers(0, offset) {
			closing = &next
		}
		return nil
	}); err != nil {
		return none, err
	}
	msg, size, err := evm.ReadFinal(settleChain(c).Directory)
	if err != nil {
		return none, err
	}
	if closing == nil || closing.Batch >= size {
		return none, errors.New("the payment is not anchored yet: `tallystick settlement anchor`")
	}
	var commitments []proof.Hash
	index := -1
	for _, r := range closing.Ranges {
		for commitment, err := range settleCommitments(c).Range(ctx, r) {
			if err != nil {
				return none, err
			}
			if commitment.Offset == offset {
				index = len(commitments)
			}
			commitments = append(commitments, commitment.Hash)
		}
	}
	key, err := tilelog.LoadKey(c.Settlement.Path("log.key"))
	if err != nil {
		return none, err
	}
	reader, err := tilelog.OpenReader(c.Settlement.Path("log"), key.VKey())
	if err != nil {
		return none, err
	}
	text, _, _ := bytes.Cut(msg, []byte("\n\n"))
	head, err := proof.ParseCheckpoint(string(text) + "\n")
	if err != nil {
		return none, err
	}
	path, err := reader.Inclusion(ctx, closing.Batch, head)
	if err != nil {
		return none, err
	}
	return evm.ProveSettlement(commitments, index, closing.Batch, head.Size, path)
}
