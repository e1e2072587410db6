package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"tallystick/install"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/sasl"
)

// CheckKafkaConnection connects to each broker that is named as the clients do, step by step, so that it can say at
// which step it ends and what to do.
func CheckKafkaConnection(ctx context.Context, c *install.Config) (string, error) {
	var errs []error
	answered := 0
	for _, addr := range c.Kafka.Brokers {
		conn, err := probeKafka(ctx, c, addr)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", addr, err))
			continue
		}
		conn.Close()
		answered++
	}
	if answered == 0 || len(errs) > 0 && !onlyAway(errs) {
		return "", errors.Join(errs...)
	}
	how := "in plain text"
	if c.Kafka.TLS.Enabled {
		how = "over TLS"
	}
	if c.Kafka.SASL.Mechanism != "" {
		how += ", as " + c.Kafka.SASL.Username + " by " + c.Kafka.SASL.Mechanism
	}
	return fmt.Sprintf("%d of %d brokers answer %s", answered, len(c.Kafka.Brokers), how), nil
}

// errAway is a broker that is not there. The clients go to another one.
var errAway = errors.New("no broker answers there")

func onlyAway(errs []error) bool {
	return !slices.ContainsFunc(errs, func(err error) bool { return !errors.Is(err, errAway) })
}

// probeKafka connects and logs in. The error says which step failed and what to do about it.
func probeKafka(ctx context.Context, c *install.Config, addr string) (*protocol.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w: check kafka.brokers and the firewall", errAway, err)
	}
	deadline, _ := ctx.Deadline()
	_ = raw.SetDeadline(deadline) // what follows would wait for ever on a peer that is no broker
	conn, err := greetKafka(ctx, c, raw, addr)
	if err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

func greetKafka(ctx context.Context, c *install.Config, raw net.Conn, addr string) (*protocol.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if config := c.Transport.TLS; config != nil {
		config = config.Clone()
		if config.ServerName == "" {
			config.ServerName = host
		}
		secure := tls.Client(raw, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, explainTLS(c, err, config.ServerName)
		}
		raw = secure
	}
	conn := protocol.NewConn(raw, c.Transport.ClientID)
	res, err := conn.RoundTrip(&apiversions.Request{})
	if err != nil {
		return nil, explainSilence(c, err)
	}
	versions := map[protocol.ApiKey]int16{}
	for _, k := range res.(*apiversions.Response).ApiKeys {
		key := protocol.ApiKey(k.ApiKey)
		versions[key] = key.SelectVersion(k.MinVersion, k.MaxVersion)
	}
	conn.SetVersions(versions)
	if c.Transport.SASL != nil {
		n, err := strconv.Atoi(port)
		if err != nil {
			return nil, err
		}
		if err := logIn(sasl.WithMetadata(ctx, &sasl.Metadata{Host: host, Port: n}), c, conn); err != nil {
			return nil, err
		}
	}
	// A broker that wants a login first hangs up on this.
	if _, err := conn.RoundTrip(&metadata.Request{TopicNames: []string{}}); err != nil {
		if c.Transport.SASL == nil {
			return nil, fmt.Errorf("the broker hung up on the first question (%w): does this listener want a login? Set kafka.sasl.mechanism, username and password_file", err)
		}
		return nil, fmt.Errorf("asking for the cluster: %w", err)
	}
	return conn, nil
}

