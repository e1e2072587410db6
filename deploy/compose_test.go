package deploy

import (
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// compose loads docker-compose.yml as docker does, with all profiles and without the caller's environment.
func compose(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithProfiles([]string{"*"}),
		cli.WithEnv(nil))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// oneShot are services that end; everything else must say whether it is well.
var oneShot = []string{"setup", "migrate", "doctor"}

func TestComposeHasEveryPart(t *testing.T) {
	project := compose(t)
	want := map[string][]string{ // service to profiles
		"kafka": nil, "clickhouse": nil, "vault": nil, "setup": nil, "witness": nil, "migrate": nil, "tallystick": nil,
		"doctor": {"tools"}, "anvil": {"ledger"}, "prometheus": {"monitoring"}, "grafana": {"monitoring"},
	}
	for name, profiles := range want {
		if s, ok := project.Services[name]; !ok {
			t.Errorf("there is no service %s", name)
		} else if !slices.Equal(s.Profiles, profiles) {
			t.Errorf("%s has the profiles %v, want %v", name, s.Profiles, profiles)
		}
	}
	if len(project.Services) != len(want) {
		t.Errorf("services are %v", project.ServiceNames())
	}
}

var (
	exactTag = regexp.MustCompile(`:v?\d+\.\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?(@sha256:[0-9a-f]{64})?$`)
	uidGID   = regexp.MustCompile(`^[1-9]\d*:\d+$`)
)

func TestEveryServiceIsPinnedUnprivilegedAndChecked(t *testing.T) {
	for name, s := range compose(t).Services {
		if s.Build == nil && !exactTag.MatchString(s.Image) {
			t.Errorf("%s: image %s: want an exact version", name, s.Image)
		}
		if !uidGID.MatchString(s.User) {
			t.Errorf("%s: user is %q: want the number of a user other than root", name, s.User)
		}
		if target := map[bool]string{true: "setup", false: "tallystick"}[name == "setup"]; s.Build != nil &&
			s.Build.Target != target {
			t.Errorf("%s is built as %s, want %s", name, s.Build.Target, target)
		}
		if s.Privileged || len(s.CapAdd) > 0 || s.NetworkMode == "host" || s.Pid != "" || s.Ipc != "" {
			t.Errorf("%s asks for privileges", name)
		}
		if s.Build != nil && (!s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) ||
			!slices.Contains(s.SecurityOpt, "no-new-privileges:true")) {
			t.Errorf("%s: our own image runs read-only and without capabilities", name)
		}
		if check := s.HealthCheck; slices.Contains(oneShot, name) {
			if check != nil || s.Restart != "" {
				t.Errorf("%s runs once: no health check, no restart", name)
			}
		} else if check == nil || len(check.Test) < 2 || check.Test[0] != "CMD" || check.Interval == nil ||
			check.Timeout == nil || check.Retries == nil {
			t.Errorf("%s: want a health check with interval, timeout and retries", name)
		}
		for _, p := range s.Ports {
			if ip := net.ParseIP(p.HostIP); ip == nil || !ip.IsLoopback() {
				t.Errorf("%s publishes port %s on %q: want loopback, nothing here asks who is calling", name,
					p.Published, p.HostIP)
			}
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind && !v.ReadOnly {
				t.Errorf("%s can write to %s", name, v.Source)
			}
			if v.Type == types.VolumeTypeBind {
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s mounts what is not here: %v", name, err)
				}
			}
		}
	}
}

func TestServicesWaitForWhatTheyNeed(t *testing.T) {
	project := compose(t)
	for name, needs := range map[string][]string{
		"setup":      {"vault"},
		"witness":    {"setup"},
		"migrate":    {"setup", "kafka", "clickhouse"},
		"tallystick": {"migrate", "kafka", "clickhouse", "vault", "witness"},
		"grafana":    {"prometheus"},
	} {
		for _, need := range needs {
			want := types.ServiceConditionHealthy
			if slices.Contains(oneShot, need) {
				want = types.ServiceConditionCompletedSuccessfully
			}
			if got := project.Services[name].DependsOn[need].Condition; got != want {
				t.Errorf("%s needs %s: the condition is %q, want %s", name, need, got, want)
			}
		}
	}
	// The state of a service is in a named volume; only Vault forgets, which the file says.
	for _, name := range []string{"kafka", "clickhouse", "witness", "tallystick", "prometheus"} {
		if !slices.ContainsFunc(project.Services[name].Volumes, func(v types.ServiceVolumeConfig) bool {
			return v.Type == types.VolumeTypeVolume && !v.ReadOnly && v.Source != ""
		}) {
			t.Errorf("%s keeps nothing in a volume", name)
		}
	}
}

