package install

import "os"

// CasesConfig says how people work on cases.
type CasesConfig struct {
	Threshold float64 `koanf:"threshold"` // score from which a claim gets a case
	Codes     string  `koanf:"codes"`     // file of reason codes; empty: built in
	Deadlines string  `koanf:"deadlines"` // file of deadlines; empty: built in
	// wraps the keys of notes and exhibits; empty: Vault does, or neither can be written
	KeyFile  string `koanf:"key_file"`
	RoleID   string `koanf:"role_id"` // of the AppRole that wraps them by Vault
	SecretID string `koanf:"secret_id_file"`
	Exhibits string `koanf:"exhibits"` // directory; empty: no exhibits
	State    string `koanf:"state"`    // file of the kept state; empty: folded anew at each start
}

func (c *Config) checkCases(bad func(key string, value any, want string)) {
	if !(c.Cases.Threshold > 0 && c.Cases.Threshold <= 1) {
		bad("cases.threshold", c.Cases.Threshold, "want more than 0 and at most 1")
	}
	for key, name := range map[string]string{"cases.codes": c.Cases.Codes, "cases.deadlines": c.Cases.Deadlines,
		"cases.key_file": c.Cases.KeyFile} {
		if name == "" {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			bad(key, name, "there is no such file, or it cannot be read")
		}
	}
	if c.Cases.KeyFile != "" && c.Production {
		bad("cases.key_file", c.Cases.KeyFile, "production wants cases.role_id: whoever reads the file reads all notes")
	}
	if c.Cases.RoleID != "" && (c.Keys.Service != "vault" || c.Cases.SecretID == "" || c.Cases.KeyFile != "") {
		bad("cases.role_id", c.Cases.RoleID, "wants keys.service vault and cases.secret_id_file, and no cases.key_file")
	}
	if c.Cases.Exhibits != "" && c.Cases.KeyFile == "" && c.Cases.RoleID == "" {
		bad("cases.exhibits", c.Cases.Exhibits, "exhibits are sealed: name cases.role_id or cases.key_file too")
	}
}
