package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

// joinAhead is the head start that joining the group gets over the predecessor's removal. A group that is empty for a
// moment waits for more members (group.initial.rebalance.delay.ms, 3 s on most brokers); one that a member is joining
// does not.
const joinAhead = 200 * time.Millisecond

// predecessor is what is left in the consumer group of an instance that had this one's name and did not take its leave:
// it was killed, or its machine was. Its partitions would wait for the group's session to run out. A live instance that
// is taken for it, because two were given one name, joins again; no claim depends on who is a member.
type predecessor struct {
	client  *kafka.Client
	group   string
	members []string
	others  bool // somebody else is in the group
}

// findPredecessor looks who is in the group under the instance's name.
func (c *Config) findPredecessor(ctx context.Context) (predecessor, error) {
	p := predecessor{client: c.client(), group: c.Group}
	res, err := p.client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{c.Group}})
	if err != nil {
		return p, fmt.Errorf("looking who is in group %s: %w", c.Group, err)
	}
	for _, g := range res.Groups {
		if g.Error != nil {
			return p, fmt.Errorf("looking who is in group %s: %w", c.Group, g.Error)
		}
		for _, m := range g.Members {
			if m.ClientID == c.clientID() {
				p.members = append(p.members, m.MemberID)
			} else {
				p.others = true
			}
		}
	}
	return p, nil
}

// remove has the group forget the predecessor.
func (p predecessor) remove(ctx context.Context) error {
	for _, id := range p.members {
		res, err := p.client.LeaveGroup(ctx,
			&kafka.LeaveGroupRequest{GroupID: p.group, Members: []kafka.LeaveGroupRequestMember{{ID: id}}})
		if err == nil {
			err = res.Error
		}
		if err != nil {
			return fmt.Errorf("taking the predecessor out of group %s: %w", p.group, err)
		}
	}
	return nil
}

// succeed removes the predecessor: at once where others can take its partitions over, else when this instance is
// joining. It fails quietly, since the session's end does the same later.
func (pl *Pipeline) succeed(ctx context.Context) (joining func(context.Context)) {
	none := func(context.Context) {}
	if pl.cfg.Instance == "" {
		return none
	}
	p, err := pl.cfg.findPredecessor(ctx)
	if err != nil {
		pl.cfg.Log.Debug("a predecessor in the group could not be looked for", "error", err)
		return none
	}
	if len(p.members) == 0 {
		return none
	}
	remove := func(ctx context.Context) {
		if err := p.remove(ctx); err != nil {
			pl.cfg.Log.Debug("the predecessor leaves the group when its session ends", "error", err)
			return
		}
		pl.cfg.Log.Info("the predecessor of this instance was taken out of the group", "group", p.group, "instance",
			pl.cfg.Instance)
	}
	if p.others {
		remove(ctx)
		return none
	}
	return func(ctx context.Context) {
		select {
		case <-time.After(joinAhead):
			remove(ctx)
		case <-ctx.Done():
		}
	}
}

// clientID names the instance among the group's members.
func (c *Config) clientID() string { return "tallystick/" + c.Instance }

// dialer is Dialer under the instance's name.
func (c *Config) dialer() *kafka.Dialer {
	if c.Instance == "" {
		return c.Dialer
	}
	d := kafka.Dialer{Timeout: 10 * time.Second, DualStack: true}
	if c.Dialer != nil {
		d = *c.Dialer
	}
	d.ClientID = c.clientID()
	return &d
}
