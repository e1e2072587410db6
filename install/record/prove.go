package record

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

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

// Which says which of a claim's records is meant. Zero is the one that is in force: of the highest revision the last
// entry with a decision.
type Which struct {
	Original bool      // the entry that decided, not one that scored the claim anew later
	Revision int       // of that revision; 0: of any
	AsOf     time.Time // of what was decided by then; zero: of all
}

func (w Which) takes(e *claim.Entry) bool {
	return !(w.Original && e.Kind == claim.Rescored) && (w.Revision == 0 || e.Revision == w.Revision) &&
		(w.AsOf.IsZero() || !e.At.After(w.AsOf))
}

// none says that no record is meant.
func (w Which) none(ref claim.ClaimRef) error {
	of := ""
	if w.Revision != 0 {
		of += fmt.Sprintf(" of revision %d", w.Revision)
	}
	if !w.AsOf.IsZero() {
		of += " by " + w.AsOf.Format(time.RFC3339)
	}
	return fmt.Errorf("no decision on claim %s of %s%s is in the journal", ref.Claim, ref.Insurer, of)
}

// Find folds the journal for a record of a claim.
func Find(ctx context.Context, c *install.Config, partitions int, ref claim.ClaimRef, which Which) (*Placed, error) {
	erasures, err := install.OpenErasures(ctx, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	var best *Placed
	key := claim.Key(ref.Insurer, ref.Claim)
	for p := range partitions {
		_, err := journal.Scan(ctx, c.Scored(), p, func(b journal.Batch) error {
			for _, r := range b.Records {
				if !slices.Equal(r.Key, key) {
					continue
				}
				next := &Placed{Partition: p, Offset: r.Offset}
				value, err := erasures.Without(r.Key, r.Value)
				if err == nil {
					err = entry.Decode(value, &next.Entry)
				}
				if err != nil {
					return err
				}
				if !which.takes(&next.Entry) {
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
		return nil, which.none(ref)
	}
	return best, nil
}

// Request says what Prove shows of which record.
type Request struct {
	Claim  claim.ClaimRef
	Which  Which
	Fields []string // beside identity and decision
	All    bool     // all open values and the tokens
	// Receipt adds what a policyholder's receipt has beside identity and decision, as far as the record has it.
	Receipt bool
}

// reportedPath is the time of the report, from which a policyholder counts.
const reportedPath = "loss.reported"

// Prove makes a proof bundle of a claim's record that shows the fields asked for, and a report of what it holds.
func Prove(ctx context.Context, c *install.Config, req Request) ([]byte, *proof.Report, error) {
	if c.Anchor.Directory == "" {
		return nil, nil, errors.New("anchor.directory is not set: this install anchors nothing, so nothing can be proved")
	}
	partitions, err := install.CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, nil, err
	}
	found, err := Find(ctx, c, partitions, req.Claim, req.Which)
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
	show := []string{"entry.insurer", "entry.claim", "entry.revision", "entry.at", "decision.outcome", "decision.score"}
	for _, path := range req.Fields {
		show = append(show, leafOf(path))
		if !slices.Contains(openPaths(leaves), leafOf(path)) {
			if found.Entry.Kind == claim.Rescored {
				return nil, nil, fmt.Errorf("the claim was scored anew, and that record has no field %s: with --original the record that decided the claim is proved", path)
			}
			return nil, nil, fmt.Errorf("the record has no open field %s: it is absent, or it is sealed and two officers would have to open it. Open fields are: %s",
				path, strings.Join(openPaths(leaves), ", "))
		}
	}
	if req.Receipt && slices.Contains(openPaths(leaves), reportedPath) {
		show = append(show, reportedPath)
	}
	if req.All {
		show = openPaths(leaves)
	}
	prover := anchor.Prover{Log: c.ProvableLog(reader, closing.Batch), Commitments: c.Commitments(), Policy: policy,
		Stamps: c.StampStore()}
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
