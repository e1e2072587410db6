package install

import (
	"path/filepath"
	"tallystick/anchor/evm"
	"time"
)

// SettlementConfig says how payments are settled on proof.
type SettlementConfig struct {
	Directory string        `koanf:"directory"` // keys, log and what is on its way to the chain; empty turns it off
	Origin    string        `koanf:"origin"`    // of the log of settlements
	Escrow    string        `koanf:"escrow"`    // address of the contract ClaimSettlement
	Dispute   time.Duration `koanf:"dispute"`   // time in which a decision can be disputed
}

func (c *SettlementConfig) check(chain *ChainConfig, bad func(key string, value any, want string)) {
	if c.Directory == "" {
		return
	}
	if c.Origin == "" {
		bad("settlement.origin", `""`, "want a name such as insurer.example/settlements")
	}
	if c.Escrow != "" {
		if _, err := evm.ParseAddress(c.Escrow); err != nil {
			bad("settlement.escrow", c.Escrow, "want the address of a ClaimSettlement, 0x and 40 hexadecimal digits")
		}
	}
	if c.Dispute < 0 {
		bad("settlement.dispute", c.Dispute, "want a time such as 336h")
	}
	if len(chain.Nodes) == 0 {
		bad("anchor.chain.nodes", "[]", "settlements are paid on a chain: name its nodes")
	}
}

func (c *SettlementConfig) Path(name string) string { return filepath.Join(c.Directory, name) }
