package install

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/segmentio/kafka-go"

	"tallystick/audit"
	"tallystick/cases"
	"tallystick/journal/joint"
	"tallystick/pipeline"
	"tallystick/pipeline/settings"
	"tallystick/privacy"
	"tallystick/privacy/erasure"
	"tallystick/settlement"
)

// Config is an install. Every key can stand in the YAML file, in the environment (kafka.brokers is
// TALLYSTICK_KAFKA_BROKERS, lists are separated by commas) or in --set kafka.brokers=host:9092; the later wins.
type Config struct {
	// refuse what is only fit for trying out: the local keyring, no witness
	Production bool     `koanf:"production"`
	Insurers   []string `koanf:"insurers"` // whose claims this install decides
	// directory of INSURER.pem: keys of who may send its claims; empty takes anybody's
	Producers  string           `koanf:"producers"`
	Kafka      KafkaConfig      `koanf:"kafka"`
	Keys       KeysConfig       `koanf:"keys"`
	ClickHouse ClickHouseConfig `koanf:"clickhouse"`
	Anchor     AnchorConfig     `koanf:"anchor"`
	Rules      string           `koanf:"rules"`  // rule-set file; empty is the built-in one
	Policy     string           `koanf:"policy"` // field policy: a file, or built in: default, feeds
	// Intake says which claims are taken: any, or sealed-only.
	Intake string `koanf:"intake"`
	// Placeholders is a file of what is written where nothing is known, beside what is built in.
	Placeholders string           `koanf:"placeholders"`
	Businesses   string           `koanf:"businesses"` // file of tokens that are of businesses
	MaxBytes     int              `koanf:"max_claim_bytes"`
	MaxState     int              `koanf:"max_state_claims"` // in the detectors' windows and links; the oldest go first
	State        StateConfig      `koanf:"state"`
	Cases        CasesConfig      `koanf:"cases"`
	Console      ConsoleConfig    `koanf:"console"`
	Reveal       RevealConfig     `koanf:"reveal"`
	Lookup       LookupConfig     `koanf:"lookup"`
	Settlement   SettlementConfig `koanf:"settlement"`
	HTTP         string           `koanf:"http"`      // address of /metrics, /healthz and /readyz; empty is off
	LogLevel     string           `koanf:"log_level"` // debug, info, warn, error

	Transport *kafka.Transport `koanf:"-"` // connections to Kafka, shared by all clients of the process
	joined    *joint.Transport `koanf:"-"` // the same, for the partitions' fetches and appends
	Dialer    *kafka.Dialer    `koanf:"-"` // the same for the consumer group, which does not take a transport
}

// KafkaConfig says where Kafka is.
type KafkaConfig struct {
	Brokers []string `koanf:"brokers"`
	Group   string   `koanf:"group"`
	// name of this instance in the group; empty is host name and http
	Instance        string        `koanf:"instance"`
	Partitions      int           `koanf:"partitions"`       // of topics that migrate creates
	Partitioner     string        `koanf:"partitioner"`      // how producers place keys: murmur2, crc32, fnv1a
	Replication     int           `koanf:"replication"`      // likewise
	ClaimsRetention time.Duration `koanf:"claims_retention"` // likewise; claims hold clear identifiers
	// likewise; no erasure reaches what is sealed there
	LettersRetention time.Duration `koanf:"dead_letters_retention"`
	// a public topic for each insurer, its name behind that of decisions
	DecisionsByInsurer bool `koanf:"decisions_by_insurer"`
	// after which a silent instance loses its partitions
	Session time.Duration `koanf:"session"`
	TLS     KafkaTLS      `koanf:"tls"`
	SASL    KafkaSASL     `koanf:"sasl"`
	Topics  struct {
		Claims             string `koanf:"claims"`
		Scored             string `koanf:"scored"`
		Keys               string `koanf:"keys"`
		DeadLetters        string `koanf:"dead_letters"`
		Decisions          string `koanf:"decisions"`
		Closings           string `koanf:"closings"`
		Cases              string `koanf:"cases"`
		CaseKeys           string `koanf:"case_keys"`
		Audit              string `koanf:"audit"`
		Erasures           string `koanf:"erasures"`
		Settlement         string `koanf:"settlement"`
		SettlementClosings string `koanf:"settlement_closings"`
		Settings           string `koanf:"settings"`
	} `koanf:"topics"`
}