func logIn(ctx context.Context, c *install.Config, conn *protocol.Conn) error {
	mechanism, user := c.Kafka.SASL.Mechanism, c.Kafka.SASL.Username
	msg, err := conn.RoundTrip(&saslhandshake.Request{Mechanism: mechanism})
	if err != nil {
		return fmt.Errorf("offering a login by %s: %w", mechanism, err)
	}
	offer := msg.(*saslhandshake.Response)
	switch code := kafka.Error(offer.ErrorCode); {
	case offer.ErrorCode == 0:
	case errors.Is(code, kafka.UnsupportedSASLMechanism):
		return fmt.Errorf("kafka.sasl.mechanism: the broker does not take %s, but %s: %w", mechanism,
			strings.Join(offer.Mechanisms, ", "), code)
	case errors.Is(code, kafka.IllegalSASLState):
		return fmt.Errorf("this listener knows no login: name the port of a SASL_SSL listener in kafka.brokers: %w",
			code)
	default:
		return fmt.Errorf("offering a login by %s: %w", mechanism, code)
	}
	session, data, err := c.Transport.SASL.Start(ctx)
	if err != nil {
		return err
	}
	refused := func(err error) error {
		return fmt.Errorf("the broker does not let %s in: check kafka.sasl.username and what %s holds; has the user a %s password at Kafka (kafka-configs.sh --describe --entity-type users)? %w",
			user, c.Kafka.SASL.PasswordFile, mechanism, err)
	}
	for done := false; !done; {
		msg, err := conn.RoundTrip(&saslauthenticate.Request{AuthBytes: data})
		if err != nil {
			return refused(err)
		}
		res := msg.(*saslauthenticate.Response)
		if res.ErrorCode != 0 {
			return refused(kafka.Error(res.ErrorCode))
		}
		if done, data, err = session.Next(ctx, res.AuthBytes); err != nil {
			return refused(err)
		}
	}
	return nil
}

// explainTLS says what a failed handshake is about.
func explainTLS(c *install.Config, err error, name string) error {
	var record tls.RecordHeaderError
	advice := explainCertificate(err, "the broker", "kafka.tls.ca_file", c.Kafka.TLS.CAFile,
		fmt.Sprintf("not for %s: put a name that it holds into kafka.brokers or kafka.tls.server_name", name))
	switch {
	case advice != nil:
		return advice
	case errors.As(err, &record), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the broker does not speak TLS on this port: name the port of its SASL_SSL or SSL listener in kafka.brokers: %w", err)
	case strings.Contains(err.Error(), "certificate required") || strings.Contains(err.Error(), "bad certificate"):
		return fmt.Errorf("the broker wants a certificate of ours: set kafka.tls.cert_file and key_file: %w", err)
	}
	return fmt.Errorf("TLS handshake: %w", err)
}

func explainSilence(c *install.Config, err error) error {
	switch {
	case c.Transport.TLS == nil:
		return fmt.Errorf("what answers there does not speak Kafka in plain text: does this listener want TLS? Set kafka.tls.enabled: true: %w", err)
	case c.Kafka.TLS.CertFile == "": // with TLS 1.3 the refusal comes after the handshake
		return fmt.Errorf("the broker hung up after the TLS handshake: does it want a certificate of ours (kafka.tls.cert_file and key_file)? %w", err)
	}
	return fmt.Errorf("the broker hung up after the TLS handshake: does it take the certificate in %s? %w",
		c.Kafka.TLS.CertFile, err)
}

// right is what an instance must be allowed to do.
type right struct {
	Group      bool
	Name       string
	Operations []kafka.ACLOperationType
}

// Rights are those of an instance that runs, as deploy/kafka/acls.sh grants them to the role pipeline.
func Rights(c *install.Config) []right {
	read, write, settings := kafka.ACLOperationTypeRead, kafka.ACLOperationTypeWrite,
		kafka.ACLOperationTypeDescribeConfigs
	t := c.Kafka.Topics
	all := []right{
		// write: claims that are forwarded; settings: how long they are kept
		{false, t.Claims, []kafka.ACLOperationType{read, write, settings}},
		{false, t.Scored, []kafka.ACLOperationType{read, write, settings}},
		{false, t.Keys, []kafka.ACLOperationType{write}},
		{false, t.DeadLetters, []kafka.ACLOperationType{write}},
		{false, t.Decisions, []kafka.ACLOperationType{write}},
		{true, c.Kafka.Group, []kafka.ACLOperationType{read}},
		{true, c.Kafka.Group + ".decisions", []kafka.ACLOperationType{read}},
	}
	if c.Kafka.DecisionsByInsurer {
		for _, insurer := range c.Insurers {
			all = append(all, right{false, c.Topics().Public(insurer), []kafka.ACLOperationType{write}})
		}
	}
	if c.Anchor.Directory != "" {
		all = append(all, right{false, t.Closings, []kafka.ACLOperationType{read, write, settings}})
	}
	return all
}

