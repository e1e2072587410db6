package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"tallystick/analytics/engine"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
	"tallystick/feed/synthetic"
	"tallystick/install"
)

func demoCommand() *cobra.Command {
	d := &demo{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole way of a claim on this machine",
		Long: `Demo starts an embedded Kafka broker, ClickHouse's engine, a witness and the pipeline, makes up a
feed of claims and lets it through: what is stored of a claim, the claims flagged highest and why,
a ring and an innocent look-alike, a proof, and the same proof with one byte changed. It needs no
server, no network and no other program. --keep leaves everything running until Ctrl-C.`,
		Example: "  tallystick demo\n  tallystick demo --claims 20000 --keep --dir ./demo",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.out = cmd.OutOrStdout()
			// `demo | head` must not end it before it has stopped its parts and cleared up
			signal.Ignore(syscall.SIGPIPE)
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().IntVar(&d.claims, "claims", 3000, "how many claims to make up")
	cmd.Flags().Uint64Var(&d.seed, "seed", 1, "of the made-up feed")
	cmd.Flags().StringVar(&d.dir, "dir", "",
		"an empty or new directory to keep everything in; default a temporary one, removed at the end unless --keep")
	cmd.Flags().BoolVar(&d.chain, "chain", false, "anchor on an EVM chain too; needs what `make anvil` fetches")
	cmd.Flags().BoolVar(&d.keep, "keep", false, "leave it running until Ctrl-C, and keep the directory")
	return cmd
}

// demo is one run of the demonstration.
type demo struct {
	claims int
	seed   uint64
	dir    string
	keep   bool
	chain  bool

	temporary bool // dir was made for this run and goes with it
	out       io.Writer

	cfg        install.Config
	configFile string
	logKey     string // verifier keys, as a stranger has them
	witnessKey string
	children   []*child
	console    string // its address
	password   string // of everybody in it
}

var demoInsurers = []string{"acme", "birch"}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) title(text string) { d.say("\n== %s", text) }

