package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/signed"
	"tallystick/journal/fetch"
)

// DeadLetter is a refused record: why, and its sealed original.
type DeadLetter struct {
	Partition int             // of the dead-letter topic
	Offset    int64           // likewise
	Source    claim.SourceRef // the record that was refused
	Code      claim.Code
	Path      string    // where the problem is, a pattern of the schema
	At        time.Time // when it was refused
	Signature []byte    // of the producer, where it had one
	Sealed    []byte    // the original under the intake key; empty where it was larger than the topic takes
}

const (
	headerCode    = "code"
	headerPath    = "path"
	headerOmitted = "omitted" // bytes of an original that the topic did not take
)

// sourceKey names a source record: a dead letter that was written twice is one, and a forwarded record says where it
// comes from.
func sourceKey(s claim.SourceRef) []byte {
	return fmt.Appendf(nil, "%d/%d/%d", s.Partition, s.Epoch, s.Offset)
}

func parseSource(key []byte) (claim.SourceRef, error) {
	wrong := errors.New("not partition/epoch/offset")
	f := strings.Split(string(key), "/")
	if len(f) != 3 {
		return claim.SourceRef{}, wrong
	}
	p, err1 := strconv.ParseUint(f[0], 10, 31)
	epoch, err2 := strconv.ParseUint(f[1], 10, 32)
	offset, err3 := strconv.ParseUint(f[2], 10, 63)
	if errors.Join(err1, err2, err3) != nil {
		return claim.SourceRef{}, wrong
	}
	return claim.SourceRef{Partition: int(p), Epoch: uint32(epoch), Offset: int64(offset)}, nil
}

// writeDeadLetters makes the originals of dead entries durable and notes in the entries where they are.
func (pl *Pipeline) writeDeadLetters(ctx context.Context, partition int, v *Verdicts) error {
	if len(v.Dead) == 0 {
		return nil
	}
	// One Kafka batch a letter keeps a batch of large originals under the broker's limit; letters are rare.
	for _, d := range v.Dead {
		e := &v.Entries[d.Entry]
		letter := message{
			key: sourceKey(e.Source), value: d.Value,
			headers: []kafka.Header{{Key: headerCode, Value: []byte(e.Dead.Code)},
				{Key: headerPath, Value: []byte(e.Dead.Path)}},
		}
		if d.Signature != nil {
			letter.headers = append(letter.headers, kafka.Header{Key: signed.Header, Value: d.Signature})
		}
		base, err := pl.writer.produce(ctx, pl.cfg.Topics.DeadLetters, partition, []message{letter})
		if errors.Is(err, kafka.MessageSizeTooLarge) {
			// The topic claims takes larger records than this one. The refusal counts; the original stays where it was
			// sent.
			pl.cfg.Log.Warn("a dead letter is larger than its topic takes and is kept without the original",
				"partition", partition, "bytes", len(d.Value))
			letter.value = nil
			letter.headers = append(letter.headers,
				kafka.Header{Key: headerOmitted, Value: strconv.AppendInt(nil, int64(len(d.Value)), 10)})
			base, err = pl.writer.produce(ctx, pl.cfg.Topics.DeadLetters, partition, []message{letter})
		}
		if err != nil {
			return err
		}
		e.Dead.Partition, e.Dead.Offset = partition, base
	}
	return nil
}

// DeadLetters calls yield for each dead letter of the topic up to its present end, once each, partition by partition.
// It returns how many other records it left out: somebody else wrote them, for their keys name no record.
func DeadLetters(ctx context.Context, cfg Config, yield func(DeadLetter) error) (foreign int, err error) {
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	have, err := partitionCounts(ctx, cfg.client(), cfg.Topics)
	if err != nil {
		return 0, err
	}
	if have[cfg.Topics.DeadLetters] == 0 {
		return 0, fmt.Errorf("topic %s: %w", cfg.Topics.DeadLetters, ErrTopicMissing)
	}
	for p := range have[cfg.Topics.DeadLetters] {
		seen := map[string]bool{}
		err := scan(ctx, cfg, cfg.Topics.DeadLetters, p, false, func(r *fetch.Record) error {
			source, err := parseSource(r.Key)
			if err != nil {
				foreign++
				return nil
			}
			if seen[string(r.Key)] {
				return nil
			}
			seen[string(r.Key)] = true
			d := DeadLetter{Partition: p, Offset: r.Offset, Source: source, At: recordTime(r), Sealed: r.Value}
			for _, h := range r.Headers {
				switch h.Key {
				case headerCode:
					d.Code = claim.Code(h.Value)
				case headerPath:
					d.Path = string(h.Value)
				case signed.Header:
					d.Signature = h.Value
				}
			}
			return yield(d)
		})
		if err != nil {
			return foreign, err
		}
	}
	return foreign, nil
}

// DeadLetterStarts returns the oldest offset that each partition of the dead letters still has.
func DeadLetterStarts(ctx context.Context, cfg Config, partitions int) ([]int64, error) {
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	starts := make([]int64, partitions)
	for p := range starts {
		r, err := fetch.NewReader(fetch.Config{Addr: kafka.TCP(cfg.Brokers...), Transport: cfg.Transport,
			Topic: cfg.Topics.DeadLetters, Partition: p})
		if err != nil {
			return nil, err
		}
		if starts[p], err = r.Start(ctx); err != nil {
			return nil, err
		}
	}
	return starts, nil
}

// Replayer puts sealed originals back on the topic claims.
type Replayer struct {
	writer     writer
	partitions int // of claims; 0 before it was asked for
}

// NewReplayer needs the brokers and topics of cfg.
func NewReplayer(cfg Config) (*Replayer, error) {
	if len(cfg.Brokers) == 0 {
		return nil, errors.New("pipeline: Brokers: none given")
	}
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	return &Replayer{writer: writer{cfg.client(), cfg.Topics, slog.New(slog.DiscardHandler)}}, nil
}

// ErrNoOriginal says that a dead letter was kept without the record it refuses.
var ErrNoOriginal = errors.New("the original was larger than the dead-letter topic takes: the insurer has to send it again")

// ErrNoPartition says that the topic claims has no such partition as a dead letter came from: it was made anew with
// fewer.
var ErrNoPartition = errors.New("the partition that it came from does not exist any more: the insurer has to send it again")

// Replay appends the sealed original of a dead letter to the topic claims, where it is decided anew: the pipeline opens
// what is sealed to its intake key. It goes to the partition it came from; the new offset is returned.
func (r *Replayer) Replay(ctx context.Context, d DeadLetter) (int64, error) {
	if len(d.Sealed) == 0 {
		return 0, ErrNoOriginal
	}
	if r.partitions == 0 {
		have, err := partitionCounts(ctx, r.writer.client, r.writer.topics)
		if err != nil {
			return 0, err
		}
		if r.partitions = have[r.writer.topics.Claims]; r.partitions == 0 {
			return 0, fmt.Errorf("topic %s: %w", r.writer.topics.Claims, ErrTopicMissing)
		}
	}
	if d.Source.Partition < 0 || d.Source.Partition >= r.partitions {
		return 0, fmt.Errorf("%s/%d: %w", r.writer.topics.Claims, d.Source.Partition, ErrNoPartition)
	}
	m := message{value: d.Sealed}
	if d.Signature != nil {
		m.headers = []kafka.Header{{Key: signed.Header, Value: d.Signature}}
	}
	return r.writer.produce(ctx, r.writer.topics.Claims, d.Source.Partition, []message{m})
}