// KeysConfig says who holds the keys.
type KeysConfig struct {
	Service string `koanf:"service"` // vault or keyring
	Vault   struct {
		Address      string        `koanf:"address"`
		RoleID       string        `koanf:"role_id"`
		SecretIDFile string        `koanf:"secret_id_file"`
		Mount        string        `koanf:"mount"`   // of the transit engine
		AppRole      string        `koanf:"approle"` // mount of the AppRole method
		Prefix       string        `koanf:"prefix"`  // of keys, policies and roles in Vault
		TTL          time.Duration `koanf:"ttl"`     // how long keys stay in memory without Vault
		// who may have signed Vault's certificate, in place of the system's authorities
		CAFile string `koanf:"ca_file"`
	} `koanf:"vault"`
	Keyring struct {
		Directory      string `koanf:"directory"`
		PassphraseFile string `koanf:"passphrase_file"`
	} `koanf:"keyring"`
}

// ClickHouseConfig says where analytics go.
type ClickHouseConfig struct {
	Addr         string `koanf:"addr"`     // empty turns the sink off
	Protocol     string `koanf:"protocol"` // native or http
	Database     string `koanf:"database"`
	Username     string `koanf:"username"`
	PasswordFile string `koanf:"password_file"`
	TLS          bool   `koanf:"tls"`
	CAFile       string `koanf:"ca_file"` // who may have signed its certificate, in place of the system's authorities
}

// AnchorConfig says how batches are closed and who witnesses the log.
type AnchorConfig struct {
	Directory  string          `koanf:"directory"` // of the insurer's log; empty turns anchoring off
	Origin     string          `koanf:"origin"`    // name of the log in its checkpoints
	KeyFile    string          `koanf:"key_file"`  // signing key of the log
	CloseEvery time.Duration   `koanf:"close_every"`
	CloseAt    int             `koanf:"close_at"` // entries that close a batch before its time
	Witnesses  []WitnessConfig `koanf:"witnesses"`
	Quorum     int             `koanf:"quorum"`
	Chain      ChainConfig     `koanf:"chain"`
	Stamps     StampsConfig    `koanf:"stamps"`
}

// StateConfig says where the state is kept between two lives of an instance.
type StateConfig struct {
	Directory string        `koanf:"directory"`  // of this instance alone; empty keeps nothing
	KeepEvery time.Duration `koanf:"keep_every"` // while claims are decided
}

// WitnessConfig is a witness of the log.
type WitnessConfig struct {
	URL string `koanf:"url"`
	Key string `koanf:"key"` // its verifier key
}

func Defaults() Config {
	var c Config
	c.Kafka.Group = "tallystick"
	c.Kafka.Partitions, c.Kafka.Replication, c.Kafka.Partitioner = 4, 1, "murmur2"
	c.Kafka.ClaimsRetention, c.Kafka.LettersRetention, c.Kafka.Session = 7*24*time.Hour, 30*24*time.Hour, 10*time.Second
	t := pipeline.DefaultTopics
	c.Kafka.Topics.Claims, c.Kafka.Topics.Scored, c.Kafka.Topics.Keys = t.Claims, t.Scored, t.Keys
	c.Kafka.Topics.DeadLetters, c.Kafka.Topics.Decisions, c.Kafka.Topics.Closings = t.DeadLetters, t.Decisions,
		"anchor.closings"
	c.Kafka.Topics.Cases, c.Kafka.Topics.CaseKeys, c.Kafka.Topics.Audit = cases.Name, "cases.keys", audit.Name
	c.Kafka.Topics.Settings = settings.Name
	c.Kafka.Topics.Erasures = erasure.Name
	c.Cases.Threshold = 0.5
	c.Console.Listen, c.Console.OIDC.GroupsClaim = "127.0.0.1:8080", "groups"
	c.Reveal.Link.Listen = "127.0.0.1:8085"
	c.Lookup.Link.Listen, c.Lookup.Quota = "127.0.0.1:8086", 200
	c.Kafka.Topics.Settlement, c.Kafka.Topics.SettlementClosings = settlement.JournalName, "settlement.closings"
	c.Settlement.Dispute = 14 * 24 * time.Hour
	c.Keys.Service = "vault"
	c.Keys.Vault.Mount, c.Keys.Vault.AppRole, c.Keys.Vault.Prefix = "transit", "approle", "tallystick"
	c.Keys.Vault.TTL = 10 * time.Minute
	c.ClickHouse.Protocol, c.ClickHouse.Database = "native", "tallystick"
	c.Anchor.CloseEvery, c.Anchor.CloseAt = time.Minute, 10000
	c.Anchor.Chain, c.Anchor.Stamps.Every = DefaultChain(), 10*time.Minute
	c.MaxBytes, c.MaxState = 256<<10, 500_000
	c.State.KeepEvery = 10 * time.Minute
	c.HTTP = "127.0.0.1:9464"
	c.LogLevel, c.Intake = "info", "any"
	// A leader that moved or a topic that was just made is noticed within the TTL.
	c.Transport = &kafka.Transport{MetadataTTL: time.Second, DialTimeout: 5 * time.Second, ClientID: "tallystick"}
	c.joined = joint.New(c.Transport, pipeline.Pace)
	return c
}

