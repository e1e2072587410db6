//go:build integration && containers

package deploy

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"tallystick/internal/testenv"
)

// TestContainersRehearsal builds the images and goes the way of docker-compose.yml with Tallystick's services in
// containers: with the users, volumes, mounts, restrictions and health checks of the file. Kafka, Vault and
// ClickHouse's engine are processes as in TestComposeRehearsal, and the containers share the machine's network to reach
// them.
func TestContainersRehearsal(t *testing.T) {
	project := compose(t)
	broker := testenv.StartKafka(t,
		testenv.KafkaOptions{Properties: brokerSettings(project.Services["kafka"].Environment)})
	vault := testenv.StartVault(t)
	clickhouse := testenv.StartClickHouse(t)
	witnessAddr, httpAddr := freeAddr(t), freeAddr(t)
	y := newYard(t, strings.NewReplacer(addresses(broker, vault, clickhouse, witnessAddr, httpAddr)...))
	setup, doctor := project.Services["setup"], project.Services["doctor"]
	setup.Environment["VAULT_TOKEN"] = &vault.Token
	y.build(t, setup)
	y.build(t, project.Services["tallystick"])

	first := lastLine(y.run(t, setup))
	if second := lastLine(y.run(t, setup)); first != second {
		t.Errorf("setup run again has made other keys:\n%s\n%s", first, second)
	}
	witness := y.start(t, project.Services["witness"])
	y.run(t, project.Services["migrate"])
	tallystick := y.start(t, project.Services["tallystick"])
	checkDoctor(t, y.run(t, doctor))

	const config = "--config=/etc/tallystick/tallystick.yaml"
	metrics := "http://" + httpAddr + "/metrics"
	y.run(t, doctor, "generate", "--send", "--claims=200", config)
	waitFor(t, metrics, `tallystick_sink_entries_total{sink="clickhouse"}`, func(v float64) bool { return v >= 200 })
	waitFor(t, metrics, "tallystick_anchor_batches_published", func(v float64) bool { return v >= 1 })

	// A container that is made anew finds what the last one left in its volumes.
	tallystick.stop(t)
	tallystick = y.start(t, project.Services["tallystick"])
	y.run(t, doctor, "generate", "--send", "--claims=200", "--seed=2", config)
	waitFor(t, metrics, "tallystick_anchor_batches_published", func(v float64) bool { return v >= 2 })
	waitFor(t, metrics, "tallystick_anchor_open_entries", func(v float64) bool { return v == 0 })
	tallystick.stop(t)
	y.run(t, doctor, "fsck", config)
	witness.stop(t)
}

// yard runs services of the compose file with a container engine's command line, which Docker and Podman share.
type yard struct {
	engine, name, template string
	replace                *strings.Replacer
}

func newYard(t *testing.T, replace *strings.Replacer) *yard {
	t.Helper()
	y := &yard{
		engine: cmp.Or(os.Getenv("TALLYSTICK_TEST_CONTAINERS"), "docker"), name: "tallystick-rehearsal-" +
			strings.ToLower(rand.Text()[:8]),
		template: filepath.Join(t.TempDir(), "template.yaml"), replace: replace,
	}
	writeTemplate(t, y.template, replace, 0o644) // the container's user reads it
	for _, volume := range []string{"config", "witness", "log"} {
		y.call(t, "volume", "create", y.name+"-"+volume)
		t.Cleanup(func() { _ = exec.Command(y.engine, "volume", "rm", "--force", y.name+"-"+volume).Run() })
	}
	return y
}

// call runs the engine and returns what the command printed on its standard output.
func (y *yard) call(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), y.engine, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", y.engine, strings.Join(args, " "), err, &stdout, &stderr)
	}
	return stdout.String()
}

func (y *yard) image(service types.ServiceConfig) string { return y.name + ":" + service.Build.Target }

func (y *yard) build(t *testing.T, service types.ServiceConfig) {
	t.Helper()
	args := []string{"build", "--target", service.Build.Target, "--tag", y.image(service)}
	for name, value := range service.Build.Args {
		args = append(args, "--build-arg", name+"="+*value)
	}
	t.Cleanup(func() { _ = exec.Command(y.engine, "rmi", y.image(service)).Run() })
	y.call(t, append(args, service.Build.Context)...)
}

// options are those of `run` that give a container what the file gives the service.
func (y *yard) options(service types.ServiceConfig) []string {
	args := []string{"--network", "host", "--user", service.User}
	if service.ReadOnly {
		args = append(args, "--read-only")
		if filepath.Base(y.engine) == "podman" { // which else mounts what Docker does not
			args = append(args, "--read-only-tmpfs=false")
		}
	}
	for _, c := range service.CapDrop {
		args = append(args, "--cap-drop", c)
	}
	for _, o := range service.SecurityOpt {
		args = append(args, "--security-opt", o)
	}
	for _, m := range service.Tmpfs {
		args = append(args, "--tmpfs", m)
	}
	for _, v := range service.Volumes {
		source := y.name + "-" + v.Source
		if v.Type == types.VolumeTypeBind {
			source = y.template
		}
		if v.ReadOnly {
			v.Target += ":ro"
		}
		args = append(args, "--volume", source+":"+v.Target)
	}
	for _, e := range rehearsalEnv {
		args = append(args, "--env", e)
	}
	for name, value := range service.Environment {
		args = append(args, "--env", name+"="+*value)
	}
	return args
}

func (y *yard) words(list []string) []string {
	replaced := make([]string, len(list))
	for i := range list {
		replaced[i] = y.replace.Replace(list[i])
	}
	return replaced
}

// run runs a service to its end, with another command if one is given, and returns what it printed.
func (y *yard) run(t *testing.T, service types.ServiceConfig, command ...string) string {
	t.Helper()
	if command == nil {
		command = service.Command
	}
	args := append([]string{"run", "--rm"}, y.options(service)...)
	return y.call(t, append(append(args, y.image(service)), y.words(command)...)...)
}

// container is a service that runs.
type container struct {
	yard *yard
	name string
}

// start runs a service and returns when its health check succeeds.
func (y *yard) start(t *testing.T, service types.ServiceConfig) *container {
	t.Helper()
	c := &container{y, y.name + "-" + service.Name}
	args := append([]string{"run", "--detach", "--name", c.name}, y.options(service)...)
	y.call(t, append(append(args, y.image(service)), y.words(service.Command)...)...)
	t.Cleanup(func() { _ = exec.Command(y.engine, "rm", "--force", c.name).Run() })
	check := append([]string{"exec", c.name}, y.words(service.HealthCheck.Test[1:])...)
	deadline := time.Now().Add(time.Minute)
	for {
		out, err := exec.CommandContext(t.Context(), y.engine, check...).CombinedOutput()
		if err == nil {
			return c
		}
		if time.Now().After(deadline) {
			logs, _ := exec.Command(y.engine, "logs", c.name).CombinedOutput()
			t.Fatalf("%s does not become healthy: %v %s\n%s", service.Name, err, out, logs)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// stop stops the container as the file does and removes it.
func (c *container) stop(t *testing.T) {
	t.Helper()
	c.yard.call(t, "stop", "-t", "40", c.name)
	if code := strings.TrimSpace(c.yard.call(t, "inspect", "--format", "{{.State.ExitCode}}", c.name)); code != "0" {
		logs, _ := exec.Command(c.yard.engine, "logs", c.name).CombinedOutput()
		t.Errorf("%s ended with %s\n%s", c.name, code, logs)
	}
	c.yard.call(t, "rm", c.name)
}