// TestOnlyDevValuesAreInTheFile: what looks like a secret says that it is none, and can be replaced from outside.
func TestOnlyDevValuesAreInTheFile(t *testing.T) {
	secret := regexp.MustCompile(`(?i)token|password|secret|passphrase`)
	for name, s := range compose(t).Services {
		for key, value := range s.Environment {
			if secret.MatchString(key) && value != nil && !strings.HasPrefix(*value, "dev-only") {
				t.Errorf("%s: %s is set to something that does not begin with dev-only", name, key)
			}
		}
	}
	t.Setenv("TALLYSTICK_DEV_VAULT_TOKEN", "mine")
	options, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithOsEnv)
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for service, variable := range map[string]string{"vault": "VAULT_DEV_ROOT_TOKEN_ID", "setup": "VAULT_TOKEN"} {
		if got := project.Services[service].Environment[variable]; got == nil || *got != "mine" {
			t.Errorf("%s: %s does not follow the environment", service, variable)
		}
	}
}

// TestConfigurationFitsTheServices compares addresses, paths and users of tallystick.yaml with the services.
func TestConfigurationFitsTheServices(t *testing.T) {
	project := compose(t)
	c := effective(t, "compose/tallystick.yaml")
	at := func(key, value string) {
		t.Helper()
		if got := c.get(key); got != value {
			t.Errorf("%s is %s, but the services are made for %s", key, got, value)
		}
	}
	kafka := project.Services["kafka"].Environment
	at("kafka.brokers.0", advertised(t, *kafka["KAFKA_ADVERTISED_LISTENERS"], "INSIDE"))
	at("kafka.replication", "1")
	at("clickhouse.addr", "clickhouse:9000")
	at("clickhouse.username", *project.Services["clickhouse"].Environment["CLICKHOUSE_USER"])
	at("keys.vault.address", "http://vault:8200")
	at("anchor.witnesses.0.url", "http://witness:"+flagPort(t, project.Services["witness"].Command, "--listen="))
	_, port, err := net.SplitHostPort(c.get("http"))
	if err != nil {
		t.Fatal(err)
	}
	if ports := project.Services["tallystick"].Ports; len(ports) != 1 || strconv.Itoa(int(ports[0].Target)) != port {
		t.Errorf("http is on port %s, published is %v", port, ports)
	}
	if test := project.Services["tallystick"].HealthCheck.Test; !strings.Contains(test[len(test)-1],
		":"+port+"/readyz") {
		t.Errorf("http is on port %s, the health check asks %v", port, test)
	}
	for key, writable := range map[string]bool{
		"keys.vault.secret_id_file": false, "clickhouse.password_file": false, "anchor.key_file": false,
		"anchor.directory": true,
	} {
		path := c.get(key)
		mount := slices.IndexFunc(project.Services["tallystick"].Volumes, func(v types.ServiceVolumeConfig) bool {
			return strings.HasPrefix(path, v.Target+"/")
		})
		if mount < 0 {
			t.Errorf("%s is %s, where nothing is mounted", key, path)
		} else if project.Services["tallystick"].Volumes[mount].ReadOnly == writable {
			t.Errorf("%s is %s: writable should be %v", key, path, writable)
		}
	}
}

func advertised(t *testing.T, listeners, name string) string {
	t.Helper()
	for l := range strings.SplitSeq(listeners, ",") {
		if addr, ok := strings.CutPrefix(l, name+"://"); ok {
			return addr
		}
	}
	t.Fatalf("no listener %s in %s", name, listeners)
	return ""
}

func flagPort(t *testing.T, command []string, flag string) string {
	t.Helper()
	for _, arg := range command {
		if addr, ok := strings.CutPrefix(arg, flag); ok {
			_, port, err := net.SplitHostPort(addr)
			if err != nil {
				t.Fatal(err)
			}
			return port
		}
	}
	t.Fatalf("no %s in %v", flag, command)
	return ""
}