const EnvPrefix = "TALLYSTICK_"

// Load reads file (if any), the environment and the settings of --set, in this order, and checks the result.
func Load(path string, environ []string, set []string) (Config, error) {
	c := Defaults()
	k := koanf.New(".")
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return c, fmt.Errorf("reading the configuration %s: %w", path, err)
		}
	}
	keys := ConfigKeys()
	vars := env.Provider(".", env.Opt{
		Prefix:      EnvPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			name = strings.ToLower(strings.TrimPrefix(name, EnvPrefix))
			for _, key := range keys {
				if strings.ReplaceAll(key, ".", "_") == name {
					return key, value
				}
			}
			return "", nil // TALLYSTICK_CACHE and the like are not settings
		},
	})
	if err := k.Load(vars, nil); err != nil {
		return c, fmt.Errorf("reading the environment: %w", err)
	}
	for _, s := range set {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return c, fmt.Errorf("--set %s: want key=value, such as kafka.brokers=localhost:9092", s)
		}
		if !slices.Contains(keys, key) {
			return c, fmt.Errorf("--set %s: there is no key %s; keys are %s", s, key, strings.Join(keys, ", "))
		}
		if err := k.Set(key, value); err != nil {
			return c, fmt.Errorf("--set %s: %w", s, err)
		}
	}
	err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{Tag: "koanf", DecoderConfig: &mapstructure.DecoderConfig{
		Result: &c, TagName: "koanf", WeaklyTypedInput: true, ErrorUnused: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(exactNumbers, mapstructure.StringToTimeDurationHookFunc(),
			mapstructure.StringToSliceHookFunc(",")),
	}})
	if err != nil {
		return c, fmt.Errorf("the configuration is not valid:\n%w", decodeErrors(err, k))
	}
	if err := c.Check(); err != nil {
		return c, err
	}
	return c, c.connectKafka()
}

// exactNumbers refuses what weak typing would bend: a time without a unit, part of a whole number, a truth as a number.
func exactNumbers(from, to reflect.Type, value any) (any, error) {
	switch {
	case to == reflect.TypeFor[time.Duration]() && from.Kind() != reflect.String && from != to:
		return nil, errors.New("a time has a unit")
	case to.Kind() == reflect.Int && (from.Kind() == reflect.Float64 || from.Kind() == reflect.Bool):
		return nil, errors.New("not a whole number")
	}
	return value, nil
}

var insurerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// CheckInsurers refuses a name given in a flag that no configuration takes.
func CheckInsurers(flag string, names []string) error {
	for _, name := range names {
		if !insurerName.MatchString(name) {
			return fmt.Errorf("%s %s: want lower-case letters, digits and dashes, 63 at the most", flag, name)
		}
	}
	return nil
}

