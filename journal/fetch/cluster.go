package fetch

import (
	"context"
	"fmt"
	"net"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// Reachable reports an error while transport has never seen the cluster's layout. kafka-go calls every topic unknown
// in that state, so ask here before believing it.
func Reachable(ctx context.Context, transport kafka.RoundTripper, addr net.Addr) error {
	if _, err := transport.RoundTrip(ctx, addr, &metadata.Request{TopicNames: []string{}}); err != nil {
		return fmt.Errorf("asking for the cluster's layout: %w", err)
	}
	return nil
}