// CheckKafkaRights asks Kafka what this user may do with each topic and group, and does none of it.
func CheckKafkaRights(ctx context.Context, c *install.Config) (string, error) {
	topics, err := topicRights(ctx, c)
	if err != nil {
		return "", err
	}
	var missing []string
	asked, known := 0, 0
	for _, r := range Rights(c) {
		have, err := topics[r.Name], error(nil)
		if r.Group {
			have, err = groupRights(ctx, c, r.Name)
		}
		if err != nil {
			return "", err
		}
		for _, op := range r.Operations {
			asked++
			switch {
			case have == unsaid:
			case have&(1<<op) == 0:
				missing = append(missing, grantCommand(c, r, op))
			default:
				known++
			}
		}
	}
	if len(missing) > 0 {
		return "", fmt.Errorf("an instance would be refused; grant it, or see deploy/kafka/acls.sh for all roles:\n%s",
			strings.Join(missing, "\n"))
	}
	if known < asked {
		return fmt.Sprintf("Kafka tells of %d of %d rights that an instance needs", known, asked), nil
	}
	return fmt.Sprintf("all %d rights that an instance needs", asked), nil
}

// unsaid is what a broker answers that does not tell rights.
const unsaid = math.MinInt32

// topicRights returns for each topic that exists, or may exist for all that we may see, the operations as bits.
func topicRights(ctx context.Context, c *install.Config) (map[string]int32, error) {
	var conn *protocol.Conn
	err := errAway
	for _, addr := range c.Kafka.Brokers {
		if conn, err = probeKafka(ctx, c, addr); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("kafka.brokers: %w", err)
	}
	defer conn.Close()
	res, err := conn.RoundTrip(&metadata.Request{TopicNames: c.TopicNames(), IncludeTopicAuthorizedOperations: true})
	if err != nil {
		return nil, fmt.Errorf("asking for the rights on topics: %w", err)
	}
	rights := map[string]int32{}
	for _, t := range res.(*metadata.Response).Topics {
		switch kafka.Error(t.ErrorCode) {
		case kafka.TopicAuthorizationFailed:
			rights[t.Name] = 0
		case 0:
			rights[t.Name] = t.TopicAuthorizedOperations
		default: // missing; the check of topics says so
			rights[t.Name] = unsaid
		}
	}
	return rights, nil
}

func groupRights(ctx context.Context, c *install.Config, group string) (int32, error) {
	res, err := c.Transport.RoundTrip(ctx, kafka.TCP(c.Kafka.Brokers...),
		&describegroups.Request{Groups: []string{group}, IncludeAuthorizedOperations: true})
	if errors.Is(err, kafka.GroupAuthorizationFailed) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("asking for the rights on group %s: %w", group, err)
	}
	for _, g := range res.(*describegroups.Response).Groups {
		switch kafka.Error(g.ErrorCode) {
		case kafka.GroupAuthorizationFailed:
			return 0, nil
		case 0:
			if g.AuthorizedOperations != 0 {
				return g.AuthorizedOperations, nil
			}
		}
	}
	return unsaid, nil
}

// grantCommand is what an administrator of Kafka runs.
func grantCommand(c *install.Config, r right, op kafka.ACLOperationType) string {
	kind, user := "--topic", c.Kafka.SASL.Username
	if r.Group {
		kind = "--group"
	}
	if user == "" {
		user = "<the user that kafka.tls.cert_file stands for, or ANONYMOUS>"
	}
	return fmt.Sprintf("        kafka-acls.sh --add --allow-principal User:%s --operation %s %s %s", user, op, kind,
		r.Name)
}