var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// checkTopicNames refuses what Kafka would, and one topic in two roles: a journal in the topic of the claims would take
// them for its own.
func (c *Config) checkTopicNames(bad func(key string, value any, want string)) {
	t, seen := c.Kafka.Topics, map[string]string{}
	for _, role := range []struct{ key, name string }{
		{"claims", t.Claims}, {"scored", t.Scored}, {"keys", t.Keys}, {"dead_letters", t.DeadLetters},
		{"decisions", t.Decisions}, {"closings", t.Closings},
		{"cases", t.Cases}, {"case_keys", t.CaseKeys}, {"audit", t.Audit}, {"erasures", t.Erasures},
		{"settlement", t.Settlement}, {"settlement_closings", t.SettlementClosings}, {"settings", t.Settings},
	} {
		if other, ok := seen[role.name]; ok {
			bad("kafka.topics."+role.key, strconv.Quote(role.name), "kafka.topics."+other+" has that name already")
		} else if !topicName.MatchString(role.name) || role.name == "." || role.name == ".." {
			bad("kafka.topics."+role.key, strconv.Quote(role.name),
				"want letters, digits, dots, dashes and underscores, 249 at the most")
		}
		seen[role.name] = role.key
	}
}

// Check names every key that is wrong, with its value and what is allowed.
func (c *Config) Check() error {
	var errs []error
	bad := func(key string, value any, want string) {
		errs = append(errs, fmt.Errorf("%s: %v: %s", key, value, want))
	}
	if len(c.Insurers) == 0 {
		bad("insurers", "[]", "name at least one insurer whose claims this install decides")
	}
	for _, name := range c.Insurers {
		if !insurerName.MatchString(name) {
			bad("insurers", name, "want lower-case letters, digits and dashes, 63 at the most")
		}
	}
	if len(c.Kafka.Brokers) == 0 {
		bad("kafka.brokers", "[]", "want host:port, more separated by commas")
	}
	for _, b := range c.Kafka.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			bad("kafka.brokers", b, "want host:port")
		}
	}
	c.checkTopicNames(bad)
	c.checkSecurity(bad)
	c.checkCases(bad)
	c.checkConsole(bad)
	c.checkReveal(bad)
	c.checkLookup(bad)
	c.Settlement.check(&c.Anchor.Chain, bad)
	if c.Kafka.Partitions < 1 {
		bad("kafka.partitions", c.Kafka.Partitions, "want 1 or more")
	}
	if !slices.Contains(pipeline.Partitioners, c.Kafka.Partitioner) {
		bad("kafka.partitioner", c.Kafka.Partitioner, "want "+strings.Join(pipeline.Partitioners, ", "))
	}
	if c.Kafka.Replication < 1 {
		bad("kafka.replication", c.Kafka.Replication, "want 1 or more")
	}
	if c.HTTP != "" {
		if _, _, err := net.SplitHostPort(c.HTTP); err != nil {
			bad("http", c.HTTP, "want host:port, or nothing to turn it off")
		}
	}
	if c.Kafka.LettersRetention < time.Hour {
		bad("kafka.dead_letters_retention", c.Kafka.LettersRetention,
			"want 1h or more: what was refused cannot be replayed after it")
	}
	if c.Kafka.ClaimsRetention < time.Hour {
		bad("kafka.claims_retention", c.Kafka.ClaimsRetention,
			"want 1h or more: Kafka deletes older claims, decided or not")
	}
	if c.Kafka.Session < time.Second || c.Kafka.Session > 30*time.Minute {
		bad("kafka.session", c.Kafka.Session, "want 1s to 30m, and within what the brokers allow")
	}
	switch c.Keys.Service {
	case "vault":
		if u, err := url.Parse(c.Keys.Vault.Address); err != nil || u.Host == "" {
			bad("keys.vault.address", c.Keys.Vault.Address, "want a URL such as https://vault.example.org:8200")
		}
		if c.Keys.Vault.RoleID == "" {
			bad("keys.vault.role_id", `""`, "want the role id of the pipeline's AppRole")
		}
		if c.Keys.Vault.SecretIDFile == "" {
			bad("keys.vault.secret_id_file", `""`, "want a file that holds the secret id of the pipeline's AppRole")
		}
		if c.Keys.Vault.TTL < 10*time.Second {
			bad("keys.vault.ttl", c.Keys.Vault.TTL, "want 10s or more")
		}
	case "keyring":
		if c.Production {
			bad("keys.service", "keyring", "production wants vault: a keyring file opens with one passphrase")
		}
		if c.Keys.Keyring.Directory == "" {
			bad("keys.keyring.directory", `""`, "want the directory that `tallystick keyring new` made")
		}
		if c.Keys.Keyring.PassphraseFile == "" {
			bad("keys.keyring.passphrase_file", `""`, "want a file that holds the passphrase")
		}
	default:
		bad("keys.service", c.Keys.Service, "want vault or keyring")
	}
	if c.ClickHouse.Addr != "" {
		if _, _, err := net.SplitHostPort(c.ClickHouse.Addr); err != nil {
			bad("clickhouse.addr", c.ClickHouse.Addr, "want host:port")
		}
		if c.ClickHouse.Protocol != "native" && c.ClickHouse.Protocol != "http" {
			bad("clickhouse.protocol", c.ClickHouse.Protocol, "want native or http")
		}
	}
	if c.Anchor.Directory != "" {
		if c.Anchor.Origin == "" {
			bad("anchor.origin", `""`, "want a name such as insurer.example/claims")
		}
		if c.Anchor.KeyFile == "" {
			bad("anchor.key_file", `""`, "want the file that `tallystick log-key` made")
		}
		if c.Anchor.CloseEvery < time.Second {
			bad("anchor.close_every", c.Anchor.CloseEvery, "want 1s or more")
		}
		if c.Anchor.Quorum < 0 || c.Anchor.Quorum > len(c.Anchor.Witnesses) {
			bad("anchor.quorum", c.Anchor.Quorum, fmt.Sprintf("want 0 to %d, the number of witnesses",
				len(c.Anchor.Witnesses)))
		}
		c.Anchor.Chain.check(bad)
		c.Anchor.Stamps.check(bad)
		if c.Production && c.Anchor.Quorum == 0 {
			bad("anchor.quorum", 0, "production wants at least one witness: a log that nobody watches can be rewritten by its owner")
		}
	}
	if c.MaxBytes < 1<<10 || c.MaxBytes > 1<<20 {
		bad("max_claim_bytes", c.MaxBytes, "want 1024 to 1048576")
	}
	if c.MaxState < 1000 {
		bad("max_state_claims", c.MaxState, "want 1000 or more")
	}
	if c.State.KeepEvery < time.Second {
		bad("state.keep_every", c.State.KeepEvery, "want 1s or more")
	}
	if !slices.Contains([]string{"any", "sealed-only"}, c.Intake) {
		bad("intake", c.Intake, "want any or sealed-only")
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel) {
		bad("log_level", c.LogLevel, "want debug, info, warn or error")
	}
	for key, name := range map[string]string{"rules": c.Rules, "policy": c.Policy, "placeholders": c.Placeholders,
		"businesses": c.Businesses} {
		if name == "" || key == "policy" && slices.Contains(privacy.PolicyNames, name) {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			bad(key, name, "there is no such file, or it cannot be read")
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("the configuration is not valid:\n%w", errors.Join(errs...))
	}
	return nil
}