func (d *demo) run(ctx context.Context) (err error) {
	started := time.Now()
	if d.claims < 100 {
		return usageError{errors.New("--claims: want 100 or more")}
	}
	if err := d.prepare(); err != nil {
		return err
	}
	defer func() {
		for i := len(d.children) - 1; i >= 0; i-- {
			d.children[i].stop()
		}
		if err != nil && (ctx.Err() != nil || errors.Is(err, syscall.EPIPE)) {
			err = errors.New("interrupted before its end")
		} else if err != nil {
			d.say("\nIts logs and data are in %s.", d.dir)
			return
		}
		if d.temporary && !d.keep {
			_ = os.RemoveAll(d.dir)
		}
	}()
	d.title("Starting the embedded parts, each a process of its own, on loopback")
	if err := d.start(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, &d.cfg, io.Discard, nil); err != nil {
		return err
	}
	log, closeLog, err := d.logger()
	if err != nil {
		return err
	}
	defer closeLog()
	in, err := install.Open(ctx, &d.cfg, log, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	defer in.Close()
	runCtx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ended := make(chan error, 1)
	go func() {
		err := in.Run(runCtx)
		stop(err)
		ended <- err
	}()
	relayed := func() error { return nil }
	if d.keep {
		relayed, err = d.startConsole(runCtx, stop)
	}
	if err == nil {
		err = d.story(runCtx, in)
	}
	if err == nil && d.keep {
		d.showConsole()
		d.look()
		<-runCtx.Done()
	}
	stop(nil)
	err = errors.Join(err, relayed())
	if runErr := <-ended; runErr != nil {
		return errors.Join(runErr, err)
	}
	if err == nil {
		d.say("\nAll of it took %s.", time.Since(started).Round(time.Second))
	}
	return err
}

// prepare checks what is needed before anything is started.
func (d *demo) prepare() error {
	d.title("Checking")
	library, err := engine.Find()
	if err != nil {
		return err
	}
	d.say("ClickHouse engine   %s (nothing is downloaded from here on)", filepath.Base(library))
	if d.dir == "" {
		if d.dir, err = os.MkdirTemp("", "tallystick-demo-"); err != nil {
			return fmt.Errorf("making a directory for the demo: %w", err)
		}
		d.temporary = true
	} else if entries, err := os.ReadDir(d.dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("--dir %s is not empty: the demo wants a new directory", d.dir)
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return fmt.Errorf("making the demo's directory: %w", err)
	}
	d.say("directory           %s", d.dir)
	d.say("ports               free ones on 127.0.0.1")
	return nil
}

func (d *demo) path(names ...string) string {
	return filepath.Join(append([]string{d.dir}, names...)...)
}

// start brings up keys, log, witness, broker and engine, and writes the configuration.
func (d *demo) start(ctx context.Context) error {
	if err := newKeyring(d.path("keys"), demoInsurers); err != nil {
		return err
	}
	key, err := tilelog.GenerateKey(d.path("log.key"), "demo.example/claims")
	if err != nil {
		return err
	}
	d.logKey = key.VKey()
	wkey, err := witness.GenerateKey(d.path("witness.key"), "witness.example")
	if err != nil {
		return err
	}
	d.witnessKey = wkey.VKey()
	broker, line, err := startChild(ctx, d.dir, "broker", "broker", "--dir", d.path("kafka"))
	if err != nil {
		return err
	}
	d.children = append(d.children, broker)
	brokers := strings.TrimPrefix(line, "ready ")
	d.say("Kafka broker        %s", brokers)
	eng, line, err := startChild(ctx, d.dir, "engine", "engine", "--dir", d.path("clickhouse"), "--listen",
		"127.0.0.1:0")
	if err != nil {
		return err
	}
	d.children = append(d.children, eng)
	clickhouse := strings.TrimPrefix(line, "ready ")
	d.say("ClickHouse engine   http://%s", clickhouse)
	wit, line, err := startChild(ctx, d.dir, "witness", "witness", "--dir", d.path("witness"), "--key-file",
		d.path("witness.key"),
		"--listen", "127.0.0.1:0", "--log", d.logKey)
	if err != nil {
		return err
	}
	d.children = append(d.children, wit)
	url, _, _ := strings.Cut(strings.TrimPrefix(line, "ready "), " ")
	d.say("witness             %s", url)

	c := install.Defaults()
	c.Insurers = demoInsurers
	c.Kafka.Brokers = []string{brokers}
	c.Keys.Service = "keyring"
	c.Keys.Keyring.Directory, c.Keys.Keyring.PassphraseFile = d.path("keys"), d.path("keys", passphraseFile)
	c.ClickHouse.Addr, c.ClickHouse.Protocol = clickhouse, "http"
	c.ClickHouse.Username, c.ClickHouse.PasswordFile = "default", d.path("clickhouse", enginePasswordFile)
	c.Anchor.Directory, c.Anchor.KeyFile, c.Anchor.Origin = d.path("log"), d.path("log.key"), key.Name()
	c.Anchor.Witnesses, c.Anchor.Quorum = []install.WitnessConfig{{URL: url, Key: d.witnessKey}}, 1
	c.Anchor.CloseEvery, c.Anchor.CloseAt = time.Second, 1000
	c.Cases.KeyFile, c.Cases.Threshold, c.Cases.Exhibits = d.path("notes.key"), 0.2, d.path("exhibits")
	c.Console.Listen, c.Console.People, c.Console.LogKey = "127.0.0.1:0", d.path("people.yaml"), d.logKey
	c.Reveal = install.RevealConfig{
		Link: install.LinkConfig{Listen: "127.0.0.1:0", TokenFile: d.path("link.token")}, Approvers: []string{"ravi"},
		SecretA: d.path("keys", "officer-a.pass"), SecretB: d.path("keys", "officer-b.pass"),
	}
	c.Lookup.Link = install.LinkConfig{Listen: "127.0.0.1:0", TokenFile: d.path("link.token")}
	c.HTTP = ""
	c.LogLevel = "debug"
	if err := d.people(); err != nil {
		return err
	}
	d.cfg = c
	if d.chain {
		if err := d.startChain(ctx); err != nil {
			return err
		}
	}
	if err := d.cfg.Check(); err != nil {
		return err
	}
	return d.writeConfig()
}

// writeConfig writes what another tallystick command needs to reach the demo's parts.
func (d *demo) writeConfig() error {
	c := &d.cfg
	file := map[string]any{
		"insurers": c.Insurers,
		"kafka":    map[string]any{"brokers": c.Kafka.Brokers},
		"keys": map[string]any{"service": "keyring",
			"keyring": map[string]any{"directory": c.Keys.Keyring.Directory,
				"passphrase_file": c.Keys.Keyring.PassphraseFile}},
		"clickhouse": map[string]any{"addr": c.ClickHouse.Addr, "protocol": c.ClickHouse.Protocol,
			"username":      c.ClickHouse.Username,
			"password_file": c.ClickHouse.PasswordFile},
		"anchor": map[string]any{
			"directory": c.Anchor.Directory, "key_file": c.Anchor.KeyFile, "origin": c.Anchor.Origin, "quorum": 1,
			"witnesses": []map[string]any{{"url": c.Anchor.Witnesses[0].URL, "key": c.Anchor.Witnesses[0].Key}},
		},
		"cases": map[string]any{"key_file": c.Cases.KeyFile, "threshold": c.Cases.Threshold,
			"exhibits": c.Cases.Exhibits},
		"console": map[string]any{"listen": c.Console.Listen, "people": c.Console.People, "log_key": c.Console.LogKey},
		"reveal": map[string]any{
			"link":      map[string]any{"listen": c.Reveal.Link.Listen, "token_file": c.Reveal.Link.TokenFile},
			"approvers": c.Reveal.Approvers, "secret_a_file": c.Reveal.SecretA, "secret_b_file": c.Reveal.SecretB,
		},
		"lookup": map[string]any{"link": map[string]any{"listen": c.Lookup.Link.Listen,
			"token_file": c.Lookup.Link.TokenFile}},
		"http": "",
	}
	if chain := c.Anchor.Chain; d.chain {
		file["anchor"].(map[string]any)["chain"] = map[string]any{
			"nodes": chain.Nodes, "id": chain.ID, "registry": chain.Registry, "account": chain.Account,
			"key_file":  chain.KeyFile,
			"directory": chain.Directory, "every": chain.Every.String(),
		}
	}
	data, err := yaml.Marshal(file)
	if err != nil {
		return fmt.Errorf("writing the demo's configuration: %w", err)
	}
	d.configFile = d.path("tallystick.yaml")
	return os.WriteFile(d.configFile, data, 0o600)
}

// logger writes everything to a file: the terminal is for the story.
func (d *demo) logger() (*slog.Logger, func() error, error) { return d.logTo("pipeline.log") }

func (d *demo) logTo(name string) (*slog.Logger, func() error, error) {
	f, err := os.Create(d.path(name))
	if err != nil {
		return nil, nil, fmt.Errorf("opening the demo's log: %w", err)
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})), f.Close, nil
}

// feed is the made-up feed of the demo.
func (d *demo) feed() synthetic.Config {
	return synthetic.Config{Seed: d.seed, Claims: d.claims, Insurers: demoInsurers}
}

// look says how to look further.
func (d *demo) look() {
	self, err := os.Executable()
	if err != nil {
		self = "tallystick"
	}
	d.title("It is running. To look further, in another terminal:")
	d.say("%s prove CLAIM --insurer acme -c %s > claim.proof", self, d.configFile)
	d.say("%s dead-letter list -c %s", self, d.configFile)
	d.say("%s doctor -c %s", self, d.configFile)
	d.say("curl 'http://%s/?database=tallystick' -H \"X-ClickHouse-Key: $(cat %s)\" --data 'SELECT * FROM rule_precision FORMAT PrettyCompact'",
		d.cfg.ClickHouse.Addr, d.cfg.ClickHouse.PasswordFile)
	d.say("Logs and data are in %s. Ctrl-C ends it.", d.dir)
}
