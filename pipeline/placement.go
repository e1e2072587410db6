package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
)

// Partitioners are the names that a configuration may give: how producers find the partition of a key. Java's clients
// and what is built on librdkafka with partitioner=murmur2_random use murmur2, librdkafka by default crc32, Sarama
// fnv1a.
var Partitioners = []string{"murmur2", "crc32", "fnv1a"}

// ErrPlacement says that the journal was decided under another placement than the instance's: claims would be decided
// in two partitions.
var ErrPlacement = errors.New("claims are decided under another number of partitions or another partitioner")

// Placement gives each claim its home: the one partition where its records are decided, wherever a producer put them.
type Placement struct {
	claim.Placement
	balancer kafka.Balancer
	ids      []int
}

// Balancer is the partitioner of a name for producers of this program.
func Balancer(partitioner string) (kafka.Balancer, error) {
	switch partitioner {
	case "murmur2":
		return kafka.Murmur2Balancer{Consistent: true}, nil
	case "crc32":
		return kafka.CRC32Balancer{Consistent: true}, nil
	case "fnv1a":
		return &kafka.Hash{}, nil
	default:
		return nil, fmt.Errorf("partitioner %q: want %s", partitioner, strings.Join(Partitioners, ", "))
	}
}

// NewPlacement returns the placement over a number of partitions.
func NewPlacement(partitioner string, partitions int) (*Placement, error) {
	balancer, err := Balancer(partitioner)
	if err != nil {
		return nil, err
	}
	p := &Placement{Placement: claim.Placement{Partitions: partitions, Partitioner: partitioner}, balancer: balancer}
	if partitions < 1 {
		return nil, fmt.Errorf("%d partitions: want 1 or more", partitions)
	}
	for i := range partitions {
		p.ids = append(p.ids, i)
	}
	return p, nil
}

// Home is the partition of a key. Without a placement each record is at home where it lies, which is partition at.
func (p *Placement) Home(key []byte, at int) int {
	if p == nil {
		return at
	}
	return p.balancer.Balance(kafka.Message{Key: key}, p.ids...)
}

// place takes the placement of a folded entry, and counts claims that were decided away from the home that they have
// now. It is called by the goroutine that folds.
func (p *partition) place(e *claim.Entry) {
	switch {
	case e.Kind == claim.Activated && e.Context.Placement != nil:
		at := *e.Context.Placement
		p.mu.Lock()
		p.placed, p.astray = &at, 0
		p.mu.Unlock()
	case e.Kind == claim.Decided && p.placement != nil && p.placement.Home(claim.Key(e.Insurer, e.Claim), p.id) != p.id:
		p.mu.Lock()
		p.astray++
		p.mu.Unlock()
	}
}

// settled reports whether a partition may be decided under this instance's placement. mixed says that another partition
// has an activated one.
func (p *partition) settled(mixed bool) error {
	if p.placement == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	want := p.placement.Placement
	const remedy = "set kafka.partitioner as it was, or run `tallystick topics grow --partitions N` with the number that the topics have"
	switch {
	case p.placed != nil && *p.placed != want:
		return fmt.Errorf("%w: partition %d under %d and %s, this instance under %d and %s: %s", ErrPlacement, p.id,
			p.placed.Partitions, p.placed.Partitioner, want.Partitions, want.Partitioner, remedy)
	case p.placed == nil && mixed:
		return fmt.Errorf("%w: partition %d has not come to it yet, others have: %s", ErrPlacement, p.id, remedy)
	case p.astray > 0:
		return fmt.Errorf("%w: %d claims of partition %d have another home under %d partitions and %s: %s",
			ErrPlacement, p.astray, p.id,
			want.Partitions, want.Partitioner, remedy)
	}
	return nil
}

// settle waits until each partition of the journal is folded up to the placement that this instance decides under. The
// topic's end may trail for a moment after a leader moved.
func (pl *Pipeline) settle(ctx context.Context, observe func(*claim.Entry)) error {
	const patience = 20
	for tries := 0; ; tries++ {
		err := pl.settled()
		if err == nil || tries == patience {
			return err
		}
		select {
		case <-time.After(time.Second / 4):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for _, p := range pl.partitions {
			if err := p.tail(ctx, pl.journal, pl.cfg.Erasures, true, observe); err != nil {
				return err
			}
		}
	}
}

func (pl *Pipeline) settled() error {
	mixed := false
	for _, p := range pl.partitions {
		p.mu.Lock()
		mixed = mixed || p.placed != nil
		p.mu.Unlock()
	}
	for _, p := range pl.partitions {
		if err := p.settled(mixed); err != nil {
			return err
		}
	}
	return nil
}