// Client is for requests of the moment.
func (c *Config) Client() *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(c.Kafka.Brokers...), Transport: c.Transport, Timeout: 15 * time.Second}
}

// PipelineConfig is what every part of the pipeline needs to reach Kafka.
func (c *Config) PipelineConfig() pipeline.Config {
	return pipeline.Config{Brokers: c.Kafka.Brokers, Transport: c.joined, Dialer: c.Dialer, Topics: c.Topics(),
		Group: c.Kafka.Group, Instance: c.instance(),
		Partitioner: c.Kafka.Partitioner}
}

// Balancer places claims as the pipeline expects them.
func (c *Config) Balancer() kafka.Balancer {
	b, err := pipeline.Balancer(c.Kafka.Partitioner)
	if err != nil {
		return kafka.Murmur2Balancer{Consistent: true} // check refuses any other name
	}
	return b
}

// instance names this process among those of the group, the same after a restart. Empty is no name: with a port that
// the system picks nothing tells two processes of a machine apart.
func (c *Config) instance() string {
	if c.Kafka.Instance != "" {
		return c.Kafka.Instance
	}
	host, err := os.Hostname()
	_, port, _ := net.SplitHostPort(c.HTTP)
	if err != nil || port == "" || port == "0" {
		return ""
	}
	return host + "/" + c.HTTP
}

func (c *Config) Topics() pipeline.Topics {
	t := c.Kafka.Topics
	return pipeline.Topics{Claims: t.Claims, Scored: t.Scored, Keys: t.Keys, DeadLetters: t.DeadLetters,
		Decisions: t.Decisions, ByInsurer: c.Kafka.DecisionsByInsurer}
}
