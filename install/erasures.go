package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor"
	"tallystick/anchor/tilelog"
	"tallystick/cases"
	"tallystick/claim/entry"
	"tallystick/journal"
	"tallystick/pipeline"
	"tallystick/privacy/erasure"
)

// ErasuresJournal is that of who was erased.
func (c *Config) ErasuresJournal() journal.Config {
	return c.ownJournal(c.Kafka.Topics.Erasures, erasure.Name)
}

// sectionDigest is what stands for a section in a commitment.
func sectionDigest(s *entry.CommittedSection) ([32]byte, error) {
	return new(anchor.Committer).Section(s)
}

func commitment(c *entry.Committed) ([32]byte, error) { return new(anchor.Committer).Commit(c) }

// OpenErasures folds the journal of erasures: whoever folds claims does so first.
func OpenErasures(ctx context.Context, c *Config, log *slog.Logger) (*erasure.Follower, error) {
	return OpenErasuresOf(ctx, c, c.ErasuresJournal(), log)
}

// OpenErasuresOf is OpenErasures for a journal that may be a copy.
func OpenErasuresOf(ctx context.Context, c *Config, j journal.Config, log *slog.Logger) (*erasure.Follower, error) {
	if err := AwaitTopic(ctx, c, j.Topic, 5*time.Second); err != nil {
		return nil, err
	}
	return erasure.Open(ctx, erasure.Config{Journal: j, Digest: sectionDigest, Logger: log})
}

// countErased returns what counts the parties that are left out of what comes in, and shows what erasures there are.
func countErased(reg prometheus.Registerer, f *erasure.Follower) func(insurer string) {
	left := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tallystick_erased_parties_left_out_total",
		Help: "Parties of incoming claims that are people who were erased, and were left out."}, []string{"insurer"})
	reg.MustRegister(left,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "tallystick_erasures_waiting",
			Help: "Erasures that were approved and not done yet."}, func() float64 {
			states, _ := f.Counts()
			return float64(states[erasure.Pending])
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "tallystick_legal_holds",
			Help: "Claims under legal hold, of which nothing is erased."}, func() float64 {
			_, holds := f.Counts()
			return float64(holds)
		}))
	return func(insurer string) { left.WithLabelValues(insurer).Inc() }
}

// Ground is where this install keeps what an erasure reaches.
func (c *Config) Ground(ctx context.Context) (*erasure.Ground, error) {
	n, err := CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, err
	}
	scored := c.Scored()
	scored.Parts = true
	g := &erasure.Ground{
		Scored: scored, KeysTopic: c.Kafka.Topics.Keys, Client: c.Client(), Partitions: n,
		Commit: commitment, Digest: sectionDigest,
	}
	switch _, err := CountPartitions(ctx, c, c.Kafka.Topics.Cases); {
	case err == nil:
		g.Notes = &caseNotes{c}
	case !errors.Is(err, pipeline.ErrTopicMissing):
		return nil, err
	}
	return g, nil
}

// caseNotes gives up the keys of notes about people.
type caseNotes struct{ c *Config }

// Forget implements erasure.Notes.
func (n *caseNotes) Forget(ctx context.Context, targets []erasure.Target) (int, error) {
	var ids []string
	err := cases.EachNote(ctx, n.c.casesJournal(), func(note *cases.Note) {
		for _, t := range targets {
			of := cases.ClaimRef{Insurer: t.Insurer, Claim: t.Claim}
			if slices.Contains(note.Of, of) && slices.Contains(note.Subjects, t.Party) {
				ids = append(ids, note.Key)
				return
			}
		}
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	keys, err := cases.OpenKeyTopic(journal.Config{Addr: n.c.Client().Addr, Transport: n.c.Transport,
		Topic: n.c.Kafka.Topics.CaseKeys}, cases.NoWrapper)
	if err != nil {
		return 0, err
	}
	return len(ids), keys.Forget(ctx, ids...)
}

// ErasureKeeping says how long this install keeps what an erasure cannot reach.
func (c *Config) ErasureKeeping() erasure.Keeping {
	return erasure.Keeping{Claims: c.Kafka.ClaimsRetention}
}

// LogSigner signs what the log's owner says.
func (c *Config) LogSigner() (note.Signer, error) {
	if c.Anchor.KeyFile == "" {
		return nil, errors.New("anchor.key_file is not set: a certificate is signed with the log's key")
	}
	skey, err := tilelog.ReadKeyFile(c.Anchor.KeyFile)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, fmt.Errorf("anchor.key_file: %w", err)
	}
	return signer, nil
}
