package record

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

// Placed is an entry with its place in the journal.
type Placed struct {
	Entry     claim.Entry
	Partition int
	Offset    int64
}

// Find folds the journal for the record of a claim that is in force: of the highest revision the last entry with a decision, or
// with original the entry that decided it.
func Find(ctx context.Context, c *install.Config, partitions int, ref claim.ClaimRef, original bool) (*Placed, error) {
	var best *Placed
	key := claim.Key(ref.Insurer, ref.Claim)
	for p := range partitions {
		_, err := journal.Scan(ctx, c.Scored(), p, func(b journal.Batch) error {
			for _, r := range b.Records {
				if !slices.Equal(r.Key, key) {
					continue
				}
				next := &Placed{Partition: p, Offset: r.Offset}
				if err := entry.Decode(r.Value, &next.Entry); err != nil {
					return err
				}
				if original && next.Entry.Kind == claim.Rescored {
					continue
				}
				if best == nil && next.Entry.Decision != nil || best != nil && entry.InForce(&best.Entry, &next.Entry) {
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

// Prove makes a proof bundle of a claim's record that shows the fields asked for, and a report of what it holds.
func Prove(ctx context.Context, c *install.Config, ref claim.ClaimRef, fields []string, original, all bool) ([]byte, *proof.Report, error) {
	if c.Anchor.Directory == "" {
		return nil, nil, errors.New("anchor.directory is not set: this install anchors nothing, so nothing can be proved")
	}
	partitions, err := install.CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, nil, err
	}
	found, err := Find(ctx, c, partitions, ref, original)
	if err != nil {
		return nil, nil, err
	}
	closing, err := closingOf(ctx, c, found)
	if err != nil {
		return nil, nil, err
	}
	leaves, err := new(entry.Builder).Leaves(&found.Entry)
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
			if found.Entry.Kind == claim.Rescored {
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
		Record: leaves, Paths: show, Partition: found.Partition, Offset: found.Offset, Closing: *closing,
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
func closingOf(ctx context.Context, c *install.Config, found *Placed) (*anchor.Closing, error) {
	var closing *anchor.Closing
	_, _, err := install.FoldClosings(ctx, c.Closings(), func(next anchor.Closing) error {
		if next.Covers(found.Partition, found.Offset) {
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
