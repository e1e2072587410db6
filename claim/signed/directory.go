package signed

import (
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// ReadDirectory reads the public keys of an install: a file INSURER.pem for each insurer, with one key or several
// behind each other, so that a producer can change to another. An insurer without one is an error: anybody could send
// its claims.
func ReadDirectory(dir string, insurers []string) (Keys, error) {
	keys := Keys{}
	for _, insurer := range insurers {
		name := filepath.Join(dir, insurer+".pem")
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("the producers of %s: %w", insurer, err)
		}
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			if err := keys.Add(insurer, pem.EncodeToMemory(block)); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if len(keys[insurer]) == 0 {
			return nil, fmt.Errorf("%s: no public key in PEM (PUBLIC KEY)", name)
		}
	}
	return keys, nil
}
