package install

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const tryout = `
insurers: [acme]
kafka: {brokers: ["localhost:9092"]}
keys: {service: keyring, keyring: {directory: keys, passphrase_file: keys/pass}}
`

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tallystick.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigErrorsNameTheKeyTheValueAndWhatIsAllowed(t *testing.T) {
	for name, tc := range map[string]struct {
		file string
		env  []string
		set  []string
		want []string
	}{
		"nothing is set": {file: "{}", want: []string{"insurers", "kafka.brokers", "keys.vault.address",
			"keys.vault.role_id", "keys.vault.secret_id_file"}},
		"unknown key": {file: tryout + "insurer: acme\n",
			want: []string{"insurer: there is no such key", "insurers"}},
		"unknown nested key": {file: tryout + "clickhouse: {adr: x}\n",
			want: []string{"clickhouse.adr: there is no such key", "clickhouse.addr"}},
		"not YAML": {file: "insurers: [acme", want: []string{"tallystick.yaml"}},
		"a text for a number": {file: tryout + "max_claim_bytes: many\n",
			want: []string{"max_claim_bytes: many: want a whole number"}},
		"a word for a number": {file: tryout, env: []string{"TALLYSTICK_KAFKA_PARTITIONS=four"},
			want: []string{"kafka.partitions: four: want a whole number"}},
		"a text for a duration": {file: tryout, set: []string{"anchor.close_every=soon"},
			want: []string{"anchor.close_every: soon: want a time"}},
		"a text for a yes or no": {file: tryout, set: []string{"production=perhaps"},
			want: []string{"production: perhaps: want true or false"}},
		"a part of a whole number": {file: tryout + "max_claim_bytes: 5000.9\n",
			want: []string{"max_claim_bytes: 5000.9: want a whole number"}},
		"a truth for a number": {file: tryout + "max_state_claims: true\n",
			want: []string{"max_state_claims: true: want a whole number"}},
		"a time without a unit": {file: tryout + "anchor: {close_every: 60}\n",
			want: []string{"anchor.close_every: 60: want a time"}},
		"retention of no time": {file: tryout, set: []string{"kafka.claims_retention=-5h"},
			want: []string{"kafka.claims_retention", "-5h", "want 1h or more"}},
		"one topic in two roles": {file: tryout, set: []string{"kafka.topics.scored=claims"},
			want: []string{"kafka.topics.scored", `"claims"`, "kafka.topics.claims has that name already"}},
		"no name of a topic": {file: tryout, set: []string{"kafka.topics.keys="},
			want: []string{"kafka.topics.keys", `""`, "want letters, digits"}},
		"not a name of a topic": {file: tryout, set: []string{"kafka.topics.keys=a/b"},
			want: []string{"kafka.topics.keys", "a/b", "want letters, digits"}},
		"address without a port": {file: tryout, set: []string{"http=localhost"},
			want: []string{"http: localhost", "host:port"}},
		"a list for a text": {file: tryout + "http: [a, b]\n", want: []string{"http: [a b]: want a text"}},
		"insurer's name": {file: tryout, set: []string{"insurers=Acme Ltd"},
			want: []string{"insurers", "Acme Ltd", "lower-case letters, digits and dashes"}},
		"broker without a port": {file: tryout, set: []string{"kafka.brokers=localhost"},
			want: []string{"kafka.brokers", "localhost", "host:port"}},
		"no partitions": {file: tryout, set: []string{"kafka.partitions=0"},
			want: []string{"kafka.partitions", "0", "1 or more"}},
		"no replicas": {file: tryout, set: []string{"kafka.replication=-1"},
			want: []string{"kafka.replication", "-1", "1 or more"}},
		"key service": {file: tryout, set: []string{"keys.service=hsm"},
			want: []string{"keys.service", "hsm", "vault or keyring"}},
		"keyring in production": {file: tryout, set: []string{"production=true"},
			want: []string{"keys.service", "keyring", "production wants vault"}},
		"keyring without place": {file: tryout, set: []string{"keys.keyring.directory="},
			want: []string{"keys.keyring.directory", "tallystick keyring new"}},
		"keyring without pass": {file: tryout, set: []string{"keys.keyring.passphrase_file="},
			want: []string{"keys.keyring.passphrase_file", "passphrase"}},
		"Vault's address": {file: tryout, set: []string{"keys.service=vault", "keys.vault.address=vault"},
			want: []string{"keys.vault.address", "https://vault.example.org:8200"}},
		"keys in memory too short": {file: tryout, set: []string{"keys.service=vault", "keys.vault.ttl=1s"},
			want: []string{"keys.vault.ttl", "1s", "10s or more"}},
		"ClickHouse's address": {file: tryout, set: []string{"clickhouse.addr=ch"},
			want: []string{"clickhouse.addr", "ch", "host:port"}},
		"ClickHouse's protocol": {file: tryout, set: []string{"clickhouse.addr=ch:1", "clickhouse.protocol=tcp"},
			want: []string{"clickhouse.protocol", "tcp", "native or http"}},
		"log without a name": {file: tryout, set: []string{"anchor.directory=log"},
			want: []string{"anchor.origin", "anchor.key_file", "tallystick log-key"}},
		"batches too short": {file: tryout, set: []string{"anchor.directory=log", "anchor.close_every=1ms"},
			want: []string{"anchor.close_every", "1ms", "1s or more"}},
		"more than all witnesses": {file: tryout, set: []string{"anchor.directory=log", "anchor.quorum=2"},
			want: []string{"anchor.quorum", "2", "want 0 to 0"}},
		"production unwitnessed": {file: tryout, set: []string{"anchor.directory=log", "production=true"},
			want: []string{"anchor.quorum", "at least one witness"}},
		"claims too large": {file: tryout, set: []string{"max_claim_bytes=2000000"},
			want: []string{"max_claim_bytes", "2000000", "1024 to 1048576"}},
		"log level": {file: tryout, set: []string{"log_level=loud"},
			want: []string{"log_level", "loud", "debug, info, warn or error"}},
		"no such rules": {file: tryout, set: []string{"rules=none.yaml"},
			want: []string{"rules", "none.yaml", "cannot be read"}},
		"no such policy": {file: tryout, set: []string{"policy=none.yaml"},
			want: []string{"policy", "none.yaml", "cannot be read"}},
		"set without a value": {file: tryout, set: []string{"http"}, want: []string{"--set http", "key=value"}},
		"set of no key": {file: tryout, set: []string{"htpp=x"},
			want: []string{"--set htpp=x", "no key htpp", "kafka.brokers"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(configFile(t, tc.file), tc.env, tc.set)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), nil, nil); err == nil ||
		!strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("no file: %v", err)
	}
}

