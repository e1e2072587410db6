package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/audit"
	"tallystick/claim"
	"tallystick/install"
	"tallystick/install/record"
	"tallystick/journal/fetch"
	"tallystick/pipeline"
	"tallystick/privacy"
	"tallystick/privacy/erasure"
	"tallystick/privacy/keys/keyring"
	"tallystick/privacy/keys/vault"
	"tallystick/privacy/reveal"
)

// officerFlags say which officers act.
type officerFlags struct {
	logins    []string
	directory string
}

// officerRights are those who showed by their login that they are an officer.
type officerRights map[string]bool

// Allowed implements audit.Rights.
func (r officerRights) Allowed(_ context.Context, person, right string, _ audit.Object) (bool, error) {
	return slices.Contains([]string{reveal.Right, reveal.ApproveRight, erasure.Right}, right) && r[person], nil
}

// open logs an officer in. may is false for somebody whose login holds, and is not that officer's.
func (o *officerFlags) open(
	ctx context.Context, c *install.Config, login string,
) (officer reveal.Officer, may bool, err error) {
	half, path, err := parseLogin(login)
	if err != nil {
		return officer, false, err
	}
	secret, err := officerLogin(path)
	if err != nil {
		return officer, false, err
	}
	if c.Keys.Service == "keyring" {
		file := map[reveal.Half]string{reveal.HalfA: keyring.OfficerAFile, reveal.HalfB: keyring.OfficerBFile}[half]
		key, err := keyring.OpenOfficer(filepath.Join(o.directoryOf(c), file), []byte(secret))
		if err != nil {
			return officer, false, err
		}
		return reveal.Officer{Person: "keyring/officer-" + string(half), Half: half, Login: key}, true, nil
	}
	client, err := install.VaultClient(c)
	if err != nil {
		return officer, false, err
	}
	client.SetToken(secret)
	names := install.VaultNames(c)
	id, err := vault.Identify(ctx, client, names)
	if err != nil {
		return officer, false, fmt.Errorf("--login %s: %w", half, err)
	}
	officer = reveal.Officer{
		Person: "vault/" + id.Entity, Half: half, Login: vault.Officer{Client: client, Names: names,
			Half: vault.Half(half)},
	}
	// Who may open both halves is no officer, since nobody else is needed then.
	return officer, slices.Equal(id.Halves, []vault.Half{vault.Half(half)}), nil
}

// openTrail opens the audit trail for entries; stop ends that.
func openTrail(ctx context.Context, c *install.Config, log *slog.Logger) (trail *audit.Trail, stop func() error,
	err error) {
	if _, err := install.CountPartitions(ctx, c, c.Kafka.Topics.Audit); errors.Is(err, pipeline.ErrTopicMissing) {
		return nil, nil, fmt.Errorf("topic %s does not exist: `tallystick case setup` makes it", c.Kafka.Topics.Audit)
	} else if err != nil {
		return nil, nil, err
	}
	if trail, err = audit.Open(ctx, audit.Config{Journal: c.AuditJournal(), Logger: log}); err != nil {
		return nil, nil, err
	}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- trail.Run(running) }()
	return trail, func() error { end(); return <-done }, nil
}

// sealedStore finds sections in the journal of claims and keys in their topic.
type sealedStore struct{ c *install.Config }

// Section implements reveal.Store.
func (s *sealedStore) Section(ctx context.Context, ref claim.ClaimRef, party string) (claim.Section, error) {
	partitions, err := install.CountPartitions(ctx, s.c, s.c.Kafka.Topics.Scored)
	if err != nil {
		return claim.Section{}, err
	}
	found, err := record.Find(ctx, s.c, partitions, ref, record.Which{Original: true})
	if err != nil {
		return claim.Section{}, err
	}
	missing := reveal.ErrNoParty
	for _, section := range found.Entry.Sections {
		if section.Left != nil {
			missing = reveal.ErrErased // whose it was nobody knows any more
		}
		if section.Party == party && len(section.Key) > 0 {
			return section, nil
		}
	}
	return claim.Section{}, missing
}

// Key implements reveal.Store. It keeps the key that is asked for, and of the others nothing.
func (s *sealedStore) Key(ctx context.Context, id []byte) (privacy.BatchKey, privacy.Halves, error) {
	var index privacy.KeyIndex
	topic := s.c.Kafka.Topics.Keys
	partitions, err := install.CountPartitions(ctx, s.c, topic)
	if err != nil {
		return privacy.BatchKey{}, privacy.Halves{}, err
	}
	for p := range partitions {
		err := readTopic(ctx, s.c, topic, p, func(r fetch.Record) error {
			_, halves, err := privacy.DecodeKeyRecord(r.Key, r.Value)
			if err != nil {
				return fmt.Errorf("offset %d: %w", r.Offset, err)
			}
			if halves == nil && (len(r.Key) == 0 || !bytes.Equal(r.Key[1:], id)) {
				return nil
			}
			return index.Take(r.Key, r.Value)
		})
		if err != nil {
			return privacy.BatchKey{}, privacy.Halves{}, err
		}
	}
	key, halves, ok := index.Find(id)
	if !ok {
		return privacy.BatchKey{}, privacy.Halves{}, reveal.ErrErased
	}
	return key, halves, nil
}

// readTopic yields the records of a partition up to its present end.
func readTopic(ctx context.Context, c *install.Config, topic string, partition int,
	yield func(fetch.Record) error) error {
	r, err := fetch.NewReader(fetch.Config{
		Addr: kafka.TCP(c.Kafka.Brokers...), Transport: c.Transport, Topic: topic, Partition: partition,
		MaxWait: 50 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	start, err := r.Start(ctx)
	if err != nil {
		return err
	}
	end, err := r.End(ctx)
	if err != nil {
		return err
	}
	for r.SeekTo(start); r.NextOffset() < end; {
		res, err := r.Fetch(ctx)
		if err != nil {
			return fmt.Errorf("reading topic %s: %w", topic, err)
		}
		for _, b := range res.Batches {
			for _, record := range b.Records {
				if err := yield(record); err != nil {
					return fmt.Errorf("topic %s, partition %d: %w", topic, partition, err)
				}
			}
		}
	}
	return nil
}
