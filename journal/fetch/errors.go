package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

var (
	// ErrOffsetOutOfRange matches a *RangeError.
	ErrOffsetOutOfRange = errors.New("offset is not in the log")
	// ErrUnknownTopic says that the cluster does not know the topic or partition, and did not learn of it in time.
	ErrUnknownTopic = errors.New("unknown topic or partition")
	// ErrUndecodable says that the broker sends what cannot be read, again and again.
	ErrUndecodable = errors.New("undecodable answer")
)

// RangeError says that the offset asked for is before the log's start (deleted) or after its end (truncated, or the
// topic was made anew). Nothing was skipped.
type RangeError struct {
	Topic     string
	Partition int
	// Offset was asked for; the log holds [Start, End).
	Offset, Start, End int64
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("fetch %s/%d at %d: %v, which holds [%d, %d)", e.Topic, e.Partition, e.Offset,
		ErrOffsetOutOfRange, e.Start, e.End)
}

// Unwrap makes errors.Is(err, ErrOffsetOutOfRange) true.
func (e *RangeError) Unwrap() error { return ErrOffsetOutOfRange }

// Kind says what to do about a failed request.
type Kind int

const (
	// KindRetry passes by itself: the network, a moved leader, a broker that starts.
	KindRetry Kind = iota
	// KindMissing means that the topic or partition is not (yet) known.
	KindMissing
	// KindRefused is the broker's decision, or a batch that is not read, and will be the same again.
	KindRefused
	// KindUnknown is anything else, such as an answer that cannot be decoded.
	KindUnknown
)

// Classify sorts the errors of kafka-go's Transport and the error codes of brokers.
func Classify(err error) Kind {
	if errors.Is(err, protocol.ErrNoTopic) || errors.Is(err, protocol.ErrNoPartition) {
		return KindMissing
	}
	if errors.Is(err, protocol.ErrNoLeader) {
		return KindRetry
	}
	if errors.Is(err, ErrInflated) {
		return KindRefused
	}
	var code kafka.Error
	if errors.As(err, &code) {
		switch code {
		case kafka.UnknownTopicOrPartition:
			return KindMissing
		case kafka.Unknown, kafka.BrokerNotAvailable, kafka.ReplicaNotAvailable, kafka.NotEnoughReplicas,
			kafka.NotEnoughReplicasAfterAppend:
			return KindRetry
		}
		if code.Temporary() {
			return KindRetry
		}
		return KindRefused
	}
	var netErr net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, os.ErrDeadlineExceeded):
		return KindRetry
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return KindRetry
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return KindRetry
	case errors.As(err, &netErr):
		return KindRetry
	}
	return KindUnknown
}