func TestEnvironmentOverridesFileAndSetOverridesBoth(t *testing.T) {
	path := configFile(t, strings.Replace(tryout, "kafka: {", "kafka: {group: file, ", 1)+
		"http: file:1\nlog_level: warn\n")
	env := []string{"TALLYSTICK_HTTP=env:1", "TALLYSTICK_LOG_LEVEL=debug", "TALLYSTICK_KAFKA_BROKERS=a:1,b:2",
		"TALLYSTICK_CACHE=/elsewhere",
		"TALLYSTICK_KAFKA_TOPICS_DEAD_LETTERS=refused", "TALLYSTICK_KEYS_VAULT_TTL=5m", "OTHER_HTTP=other:1"}
	c, err := Load(path, env, []string{"http=set:1", "clickhouse.tls=true"})
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Transport, want.joined, want.Dialer = c.Transport, c.joined, c.Dialer // each configuration has its own
	want.Insurers = []string{"acme"}
	want.Kafka.Brokers = []string{"a:1", "b:2"}
	want.Kafka.Group = "file"
	want.Kafka.Topics.DeadLetters = "refused"
	want.Keys.Service, want.Keys.Keyring.Directory, want.Keys.Keyring.PassphraseFile = "keyring", "keys", "keys/pass"
	want.Keys.Vault.TTL = 5 * time.Minute
	want.HTTP, want.LogLevel, want.ClickHouse.TLS = "set:1", "debug", true
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestWitnessesStandInTheFile(t *testing.T) {
	c, err := Load(configFile(t, tryout+`
anchor: {directory: log, origin: acme.example/claims, key_file: log.key, quorum: 1, witnesses: [{url: "http://w", key: w+1+A}, {url: "http://v", key: v+2+B}]}
`), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []WitnessConfig{{"http://w", "w+1+A"}, {"http://v", "v+2+B"}}; !reflect.DeepEqual(c.Anchor.Witnesses,
		want) {
		t.Errorf("got %v", c.Anchor.Witnesses)
	}
}

func TestSecretsThatOthersCanReadAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("hush\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o644: false,
		0o660: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		got, err := SecretFile("some.key", path)
		switch {
		case ok && (err != nil || got != "hush"):
			t.Errorf("mode %o: %q, %v", mode, got, err)
		case !ok && (err == nil || !strings.Contains(err.Error(), "some.key") || !strings.Contains(err.Error(), path) ||
			!strings.Contains(err.Error(), "chmod 600")):
			t.Errorf("mode %o: %v", mode, err)
		case !ok && strings.Contains(err.Error(), "hush"):
			t.Error("the error tells the secret")
		}
	}
	if _, err := SecretFile("some.key", path+".none"); err == nil || !strings.Contains(err.Error(), "some.key") {
		t.Errorf("no file: %v", err)
	}
}

// TestConfigurationIsDocumented holds docs/configuration.md against the keys and their defaults.
func TestConfigurationIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		key := strings.Trim(cells[1], "`")
		documented = append(documented, key)
		if want := defaultOf(t, key); strings.Trim(cells[2], "`") != want {
			t.Errorf("%s: the default is %s, not %s", key, want, cells[2])
		}
		if want := "`" + EnvPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_")) + "`"; cells[3] != want {
			t.Errorf("%s: the variable is %s, not %s", key, want, cells[3])
		}
		if len(cells[4]) < 10 {
			t.Errorf("%s: no meaning", key)
		}
	}
	slices.Sort(documented)
	if keys := ConfigKeys(); !slices.Equal(documented, keys) {
		t.Errorf("documented are\n%s\nbut the keys are\n%s", strings.Join(documented, " "), strings.Join(keys, " "))
	}
	if !strings.Contains(string(text), "witnesses:\n    - url: ") {
		t.Error("anchor.witnesses is not shown")
	}
}

// defaultOf returns the default of a key as one would write it.
func defaultOf(t *testing.T, key string) string {
	t.Helper()
	v := reflect.ValueOf(Defaults())
	for name := range strings.SplitSeq(key, ".") {
		i := 0
		for v.Type().Field(i).Tag.Get("koanf") != name {
			if i++; i == v.NumField() {
				return "no such key"
			}
		}
		v = v.Field(i)
	}
	text := fmt.Sprint(v.Interface())
	switch d, ok := v.Interface().(time.Duration); {
	case ok:
		text = d.String()
		if d%time.Minute == 0 {
			text = strings.TrimSuffix(text, "0s")
		}
		if d%time.Hour == 0 {
			text = strings.TrimSuffix(text, "0m")
		}
	case text == "" || text == "[]":
		text = "none"
	}
	return text
}
