package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tallystick/anchor"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/install"
	"tallystick/journal"
)

// placed is an entry with its place in the journal.
type placed struct {
	entry     claim.Entry
	partition int
	offset    int64
}

// findClaim folds the journal for the current version of a claim: the of the highest revision, the last entry with a decision.
func findClaim(ctx context.Context, c *install.Config, partitions int, ref claim.ClaimRef, original bool) (*placed, error) {
	var best *placed
	key := claim.Key(ref.Insurer, ref.Claim)
	for p := range partitions {
		_, err := journal.Scan(ctx, c.Scored(), p, func(b journal.Batch) error {
			for _, r := range b.Records {
				if !slices.Equal(r.Key, key) {
					continue
				}
				next := &placed{partition: p, offset: r.Offset}
				if err := entry.Decode(r.Value, &next.entry); err != nil {
					return err
				}
				if original && next.entry.Kind == claim.Rescored {
					continue
				}
				if best == nil && next.entry.Decision != nil || best != nil && entry.InForce(&best.entry, &next.entry) {
					best = next
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no decision on claim %s of %s is in the journal", ref.Claim, ref.Insurer)
	}
	return best, nil
}

func prove(ctx context.Context, c *install.Config, ref claim.ClaimRef, fields []string, original, all bool) ([]byte, *proof.Report, error) {
	if c.Anchor.Directory == "" {
		return nil, nil, errors.New("anchor.directory is not set: this install anchors nothing, so nothing can be proved")
	}
	partitions, err := install.CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, nil, err
	}
	found, err := findClaim(ctx, c, partitions, ref, original)
	if err != nil {
		return nil, nil, err
	}
	closing, err := closingOf(ctx, c, found)
	if err != nil {
		return nil, nil, err
	}
	leaves, err := new(entry.Builder).Leaves(&found.entry)
	if err != nil {
		return nil, nil, err
	}
	vkey, policy, err := c.VerifyPolicy()
	if err != nil {
		return nil, nil, err
	}
	reader, err := tilelog.OpenReader(c.Anchor.Directory, vkey)
	if err != nil {
		return nil, nil, err
	}
	for i, path := range fields {
		fields[i] = leafOf(path)
		if !slices.Contains(openPaths(leaves), fields[i]) {
			if found.entry.Kind == claim.Rescored {
				return nil, nil, fmt.Errorf("the claim was scored anew, and that record has no field %s: with --original the record that decided the claim is proved", path)
			}
			return nil, nil, fmt.Errorf("the record has no open field %s: it is absent, or it is sealed and two officers would have to open it. Open fields are: %s",
				path, strings.Join(openPaths(leaves), ", "))
		}
	}
	show := append([]string{"entry.insurer", "entry.claim", "entry.revision", "entry.at", "decision.outcome", "decision.score"}, fields...)
	if all {
		show = openPaths(leaves)
	}
	prover := anchor.Prover{Log: c.ProvableLog(reader, closing.Batch), Commitments: c.Commitments(), Policy: policy, Stamps: c.StampStore()}
	return prover.Prove(ctx, anchor.ProveRequest{
		Record: leaves, Paths: show, Partition: found.partition, Offset: found.offset, Closing: *closing,
	})
}

// openPaths lists what of a record can be shown.
func openPaths(record *entry.Committed) []string {
	var paths []string
	for _, l := range record.Common {
		paths = append(paths, l.Path)
	}
	for i := range record.Sections {
		for _, l := range record.Sections[i].Leaves {
			paths = append(paths, l.Path)
		}
	}
	return paths
}

// leafOf returns what a value is shown with: an amount with its currency, a code with its item.
func leafOf(path string) string {
	if p, err := claim.PathOf(path); err == nil && p.Group != "" {
		return p.Group
	}
	return path
}

// closingOf finds the batch that holds an entry.
func closingOf(ctx context.Context, c *install.Config, found *placed) (*anchor.Closing, error) {
	var closing *anchor.Closing
	_, _, err := install.FoldClosings(ctx, c.Closings(), func(next anchor.Closing) error {
		if next.Covers(found.partition, found.offset) {
			closing = &next
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if closing == nil {
		return nil, fmt.Errorf("the record was decided but is in no closed batch yet: batches close every %s or at %d entries", c.Anchor.CloseEvery, c.Anchor.CloseAt)
	}
	return closing, nil
}
