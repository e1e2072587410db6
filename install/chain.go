package install

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tallystick/anchor"
	"tallystick/anchor/evm"
	"tallystick/anchor/tilelog"
)

// ChainConfig says on which Ethereum-like chain the log's checkpoints are anchored too.
type ChainConfig struct {
	Nodes     []string      `koanf:"nodes"`        // URLs of nodes; empty turns it off
	Agree     int           `koanf:"agree"`        // nodes that must say the same; 0: all
	ID        int           `koanf:"id"`           // of the chain
	Registry  string        `koanf:"registry"`     // address of the contract AnchorRegistry
	Account   string        `koanf:"account"`      // of the log there; empty is the key's own
	KeyFile   string        `koanf:"key_file"`     // key of the account that pays
	Directory string        `koanf:"directory"`    // of what is on its way
	Depth     int           `koanf:"depth"`        // blocks until final; 0: what the chain calls finalized
	MaxFee    int           `koanf:"max_fee_gwei"` // for each unit of gas
	Every     time.Duration `koanf:"every"`        // between two anchors
}

func DefaultChain() ChainConfig { return ChainConfig{MaxFee: 200, Every: 10 * time.Minute} }

func (c *ChainConfig) check(bad func(key string, value any, want string)) {
	if len(c.Nodes) == 0 {
		return
	}
	for _, node := range c.Nodes {
		// What was given is not shown: a node's address may hold an access key.
		if u, err := url.Parse(node); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			bad("anchor.chain.nodes", "one of them", "want URLs such as https://node.example.org:8545")
		}
	}
	if c.Agree < 0 || c.Agree > len(c.Nodes) || c.Agree != 0 && 2*c.Agree <= len(c.Nodes) {
		bad("anchor.chain.agree", c.Agree, fmt.Sprintf("want more than half of the %d nodes, or 0 for all",
			len(c.Nodes)))
	}
	if c.ID < 1 {
		bad("anchor.chain.id", c.ID, "want the chain's id, such as 1 for Ethereum")
	}
	if _, err := evm.ParseAddress(c.Registry); err != nil {
		bad("anchor.chain.registry", c.Registry,
			"want the address of an AnchorRegistry, 0x and 40 hexadecimal digits (`tallystick chain deploy` makes one)")
	}
	if c.Account != "" {
		if _, err := evm.ParseAddress(c.Account); err != nil {
			bad("anchor.chain.account", c.Account, "want an address, 0x and 40 hexadecimal digits")
		}
	}
	if c.KeyFile == "" {
		bad("anchor.chain.key_file", `""`, "want the file that `tallystick chain key` made")
	}
	if c.Directory == "" {
		bad("anchor.chain.directory", `""`, "want a directory of this log and chain alone")
	}
	if c.Depth < 0 {
		bad("anchor.chain.depth", c.Depth, "want a number of blocks, or 0 for what the chain calls finalized")
	}
	if c.MaxFee < 1 {
		bad("anchor.chain.max_fee_gwei", c.MaxFee, "want 1 or more")
	}
	if c.Every < time.Second {
		bad("anchor.chain.every", c.Every, "want 1s or more")
	}
}

// chainAnchor anchors a log's published checkpoints on a chain.
type chainAnchor struct {
	Ledger *evm.Ledger
	relay  evm.Relay
}

// OpenChain opens the outbox; no node is asked yet. It returns nil if no chain is configured.
func OpenChain(c *ChainConfig, logKey string, log anchor.Ledger, logger *slog.Logger) (*chainAnchor, error) {
	if len(c.Nodes) == 0 {
		return nil, nil
	}
	signer, err := evm.LoadKeyFile(c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("anchor.chain.key_file: %w", err)
	}
	registry, err := evm.ParseAddress(c.Registry)
	if err != nil {
		return nil, fmt.Errorf("anchor.chain.registry: %w", err)
	}
	cfg := evm.Config{
		Dir: c.Directory, LogKey: logKey, ChainID: uint64(c.ID), Nodes: c.Nodes, Agree: c.Agree, Registry: registry,
		Signer: signer,
		Depth:  uint64(c.Depth), MaxFee: new(big.Int).Mul(big.NewInt(int64(c.MaxFee)), big.NewInt(1e9)), Logger: logger,
	}
	if c.Account != "" {
		if cfg.Account, err = evm.ParseAddress(c.Account); err != nil {
			return nil, fmt.Errorf("anchor.chain.account: %w", err)
		}
	}
	ledger, err := evm.Open(cfg)
	if err != nil {
		return nil, err
	}
	return &chainAnchor{ledger, evm.Relay{From: log, To: ledger, Every: c.Every, Poll: min(c.Every, 5*time.Second),
		Logger: logger}}, nil
}

// ProvableLog is the log under the checkpoint that a proof of a batch shall carry: the newest that is final on the
// chain, if there is one and it holds the batch, else the newest that is published.
func (c *Config) ProvableLog(log *tilelog.Reader, batch uint64) anchor.LogReader {
	if len(c.Anchor.Chain.Nodes) == 0 {
		return log
	}
	if head, size, err := evm.ReadFinal(c.Anchor.Chain.Directory); err == nil && size > batch {
		return anchoredLog{log, head}
	}
	return log
}

// anchoredLog is the log as the chain knows it.
type anchoredLog struct {
	*tilelog.Reader
	head []byte
}

func (l anchoredLog) Head(context.Context) ([]byte, error) { return l.head, nil }

func observeChain(c *chainAnchor, gauge func(prometheus.GaugeOpts, func() float64)) {
	gauge(prometheus.GaugeOpts{Name: "tallystick_chain_batches_given",
		Help: "Batches in the newest head that is on its way to the chain or final there."},
		func() float64 { return float64(c.Ledger.State().Newest) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_chain_batches_final",
		Help: "Batches in the newest head that is final on the chain."},
		func() float64 { return float64(c.Ledger.State().Final) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_chain_waiting_seconds",
		Help: "How long a head has been on its way to the chain; 0 if none is."},
		func() float64 { return Since(c.Ledger.State().Waiting) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_chain_failed",
		Help: "1 if the last look at the chain failed: nodes away or in contradiction, gas above the limit, another history."},
		func() float64 { return Truth(c.Ledger.State().Err != nil) })
	gauge(prometheus.GaugeOpts{Name: "tallystick_chain_gas",
		Help: "Gas that the newest final anchor took; 0 if not known."},
		func() float64 { return float64(c.Ledger.State().Gas) })
}
